"""Values of a lake in a terminal: a text is shown as it is written, and does nothing to the terminal."""

from collections.abc import Sequence

import orjson

from curation_assets.text.visible import visible

LONGEST = 60


def cell(value: object, longest: int | None = LONGEST) -> str:
    """Return a value in one line: null is empty, a list or a struct is JSON, a long text is cut."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Sequence | dict) and not isinstance(value, str | bytes):
        value = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    text = str(value)
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return visible(text)
