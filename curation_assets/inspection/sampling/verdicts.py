"""Documents by what became of them in the end: the reason in the ledger, whatever stage gave it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from curation_assets.inspection.sampling.asking import (
    Request,
    about,
    cut,
    document,
    legend,
    marks,
    masked,
    nothing,
    unknown,
)
from curation_assets.inspection.sampling.difference import difference
from curation_assets.inspection.sampling.example import Beside, Example, Sample
from curation_assets.inspection.sampling.highlights.lines import Span
from curation_assets.inspection.sampling.highlights.words import phrase
from curation_assets.inspection.sampling.picking import no_number
from curation_assets.inspection.sampling.reading import Documents, counted, listed
from curation_assets.ledger.decisions import CONTAINMENT, DEDUPLICATION, KEPT, MIXTURE, PASSAGES
from curation_assets.mixture.refusals import CONTAMINATED, REASONS

LEDGER, CONTAMINATION = "ledger", "contamination"
OF_STAGE: dict[str, tuple[str, ...]] = {
    DEDUPLICATION: ("exact_duplicate", "near_duplicate", "url_duplicate"),
    CONTAINMENT: ("contained",),
    PASSAGES: ("repeated_passages",),
    MIXTURE: (*REASONS, KEPT),
}
"""The reasons of the stages behind cleaning; ``kept`` is what a document of the mixture has."""
_COLUMNS = (
    "stage", "reason", "decided_by", "kept_instead", "kept_instead_shard", "similarity", "quality", "density",
    "inclusion_probability",
)  # fmt: skip
_FACTS = ("similarity", "quality", "density", "inclusion_probability")


def verdict_sample(documents: Documents, stage: str | None, reason: str | None, request: Request) -> Sample:
    """Return documents that a stage dropped, or that have a reason in the ledger; drawn by lot.

    Raises:
        LookupError: there is no such reason; the message lists those there are.
    """
    picker, seen = request.picker(), Counter[str]()
    stage_of_kept = pl.when(pl.col("reason") == KEPT).then(pl.lit(MIXTURE)).otherwise(pl.col("stage"))
    for frame in documents.frames(LEDGER, _COLUMNS):
        rows = frame.with_columns(no_number(), stage=stage_of_kept)
        if stage:
            rows = rows.filter(pl.col("stage") == stage)
        seen.update(dict(rows["reason"].value_counts().iter_rows()))
        wanted = rows.filter(pl.col("reason") == reason) if reason else rows.filter(pl.col("reason") != KEPT)
        picker.add(wanted.select("doc_id", "shard", "language", "source", *_COLUMNS, "order"), frame.height)
    known = OF_STAGE.get(stage, ()) if stage else tuple(name for names in OF_STAGE.values() for name in names)
    if reason and reason not in (*known, *seen):
        raise unknown("reason" + (f" of {stage}" if stage else ""), reason, sorted({*seen, *known}))
    rows = picker.picked()
    read = about(documents, rows)
    examples = [
        _example(documents, row, read[row["shard"], row["doc_id"]]) for row in rows.iter_rows(named=True)
    ]
    asked = " of ".join(part for part in (reason, stage) if part)
    there = ", ".join(listed(counted(seen)))
    why = f"none has the reason {asked}; there are {there or 'no such verdicts'}."
    if reason == CONTAMINATED:
        why += " Only the evaluation sets that the settings name are looked for (docs/decontamination.md)."
    notes = [] if examples else nothing(documents, picker, why)
    return Sample(f"documents with the verdict {asked}", picker.looked_at, picker.matching, examples, notes)


def _example(documents: Documents, row: Mapping[str, Any], told: Mapping[str, Any]) -> Example:
    shard, doc_id = row["shard"], row["doc_id"]
    hidden, gone = masked(told), cut(documents, shard, doc_id)
    found: list[Span] = []
    explained = {}
    facts = {name: row[name] for name in _FACTS if row[name] is not None}
    if row["kept_instead"] is None:
        facts.pop("similarity", None)
    if row["reason"] == CONTAMINATED:
        hit = documents.rows(CONTAMINATION, shard, [doc_id], ["sets", "item", "ngram"]).row(0, named=True)
        found = phrase(told["text"], hit["ngram"] or "")
        explained = {"counted": "an n-gram of the evaluation item"}
        facts |= {"evaluation sets": ", ".join(hit["sets"] or []), "item": hit["item"]}
    return Example(
        **document(doc_id, shard, told),
        why=f"{row['reason']}: {row['decided_by']}"
        if row["reason"] != KEPT
        else f"kept: {row['decided_by']}",
        facts=facts,
        marks=marks(found, hidden, gone),
        legend={**explained, **legend(hidden, gone)},
        beside=_kept_instead(documents, row, told),
    )


def _kept_instead(documents: Documents, row: Mapping[str, Any], told: Mapping[str, Any]) -> list[Beside]:
    """Return what was kept in a document's place; compared where the two are nearly the same."""
    if row["kept_instead"] is None or row["reason"] == KEPT:
        return []
    key = row["kept_instead_shard"], row["kept_instead"]
    read = about(documents, pl.DataFrame({"doc_id": [key[1]], "shard": [key[0]]}))
    if key not in read:
        return []
    text = read[key]["text"]
    compared = row["stage"] in (DEDUPLICATION, CONTAINMENT)
    return [
        Beside(
            what="kept instead",
            doc_id=key[1],
            shard=key[0],
            text=text,
            facts={"source": read[key]["source"]},
            difference=difference(told["text"], text) if compared else None,
        )
    ]
