"""A console for tables and lines in which there are names and messages that others wrote."""

import os
from typing import Any

from rich.console import Console
from rich.text import Text

from curation_assets.text.visible import visible_lines

_NARROWEST = 80
"""A table that is narrower shows no numbers; rather may the terminal break its lines."""
_WHOLE = 1_000
"""In a pipe or a file nothing is cut."""


class VisibleConsole(Console):
    """A console that writes out what acts on a terminal in all plain strings, those in tables too.

    ``legible``: tables are never narrower than 80 columns. Not for bars that move: a line that the terminal
    breaks cannot be drawn over.
    """

    def __init__(self, *, legible: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        if not self.is_terminal and "COLUMNS" not in os.environ:
            self.width = max(self.width, _WHOLE)
        elif legible:
            self.width = max(self.width, _NARROWEST)

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(visible_lines(text), **settings)
