"""From resiliparse's reduced HTML to lines of text, and how much of it is links."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from curation_assets.cleaning.kernels.character_classes import character_classes
from curation_assets.cleaning.pages.marks import without_marks as without_marks

_COPYRIGHT = re.compile(
    r"\s*(?:\u00a9|\(c\)|copyright\s*(?:\u00a9|\(c\)|[\d\s,-]{4,})|all rights reserved)", re.IGNORECASE
)
_END = b"\0" * 8


@dataclass(frozen=True)
class Lines:
    """The text of a page and the share of its characters, blanks aside, that are in links."""

    text: str
    link_density: float


def lines_of(markup: str, *, trim: bool) -> Lines:
    """Return the text of a page: bullets and numbers before list items, a tab between cells.

    markup: what ``extract_plain_text(..., preserve_formatting="minimal_html", links=True)`` returns.
    trim: leave out runs of links, and links and copyright notices at both ends; they count for the density.
    A page of which little would be left is a list of links and stays as it is.
    """
    from curation_assets.cleaning.pages.page_lines_kernel import drop_end, line_at, read, write

    data = np.frombuffer(markup.encode("utf-8", "surrogatepass") + _END, dtype=np.uint8)
    text, table, dropped, last, size, linked = read(data, character_classes(), trim)
    while last >= 0 and _COPYRIGHT.match(_decoded(line_at(text, table, last))):
        dropped[last] = True
        last = drop_end(table, dropped, last)
    return Lines(_decoded(write(text, table, dropped)), min(linked / max(size, 1), 1.0))


def _decoded(text: Any) -> str:
    return str(text.data, "utf-8", "surrogatepass")
