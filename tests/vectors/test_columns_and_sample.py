"""Vectors as read from tables, and samples that depend on the set of documents alone."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.vectors.columns import finite_rows, matrix
from curation_assets.vectors.sample import Sample, draws


@pytest.mark.parametrize("dtype", [pl.Array(pl.Float32, 2), pl.List(pl.Float64)])
def test_missing_vectors_and_components_are_nan(dtype: pl.DataType) -> None:
    column = pl.Series([[1.0, 2.0], None, [3.0, None], [np.inf, 0.0]], dtype=dtype)
    found = matrix(column)
    assert found.dtype == np.float32
    assert found.shape == (4, 2)
    assert found[0].tolist() == [1.0, 2.0]
    assert finite_rows(found).tolist() == [True, False, False, False]
    assert matrix(column[1:2]).shape == (1, 2 if isinstance(dtype, pl.Array) else 1)
    assert matrix(column.clear()).shape[0] == 0


def test_vectors_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="of 1 and of 2 components"):
        matrix(pl.Series([[1.0], [1.0, 2.0]]))


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(12)), st.lists(st.integers(0, 12), max_size=4), st.integers(1, 15))
def test_a_sample_is_that_of_the_smallest_draws(order: list[int], cuts: list[int], size: int) -> None:
    ids = [f"d{number:02d}" for number in range(12)]
    drawn = draws(3, ids)
    sample = Sample(size)
    for rows in np.split(np.array(order), sorted(cuts)):
        names = pl.DataFrame({"doc_id": [ids[row] for row in rows]}, {"doc_id": pl.String})
        sample.add(names.with_columns(shard=pl.lit("s")), drawn[rows], rows[:, None])
    expected = np.argsort(drawn)[:size]
    assert sample.rows()[:, 0].tolist() == expected.tolist()
    assert sample.names["doc_id"].to_list() == [ids[row] for row in expected]
