"""Main content and title of HTML pages, with resiliparse."""

from typing import TYPE_CHECKING, Any

from curation_assets.cleaning.config import ExtractionConfig

if TYPE_CHECKING:
    from resiliparse.parse.html import DOMNode, HTMLTree

# resiliparse takes every list less than three elements below the body for navigation.
_SHALLOW_LISTS = "body > ul, body > * > ul, body > * > * > ul"
_WRAPPERS = 3


def extract(html: str, config: ExtractionConfig) -> tuple[str, str | None]:
    """Return the text of a page and its title, or None where it has none.

    Lists, tables (cells parted by tabs) and preformatted text keep their lines. A page in which no main content
    is found gives all its text.
    """
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(html)
    title = " ".join((tree.title or "").split()) or None
    options: dict[str, Any] = {"preserve_formatting": True, "list_bullets": True, "alt_texts": False}
    if config.main_content and tree.body is not None:
        _keep_shallow_lists(tree)
        text = extract_plain_text(tree, main_content=True, **options)
        if text.strip():
            return text, title
    return extract_plain_text(tree, main_content=False, **options), title


def _keep_shallow_lists(tree: "HTMLTree") -> None:
    """Move lists that are not mostly links deeper, where they are judged as lists and not as menus."""
    for node in tree.body.query_selector_all(_SHALLOW_LISTS):
        if not _is_menu(node):
            _deepen(tree, node)


def _is_menu(node: "DOMNode") -> bool:
    linked = sum(len(link.text.strip()) for link in node.query_selector_all("a"))
    return bool(2 * linked > len(node.text.strip()))


def _deepen(tree: "HTMLTree", node: "DOMNode") -> None:
    outer = inner = tree.create_element("div")
    for _ in range(_WRAPPERS - 1):
        child = tree.create_element("div")
        inner.append_child(child)
        inner = child
    node.parent.replace_child(outer, node)
    inner.append_child(node)
