"""What looks at the source of a page, by regular expressions alone, as the compiled loops are to find it."""

import re
from collections import Counter

from curation_assets.cleaning.pages.page_elements import CODE, FORMATTING, KNOWN, UNNESTED, UNPAIRED

_NAME = re.compile(r"<(/?[A-Za-z][^\s/>]*)")
_LINK = re.compile(r"<[aA](?:[\s/][^<>]*)?>")
_CELL_START = re.compile(r"(<[tT][dDhH](?:\s[^<>]*)?>)\s*<(?:[pP](?:\s[^<>]*)?|div)>")
_CELL_END = re.compile(r"</(?:[pP]|div)>\s*(?=</[tT][dDhH]\b)")
_DOXYGEN_START, _DOXYGEN_END = '<div class="fragment">', "</div><!-- fragment -->"
_BLANKS = r"[ \t\n\f\r]*"
_VALUE = rf"""{_BLANKS}={_BLANKS}("[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""


def names_of(html: str) -> Counter[str]:
    """Return how often there is each tag, as it is written, closing ones with their slash."""
    return Counter(_NAME.findall(html))


def depth(html: str) -> int:
    """Return how many elements lie within each other at most."""
    opened: Counter[str] = Counter()
    within: list[str] = []
    deepest = 0
    for name in _NAME.findall(html):
        kind = name.lower().removeprefix("/")
        if kind in UNNESTED:
            continue
        if name[0] != "/":
            opened[kind] += 1
            within.append(kind)
            deepest = max(deepest, len(within))
        elif opened[kind]:
            while (ended := within.pop()) != kind:
                opened[ended] -= 1
            opened[kind] -= 1
    return deepest


def unclosed(names: Counter[str]) -> int:
    """Return how many elements that format text are opened more often than closed."""
    counts = _lowered(names)
    return sum(max(counts[kind] - counts["/" + kind], 0) for kind in FORMATTING)


def is_suspicious(names: Counter[str], html: str) -> bool:
    """Say whether there is code, and tags that may be part of it."""
    lowered = _lowered(names)
    if CODE.isdisjoint(lowered):
        return False
    if any(name.removeprefix("/") not in KNOWN for name in lowered) or html.find("<?", len("<?xml")) > 0:
        return True
    if any(len(name) == 1 and name.isupper() for name in names):
        return True
    paired = (name for name in lowered if name[0] != "/" and name not in UNPAIRED)
    return any(lowered[name] > lowered["/" + name] for name in paired)


def repair(html: str, names: Counter[str]) -> str:
    """Return the page without targets of links and paragraphs around cells, and with Doxygen's code."""
    html = _LINK.sub(_if_link, html)
    if _DOXYGEN_END in html:
        html = html.replace(_DOXYGEN_START, "<pre>").replace(_DOXYGEN_END, "</pre>")
    if _lowered(names)["td"]:
        html = _CELL_END.sub("", _CELL_START.sub(r"\1", html))
    return html


def values_of(html: str) -> set[tuple[str, str]]:
    """Return all values of classes, ids and roles, as they are written."""
    names = ("class", "id", "role")
    return {(name, value) for name in names for value in re.findall(f"(?ai:{name}){_VALUE}", html)}


def _lowered(names: Counter[str]) -> Counter[str]:
    lowered: Counter[str] = Counter()
    for name, count in names.items():
        lowered[name.lower()] += count
    return lowered


def _if_link(tag: re.Match[str]) -> str:
    text = tag[0]
    if "href" not in text and "HREF" not in text:
        return ""
    return "" if text.endswith("/>") and text[-3] in "\"' " else text
