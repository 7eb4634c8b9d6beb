"""CCNet's buckets and bands of ranks."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.quality.perplexity.buckets import (
    Cutoffs,
    buckets,
    fit_cutoffs,
    keep_band,
    load_cutoffs,
    rank_shares,
)
from resources.models import ModelError


def test_buckets_end_at_the_30th_and_60th_percentile_of_their_language() -> None:
    values, languages = [*range(1, 101), *range(1001, 1011)], ["en"] * 100 + ["de"] * 10
    cutoffs = fit_cutoffs(values, languages, "scorer")
    assert cutoffs.ends == {"en": (30, 60), "de": (1003, 1006)}
    assert cutoffs.sample == {"en": 100, "de": 10}
    found = buckets([29.9, 30, 59.9, 60, 1002, 1e9, 5], ["en"] * 4 + ["de"] * 2 + ["fr"], cutoffs)
    assert found == ["head", "middle", "middle", "tail", "head", "tail", "all"]


@given(st.lists(st.floats(1, 1e9), min_size=1, max_size=50), st.randoms())
def test_cutoffs_do_not_depend_on_the_order(values: list[float], chance: object) -> None:
    shuffled = list(values)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    languages = ["en"] * len(values)
    assert fit_cutoffs(values, languages, "s") == fit_cutoffs(shuffled, languages, "s")
    shares = buckets(values, languages, fit_cutoffs(values, languages, "s"))
    assert shares.count("head") <= 0.3 * len(values)
    assert shares.count("tail") >= 0.4 * len(values)


def test_cutoffs_come_back_from_their_file(tmp_path: Path) -> None:
    path, cutoffs = (
        tmp_path / "cutoffs.json",
        fit_cutoffs([1.5, 2, 3], ["en", "de", "en"], "scorer", (10, 90)),
    )
    cutoffs.save(path)
    assert load_cutoffs(path) == cutoffs
    assert fit_cutoffs([1.0, 2.0, 3.0], ["en", "de", "en"], "s", fewest=2).ends.keys() == {"en"}
    for damaged in ("{}", "[1]", "x", '{"format": 2}'):
        path.write_text(damaged)
        with pytest.raises(ModelError, match=r"cutoffs\.json"):
            load_cutoffs(path)
    with pytest.raises(ModelError, match="No such file"):
        load_cutoffs(tmp_path / "none.json")


def test_cutoffs_of_what_is_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        fit_cutoffs([1, np.nan], ["en", "en"], "s")
    with pytest.raises(ValueError, match="ascend"):
        fit_cutoffs([1], ["en"], "s", (60, 30))
    assert buckets([], [], Cutoffs({}, "s")) == []


def test_the_middle_half_of_every_group_is_kept() -> None:
    scores = [*range(8), *range(100, 108)]
    languages, sources = ["en"] * 8 + ["de"] * 8, ["web"] * 16
    assert list(np.flatnonzero(keep_band(scores, 0.25, 0.75, languages, sources))) == [
        2,
        3,
        4,
        5,
        10,
        11,
        12,
        13,
    ]
    assert list(np.flatnonzero(keep_band(scores, 0.25, 0.75))) == list(range(4, 12))


def test_equal_scores_are_treated_alike() -> None:
    assert list(rank_shares([5, 1, 5, 9])) == [0.5, 0.125, 0.5, 0.875]
    assert list(keep_band([7, 7, 7, 7], 0.25, 0.75)) == [True] * 4


@given(st.lists(st.floats(1, 1e9), max_size=60), st.integers(0, 4))
def test_bands_part_the_documents(scores: list[float], cuts: int) -> None:
    ends = np.linspace(0, 1, cuts + 2)
    kept = [keep_band(scores, low, high) for low, high in pairwise(ends)]
    assert list(np.sum(kept, axis=0)) == [1] * len(scores)


@pytest.mark.parametrize(("lower", "upper"), [(0.5, 0.5), (-0.1, 0.5), (0.5, 1.1)])
def test_bands_that_make_no_sense_are_refused(lower: float, upper: float) -> None:
    with pytest.raises(ValueError, match="band"):
        keep_band([1.0], lower, upper)
