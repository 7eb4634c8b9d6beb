"""Semantic duplicates: what is removed has something as similar that stays; nothing depends on the order."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from semantic_reference import nearest_in_cell, spherical_k_means

from curation_assets.semantic import duplicates as duplicates_module
from curation_assets.semantic.config import SemanticConfig
from curation_assets.semantic.duplicates import NONE, give_way, nearest_preferred
from curation_assets.semantic.labels import LABEL_SCHEMA, Documents, all_kept, semantic_duplicates
from curation_assets.text.hashing import uniform
from curation_assets.vectors.cells import learn_centres, nearest_centres, number_of_cells
from curation_assets.vectors.rounded import MOST_COMPONENTS, Rounded, cosines, rounded

CONFIG = SemanticConfig(enabled=True, similarity=0.9, documents_per_cell=20)


def unit_vectors(count: int, components: int, seed: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(count, components))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def planted(groups: int, copies: int, noise: float, seed: int = 3) -> NDArray[np.float32]:
    """Vectors far from each other, each followed by ``copies`` of it with some noise."""
    rng = np.random.default_rng(seed)
    centres = unit_vectors(groups, 64, seed)
    noisy = np.repeat(centres, copies + 1, axis=0) + rng.normal(
        scale=noise / 8, size=(groups * (copies + 1), 64)
    )
    return (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)


def documents(vectors: NDArray[np.float32], quality: NDArray[np.float64] | None = None) -> Documents:
    names = pl.DataFrame({"doc_id": [f"d{place:05d}" for place in range(len(vectors))]})
    scores = np.full(len(vectors), np.nan) if quality is None else quality
    return Documents(names.with_columns(shard=pl.lit("s")), rounded(vectors), scores)


def labels(vectors: NDArray[np.float32], config: SemanticConfig = CONFIG) -> pl.DataFrame:
    return semantic_duplicates(documents(vectors), config, lambda _documents: None)


def test_cosines_of_rounded_vectors_are_close_to_the_true_ones() -> None:
    vectors = planted(40, 4, noise=0.3)
    assert np.abs(cosines(rounded(vectors), rounded(vectors)) - vectors @ vectors.T).max() < 0.006
    wide = unit_vectors(300, 384, 1)
    assert np.abs(cosines(rounded(wide), rounded(wide)) - wide @ wide.T).max() < 0.003


def test_equal_vectors_are_duplicates_at_the_highest_threshold() -> None:
    vectors = np.repeat(unit_vectors(50, 384, 2), 2, axis=0)
    assert set(np.diagonal(cosines(rounded(vectors), rounded(vectors))).tolist()) == {1.0}
    found = labels(vectors, CONFIG.model_copy(update={"similarity": 1.0}))
    assert found["kept"].sum() == 50


def test_products_are_exact_up_to_the_longest_vector() -> None:
    vectors = np.full((2, MOST_COMPONENTS), 127, np.int8)
    assert cosines(vectors, vectors).tolist() == [[1.0, 1.0], [1.0, 1.0]]
    whole = vectors.astype(np.float32) @ vectors.astype(np.float32).T
    assert int(whole[0, 0]) == MOST_COMPONENTS * 127 * 127
    with pytest.raises(ValueError, match="at most"):
        rounded(np.ones((1, MOST_COMPONENTS + 1)))
    with pytest.raises(ValueError, match="not finite"):
        rounded(np.array([[np.nan]]))


def test_of_planted_groups_one_document_each_stays() -> None:
    vectors = planted(groups=60, copies=3, noise=0.2)
    found = labels(vectors)
    kept = np.flatnonzero(found["kept"].to_numpy())
    assert len(kept) == len(set(kept // 4)) == 60
    group = np.arange(len(vectors)) // 4
    instead = found["representative"].str.slice(1).cast(pl.Int64).to_numpy()
    assert (group[instead] == group).all()
    assert found.filter("kept")["similarity"].to_list() == [1.0] * 60


@pytest.mark.parametrize("keep", ["far", "near", "quality"])
def test_the_one_that_is_preferred_stays(keep: str) -> None:
    vectors = planted(groups=1, copies=5, noise=0.2)
    quality = np.array([0.1, 0.5, 0.9, np.nan, 0.2, 0.3])
    config = CONFIG.model_copy(update={"keep": keep, "documents_per_cell": 1000})
    found = semantic_duplicates(documents(vectors, quality), config, lambda _documents: None)
    centre = found["centre_similarity"]
    expected = {"far": centre.arg_min(), "near": centre.arg_max(), "quality": 2}[keep]
    assert found["kept"].arg_true().to_list() == [expected]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40), st.integers(0, 10_000), st.sampled_from([0.3, 0.6, 0.9]), st.sampled_from([1, 3, 64])
)
def test_what_gives_way_has_something_as_similar_that_stays(
    count: int, seed: int, similarity: float, block: int
) -> None:
    vectors = rounded(unit_vectors(count, 3, seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates_module, "_AT_ONCE", block)
        instead, found = give_way(vectors, similarity)
    near = cosines(vectors, vectors)
    for place in range(count):
        stay = [
            other for other in range(place) if instead[other] == NONE and near[place, other] >= similarity
        ]
        if instead[place] == NONE:
            assert not stay
            assert found[place] == 1.0
        else:
            best = max(stay, key=lambda other: (near[place, other], -other))
            assert (instead[place], found[place]) == (best, near[place, best])


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(48)), st.sampled_from(["far", "near"]))
def test_the_order_of_rows_changes_nothing(order: list[int], keep: str) -> None:
    vectors = planted(groups=16, copies=2, noise=0.4)
    config = CONFIG.model_copy(update={"keep": keep, "documents_per_cell": 8})
    whole = documents(vectors)
    shuffled = Documents(whole.names[order], whole.vectors[order], whole.quality[order])
    found = semantic_duplicates(shuffled, config, lambda _documents: None).sort("doc_id")
    # Equally near documents are taken in the order that they come in: the stage sorts them.
    told = ["doc_id", "cell", "kept", "nearest_similarity", "prototype_similarity"]
    expected = semantic_duplicates(whole, config, lambda _documents: None)
    assert found.select(told).equals(expected.select(told))


def test_cells_gather_what_is_near() -> None:
    vectors: Rounded = rounded(planted(groups=4, copies=30, noise=0.2))
    centres = learn_centres(vectors[np.random.default_rng(1).permutation(len(vectors))], 4, 20)
    cell, similarity = nearest_centres(vectors, centres)
    assert similarity.min() > 0.5
    own = np.argsort([np.bincount(cell[start : start + 31]).argmax() for start in range(0, 124, 31)])
    assert len(own) == 4
    assert learn_centres(vectors[:2], 4, 3).shape == (2, 64)


@pytest.mark.parametrize(("documents", "cells"), [(0, 1), (999, 1), (2_000, 2), (3_999, 2), (1_000_000, 512)])
def test_a_lake_that_grows_a_little_keeps_its_cells(documents: int, cells: int) -> None:
    assert number_of_cells(documents, 1000) == cells


def test_nothing_to_compare() -> None:
    assert labels(np.empty((0, 8), np.float32)).schema == LABEL_SCHEMA
    names = pl.DataFrame({"doc_id": ["a"], "shard": ["s"]})
    assert all_kept(names).schema == LABEL_SCHEMA
    assert all_kept(names)["kept"].to_list() == [True]
    zeros = labels(np.zeros((3, 8), np.float32))
    assert zeros["kept"].to_list() == [True] * 3


def test_the_nearest_of_its_cell_is_that_of_brute_force() -> None:
    vectors = planted(groups=500, copies=3, noise=0.3)
    found = labels(vectors, CONFIG.model_copy(update={"documents_per_cell": 60}))
    cell = found["cell"].to_numpy()
    assert len(np.unique(cell)) > 16
    place = found.select(pl.struct("centre_similarity", "doc_id").rank("ordinal"))[
        "centre_similarity"
    ].to_numpy()
    expected = nearest_in_cell(vectors.astype(np.float64), cell, place)
    nearest_similarity = found["nearest_similarity"].fill_null(np.nan).to_numpy()
    assert np.array_equal(np.isnan(nearest_similarity), np.isnan(expected))
    assert np.nanmax(np.abs(nearest_similarity - expected)) < 0.006
    # It is there for what is dropped, too, and at least as large as the cosine to what stays instead.
    gone = found.filter(~pl.col("kept"))
    assert gone.height > 1000
    assert (gone["nearest_similarity"] >= gone["similarity"]).all()


@pytest.mark.parametrize("block", [1, 7, 2000])
def test_the_nearest_does_not_depend_on_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = rounded(unit_vectors(50, 8, 5))
    expected = np.where(np.tri(50, k=-1, dtype=bool), cosines(vectors, vectors), -np.inf).max(axis=1)
    monkeypatch.setattr(duplicates_module, "_AT_ONCE", block)
    found = nearest_preferred(vectors)
    assert np.isnan(found[0])
    assert np.array_equal(found[1:], expected[1:])


def test_the_cosine_to_the_new_centre_is_that_of_brute_force() -> None:
    config = CONFIG.model_copy(update={"documents_per_cell": 100, "similarity": 0.8})  # two cells of 275
    vectors = planted(groups=16, copies=124, noise=0.5)
    found = labels(vectors, config)
    stay = found["kept"].to_numpy()
    assert 100 < (~stay).sum() < 1_900
    drawn = [uniform(config.seed, doc_id) for doc_id in found["doc_id"].filter(stay)]
    sample = vectors[stay].astype(np.float64)[np.argsort(drawn)]
    cells = number_of_cells(len(sample), config.documents_per_cell)
    centres = spherical_k_means(sample, sample[:cells], config.iterations)
    expected = (vectors[stay].astype(np.float64) @ centres.T).max(axis=1)
    prototype = found["prototype_similarity"]
    assert prototype.is_null().to_numpy().tolist() == (~stay).tolist()
    # Cosines of rounded vectors err by 0.003; a few that lie between two cells may go to the other one.
    assert np.quantile(np.abs(prototype.drop_nulls().to_numpy() - expected), 0.99) < 0.006


def test_the_first_of_a_cell_has_no_nearest() -> None:
    alone = labels(unit_vectors(1, 8, 1))
    assert alone["nearest_similarity"].to_list() == [None]
    assert alone["prototype_similarity"].to_list() == [1.0]
    off = all_kept(pl.DataFrame({"doc_id": ["a"], "shard": ["s"]}))
    assert off.select("nearest_similarity", "prototype_similarity").row(0) == (None, None)
