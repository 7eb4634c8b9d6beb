"""Main content and metadata of HTML pages, with resiliparse or trafilatura."""

import importlib
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from curation_assets.cleaning.config import ExtractionConfig
from curation_assets.cleaning.pages.page_lines import Lines, lines_of, without_marks
from curation_assets.cleaning.pages.page_metadata import metadata_of
from curation_assets.cleaning.pages.page_roles import named_in
from curation_assets.cleaning.pages.page_source import escape_code, repair, why_too_costly
from curation_assets.cleaning.pages.page_tags import tags_of
from curation_assets.cleaning.pages.page_tree import NO_CONTENT, NO_TEXT, take_out


class ExtractorMissingError(ImportError):
    """The configuration asks for an extractor that is not installed."""


@dataclass(frozen=True)
class Page:
    """What is taken from a page. Everything but the text and its link density is None where it has none."""

    text: str
    title: str | None
    date: str | None
    """ISO 8601, to the day where the page is that exact: 2024-03-09, 2024-03 or 2024."""
    url: str | None
    """The canonical address that the page states."""
    link_density: float
    """Share of the text's characters, blanks aside, that are in links: 0 to 1."""


def extract(html: str, config: ExtractionConfig) -> Page:
    """Return the text of a page and what it says about itself.

    Lists, tables (a row is a line, cells parted by tabs) and preformatted text keep their lines. A page in
    which no main content is found gives all its text. Raises ValueError for a page that would take the parser
    very long, such as one nested more than 2,000 elements deep, and ExtractorMissingError where trafilatura
    is asked for and not installed.
    """
    from resiliparse.parse.html import HTMLTree

    tags = tags_of(html)
    elements, cells = tags.elements, tags.has_cells
    html = escape_code(without_marks(html) if tags.marks else html, tags)
    tags = tags if html == tags.html else tags_of(html)
    source, html = html, repair(html, tags, cells=cells)
    if why := why_too_costly(source, tags, html):
        raise ValueError(why)
    tree = HTMLTree.parse(html)
    about = metadata_of(tree, html, elements)
    lines = _content(tree, html, elements, config)
    if config.extractor == "trafilatura":
        lines = Lines(_by_trafilatura(html, config) or lines.text, lines.link_density)
    return Page(lines.text, about.title, about.date, about.url, lines.link_density)


def _content(tree: Any, html: str, elements: Container[str], config: ExtractionConfig) -> Lines:
    """Return the main content, or all text where none is found."""
    from resiliparse.parse.html import HTMLTree

    if tree.body is not None and config.main_content:
        named = named_in(html)
        take_out(tree, len(html), elements, named, comments=config.comments)
        lines = _read(tree, (*NO_CONTENT, *named.skipped), trim=True)
        if lines.text.strip():
            return lines
        tree = HTMLTree.parse(html)
    return _read(tree, NO_TEXT, trim=False)


def _read(tree: Any, skipped: tuple[str, ...], *, trim: bool) -> Lines:
    from resiliparse.extract.html2text import extract_plain_text

    markup = extract_plain_text(tree, preserve_formatting="minimal_html", links=True, skip_elements=skipped)
    return lines_of(markup, trim=trim)


def check_installed(config: ExtractionConfig) -> None:
    """Raise ExtractorMissingError if the extractor that the configuration asks for is not installed."""
    if config.extractor == "trafilatura":
        _trafilatura()


def _by_trafilatura(html: str, config: ExtractionConfig) -> str:
    return _trafilatura().extract(html, include_comments=config.comments) or ""


def _trafilatura() -> Any:
    try:
        return importlib.import_module("trafilatura")
    except ImportError as error:
        raise ExtractorMissingError(
            "cleaning.extraction.extractor is trafilatura, which is not installed: "
            "pip install 'curation-assets[trafilatura]', or in the project: "
            "pip install -c constraints.txt -e '.[trafilatura]'"
        ) from error
