"""The page of the report as a reader sees it, and SQL over the tables that it is about."""

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import duckdb

from resources.lake import Lake

NOTHING, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"
STAGES = {
    "clean_documents": "cleaning",
    "dedup_clusters": "deduplication",
    "contained_documents": "excerpts",
    "repeated_passages": "repeated passages",
    "mixture_plan": "the draw of the mixture",
}
ALL = """
    WITH q AS (SELECT * FROM quality_scores),
    p AS (SELECT doc_id, shard, true AS candidate FROM mixture_plan),
    all_documents AS (
        SELECT l.*, c.source, c.language, c.characters, c.date, c.text, t.topic,
            q.tokens, coalesce(p.candidate, false) AS candidate, l.stage IS NULL AS mixture
        FROM ledger l JOIN clean_documents c USING (doc_id, shard) LEFT JOIN p USING (doc_id, shard)
        LEFT JOIN q USING (doc_id, shard) LEFT JOIN topics t USING (doc_id, shard))
"""
SIDES = {"Raw input": "true", "Candidates": "candidate", "Mixture": "mixture"}


class Told(HTMLParser):
    """The tables of a page by caption (cells as text), its articles, and the text of its sections by id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.sections: dict[str, str] = {}
        self.articles: list[str] = []
        self.points: dict[str, Any] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._caption: str = ""
        self.feed(page)

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        if name in ("meta", "rect", "path", "circle", "input"):
            return
        self._open.append((name, dict(attrs)))
        if name == "caption":
            self._caption = ""
        if name == "tr":
            self.tables[self._caption][-1].append([])
        if name in ("td", "th"):
            self.tables[self._caption][-1][-1].append("")
        if name == "article":
            self.articles.append("")

    def handle_endtag(self, name: str) -> None:
        if self._open and self._open[-1][0] == name:
            self._open.pop()
        if name == "caption":
            self.tables.setdefault(self._caption, []).append([])

    def handle_data(self, text: str) -> None:
        names = [name for name, _ in self._open]
        if "script" in names:
            if self._open[-1][1].get("id") == "points":
                self.points = json.loads(text)
            return
        part = next((held["id"] for name, held in self._open if name == "section"), "head")
        if "caption" in names:
            self._caption += text
        elif "td" in names or "th" in names:
            self.tables[self._caption][-1][-1][-1] += text
        elif "article" in names:
            self.articles[-1] += f"{text}\n"
        elif "svg" not in names:
            self.sections[str(part)] = self.sections.get(str(part), "") + text

    def table(self, caption: str, headings: int) -> list[list[str]]:
        """Return the rows of the table of this caption with so many columns of figures, without its head."""
        found = [rows for rows in self.tables[caption] if len([cell for cell in rows[0] if cell]) == headings]
        assert len(found) == 1, caption
        return [[row[0], *[cell for cell in row[1:] if cell]] for row in found[0][1:]]


@dataclass(frozen=True)
class World:
    lake: Lake
    page: Told
    html: str
    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(ALL + query).fetchall()

    def one(self, query: str) -> Any:
        ((value,),) = self.rows(query)
        return value


def agrees(told: str, value: float | None) -> bool:
    """Return whether a figure as it is written, rounded as it is, is that of a value."""
    if value is None or told == NOTHING:
        return value is None and told == NOTHING
    if told == "< 0.1 %":
        return 0 < value < 0.1
    plain = (
        told.removesuffix(" %")
        .replace(",", "")
        .replace("\N{MINUS SIGN}", "-")
        .removeprefix("\N{MULTIPLICATION SIGN}")
    )
    digits, _, exponent = plain.partition("e")
    half = 0.5 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(plain) - value) <= half * (1 + 1e-6) + 1e-9 * abs(value)


def percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def shown(name: str | None, nothing: str = "(none)") -> str:
    """Return a name as the page has it: cut, and with U+FFFD for what cannot be shown."""
    if not name:
        return nothing
    cut = name if len(name) <= 60 else name[:60] + "…"
    return cut.replace("\u202e", "\ufffd")


def words(name: str) -> str:
    return name.replace("_", " ")


def varied(world: World, key: str, where: str) -> tuple[int, float]:
    return world.rows(f""", parts AS (SELECT count(*) AS n FROM all_documents WHERE {where} GROUP BY {key}),
        shares AS (SELECT n / sum(n) OVER () AS p FROM parts)
        SELECT count(*), exp(-sum(p * ln(p))) FROM shares""")[0]  # type: ignore[return-value]
