"""Values of users in Markdown: a name is shown as it is, whatever it contains."""

import re
from collections.abc import Iterable, Sequence

import yaml

LONGEST = 80
_SAFE = frozenset(" -,./()+")
_NUMBERED = re.compile(r"\d+[.)]")
_LINKED = re.compile(r"(?i)www(?=\.)")


def plain(value: object, longest: int = LONGEST) -> str:
    """Return a value such that Markdown and HTML show its characters and nothing else, in one line.

    What has a meaning in either is written as a character reference, what cannot be seen (line ends, marks
    of direction, NUL) as \\u000a; a long value is cut. Null and "" are "(none)".
    """
    text = "" if value is None else str(value)
    if not text.strip():
        return "(none)"
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    shown = "".join(ch if ch.isprintable() else f"\\u{ord(ch):04x}" for ch in text)
    escaped = "".join(ch if ch.isalnum() or ch in _SAFE else f"&#{ord(ch)};" for ch in shown)
    # A full stop behind www would make a link of it; a marker at the beginning a list.
    escaped = _LINKED.sub(lambda match: f"{match[0][:2]}&#{ord(match[0][2])};", escaped)
    marks = escaped[0] in _SAFE or _NUMBERED.match(escaped)
    return f"&#{ord(escaped[0])};{escaped[1:]}" if marks else escaped


def number(value: object) -> str:
    """Return a number with thousands apart, or "" for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table of cells that are Markdown already; columns but the first are to the right."""
    lines = [f"| {' | '.join(headings)} |", f"|---|{'---:|' * (len(headings) - 1)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def fenced(text: str, language: str = "") -> list[str]:
    """Return a code block that no run of backticks in the text can end."""
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    return [f"{fence}{language}", *text.rstrip("\n").split("\n"), fence, ""]


def yaml_text(value: object) -> str:
    """Return YAML without tags, a scalar a line; odd characters are escaped, line ends too."""
    return yaml.dump(value, Dumper=_OneLine, sort_keys=False, width=1_000_000, allow_unicode=False)


class _OneLine(yaml.SafeDumper):
    """Writes a text of several lines as one: who cuts a card at its lines of dashes finds no third one."""


def _scalar(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, None if text.isprintable() else '"')


_OneLine.add_representer(str, _scalar)
