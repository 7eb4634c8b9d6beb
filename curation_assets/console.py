"""A console for tables and lines in which there are names and messages that others wrote."""

from typing import Any

from rich.console import Console
from rich.text import Text

from curation_assets.text.visible import visible_lines


class VisibleConsole(Console):
    """A console that writes out what acts on a terminal in all plain strings, those in tables too."""

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(visible_lines(text), **settings)
