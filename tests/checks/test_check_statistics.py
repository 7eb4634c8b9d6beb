"""The checks that warn: each passes on what is well and fails on a planted fault."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from made_lake import drawn, note, rewrite, scores
from pydantic import ValidationError

from curation_assets.checks import amounts, drift, history, sampling
from curation_assets.checks.config import ChecksConfig
from curation_assets.checks.drops import look_at_drop_rates
from curation_assets.config import Config
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import Counts


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    (tmp_path / "inbox").mkdir()
    return Workplace(tmp_path / "inbox", Lake(tmp_path / "lake"), Config())


def with_settings(workplace: Workplace, **sections: Any) -> Workplace:
    return Workplace(workplace.inbox_path, workplace.lake, Config.model_validate(sections))


def counts(kept: int, **dropped: int) -> Counts:
    return Counts(rows_in=kept + sum(dropped.values()), kept=kept, dropped=dropped)


def cleaned(workplace: Workplace, output: str, counted: Counts) -> tuple[bool, Any]:
    note(workplace.lake, "clean_documents", "a", output, counted)
    return look_at_drop_rates("clean_documents", workplace, WHOLE_LAKE)


def test_drop_rates_are_held_against_earlier_builds_of_the_same_settings(workplace: Workplace) -> None:
    passed, figures = cleaned(workplace, "one", counts(900, gopher=100))
    assert passed
    assert "no earlier build" in figures["note"]
    history.keep(workplace)
    assert cleaned(workplace, "two", counts(890, gopher=110))[0]
    passed, figures = cleaned(workplace, "three", counts(600, gopher=100, language=300))
    assert not passed
    assert "language: 30.0%, was 0.0% to 0.0%" in figures["outside_the_range"]
    history.keep(workplace)
    assert cleaned(workplace, "four", counts(610, gopher=100, language=290))[0]


def test_a_reason_that_vanishes_is_told_too(workplace: Workplace) -> None:
    note(workplace.lake, "clean_documents", "a", "one", counts(700, language=300))
    history.keep(workplace)
    passed, figures = cleaned(workplace, "two", counts(1000))
    assert not passed
    assert "language: 0.0%, was 30.0% to 30.0%" in figures["outside_the_range"]


def test_the_same_build_is_kept_once_and_the_oldest_are_forgotten(workplace: Workplace) -> None:
    for number in range(history.KEPT_BUILDS + 3):
        note(workplace.lake, "clean_documents", "a", str(number), counts(number + 1))
        history.keep(workplace)
        history.keep(workplace)
    kept = history.read(workplace.lake, "clean_documents")
    assert [entry.counts.kept for entry in kept] == list(range(4, history.KEPT_BUILDS + 4))


def test_a_damaged_history_begins_anew(workplace: Workplace) -> None:
    workplace.lake.write_file(f"{history.FOLDER}/clean_documents.json", b"[{]")
    assert cleaned(workplace, "one", counts(1))[0]
    history.keep(workplace)
    assert len(history.read(workplace.lake, "clean_documents")) == 1


def test_scores_that_drift_are_told_and_those_that_do_not_are_not(workplace: Workplace) -> None:
    rng = np.random.default_rng(1)
    scores(workplace.lake, rng.beta(2, 2, 2000), "one")
    assert drift.look_for_drift(workplace, WHOLE_LAKE)[0]  # nothing to compare with
    history.keep(workplace)
    scores(workplace.lake, rng.beta(2, 2, 2500), "two")
    passed, figures = drift.look_for_drift(workplace, WHOLE_LAKE)
    assert passed
    assert figures["documents_before"] == 2000
    scores(workplace.lake, rng.beta(5, 2, 2500), "three")
    passed, figures = drift.look_for_drift(workplace, WHOLE_LAKE)
    assert not passed
    assert figures["population_stability_index"] > figures["limit"]


def test_few_scores_are_not_called_drift_for_chance_alone(workplace: Workplace) -> None:
    rng = np.random.default_rng(2)
    scores(workplace.lake, rng.random(12), "one")
    history.keep(workplace)
    for attempt in range(20):
        scores(workplace.lake, rng.random(12), f"again {attempt}")
        assert drift.look_for_drift(workplace, WHOLE_LAKE)[0]


def test_stability_index_of_known_shares() -> None:
    """By hand: two equal bins against 25 and 75 %: (.25 - .5) ln .5 + (.75 - .5) ln 1.5 = .2747."""
    index = drift.stability_index(np.array([500_000, 500_000]), np.array([250_000, 750_000]))
    assert index == pytest.approx(0.2747, abs=1e-4)


def test_estimates_hold_for_true_probabilities_and_not_for_wrong_ones(workplace: Workplace) -> None:
    drawn(workplace)
    passed, figures = sampling.look_at_estimates(workplace, WHOLE_LAKE)
    assert passed
    assert figures["documents_in_the_draw"] == 3000
    drawn(workplace, inclusion_probability=pl.col("inclusion_probability") * 0.8)
    assert not sampling.look_at_estimates(workplace, WHOLE_LAKE)[0]


def test_the_stated_standard_error_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(3)
    probability, values = rng.uniform(0.2, 0.9, 200), rng.uniform(1, 9, 200)
    sums = [float((values / probability)[rng.random(200) < probability].sum()) for _ in range(4000)]
    assert sampling.standard_error(values, probability) == pytest.approx(np.std(sums), rel=0.05)


def test_a_draw_without_chance_has_nothing_to_estimate(workplace: Workplace) -> None:
    taken = drawn(workplace, inclusion_probability=pl.col("selected").cast(pl.Float64))["documents"]
    passed, figures = sampling.look_at_estimates(workplace, WHOLE_LAKE)
    assert passed
    assert figures == {"note": "nothing was drawn by chance", "documents": taken}


def test_a_draw_that_a_few_documents_decide_is_told(workplace: Workplace) -> None:
    def look(share: float) -> tuple[bool, Any]:
        weights = {"effective_sample_size": share * 1000, "effective_share": share}
        write_plan(
            workplace, phases=[{"name": "main", "weights": weights}, {"name": "late", "weights": None}]
        )
        return sampling.look_at_sample_size(workplace, WHOLE_LAKE)

    assert look(0.5)[0]
    passed, figures = look(0.02)
    assert not passed
    assert figures["effective_share"] == 0.02


def write_plan(workplace: Workplace, **parts: Any) -> None:
    workplace.lake.write_file(sampling.PLAN_FILE, json.dumps({"notes": [], **parts}).encode())


def test_shares_are_held_against_declared_bounds(workplace: Workplace) -> None:
    drawn(workplace)
    passed, figures = amounts.look_at_shares(workplace, WHOLE_LAKE)
    assert passed
    assert "no bounds" in figures["note"]
    bounds = {"language": {"de": [0.2, 0.3], "en": [0.7, 0.8]}, "source": {"web": [1.0, 1.0]}}
    assert amounts.look_at_shares(with_settings(workplace, checks={"shares": bounds}), WHOLE_LAKE)[0]
    narrow = with_settings(workplace, checks={"shares": {"language": {"en": [0.0, 0.5], "fr": [0.1, 1.0]}}})
    passed, figures = amounts.look_at_shares(narrow, WHOLE_LAKE)
    assert not passed
    assert "language fr: 0.0%, allowed 10.0% to 100.0%" in figures["outside"]
    assert "language en: 7" in figures["outside"]


def test_what_is_read_too_often_is_told(workplace: Workplace) -> None:
    drawn(workplace)
    assert amounts.look_for_repetition(workplace, WHOLE_LAKE)[0]
    rewrite(workplace.lake, "mixture_plan", "a", weight=pl.col("weight") * 2)
    passed, figures = amounts.look_for_repetition(workplace, WHOLE_LAKE)
    assert not passed
    assert figures["documents_above_their_cap"] > 1000
    twice = with_settings(workplace, mixture={"allocation": {"maximum_epochs": 2}})
    assert amounts.look_for_repetition(twice, WHOLE_LAKE)[0]
    of_source = with_settings(
        workplace, mixture={"allocation": {"maximum_epochs": 2, "maximum_epochs_by_source": {"web": 1}}}
    )
    assert not amounts.look_for_repetition(of_source, WHOLE_LAKE)[0]


def test_copies_of_one_cluster_are_counted_together(workplace: Workplace) -> None:
    drawn(workplace)
    rewrite(workplace.lake, "dedup_clusters", "a", cluster_id=pl.lit("all the same"))
    passed, figures = amounts.look_for_repetition(workplace, WHOLE_LAKE)
    assert not passed
    assert figures["clusters_above_their_cap"] == 1
    weighted = with_settings(workplace, dedup={"policy": "weight"})
    assert amounts.look_for_repetition(weighted, WHOLE_LAKE)[0]


def test_the_budget_is_recounted_to_a_document(workplace: Workplace) -> None:
    sums = drawn(workplace)
    filled, documents = sums["tokens"], sums["documents"]

    def look(asked: int, told: int, unit: str = "tokens") -> bool:
        budget = {"unit": unit, "asked": asked, "filled": told}
        write_plan(workplace, budget=budget, phases=[{"name": "main"}])
        return amounts.look_at_budget(workplace, WHOLE_LAKE)[0]

    assert look(filled - 60, filled)
    assert not look(filled - 200, filled)
    assert not look(filled + 200, filled)
    assert not look(filled, filled + 5)
    assert look(4 * filled, 4 * filled, "bytes")
    assert look(documents, documents, "documents")
    assert not look(documents + 2, documents, "documents")


@pytest.mark.parametrize(
    "values",
    [
        {"shares": {"language": {"en": [0.9, 0.3]}}},
        {"shares": {"language": {"en": [0.3, 1.3]}}},
        {"shares": {"language": {False: [0.0, 0.3]}}},
        {"shares": {"topic": {"3": [0.0, 0.3]}}},
    ],
)
def test_bounds_that_mean_nothing_are_refused(values: Any) -> None:
    with pytest.raises(ValidationError):
        ChecksConfig.model_validate(values)
