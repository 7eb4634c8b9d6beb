"""The ledger's lines: one a document, with the first reason that took it out."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.ledger.decisions import LEDGER_SCHEMA, decisions

DOCUMENTS = {
    # doc_id: (reason of cleaning, of deduplication, of the mixture; "repeated_..." is of passages,
    # "contained" of containment)
    "kept": (None, None, None),
    "short": ("too_short", None, None),
    "copy": (None, "exact_duplicate", None),
    "near": (None, "near_duplicate", None),
    "poor": (None, None, "below_minimum_quality"),
    "over": (None, None, "over_budget"),
    "alike": (None, None, "semantic_duplicate"),
    "exam": (None, None, "contaminated"),
    "odd": (None, None, "outlier"),
    "quoted": (None, None, "repeated_passages"),
    "excerpt": (None, None, "contained"),
}
LATER = ("labels", "scores", "density", "outliers", "contamination", "plan")
EVERYTHING = {
    "all three": ("too_short", "exact_duplicate", "over_budget"),
    "two": (None, "copy", "over_budget"),
}


def tables(documents: dict[str, tuple[str | None, str | None, str | None]]) -> dict[str, pl.DataFrame]:
    """Return the tables of one shard with a row wherever a stage would have one, in differing orders."""
    ids = list(documents)
    back = ids[::-1]

    def reasons(part: int, order: list[str]) -> pl.Series:
        return pl.Series([documents[doc_id][part] for doc_id in order], dtype=pl.String)

    copies = reasons(1, back)
    frame = pl.DataFrame({"doc_id": back}, {"doc_id": pl.String})
    return {
        "raw": pl.DataFrame(
            {"doc_id": ids, "shard": ["s"] * len(ids), "position": range(10, 10 + len(ids))},
            {"doc_id": pl.String, "shard": pl.String, "position": pl.Int64},
        ),
        "clean": frame.with_columns(drop_reason=reasons(0, back), decided_by=pl.lit("words = 3 < 50")),
        "labels": frame.with_columns(
            cluster_id=pl.lit("c"),
            representative=pl.lit("best"),
            representative_shard=pl.lit("other"),
            similarity=pl.lit(0.876543),
            kept=copies.is_null(),
            drop_reason=copies,
        ),
        "contained": frame.with_columns(
            kept=reasons(2, back).ne_missing(pl.lit("contained")),
            drop_reason=pl.when(reasons(2, back) == "contained").then(pl.lit("contained")),
            contained_in=pl.lit("book"),
            container_shard=pl.lit("library"),
            containment=pl.lit(0.923456),
        ),
        "passages": frame.with_columns(
            kept=reasons(2, back).ne_missing(pl.lit("repeated_passages")),
            drop_reason=pl.when(reasons(2, back) == "repeated_passages").then(pl.lit("repeated_passages")),
            repeated_share=pl.lit(0.912345),
            kept_in=pl.lit("first"),
            kept_in_shard=pl.lit("there"),
        ),
        "semantic": frame.with_columns(
            representative=pl.lit("better"),
            representative_shard=pl.lit("elsewhere"),
            similarity=pl.lit(0.987654),
            kept=reasons(2, back).ne_missing(pl.lit("semantic_duplicate")),
        ),
        "scores": frame.with_columns(
            ask_llm=pl.lit(0.5), wiki=pl.lit(33.0), quality=pl.lit(0.123456), tokens=pl.lit(7)
        ),
        "density": frame.with_columns(density=pl.lit(2.5)),
        "outliers": frame.with_columns(
            lof=pl.lit(2.34567), isolation=pl.lit(None, pl.Float64), mahalanobis=pl.lit(99.0)
        ),
        "contamination": frame.with_columns(item=pl.lit("quiz:7"), item_matches=pl.lit(3)),
        "plan": frame.reverse().with_columns(
            selected=reasons(2, ids).is_null(),
            inclusion_probability=pl.lit(0.25),
            reason=reasons(2, ids),
        ),
    }


@pytest.fixture
def lines() -> dict[str, dict[str, Any]]:
    return decisions(**tables({**DOCUMENTS, **EVERYTHING})).rows_by_key("doc_id", named=True, unique=True)


def test_the_first_stage_that_took_it_out_gives_the_reason(lines: dict[str, dict[str, Any]]) -> None:
    assert {doc_id: (line["stage"], line["reason"]) for doc_id, line in lines.items()} == {
        "kept": (None, "kept"),
        "short": ("clean_documents", "too_short"),
        "copy": ("dedup_clusters", "exact_duplicate"),
        "near": ("dedup_clusters", "near_duplicate"),
        "poor": ("mixture_plan", "below_minimum_quality"),
        "over": ("mixture_plan", "over_budget"),
        "alike": ("mixture_plan", "semantic_duplicate"),
        "exam": ("mixture_plan", "contaminated"),
        "odd": ("mixture_plan", "outlier"),
        "quoted": ("repeated_passages", "repeated_passages"),
        "excerpt": ("contained_documents", "contained"),
        "all three": ("clean_documents", "too_short"),
        "two": ("dedup_clusters", "copy"),
    }


def test_each_score_is_there_by_its_name(lines: dict[str, dict[str, Any]]) -> None:
    named = [{"name": "ask_llm", "value": 0.5}, {"name": "wiki", "value": 33.0}]
    assert lines["kept"]["scores"] == named
    assert lines["poor"]["scores"] == named


def test_each_line_says_by_what_it_was_decided(lines: dict[str, dict[str, Any]]) -> None:
    assert {doc_id: line["decided_by"] for doc_id, line in lines.items()} == {
        "kept": "inclusion_probability = 0.25",
        "short": "words = 3 < 50",
        "copy": "jaccard = 0.8765",
        "near": "jaccard = 0.8765",
        "poor": "quality = 0.1235",
        "over": "inclusion_probability = 0.25",
        "all three": "words = 3 < 50",
        "two": "jaccard = 0.8765",
        "alike": "cosine = 0.9877",
        "exam": "3 n-grams of quiz:7",
        "odd": "quality = 0.1235, lof = 2.3457, isolation not told, mahalanobis = 99.0",
        "quoted": "repeated_share = 0.9123",
        "excerpt": "containment = 0.9235",
    }


def test_an_older_visit_to_a_page_is_told_as_such() -> None:
    made = tables({"old": (None, "url_duplicate", None)})
    made["labels"] = made["labels"].with_columns(similarity=pl.lit(None, pl.Float64))
    (line,) = decisions(**made).to_dicts()
    assert (line["decided_by"], line["kept_instead"]) == ("same address", "best")


def test_only_a_copy_names_what_was_kept_instead(lines: dict[str, dict[str, Any]]) -> None:
    named = {doc_id for doc_id, line in lines.items() if line["kept_instead"] == "best"}
    assert named == {"copy", "near", "all three", "two"}
    assert (lines["alike"]["kept_instead"], lines["alike"]["kept_instead_shard"]) == ("better", "elsewhere")
    assert (lines["quoted"]["kept_instead"], lines["quoted"]["kept_instead_shard"]) == ("first", "there")
    assert (lines["excerpt"]["kept_instead"], lines["excerpt"]["kept_instead_shard"]) == ("book", "library")
    for doc_id, line in lines.items():
        if doc_id not in ("alike", "quoted", "excerpt"):
            assert line["kept_instead_shard"] == ("other" if doc_id in named else None)
            assert line["kept_instead"] == ("best" if doc_id in named else None)


def test_what_the_stages_measured_goes_along(lines: dict[str, dict[str, Any]]) -> None:
    for line in lines.values():
        measured = [line[name] for name in ("similarity", "quality", "density", "inclusion_probability")]
        assert measured == [0.876543, 0.123456, 2.5, 0.25]


def test_a_document_that_left_early_has_no_values_of_later_stages() -> None:
    made = tables(DOCUMENTS)
    for name in LATER:
        made[name] = made[name].filter(pl.col("doc_id") != "short")
    line = decisions(**made).rows_by_key("doc_id", named=True, unique=True)["short"]
    assert (line["stage"], line["reason"]) == ("clean_documents", "too_short")
    later = [
        name for name in LEDGER_SCHEMA if name not in (*made["raw"].columns, "stage", "reason", "decided_by")
    ]
    assert {line[name] for name in later} == {None}


def test_an_empty_shard_has_an_empty_ledger_of_the_same_columns() -> None:
    assert decisions(**tables({})).schema == pl.Schema(LEDGER_SCHEMA)


@settings(max_examples=40, deadline=None)
@given(
    reasons=st.lists(st.tuples(*[st.sampled_from([None, "one", "other"]) for _ in range(3)]), max_size=8),
    left_out=st.sets(st.tuples(st.sampled_from(LATER), st.integers(0, 7))),
)
def test_every_document_has_exactly_one_line_in_the_order_of_reading(
    reasons: list[tuple[str | None, str | None, str | None]], left_out: set[tuple[str, int]]
) -> None:
    made = tables({f"d{number}": given for number, given in enumerate(reasons)})
    for name, number in sorted(left_out):
        made[name] = made[name].filter(pl.col("doc_id") != f"d{number}")
    ledger = decisions(**made)
    assert ledger.select("doc_id", "shard", "position").equals(made["raw"])
    assert ledger["reason"].null_count() == 0
    for line, (cleaning, copy, plan) in zip(ledger.iter_rows(named=True), reasons, strict=True):
        there = {name for name in ("labels", "plan") if (name, line["position"] - 10) not in left_out}
        first = cleaning or (copy if "labels" in there else None) or (plan if "plan" in there else None)
        assert line["reason"] == (first or "kept")
        assert (line["stage"] is None) == (first is None)
