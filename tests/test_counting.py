"""The conservation law is broken by any document that is missing, doubled or invented."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.counting import count_reasons, count_survivors, count_verdicts
from curation_assets.survivors import (
    clean_survivors,
    deduplicated,
    deduplicated_ids,
    surviving_ids,
    survivors,
    uncontained,
    uncontained_ids,
)
from resources.lake import Lake
from resources.records import Counts

Rows = list[tuple[str, str | None]]
Count = Callable[..., Counts]


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Count:
    """Write rows of (doc_id, reason) as a table, and count it against the documents that came in."""
    lake = Lake(tmp_path_factory.mktemp("lake"))

    def count_(rows: Rows, came_in: list[str], reason: str | None = "reason") -> Counts:
        schema = {"doc_id": pl.String, "reason": pl.String}
        lake.write("verdicts", "s", pl.DataFrame(rows, schema, orient="row"))
        return count_verdicts(lake, "verdicts", "s", pl.Series(came_in, dtype=pl.String), reason=reason)

    return count_


def test_counts_are_those_of_the_table(count: Count) -> None:
    rows: Rows = [("a", None), ("b", "short"), ("c", "copy"), ("d", "short")]
    assert count(rows, list("dcba")) == Counts(rows_in=4, kept=1, dropped={"copy": 1, "short": 2})
    assert count(rows, list("dcba"), None) == Counts(rows_in=4, kept=4)
    assert count([], []) == Counts()


@pytest.mark.parametrize(
    ("table", "came_in"),
    [
        ("ab", "abc"),
        ("abcc", "abc"),
        ("abcx", "abc"),
        ("abx", "abc"),
        ("abb", "abc"),
        ("ax", "abc"),
        ("aa", "abc"),
        ("", "a"),
        ("x", ""),
        ("abb", "abb"),
        ("ab", "abb"),
    ],
)
@pytest.mark.parametrize("reason", [None, "reason"])
def test_no_mistake_makes_up_for_another(count: Count, table: str, came_in: str, reason: str | None) -> None:
    dropped = [(doc_id, "short" if position == 1 else None) for position, doc_id in enumerate(table)]
    assert not count(dropped, list(came_in), reason).balanced


@settings(max_examples=150, deadline=None)
@given(
    came_in=st.lists(st.sampled_from("abcdefghij"), unique=True),
    missing=st.sets(st.sampled_from("abcdefghij")),
    doubled=st.lists(st.sampled_from("abcdefghij"), max_size=4),
    invented=st.lists(st.sampled_from("uvwxyz"), max_size=4),
    reasons=st.lists(st.sampled_from(["short", "copy", None]), min_size=30, max_size=30),
)
def test_counts_balance_if_and_only_if_every_document_is_there_once(
    count: Count,
    came_in: list[str],
    missing: set[str],
    doubled: list[str],
    invented: list[str],
    reasons: list[str | None],
) -> None:
    there = [doc_id for doc_id in came_in if doc_id not in missing]
    table = there + [doc_id for doc_id in doubled if doc_id in there] + invented
    counts = count(list(zip(table, reasons, strict=False)), came_in)
    assert counts.balanced == (sorted(table) == sorted(came_in))
    assert counts.rows_in == len(came_in)
    named = [reason for reason in reasons[: len(table)] if reason]
    assert counts.dropped == {reason: named.count(reason) for reason in sorted(set(named))}


def test_reasons_are_counted_by_name() -> None:
    reasons = pl.Series("drop_reason", ["b", None, "a", "b"])
    assert list(count_reasons(reasons).items()) == [("a", 1), ("b", 2)]
    assert count_reasons(pl.Series("drop_reason", [None, None], dtype=pl.String)) == {}


def test_sums_of_counts_keep_reasons_apart() -> None:
    one = Counts(rows_in=6, kept=1, dropped={"b": 2, "a": 1}, quarantined=2)
    other = Counts(rows_in=4, kept=3, dropped={"c": 1})
    total = one + other
    assert total == Counts(rows_in=10, kept=4, dropped={"a": 1, "b": 2, "c": 1}, quarantined=2)
    assert list(total.dropped) == ["a", "b", "c"]
    assert one.balanced
    assert total.balanced


@pytest.mark.parametrize("change", [{"rows_in": 5}, {"kept": 2}, {"quarantined": 0}, {"dropped": {}}])
def test_every_part_of_the_sum_counts(change: dict[str, object]) -> None:
    counts = Counts(rows_in=6, kept=1, dropped={"a": 3}, quarantined=2)
    assert counts.balanced
    assert not counts.model_copy(update=change).balanced


@pytest.fixture
def cleaned(tmp_path: Path) -> Lake:
    """Seven documents: c and e dropped by cleaning, a by deduplication, g as an excerpt, f for passages; b
    has lost a passage. Labels are in another order."""
    lake = Lake(tmp_path)
    clean = {
        "doc_id": list("dcabefg"),
        "text": list("DCABEFG"),
        "drop_reason": [None, "short", None, None, "x", None, None],
    }
    lake.write("clean_documents", "s", pl.DataFrame(clean).with_columns(text_hash="text"))
    copies = {"doc_id": list("abdfg"), "kept": [False, True, True, True, True]}
    lake.write("dedup_clusters", "s", pl.DataFrame(copies))
    contained = {"doc_id": list("gbdf"), "kept": [False, True, True, True]}
    lake.write("contained_documents", "s", pl.DataFrame(contained))
    passages = {"doc_id": list("bdf"), "kept": [True, True, False], "text": ["b!", None, None]}
    lake.write("repeated_passages", "s", pl.DataFrame(passages).with_columns(text_hash="text"))
    return lake


def test_survivors_are_those_of_each_stage(cleaned: Lake) -> None:
    assert clean_survivors(cleaned, "s", ["text", "doc_id"])["text"].to_list() == list("DABFG")
    assert deduplicated(cleaned, "s", ["text"])["text"].to_list() == list("DBFG")
    assert deduplicated(cleaned, "s", ["doc_id", "text"])["doc_id"].to_list() == list("dbfg")
    assert set(deduplicated_ids(cleaned, "s")) == set("bdfg")
    assert uncontained(cleaned, "s", ["text"]).rows() == [("D",), ("B",), ("F",)]
    assert uncontained(cleaned, "s", ["doc_id", "text"]).rows() == [("d", "D"), ("b", "B"), ("f", "F")]
    assert set(uncontained_ids(cleaned, "s")) == set("bdf")
    assert survivors(cleaned, "s", ["text_hash", "doc_id", "text"]).rows() == [
        ("D", "d", "D"),
        ("b!", "b", "b!"),
    ]
    assert survivors(cleaned, "s", ["drop_reason"]).rows() == [(None,), (None,)]
    assert set(surviving_ids(cleaned, "s")) == set("bd")


def test_a_table_of_survivors_has_a_row_for_each_of_them(cleaned: Lake) -> None:
    table = pl.DataFrame({"doc_id": ["b", "d"], "reason": ["copy", None]})
    cleaned.write("found", "s", table)
    assert count_survivors(cleaned, "found", ["s"], reason="reason") == Counts(
        rows_in=2, kept=1, dropped={"copy": 1}
    )
    assert count_survivors(cleaned, "found", ["s", "s"]) == Counts(rows_in=4, kept=4)
    cleaned.write("found", "s", table.with_columns(doc_id=pl.Series(["b", "f"])))
    assert not count_survivors(cleaned, "found", ["s"]).balanced
