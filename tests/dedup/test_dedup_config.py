"""Presets of deduplication, and what bands and rows mean."""

import numpy as np
import pytest
from pydantic import ValidationError

from curation_assets.dedup.config import PRESETS, DedupConfig, candidate_probability, s_curve_threshold


@pytest.mark.parametrize(
    ("preset", "bands", "rows", "words"),
    [
        ("default", 20, 6, 5),
        ("fineweb", 14, 8, 5),
        ("refinedweb", 450, 20, 5),
        ("gpt3", 10, 1, 1),
        ("nemo", 20, 13, 5),
    ],
)
def test_presets_are_as_published_and_given_keys_go_first(
    preset: str, bands: int, rows: int, words: int
) -> None:
    config = DedupConfig.model_validate({"preset": preset})
    assert (config.bands, config.rows, config.shingle_words) == (bands, rows, words)
    assert DedupConfig.model_validate({"preset": preset, "rows": 3}).rows == 3
    assert preset in PRESETS


def test_an_unknown_preset_is_told_with_what_there_is() -> None:
    with pytest.raises(ValidationError, match="'default', 'fineweb', 'refinedweb', 'gpt3' or 'nemo'"):
        DedupConfig.model_validate({"preset": "c4"})


@pytest.mark.parametrize(
    ("bands", "rows", "similarity", "expected"),
    # Of the FineWeb paper (arXiv 2406.17557, section 3.4): 56 %, 77 %, 92 % and 98.8 % for 14 bands of 8.
    [(14, 8, 0.7, 0.56), (14, 8, 0.75, 0.77), (14, 8, 0.8, 0.92), (14, 8, 0.85, 0.988)],
)
def test_candidates_are_as_likely_as_published(
    bands: int, rows: int, similarity: float, expected: float
) -> None:
    assert candidate_probability(similarity, bands, rows) == pytest.approx(expected, abs=0.007)


@pytest.mark.parametrize(("bands", "rows", "threshold"), [(14, 8, 0.719), (450, 20, 0.737), (20, 6, 0.607)])
def test_the_threshold_is_where_the_curve_is_steepest(bands: int, rows: int, threshold: float) -> None:
    assert s_curve_threshold(bands, rows) == pytest.approx(threshold, abs=0.001)
    grid = np.linspace(0.01, 0.99, 981)
    slope = np.gradient([candidate_probability(value, bands, rows) for value in grid], grid)
    assert grid[slope.argmax()] == pytest.approx(threshold, abs=0.03)


@pytest.mark.parametrize(
    "settings", [{"manuals": {"jaccard_threshold": 1.5}}, {"manuals": {"threshold": 0.9}}]
)
def test_settings_of_a_source_are_checked(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"sources\.manuals"):
        DedupConfig.model_validate({"sources": settings})


def test_a_policy_needs_no_new_signatures() -> None:
    changed = DedupConfig(
        policy="cap", copies=3, representative="newest", jaccard_threshold=0.9, enabled=False
    )
    assert changed.signing() == DedupConfig().signing()
    for key, value in {"bands": 3, "rows": 3, "shingle_words": 3, "seed": 3}.items():
        assert DedupConfig.model_validate({key: value}).signing() != DedupConfig().signing()
