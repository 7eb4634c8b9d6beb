"""The table of densities: where crowds and loners are, and what becomes of bad rows."""

import numpy as np
import polars as pl
import pytest
from exact_densities import exact_density
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation_assets.density.config import DensityConfig
from curation_assets.density.estimates import ESTIMATES_SCHEMA, density_estimates, embedding_matrix
from curation_assets.density.sketch import Sketch, hash_codes, sketch_of
from curation_assets.statistics import effective_sample_size

CONFIG = DensityConfig(rows=200, buckets=2000)


def _frame(vectors: NDArray[np.float32]) -> pl.DataFrame:
    embedding = pl.Series("embedding", vectors, dtype=pl.Array(pl.Float32, vectors.shape[1]))
    names = [f"d{i:04d}" for i in range(len(vectors))]
    return pl.DataFrame({"doc_id": names, "shard": ["s"] * len(names)}).with_columns(embedding)


@pytest.fixture(scope="module")
def sketch(clustered: NDArray[np.float32]) -> Sketch:
    return sketch_of(clustered, CONFIG.sketch_params(32))


@pytest.mark.parametrize(("hashes", "among"), [(4, 60), (8, 8)])
def test_isolated_documents_have_the_highest_scores(
    clustered: NDArray[np.float32], hashes: int, among: int
) -> None:
    """Eight loners among 2,000: among the emptiest 60 by the default kernel, the emptiest by a narrow one."""
    generator = np.random.default_rng(1)
    alone = generator.normal(size=(8, 32))
    alone /= np.linalg.norm(alone, axis=1, keepdims=True)
    vectors = np.concatenate([clustered, alone.astype(np.float32)])
    params = DensityConfig(hashes_per_row=hashes).sketch_params(32)
    estimates = density_estimates(_frame(vectors), sketch_of(vectors, params))
    ranked = estimates.sort("outlier_score", descending=True)["doc_id"].to_list()
    assert {f"d{i:04d}" for i in range(2000, 2008)} <= set(ranked[:among])
    assert estimates["outlier_score"][2000:].to_numpy().min() > 0.5  # less than a third of the mean density
    assert estimates["density"].is_between(0, 1, closed="right").all()


def test_score_is_the_density_on_another_scale(clustered: NDArray[np.float32], sketch: Sketch) -> None:
    estimates = density_estimates(_frame(clustered), sketch)
    again = sketch.mean_density / 10 ** estimates["outlier_score"].to_numpy()
    assert again == pytest.approx(estimates["density"].to_numpy(), rel=2.0**-6)


def test_rounding_is_finer_than_the_error_of_the_sketch(clustered: NDArray[np.float32]) -> None:
    params = DensityConfig().sketch_params(32)
    sketch = sketch_of(clustered, params)
    exact = exact_density(clustered, params.width, params.hashes_per_row) / len(clustered)
    rounded = density_estimates(_frame(clustered), sketch)["density"].to_numpy()
    unrounded = sketch.density(hash_codes(clustered, params))
    assert np.mean(np.abs(rounded - exact) / exact) < 1.1 * np.mean(np.abs(unrounded - exact) / exact)


def test_most_densities_stay_when_a_document_comes(clustered: NDArray[np.float32]) -> None:
    params = CONFIG.sketch_params(32)
    before = density_estimates(_frame(clustered[:1999]), sketch_of(clustered[:1999], params))
    after = density_estimates(_frame(clustered[:1999]), sketch_of(clustered, params))
    stayed = before["density"] == after["density"]
    assert 0.9 < stayed.sum() / 1999 < 1.0


@given(order=st.permutations(range(40)), cut=st.integers(0, 40))
@settings(max_examples=20, deadline=None)
def test_rows_do_not_depend_on_their_neighbours(
    clustered: NDArray[np.float32], sketch: Sketch, order: list[int], cut: int
) -> None:
    frame = _frame(clustered[:40])
    shuffled = frame[order]
    parts = pl.concat([density_estimates(part, sketch) for part in (shuffled[:cut], shuffled[cut:])])
    assert parts["doc_id"].equals(shuffled["doc_id"])
    assert parts.sort("doc_id").equals(density_estimates(frame, sketch))


def test_bad_rows_become_null_and_stay(clustered: NDArray[np.float32], sketch: Sketch) -> None:
    vectors = clustered[:6].copy()
    vectors[1, 3] = np.nan
    frame = _frame(vectors).with_columns(
        embedding=pl.when(pl.col("doc_id") != "d0004").then(pl.col("embedding"))
    )
    estimates = density_estimates(frame, sketch)
    assert estimates.schema == ESTIMATES_SCHEMA
    assert estimates.filter(pl.col("density").is_null())["doc_id"].to_list() == ["d0001", "d0004"]
    assert estimates["outlier_score"].is_null().equals(estimates["density"].is_null())
    clean = density_estimates(_frame(clustered[:6]), sketch)
    assert estimates.drop_nulls().equals(clean.filter(~pl.col("doc_id").is_in(["d0001", "d0004"])))


def test_empty_shard_and_empty_lake(clustered: NDArray[np.float32], sketch: Sketch) -> None:
    nothing = density_estimates(_frame(clustered[:0]), sketch)
    assert (nothing.height, nothing.schema) == (0, ESTIMATES_SCHEMA)
    unknown = density_estimates(_frame(clustered[:3]), Sketch.empty(sketch.params))
    assert unknown["density"].null_count() == 3


def test_vectors_are_read_from_arrays_and_lists(clustered: NDArray[np.float32]) -> None:
    column = _frame(clustered[:5])["embedding"]
    assert np.array_equal(embedding_matrix(column, 32), clustered[:5])
    assert np.array_equal(embedding_matrix(column.cast(pl.List(pl.Float32)), 32), clustered[:5])
    with pytest.raises(ValueError, match="have 32 components; expected 31"):
        embedding_matrix(column, 31)


def test_more_hashes_make_weights_more_unequal(clustered: NDArray[np.float32]) -> None:
    """The reason for the default of four: with one hash, sampling by 1/density is almost uniform."""
    shares = []
    for hashes in (1, 4, 8):
        params = DensityConfig(rows=200, hashes_per_row=hashes).sketch_params(32)
        density = sketch_of(clustered, params).density(hash_codes(clustered, params))
        shares.append(effective_sample_size(1 / density) / len(clustered))
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.9
    assert shares[1] < 0.8
