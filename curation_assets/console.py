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
    """A console that writes out what acts on a terminal in all plain strings, those in tables too."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        narrowest = _NARROWEST if self.is_terminal or "COLUMNS" in os.environ else _WHOLE
        self.width = max(self.width, narrowest)

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(visible_lines(text), **settings)
