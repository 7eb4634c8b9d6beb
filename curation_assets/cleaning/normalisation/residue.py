"""Takes what is left of mark-up out of plain text: HTML entities and tags, Markdown links on demand."""

import re
from collections.abc import Callable, Mapping
from html import unescape

import polars as pl

from curation_assets.cleaning.config import ResidueConfig
from curation_assets.cleaning.rules.rule import DType, Value

COLUMNS: dict[str, DType] = {"residue_removed": pl.Int64}
UNEDITED: Mapping[str, Value] = {"residue_removed": 0}
"""The values of a text in which nothing is removed."""
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,9})((?:\s[^<>]{0,300}?)?)\s*/?>")
_ENTITY = re.compile(r"&(?:amp;)*(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_ATTRIBUTES = re.compile(r"""(?:\s+[A-Za-z][\w:.-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*/?""")
# What stands for a tag. Those with a single letter are left alone where they may be a type or a variable.
_BREAKS = (
    "br p div li ul ol tr table tbody thead h1 h2 h3 h4 h5 h6 hr blockquote center section article dl dt dd"
)
_CELLS = "td th"
_INLINE = "span b i u s em strong font a img small big sup sub strike tt nobr wbr abbr ins del"
_REPLACED = {
    **dict.fromkeys(_BREAKS.split(), "\n"),
    **dict.fromkeys(_CELLS.split(), "\t"),
    **dict.fromkeys(_INLINE.split(), ""),
}
# What a text has that loses one of these, for one search in all texts; Polars has another idea of a space.
_ANY_TAG = rf"(?i:</?(?:{'|'.join(_REPLACED)})[\s\x1c-\x1f/>])"
_ANY_ENTITY = "&[A-Za-z#][A-Za-z0-9]{0,31};"
_ABOUT_MARKUP = re.compile(
    r"(?<![./\w])(?:x?html ?5?|xml|svg|css|markup|tags?|entity|entities)\b"
    r"|<(?:!doctype|\?xml|html|head|body|script|style|form|input|label|select|meta|link)\b|\{[%{]"
)
_CODE_LINE = re.compile(
    r"^(?: {4,}|\t)|[{}`]|;\s*$|[=-]>|::|==|\);|\$\w|\\n|#include|^\s*(?://|/\*|\* )|\w\(\)|\w = \S"
)
_VOID = frozenset(("br", "hr", "img", "wbr", "p"))
_QUOTES = "\"'`\u201c\u201d\u2018\u2019"
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\]\(([^()\s]{1,500})(?:\s+\"[^\"\n]{0,300}\")?\)")
_LINK = re.compile(r"(?<!\w)\[([^\[\]\n]{0,300})\]\(([^()\s]{1,500})(?:\s+\"[^\"\n]{0,300}\")?\)")
_ADDRESS = re.compile(r"[./#:]")
_PASSES = 4
Instead = Callable[[re.Match[str]], str | None]


def may_change(texts: pl.Series, config: ResidueConfig) -> pl.Series:
    """Return for each text, a String that is not null, whether ``edit`` may change it."""
    signs = [_ANY_TAG] * config.tags + [_ANY_ENTITY] * config.entities
    signs += [r"\]\("] * (config.markdown == "strip")
    if not signs:
        return pl.Series(texts.name, [False] * len(texts), pl.Boolean)
    return texts.str.contains("|".join(signs))


def edit(text: str, config: ResidueConfig) -> tuple[str, dict[str, Value]]:
    """Return the text without residue of mark-up, and how many pieces were removed or decoded.

    Entities and tags stay in lines that look like code, between quotes, and in a text about mark-up. The tag
    of a block becomes a line break, that of a cell a tab, others nothing. Editing twice changes nothing more.
    """
    removed = 0
    for _ in range(_PASSES):
        text, found = _edit_once(text, config)
        removed += found
        if not found:
            break
    return text, {"residue_removed": removed}


def _edit_once(text: str, config: ResidueConfig) -> tuple[str, int]:
    entities = config.entities and "&" in text and _ENTITY.search(text) is not None
    tags = config.tags and "<" in text and _TAG.search(text) is not None
    removed = 0
    if (entities or tags) and not _ABOUT_MARKUP.search(text.lower()):
        if entities:
            text, removed = _replaced(text, _ENTITY, _decoded)
        if tags:
            names = {(match[1], match[2].lower()) for match in _TAG.finditer(text)}
            text, more = _replaced(text, _TAG, lambda match: _instead(match, names))
            removed += more
    if config.markdown == "strip" and "](" in text:
        for pattern in (_IMAGE, _LINK):
            text, more = _replaced(text, pattern, _label)
            removed += more
    return text, removed


def _replaced(text: str, pattern: re.Pattern[str], instead: Instead) -> tuple[str, int]:
    """Return the text with what stands for each match, and how many were replaced; None leaves a match."""
    parts: list[str] = []
    end = removed = line_end = 0
    is_code = False
    for match in pattern.finditer(text):
        if match.start() >= line_end:
            line_start = text.rfind("\n", line_end, match.start()) + 1 or line_end
            line_end = text.find("\n", match.end()) + 1 or len(text)
            is_code = _is_code(text[line_start:line_end])
        if is_code or _is_quoted(match):
            continue
        new = instead(match)
        if new is not None:
            parts += (text[end : match.start()], new)
            end = match.end()
            removed += 1
    return ("".join((*parts, text[end:])), removed) if removed else (text, 0)


def _is_code(line: str) -> bool:
    """Say whether a line looks like code, mark-up aside."""
    return _CODE_LINE.search(_TAG.sub("", _ENTITY.sub("", line)).rstrip("\n")) is not None


def _is_quoted(match: re.Match[str]) -> bool:
    text, start, end = match.string, match.start(), match.end()
    return start > 0 and text[start - 1] in _QUOTES and text[end : end + 1] in _QUOTES and end < len(text)


_ESCAPED_AGAIN = re.compile(r"\A(?:amp;)+(?=.)")


def _decoded(entity: re.Match[str]) -> str | None:
    """Return the character of an entity, however often it was escaped; None for an unknown one."""
    found = unescape(f"&{_ESCAPED_AGAIN.sub('', entity[0][1:])}")
    return None if found == entity[0] else found


def _label(link: re.Match[str]) -> str | None:
    return link[1] if _ADDRESS.search(link[2]) else None


def _instead(tag: re.Match[str], names: set[tuple[str, str]]) -> str | None:
    """Return what stands for a tag, None where it may be something else. names: all tags of the text."""
    name = tag[2].lower()
    if name not in _REPLACED or not _ATTRIBUTES.fullmatch(tag[3]):
        return None
    paired = {("", name), ("/", name)} <= names
    if not paired and len(name) == 1 and name != "p":
        return None
    if tag[0].endswith("/>") and name not in _VOID:
        return None
    if _is_parameter(tag, paired=paired):
        return None
    before, after = tag.string[max(tag.start() - 1, 0) : tag.start()], tag.string[tag.end() : tag.end() + 1]
    at_break = before in ("", "\n") or after in ("", "\n")
    return "" if _REPLACED[name] == "\n" and at_break else _REPLACED[name]


def _is_parameter(tag: re.Match[str], *, paired: bool) -> bool:
    """Say whether a tag belongs to the word before it: ``List<B>``, or ``C<sub>`` of Perl's documentation."""
    before = tag.string[max(tag.start() - 2, 0) : tag.start()]
    if not (before[-1:].isalnum() or before.endswith("_")):
        return False
    if before[-1].isupper() and not before[:-1].isalnum():
        return True
    is_type = len(tag[2]) == 1 and tag[2].isupper()
    return is_type or not (paired or tag[1] or tag[3] or tag[2].lower() in _VOID)
