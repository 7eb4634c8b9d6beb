"""Candidates in arrays: nothing lost on the way in, and the order that ties are settled by."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixture_plans import labels_of, plan

from curation_assets.mixture.candidates import CANDIDATE_SCHEMA, collect
from curation_assets.mixture.config import Budget, MixtureConfig

tables = st.lists(st.lists(st.sampled_from(["a", "b", "b-1", "bé", "c" * 40, ""]), unique=True), max_size=5)


def _table(ids: list[str]) -> pl.DataFrame:
    frame = pl.DataFrame({"doc_id": ids}, {"doc_id": pl.String})
    return frame.with_columns(
        source=pl.col("doc_id").str.slice(0, 1), language=pl.lit(None, pl.String),
        tokens=pl.int_range(pl.len()) + 1, quality=pl.lit(0.5), density=pl.lit(None, pl.Float64),
        bytes=pl.lit(4, pl.Int64), weight=pl.lit(1.0), refused=pl.lit(0, pl.UInt8),
    )  # fmt: skip


@given(tables)
def test_rows_are_in_the_order_of_id_and_then_of_shard(shards: list[list[str]]) -> None:
    named = [(f"s{place}", ids) for place, ids in enumerate(shards)]
    made = collect((shard, _table(ids)) for shard, ids in named)
    rows = [(doc_id, shard) for shard, ids in named for doc_id in ids]
    assert [rows[row] for row in made.order()] == sorted(rows)
    assert [made.shard_of(row) for row in range(len(made))] == [shard for _, shard in rows]
    assert {shard: list(made.doc_id[made.rows_of(shard)].tolist()) for shard in made.shards} == {
        shard: [doc_id.encode() for doc_id in ids] for shard, ids in named
    }
    order = made.order()
    ordered = sorted(doc_id for doc_id, _ in rows)
    repeated = [place for place in range(1, len(rows)) if ordered[place] == ordered[place - 1]]
    assert made.repeated(order).tolist() == repeated


def test_shards_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match="'a' comes after 'b'"):
        collect([("b", _table(["x"])), ("a", _table(["y"]))])


def test_what_is_not_known_of_a_taken_document_is_null_or_unknown() -> None:
    config = MixtureConfig(sampler="random", budget=Budget(fraction=None))
    label = labels_of(plan(_table(["x"]).with_columns(shard=pl.lit("s")), config)).row(0, named=True)
    assert label["selected"]
    assert (label["language"], label["density"], label["source"]) == ("unknown", None, "x")


def test_the_schema_is_what_the_plan_reads() -> None:
    assert _table(["x"]).select(list(CANDIDATE_SCHEMA)).schema == CANDIDATE_SCHEMA
