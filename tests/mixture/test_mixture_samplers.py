"""What each sampler prefers."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixture_plans import labels_of, measure, plan
from scipy.stats import rankdata

from curation_assets.density.config import DensityConfig
from curation_assets.density.sketch import hash_codes, sketch_of
from curation_assets.mixture.config import Budget, MixtureConfig, SamplerName


def _rows(quality: list[float], density: list[float], language: str = "en") -> pl.DataFrame:
    return pl.DataFrame({"quality": quality, "density": density}).with_columns(
        doc_id=pl.format("{}{}", pl.lit(language), pl.int_range(pl.len())),
        language=pl.lit(language), shard=pl.lit("s"), source=pl.lit("web"), tokens=pl.lit(10),
    )  # fmt: skip


def test_top_k_takes_the_best_and_breaks_ties_by_id(candidates: pl.DataFrame) -> None:
    """Qualities come in hundredths, so ties are many; equal to sorting by (-quality, doc_id)."""
    budget = Budget(unit="documents", amount=77)
    config = MixtureConfig(sampler="top_k", budget=budget, minimum_rank=0.0)
    made = plan(candidates.sample(fraction=1.0, shuffle=True, seed=1), config)
    best = candidates.sort(["quality", "doc_id"], descending=[True, False]).head(77)
    assert set(labels_of(made).filter("selected")["doc_id"]) == set(best["doc_id"])
    assert set(labels_of(made)["inclusion_probability"]) == {0.0, 1.0}


def test_random_ignores_scores_and_density_ips_inverts_density() -> None:
    rows = _rows([0.1, 0.9], [0.2, 0.05])
    assert measure("random", rows).tolist() == [1.0, 1.0]
    assert measure("density_ips", rows) == pytest.approx([5.0, 20.0])


def test_alpha_goes_from_coverage_to_quality() -> None:
    rows = _rows([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.2, 0.4])
    assert measure("quality_coverage", rows, alpha=1.0) == pytest.approx([1 / 8, 3 / 8, 5 / 8, 7 / 8])
    assert measure("quality_coverage", rows, alpha=0.0) == pytest.approx([10.0, 5.0, 5.0, 2.5])
    assert measure("quality_coverage", rows, alpha=0.5) == pytest.approx(
        np.sqrt([10 / 8, 15 / 8, 25 / 8, 35 / 16])
    )


def test_outliers_gain_no_more_than_the_floor_allows() -> None:
    rows = _rows([0.5] * 5, [0.2, 0.2, 0.2, 0.2, 1e-9])
    weights = measure("quality_coverage", rows, alpha=0.7, density_floor=0.1)
    assert weights[4] / weights[0] == pytest.approx(10**0.3)


def test_ranks_within_a_language_do_not_punish_a_language() -> None:
    """The scorer gives German less throughout; within the language ranks are the same as in English."""
    english = _rows([0.6, 0.7, 0.8, 0.9], [0.1] * 4, "en")
    german = _rows([0.1, 0.2, 0.3, 0.4], [0.1] * 4, "de")
    both = pl.concat([english, german])
    within = measure("quality_coverage", both, rank_within=("language",))
    assert within[:4].tolist() == within[4:].tolist()
    over_all = measure("quality_coverage", both, rank_within=())
    assert over_all[:4].min() > over_all[4:].max()


def test_the_lowest_ranks_of_every_language_and_source_are_never_taken() -> None:
    """Of eight each, whatever the scale of their scores: those ranked below a quarter are two of eight."""
    parts = [
        _rows([base + step / 100 for step in range(8)], [0.1] * 8, language).with_columns(
            source=pl.lit(source), doc_id=pl.format("{}{}", pl.lit(source + language), pl.int_range(8))
        )
        for base, language, source in [(0.1, "en", "web"), (0.9, "de", "web"), (0.5, "en", "books")]
    ]
    made = plan(pl.concat(parts), MixtureConfig(sampler="random", budget=Budget(fraction=None)))
    low = labels_of(made).filter(pl.col("reason") == "below_minimum_rank")
    assert set(low["doc_id"]) == {
        f"{part}{step}" for part in ("weben", "webde", "booksen") for step in (0, 1)
    }


def test_equal_quality_gets_equal_weight_and_a_lone_document_is_average() -> None:
    tied = measure("quality_coverage", _rows([0.5, 0.5, 0.9], [1.0] * 3), alpha=1.0)
    assert tied == pytest.approx([1 / 3, 1 / 3, 5 / 6])
    alone = measure("quality_coverage", _rows([0.9], [1.0]), alpha=1.0)
    assert alone == pytest.approx([0.5])


def test_inverse_propensity_flattens_a_lopsided_lake() -> None:
    """Planted clusters of 50, 25, 12.5 ... %: 1/density brings their shares at least 5 times closer to even.

    Distance is the chi-square statistic per document, of the chances of a twentieth to be drawn.
    """
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(7, 64))
    member = generator.choice(7, 4000, p=np.array([64, 32, 16, 8, 4, 2, 1]) / 127)
    vectors = centres[member] / 8 + generator.normal(size=(4000, 64)) * 0.04
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    params = DensityConfig(rows=300).sketch_params(64)
    density = sketch_of(vectors, params).density(hash_codes(vectors, params))
    rows = _rows([1.0] * 4000, density.tolist()).with_columns(cluster=pl.Series(member))

    def unevenness(sampler: SamplerName) -> float:
        config = MixtureConfig(sampler=sampler, budget=Budget(unit="documents", fraction=0.05))
        labels = labels_of(plan(rows, config)).join(rows, on="doc_id")
        shares = np.bincount(labels["cluster"], labels["inclusion_probability"], minlength=7)
        return float(np.square(shares / shares.sum() - 1 / 7).sum() * 7)

    assert unevenness("random") > 5 * unevenness("density_ips")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=30))
def test_ranks_are_the_textbook_ones(rows: list[tuple[int, int]]) -> None:
    """Parity with scipy's average ranks within each language."""
    quality, language = (np.array(column) for column in zip(*rows, strict=True))
    made = measure(
        "quality_coverage",
        _rows((quality / 5).tolist(), [1.0] * len(quality)).with_columns(
            language=pl.Series(language.astype(str))
        ),
        alpha=1.0,
    )
    for group in set(language):
        members = language == group
        assert made[members].tolist() == ((rankdata(quality[members]) - 0.5) / members.sum()).tolist()
