"""The source of a page before it is parsed: how deep it is nested, and repairs."""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curation_assets.cleaning.pages.page_elements import KNOWN, UNPAIRED, VOID
from curation_assets.cleaning.pages.page_tags import NAME, Tags, tags_of

_BLOCK_TAG = re.compile(r"<(/?)((?i:pre|code|samp|kbd|tt))(?=[\s>])[^<>]*>")
_OPENING = re.compile(r"<(?=(/?)([A-Za-z][^\s/<>]*)|[?!](?!--))")
_DOXYGEN_START, _DOXYGEN_END = '<div class="fragment">', "</div><!-- fragment -->"
_CELL_START = re.compile(r"(<[tT][dDhH](?:\s[^<>]*)?>)\s*<(?:[pP](?:\s[^<>]*)?|div)>")
_CELL_END = re.compile(r"</(?:[pP]|div)>\s*(?=</[tT][dDhH]\b)")
# The time of resiliparse grows with the square of each of these: 3 s at 10,000 nested elements.
MOST_NESTED, MOST_UNCLOSED, MOST_CHOICES, MOST_ATTRIBUTES = 2_000, 10_000, 20_000, 5_000
# Elements that format text and are left open are opened again in every block behind: memory is their product.
MOST_REOPENED = 100_000


def why_too_costly(html: str, tags: Tags, repaired: str) -> str | None:
    """Return why a page would take a parser very long, or None.

    html, tags: what was repaired, and its tags. repaired: what is to be parsed.
    """
    if repaired != html and _may_nest_deeper(html, tags):
        tags = tags_of(repaired)
    return _too_many_elements(tags) or _too_many_attributes(repaired, joined=tags.is_joined)


def _may_nest_deeper(html: str, tags: Tags) -> bool:
    """Say whether ``repair`` may have passed a limit: it takes out ends of elements.

    And ``<p<a name=x>re>`` becomes a tag.
    """
    ends = tags.cuts + (html.count(_DOXYGEN_END) if tags.fragments else 0)
    return bool(tags.unsure) or tags.deepest + ends > MOST_NESTED


def _too_many_elements(tags: Tags) -> str | None:
    if tags.depth(MOST_NESTED):
        return f"page nested more than {MOST_NESTED} elements deep"
    if tags.unclosed > MOST_UNCLOSED:
        return f"page with more than {MOST_UNCLOSED} unclosed elements"
    if tags.reopened > MOST_REOPENED:
        return f"page whose formatting a parser would open again more than {MOST_REOPENED} times"
    if tags.options > MOST_CHOICES:
        return f"page with more than {MOST_CHOICES} options"
    return None


def _too_many_attributes(html: str, *, joined: bool) -> str | None:
    """Look for a tag with too many attributes, counting repeated ones.

    joined: whether a parser adds the attributes of a tag ``html`` or ``body`` to those of another.
    """
    from curation_assets.cleaning.pages.page_attributes import most_attributes

    # An attribute has at least a letter and what parts it from the next.
    if len(html) <= 2 * MOST_ATTRIBUTES:
        return None
    data = np.frombuffer(html.encode("utf-8", "surrogatepass"), np.uint8)
    most = most_attributes(data, False)
    if max(most, most_attributes(data, True) if joined else 0) > MOST_ATTRIBUTES:
        return f"page with a tag of more than {MOST_ATTRIBUTES} attributes"
    return None


def repair(html: str, tags: Tags, *, cells: bool) -> str:
    """Return the page without tags that mislead and mean nothing to a reader.

    Targets of links: a parser takes ``<a name="x"/>`` for the start of an element that ends at the next link.
    Where ``cells``, paragraphs that are all of a cell, which would part it from its row. And Doxygen's code
    is preformatted by a style sheet alone.
    """
    if cells and not tags.unsure:
        html = _without(html, tags.cut_rows[: tags.cuts])
        cells = False
    else:
        html = _without(html, tags.link_rows[: tags.links])
    if (tags.fragments or tags.unsure) and _DOXYGEN_END in html:
        html = html.replace(_DOXYGEN_START, "<pre>").replace(_DOXYGEN_END, "</pre>")
    return _CELL_END.sub("", _CELL_START.sub(r"\1", html)) if cells else html


def _without(html: str, rows: NDArray[np.int64]) -> str:
    """Return the page without the characters from start to end of each row."""
    if not len(rows):
        return html
    end, parts = 0, []
    for start, stop in rows.tolist():
        parts.append(html[end:start])
        end = stop
    return "".join((*parts, html[end:]))


def escape_code(html: str, tags: Tags) -> str:
    """Escape, inside ``pre``, ``code`` and the like, what looks like a tag and is none.

    A browser would take ``<T>`` for an element and show nothing of it. Inside such a block an unknown name is
    text, but for custom elements (with a hyphen or colon) that are closed; so is a known one that the block
    never closes, as in ``#include <map>``, and a single capital after an identifier, as in ``List<A>``.
    """
    # Without its marks, a page may have other tags.
    if not (tags.doubtful or tags.marks) or not is_suspicious(html, tags):
        return html
    parts: list[str] = []
    end = 0
    for start, stop in _blocks(html):
        parts += (html[end:start], _escape_block(html[start:stop]))
        end = stop
    return "".join((*parts, html[end:])) if parts else html


def is_suspicious(html: str, tags: Tags) -> bool:
    """Say whether there is code, and tags that may be part of it."""
    if not tags.code:
        return False
    return bool(tags.unknown or tags.capitals or tags.surplus) or html.find("<?", len("<?xml")) > 0


def _blocks(html: str) -> Iterator[tuple[int, int]]:
    """Yield where the contents of outermost code blocks start and end; unclosed ones are left out."""
    start, name, depth = 0, "", 0
    for match in _BLOCK_TAG.finditer(html):
        closing, found = match[1], match[2].lower()
        if not depth and not closing:
            start, name, depth = match.end(), found, 1
        elif depth and found == name:
            depth += -1 if closing else 1
            if not depth:
                yield start, match.start()


def _escape_block(block: str) -> str:
    if "<" not in block:
        return block
    names = [name.lower() for name in NAME.findall(block)]
    closed = {name[1:] for name in names if name.startswith("/")}
    return _OPENING.sub(lambda match: "&lt;" if _is_text(match, block, closed) else "<", block)


def _is_text(match: re.Match[str], block: str, closed: set[str]) -> bool:
    slash, name = match[1], match[2]
    if name is None:
        return True
    lowered = name.lower()
    if lowered not in KNOWN:
        return not (lowered in closed and ("-" in lowered or ":" in lowered))
    if slash or lowered in VOID or lowered in closed:
        return False
    before = block[match.start() - 1 : match.start()]
    if len(name) == 1 and name.isupper() and (before.isalnum() or before == "_"):
        return True
    return lowered not in UNPAIRED
