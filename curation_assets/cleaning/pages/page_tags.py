"""The tags of a page: how often there is which, and how deep elements are nested."""

import functools
import re
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.cleaning.pages.page_elements import CODE, FORMATTING, KNOWN, UNNESTED, UNPAIRED

NAME = re.compile(r"<(/?[A-Za-z][^\s/>]*)")
_NAMES = tuple(sorted(KNOWN))
_CLOSED = 3  # ``page_scan.CLOSED``: that module imports numba
_TD, _OPTION, _HTML, _BODY = map(_NAMES.index, ("td", "option", "html", "body"))


class Tags(NamedTuple):
    """What the tags of a page tell. The numbers are ``page_scan.Fact``, in its order."""

    html: str
    counts: NDArray[np.int64]
    """[known elements, 4]: the columns are ``page_scan``'s LOWER, UPPER, MIXED and CLOSED."""
    link_rows: NDArray[np.int64]
    cut_rows: NDArray[np.int64]
    links: int
    cuts: int
    unsure: int
    unknown: int
    capitals: int
    deepest: int
    unclosed: int
    code: int
    surplus: int
    doubtful: int
    fragments: int
    marks: int
    reopened: int

    @property
    def elements(self) -> frozenset[str]:
        """The known elements that are opened, in lower case whatever they are written in."""
        opened = np.flatnonzero(self.counts[:, :_CLOSED].any(1))
        return frozenset([_NAMES[index] for index in opened.tolist()])

    def opened(self, name: int) -> int:
        """Return how often a known element is opened."""
        return sum(self.counts[name, :_CLOSED].tolist())

    @property
    def has_cells(self) -> bool:
        """Whether there is a ``td``."""
        return self.opened(_TD) > 0

    @property
    def options(self) -> int:
        """How many tags are ``option``."""
        return self.opened(_OPTION)

    @property
    def is_joined(self) -> bool:
        """Whether there is more than one ``html`` or ``body``: the first has what all of them state."""
        return max(self.opened(_HTML), self.opened(_BODY)) > 1

    def depth(self, limit: int) -> int:
        """Return how many elements lie within each other at most, and 0 where they are at most the limit."""
        if self.deepest <= limit:
            return 0
        deepest = _depth(NAME.findall(self.html))
        return deepest if deepest > limit else 0


def _depth(names: list[str]) -> int:
    """Return how many elements lie within each other at most. names: closing ones with their slash."""
    opened: Counter[str] = Counter()
    within: list[str] = []
    deepest = 0
    for name in names:
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


def tags_of(html: str) -> Tags:
    """Return the tags of a page."""
    scan_tags, *tables = _tables()
    data = np.frombuffer(html.encode("utf-8", "surrogatepass"), np.uint8)
    counts = np.zeros((len(_NAMES), 4), np.int64)
    links, cuts = np.empty((2, len(data) // 3 + 1, 2), np.int64)
    facts = scan_tags(data, *tables, counts, links, cuts)
    return Tags(html, counts, links, cuts, *facts.tolist())


@functools.cache
def _tables() -> tuple[Any, ...]:
    """Return the compiled loop and its tables of names."""
    from curation_assets.cleaning.pages import page_scan

    traits = [
        page_scan.NESTED * (name not in UNNESTED)
        | page_scan.PAIRED * (name not in UNPAIRED)
        | page_scan.FORMATS * (name in FORMATTING)
        | page_scan.IS_CODE * (name in CODE)
        | page_scan.OF_CUTS * (name in ("a", "p", "div", "td", "th"))
        for name in _NAMES
    ]
    return page_scan.scan_tags, *page_scan.slots_of(_NAMES), np.array(traits, np.int64)
