"""What holds for every sampler: missing scores are no error, the order of rows does not matter."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampler_inputs import measured, some_scores

from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.needs import needs
from curation_assets.mixture.samplers import SAMPLERS
from curation_assets.mixture.samplers.interface import Neighbours, Scores, scores_of
from curation_assets.mixture.samplers.ranking import places_by, ranks_within

NAMES = sorted(SAMPLERS)
FEW = settings(max_examples=25)


@pytest.mark.parametrize("sampler", NAMES)
@FEW
@given(scores=some_scores())
def test_no_value_is_an_error_and_what_comes_back_is_of_its_kind(sampler: str, scores: Scores) -> None:
    made = measured(sampler, scores)
    there = made[~np.isnan(made)]
    assert made.shape == (len(scores),)
    assert np.isfinite(there).all()
    kind = SAMPLERS[sampler].kind
    if kind == "weights":
        assert (there > 0).all()
    elif kind == "chances":
        assert ((there > 0) & (there <= 1)).all()
    elif kind == "places":
        assert sorted(there.tolist()) == list(range(1, len(there) + 1))
    elif kind == "copies":
        assert (there >= 0).all()


@pytest.mark.parametrize("sampler", NAMES)
@FEW
@given(scores=some_scores(missing=False))
def test_only_what_a_sampler_is_meant_to_leave_out_is_left_out(sampler: str, scores: Scores) -> None:
    """With every score known, short texts, ends of the band, duplicates and the neighbours of better ones."""
    made = measured(sampler, scores)
    if sampler not in {"perplexity_band", "dsir", "d4", "greedy_diversity"}:
        assert not np.isnan(made).any()
    elif sampler == "dsir":
        assert (np.isnan(made) == (scores.tokens < 100)).all()


@pytest.mark.parametrize("sampler", NAMES)
@FEW
@given(scores=some_scores(), seed=st.integers(0, 99))
def test_the_order_of_rows_matters_for_equals_alone(sampler: str, scores: Scores, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(scores))
    scores = _without_ties(scores)
    expected = measured(sampler, scores)[order]
    assert measured(sampler, _reordered(scores, order)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("sampler", ["top_k", "bottom_k", "perplexity_band", "buckets", "greedy_diversity"])
@FEW
@given(scores=some_scores(), scale=st.sampled_from([0.25, 4.0, 1024.0]))
def test_the_scale_of_a_score_does_not_matter(sampler: str, scores: Scores, scale: float) -> None:
    named = {name: values * scale for name, values in scores.named.items()}
    scaled = replace(scores, quality=scores.quality * scale, named=named)
    assert measured(sampler, scaled) == pytest.approx(measured(sampler, scores), nan_ok=True)


def test_needs_follow_the_settings() -> None:
    def needed(minimum_rank: float = 0.0, **settings: Any) -> list[str]:
        return sorted(needs(MixtureConfig(minimum_rank=minimum_rank, **settings)))

    assert needed(sampler="random") == []
    assert needed(sampler="quality_coverage") == ["density", "quality"]
    assert needed(sampler="quality_coverage", alpha=0.01) == ["density", "quality"]
    assert needed(sampler="quality_coverage", alpha=0.0) == ["density"]
    assert needed(sampler="quality_coverage", alpha=1.0) == ["quality"]
    assert needed(sampler="perplexity_band") == ["scores.perplexity"]
    assert needed(sampler="pareto", pareto={"score": "rank"}) == ["quality"]
    both = {"scores": ["complexity", "quality"]}
    assert needed(sampler="greedy_diversity", diversity=both) == [
        "neighbours",
        "quality",
        "scores.complexity",
    ]
    assert needed(sampler="buckets", buckets=both) == ["quality", "scores.complexity"]
    assert needed(sampler="random", minimum_rank=0.1) == ["quality"]


def test_a_score_that_does_not_exist_is_named() -> None:
    scores = scores_of(1, named={"wiki": np.ones(1)})
    with pytest.raises(ValueError, match="no score 'perplexity'; known are quality, rank, wiki"):
        measured("perplexity_band", scores)


def test_every_name_of_the_settings_is_a_sampler() -> None:
    assert {MixtureConfig(sampler=name).sampler for name in NAMES} == set(SAMPLERS)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(1, 9)), max_size=30))
def test_sized_ranks_are_those_of_documents_repeated_as_often(rows: list[tuple[int, int, int]]) -> None:
    values, group, sizes = np.array(rows, np.int64).reshape(-1, 3).T
    values, group = values.astype(np.float64), group.astype(np.uint64)
    whole = ranks_within(np.repeat(values, sizes), np.repeat(group, sizes))
    expected = whole[np.cumsum(sizes) - 1] if len(rows) else np.empty(0)
    assert ranks_within(values, group, sizes).tolist() == expected.tolist()


def test_a_missing_value_has_no_rank_and_no_part_in_others() -> None:
    values, group = np.array([3.0, np.nan, 1.0, np.inf, 2.0]), np.zeros(5, np.uint64)
    assert ranks_within(values, group) == pytest.approx([5 / 6, np.nan, 1 / 6, np.nan, 1 / 2], nan_ok=True)
    assert places_by(values) == pytest.approx([3, np.nan, 1, 4, 2], nan_ok=True)


def _without_ties(scores: Scores) -> Scores:
    """Move equal values apart by the row, so that no order depends on the position."""
    shift = np.arange(len(scores)) * 1e-6
    known = {name: values * 0.99 + shift for name, values in scores.named.items()}
    names = ["quality", "centre_similarity", "nearest_similarity", "prototype_similarity"]
    moved = {name: getattr(scores, name) * 0.99 + shift for name in names}
    # A missing similarity counts as -1, which several documents may have.
    moved["nearest_similarity"] = np.nan_to_num(moved["nearest_similarity"], nan=0.995) + shift
    return replace(scores, named=known, **moved)


def _reordered(scores: Scores, order: np.ndarray) -> Scores:
    rows = np.argsort(order).astype(np.uint32)
    pairs = scores.neighbours
    columns = {
        one.name: getattr(scores, one.name)[order]
        for one in fields(scores)
        if one.name not in ("named", "neighbours")
    }
    named = {name: values[order] for name, values in scores.named.items()}
    moved = Neighbours(rows[pairs.one], rows[pairs.other], pairs.similarity)
    return Scores(**columns, named=named, neighbours=moved)
