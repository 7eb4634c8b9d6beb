"""Takes out of the tree of a page what is no content."""

import re
from collections.abc import Container
from typing import Any

from curation_assets.cleaning.pages.page_roles import Named, is_boilerplate, link_characters, text_length
from curation_assets.cleaning.pages.page_work import PageWork

NO_TEXT = ("img", "area", "svg", "canvas", "object", "embed", "audio", "video", "rt", "rp")
"""Selectors of elements without running text; ``rt`` is the reading above a Chinese character."""
NO_CONTENT = (
    *NO_TEXT,
    *("nav", "dialog", "[role=navigation]", "[hidden]", "[aria-hidden=true]"),
    *('[style*="display:none"]', '[style*="display: none"]'),
)
"""Selectors of elements that are no part of the main content, whatever they hold."""
_MAIN = "main, [role=main]"
_SMALLEST_MAIN = 200
# An article or a named part is the content if it has at least this share of the text.
_MOST = 0.4
_MENU = 0.5
_SHORT = 300
_HEADINGS = "h1, h2, h3, h4, h5, h6"
_NOTE = re.compile(
    r"note|admonition|tip|warning|important|caution|callout|hint|definition|example|sidebar", re.IGNORECASE
)
_NO_NOTE = re.compile(r"toc|contents|related|nav|menu|share|promo|newsletter|widget", re.IGNORECASE)


def take_out(tree: Any, size: int, tags: Container[str], named: Named, *, comments: bool) -> None:
    """Take boilerplate out of the body, and all that is around the content where a page says what that is.

    size: characters of its source. tags: its elements. comments: whether comments are content.
    """
    # To ask the tree is dear, and few pages have one.
    if "main" in tags or named.main:
        _narrow(tree, _MAIN, 0.0)
    body, removed = tree.body, False
    work = PageWork(body, size)
    elements = [tag for tag in ("aside", "header", "footer") if tag in tags]
    query = ", ".join((*elements, *named.doubtful))
    for node in body.query_selector_all(query).values() if query else ():
        if work.is_done:
            break
        if removed and not body.contains(node):
            continue
        if (node.tag in elements and _is_out(node, work)) or is_boilerplate(node, work, comments=comments):
            node.remove()
            removed = True
    if named.content:
        _narrow(tree, ", ".join(named.content), _MOST)
    elif "article" in tags:
        _narrow(tree, "article", _MOST)


def _narrow(tree: Any, query: str, least_share: float) -> None:
    """Leave only the element that the query names in the body, if it is one and has text enough.

    A heading of the page that stands outside is put before it.
    """
    found = tree.body.query_selector_all(query).values()
    if not found or found[0].tag == "body" or any(not found[0].contains(other) for other in found[1:]):
        return
    main = found[0]
    characters = text_length(main)
    if characters < _SMALLEST_MAIN or (least_share and characters < least_share * text_length(tree.body)):
        return
    heading = tree.body.query_selector("h1") if main.query_selector("h1") is None else None
    kept = [] if heading is None or _is_menu(heading, heading.html) else [heading]
    tree.body.replace_children(*kept, main)


def _is_out(node: Any, work: PageWork) -> bool:
    """Say whether an ``aside``, ``header`` or ``footer`` element is no content."""
    if node.tag == "aside":
        names = " ".join(node.getattr(name) or "" for name in ("class", "role", "data-type", "epub:type"))
        is_note = _NOTE.search(names) and not _NO_NOTE.search(names)
        return not is_note or _is_menu(node, work.source(node))
    if node.tag == "footer":
        return node.parent.tag not in ("blockquote", "figure") and len(work.source(node)) < _MOST * work.size
    html = work.source(node)
    if node.query_selector(_HEADINGS) is None:
        linked, characters = link_characters(node, html)
        return characters <= _SHORT or 2 * linked > characters
    return node.query_selector("h1") is None and not work.heads_section(node)


def _is_menu(node: Any, html: str) -> bool:
    linked, characters = link_characters(node, html)
    return linked > _MENU * characters
