"""What every question has: how many documents, in which order, and what is told where there are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import polars as pl

from curation_assets.inspection.sampling.example import Mark
from curation_assets.inspection.sampling.highlights.lines import Span
from curation_assets.inspection.sampling.masked import PLACEHOLDERS, masked_spans
from curation_assets.inspection.sampling.picking import Picker
from curation_assets.inspection.sampling.reading import CLEAN, PASSAGES, Documents, listed

ABOUT = ("source", "language", "url", "text", *PLACEHOLDERS)
MASKED = "personal data, masked after the rules were measured"
CUT = "repeated passages, cut from the text that goes on"


@dataclass(frozen=True)
class Request:
    """How many examples are wanted, and which of those that match: the first, or some at random."""

    count: int = 10
    seed: int = 0
    random: bool = False
    near: bool = False

    def picker(self, *, descending: bool = False) -> Picker:
        return Picker(self.count, self.seed, self.random, descending)


def unknown(what: str, name: str, there: list[str]) -> LookupError:
    """Return the error for a name that is none, with the one that was likely meant and those there are."""
    close = get_close_matches(name, there, 1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    return LookupError(f"{name!r} is no {what}{meant}; there are: {', '.join(listed(there, 200))}")


def about(
    documents: Documents, rows: pl.DataFrame, *, every: bool = False
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what examples show of some documents (doc_id, shard), by shard and doc_id.

    That is ABOUT, or ``every`` column of the cleaned documents; ``text`` is never None.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    if not rows.height:
        return found
    there = documents.columns_of(CLEAN)
    columns = list(there) if every else [name for name in ABOUT if name in there]
    for (shard,), part in rows.group_by("shard", maintain_order=True):
        read = documents.rows(CLEAN, str(shard), part["doc_id"].to_list(), columns)
        for row in read.iter_rows(named=True):
            row["text"] = row["text"] or ""
            found[str(shard), row["doc_id"]] = row
    return found


def document(doc_id: str, shard: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an ``Example`` that name a document, given what ``about`` told of it."""
    return {
        "doc_id": doc_id,
        "shard": shard,
        **{name: row.get(name) for name in ("source", "language", "url", "text")},
    }


def masked(row: Mapping[str, Any]) -> list[Span]:
    """Return where personal data was masked in a document, given what ``about`` told of it."""
    return masked_spans(row["text"], {name: row.get(name) for name in PLACEHOLDERS})


def cut(documents: Documents, shard: str, doc_id: str) -> list[Span]:
    """Return what of a document's text was cut as a repeated passage, if anything was."""
    if "spans" not in documents.columns_of(PASSAGES):
        return []
    rows = documents.rows(PASSAGES, shard, [doc_id], ["spans"])
    spans = rows["spans"].to_list() if rows.height else []
    return [(span["start"], span["end"]) for span in (spans[0] or [])] if spans else []


def marks(counted: list[Span], masked_: list[Span], cut_: list[Span]) -> list[Mark]:
    """Return all marks of a text, in order."""
    found = [Mark(*span, "counted") for span in counted]
    found += [Mark(*span, "masked") for span in masked_]
    found += [Mark(*span, "cut") for span in cut_]
    return sorted(found)


def legend(masked_: list[Span], cut_: list[Span]) -> dict[str, str]:
    return {**({"masked": MASKED} if masked_ else {}), **({"cut": CUT} if cut_ else {})}


def number(value: float | int | str | None) -> str:
    """Return a value as it is shown: at most four significant digits of a fraction."""
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def nothing(documents: Documents, picker: Picker, why: str) -> list[str]:
    """Return what is told where there are no examples: out of how many, by which filters, and why."""
    within = f" ({documents.filters.told()})" if documents.filters.told() else ""
    return [f"No example among {picker.looked_at:,} documents{within}: {why}"]
