"""Main content and title of HTML pages, with resiliparse."""

import re
from collections.abc import Iterator
from typing import Any

from curation_assets.cleaning.config import ExtractionConfig

# resiliparse takes every list less than three elements below the body for navigation.
_SHALLOW = 3
# Its time grows with the square of the depth of the tree: 3 s at 10,000 elements.
_DEEPEST = 2_000
_NESTING_TAG = re.compile(
    r"<(/?)(?:div|section|article|main|span|font|b|i|em|strong|blockquote|ul|ol|dl|table)[\s>]", re.IGNORECASE
)


def extract(html: str, config: ExtractionConfig) -> tuple[str, str | None]:
    """Return the text of a page and its title, or None where it has none.

    Lists, tables (cells parted by tabs) and preformatted text keep their lines. A page in which no main
    content is found gives all its text. Raises ValueError for a page nested more than 2,000 elements deep.
    """
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    if _depth(html) > _DEEPEST:
        raise ValueError(f"page nested more than {_DEEPEST} elements deep")
    tree = HTMLTree.parse(html)
    title = " ".join((tree.title or "").split()) or None
    options: dict[str, Any] = {"preserve_formatting": True, "list_bullets": True, "alt_texts": False}
    if config.main_content and tree.body is not None:
        _keep_shallow_lists(tree)
        text = extract_plain_text(tree, main_content=True, **options)
        if text.strip():
            return text, title
    return extract_plain_text(tree, main_content=False, **options), title


def _depth(html: str) -> int:
    """Return how many elements lie within each other at most, as far as the tags tell; 0 for small pages."""
    if html.count("<") <= _DEEPEST:
        return 0
    depth = deepest = 0
    for closing in _NESTING_TAG.findall(html):
        depth = max(depth - 1, 0) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _keep_shallow_lists(tree: Any) -> None:
    """Move lists that are not mostly links deeper, where they are judged as lists and not as menus."""
    for node in list(_shallow_lists(tree.body, _SHALLOW)):
        if not _is_menu(node):
            _deepen(tree, node)


def _shallow_lists(parent: Any, levels: int) -> Iterator[Any]:
    # By siblings, since stepping through a collection of resiliparse takes quadratic time.
    child = parent.first_element_child
    while child is not None:
        if child.tag == "ul":
            yield child
        elif levels > 1:
            yield from _shallow_lists(child, levels - 1)
        child = child.next_element_sibling


def _is_menu(node: Any) -> bool:
    """Say whether more than half of the text is in links."""
    from resiliparse.extract.html2text import extract_plain_text

    unlinked = extract_plain_text(
        node.html, preserve_formatting=False, list_bullets=False, skip_elements=["a"]
    )
    return 2 * len(unlinked) < len(" ".join(node.text.split()))


def _deepen(tree: Any, node: Any) -> None:
    outer = inner = tree.create_element("div")
    for _ in range(_SHALLOW - 1):
        child = tree.create_element("div")
        inner.append_child(child)
        inner = child
    node.parent.replace_child(outer, node)
    inner.append_child(node)
