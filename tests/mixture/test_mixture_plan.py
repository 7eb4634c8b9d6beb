"""The plan: every candidate accounted for, whatever the order and the shards it comes in."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixture_plans import labels_of, plan, taken

from curation_assets.mixture.allocation.config import AllocationConfig
from curation_assets.mixture.config import Budget, MixtureConfig, SamplerName
from curation_assets.mixture.labels import LABEL_SCHEMA

SAMPLER_NAMES: tuple[SamplerName, ...] = ("random", "top_k", "density_ips", "quality_coverage")


def _documents(amount: int) -> Budget:
    return Budget(unit="documents", amount=amount)


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_every_candidate_has_one_outcome(candidates: pl.DataFrame, sampler: SamplerName) -> None:
    config = MixtureConfig(sampler=sampler, minimum_quality=0.5, budget=Budget(fraction=0.2))
    made = plan(candidates, config)
    selection = labels_of(made)
    assert selection.schema == LABEL_SCHEMA
    assert selection["doc_id"].sort().equals(candidates["doc_id"].sort())
    assert selection.equals(selection.sort("shard", "doc_id"))
    assert selection["selected"].equals(selection["reason"].is_null())
    assert selection["weight"].equals(selection["selected"].cast(pl.Float64))
    expected = {"below_minimum_quality", "below_minimum_rank", "over_budget"}
    assert set(selection["reason"].drop_nulls()) == expected
    assert made.summary["selected"]["documents"] + sum(made.summary["reasons"].values()) == 400
    never = selection.filter(pl.col("reason").is_in(["below_minimum_quality", "below_minimum_rank"]))
    assert never["inclusion_probability"].max() == 0.0
    joined = selection.join(candidates, on="doc_id")
    assert joined.filter("selected")["quality"].to_numpy().min() >= 0.5
    assert json.loads(json.dumps(made.summary)) == made.summary


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
@given(seed=st.integers(0, 1000), shards=st.integers(1, 50))
@settings(max_examples=8, deadline=None)
def test_plan_depends_on_neither_order_nor_shards(
    candidates: pl.DataFrame, sampler: SamplerName, seed: int, shards: int
) -> None:
    config = MixtureConfig(sampler=sampler, allocation={"shares": {"wiki": 0.2}})
    moved = candidates.sample(fraction=1.0, shuffle=True, seed=seed).with_columns(
        shard=pl.format("t{}", pl.int_range(pl.len()) % shards), tokens=pl.col("tokens").cast(pl.UInt16)
    )
    expected = plan(candidates, config)
    made = plan(moved, config)
    columns = ["doc_id", "selected", "inclusion_probability", "reason"]
    assert (
        labels_of(made)
        .select(columns)
        .sort("doc_id")
        .equals(labels_of(expected).select(columns).sort("doc_id"))
    )
    assert made.summary == expected.summary


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_token_budget_is_exact_within_one_document(candidates: pl.DataFrame, sampler: SamplerName) -> None:
    made = plan(candidates, MixtureConfig(sampler=sampler, budget=Budget(fraction=0.25)))
    budget = made.summary["budget"]
    assert budget["asked"] == round(0.25 * sum(candidates["tokens"]))
    assert 0 <= budget["filled"] - budget["asked"] < candidates["tokens"].max()
    assert budget["filled"] == made.summary["selected"]["tokens"]


def test_document_budget_is_exact(candidates: pl.DataFrame) -> None:
    made = plan(candidates, MixtureConfig(budget=_documents(57)))
    assert made.summary["selected"]["documents"] == 57
    assert made.summary["expected_documents"] == pytest.approx(57, rel=0.1)


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.7])
def test_fractions_are_not_rounded_up_by_floating_point(fraction: float) -> None:
    """0.1 * 30 is 3.0000000000000004 in floating point; the budget is three documents all the same."""
    rows = pl.DataFrame({"doc_id": [f"{i}" for i in range(30)]}).with_columns(
        shard=pl.lit("s"), source=pl.lit("a"), language=pl.lit("en"),
        tokens=pl.lit(1), quality=pl.lit(1.0), density=pl.lit(1.0),
    )  # fmt: skip
    made = plan(rows, MixtureConfig(budget=Budget(fraction=fraction)))
    assert made.summary["selected"]["documents"] == round(fraction * 30)


@pytest.mark.parametrize("sampler", ["random", "density_ips", "quality_coverage"])
def test_copies_of_half_the_weight_are_drawn_half_as_readily(
    candidates: pl.DataFrame, sampler: SamplerName
) -> None:
    """Of documents with the same scores, few being taken."""
    rows = candidates.with_columns(quality=pl.lit(0.9), density=pl.lit(0.5), tokens=pl.lit(1))
    rows = rows.with_columns(weight=pl.when(pl.col("doc_id") < "d200").then(0.5).otherwise(1.0))
    made = plan(rows, MixtureConfig(sampler=sampler, budget=Budget(unit="documents", amount=12)))
    chance, weight = made.probability, made.candidates.weight
    assert np.median(chance[weight == 0.5]) / np.median(chance[weight == 1]) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("sampler", ["random", "top_k", "density_ips"])
def test_a_new_candidate_displaces_at_most_one_document(
    candidates: pl.DataFrame, sampler: SamplerName
) -> None:
    config = MixtureConfig(sampler=sampler, budget=_documents(100))
    before = taken(plan(candidates, config))
    for name in ("a-new-one", "another", "zzz"):
        added = candidates.head(1).with_columns(doc_id=pl.lit(name), quality=pl.lit(0.97))
        after = taken(plan(pl.concat([added, candidates]), config))
        assert after - {name} <= before
        assert len(before - after) == (name in after)


def test_a_new_candidate_changes_little_where_ranks_count(candidates: pl.DataFrame) -> None:
    """All ranks of a language shift by a part in hundreds, so that few keys change places."""
    config = MixtureConfig(budget=_documents(100))
    added = candidates.head(1).with_columns(doc_id=pl.lit("new"), quality=pl.lit(0.97))
    before, after = (taken(plan(rows, config)) for rows in (candidates, pl.concat([candidates, added])))
    assert len(before - after) <= 3


def test_another_seed_draws_others(candidates: pl.DataFrame) -> None:
    drawn = [taken(plan(candidates, MixtureConfig(seed=seed, budget=_documents(50)))) for seed in (1, 2)]
    assert drawn[0] != drawn[1]


def test_source_shares(candidates: pl.DataFrame) -> None:
    config = MixtureConfig(
        sampler="random",
        minimum_rank=0.0,
        budget=_documents(100),
        allocation={"shares": {"wiki": 0.5, "code": 0.25}},
    )
    sources = plan(candidates, config).summary["sources"]
    assert {name: counts["selected"] for name, counts in sources.items()} == {
        "code": 25,
        "web": 25,
        "wiki": 50,
    }


def test_share_that_cannot_be_filled_fails_or_is_told(candidates: pl.DataFrame) -> None:
    asked = {"shares": {"code": 0.6}}
    config = MixtureConfig(minimum_rank=0.0, budget=_documents(300), allocation=asked)
    there = candidates.filter(pl.col("source") == "code").height
    assert there < 180
    with pytest.raises(ValueError, match=rf"allocation\.shares: .*code.* 180, .*{there}"):
        plan(candidates, config)
    summary = plan(
        candidates,
        config.model_copy(update={"allocation": AllocationConfig(**asked, when_short="leave_unfilled")}),
    ).summary
    assert summary["sources"]["code"]["selected"] == there
    assert summary["budget"]["shortfall"] == 180 - there
    assert any("code" in note and "180" in note for note in summary["notes"])


def test_budget_beyond_what_is_there_takes_everything(candidates: pl.DataFrame) -> None:
    made = plan(candidates, MixtureConfig(minimum_rank=0.0, budget=Budget(amount=10**9)))
    assert labels_of(made)["selected"].all()
    assert (labels_of(made)["inclusion_probability"] == 1.0).all()
    total = candidates["tokens"].sum()
    assert made.summary["notes"] == [f"asked for {10**9} tokens, took all {total} that may be taken"]
    unlimited = plan(candidates, MixtureConfig(minimum_rank=0.0, budget=Budget(fraction=None)))
    assert labels_of(unlimited)["selected"].all()
    assert unlimited.summary["notes"] == []


def test_a_share_of_an_unknown_source_is_refused(candidates: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"wikki.*code, web, wiki"):
        plan(candidates, MixtureConfig(allocation={"shares": {"wikki": 0.2}}))


def test_repeated_ids_are_refused(candidates: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="'d005' occurs more than once"):
        plan(pl.concat([candidates, candidates[5:6]]), MixtureConfig())


@pytest.mark.parametrize(
    ("sampler", "alpha", "minimum", "refused"),
    [
        ("random", 0.7, None, set()),
        ("random", 0.7, 0.0, {"d000", "d001"}),
        ("top_k", 0.7, None, {"d000", "d001"}),
        ("density_ips", 0.7, None, {"d002", "d003", "d004"}),
        ("quality_coverage", 0.7, None, {"d000", "d001", "d002", "d003", "d004"}),
        ("quality_coverage", 1.0, None, {"d000", "d001"}),
        ("quality_coverage", 0.0, None, {"d002", "d003", "d004"}),
    ],
)
def test_documents_without_a_needed_score_are_left_out(
    candidates: pl.DataFrame, sampler: SamplerName, alpha: float, minimum: float | None, refused: set[str]
) -> None:
    """d000 and d001 have no quality; the density of the next three is missing, not a number and zero."""
    quality = [None, float("nan")] + [0.7] * 398
    density = [0.1, 0.1, None, float("inf"), 0.0] + [0.1] * 395
    rows = candidates.with_columns(pl.Series("quality", quality), pl.Series("density", density))
    config = MixtureConfig(
        sampler=sampler, alpha=alpha, minimum_quality=minimum, minimum_rank=0.0, budget=Budget(fraction=1.0)
    )
    selection = labels_of(plan(rows, config))
    assert set(selection.filter(pl.col("reason") == "no_score")["doc_id"]) == refused
    assert selection.filter("selected").height == 400 - len(refused)


def test_empty_input_and_missing_values(candidates: pl.DataFrame) -> None:
    empty = plan(candidates.head(0), MixtureConfig())
    assert (labels_of(empty).height, labels_of(empty).schema) == (0, LABEL_SCHEMA)
    assert empty.summary["selected"] == {"documents": 0, "tokens": 0, "training_tokens": 0}
    holes = candidates.head(20).with_columns(
        source=pl.lit(None, pl.String), language=pl.lit(None, pl.String), tokens=pl.lit(None, pl.Int64)
    )
    made = plan(holes, MixtureConfig(budget=_documents(3), minimum_rank=0.0))
    assert made.summary["sources"]["unknown"]["selected"] == 3
    assert made.summary["selected"] == {"documents": 3, "tokens": 0, "training_tokens": 0}


def test_effective_sample_size_is_reported(candidates: pl.DataFrame) -> None:
    rows = candidates.with_columns(density=pl.Series(np.r_[np.full(200, 0.1), np.full(200, 0.3)]))
    config = MixtureConfig(sampler="density_ips", minimum_rank=0.0)
    weights = plan(rows, config).summary["weights"]
    # Half of weight 3 and half of weight 1: (3 + 1)**2 / (2 * (9 + 1)) = 0.8.
    assert weights == pytest.approx({"effective_sample_size": 320, "effective_share": 0.8})
    assert plan(rows, MixtureConfig(sampler="top_k")).summary["weights"] is None


@pytest.mark.parametrize("sampler", ["random", "density_ips", "quality_coverage"])
def test_labels_have_probabilities_of_six_significant_bits(
    candidates: pl.DataFrame, sampler: SamplerName
) -> None:
    """The draw uses them unrounded; a label is the multiple of 2**(exponent - 6) that is nearest."""
    made = plan(candidates, MixtureConfig(sampler=sampler))
    exact = {
        name.decode(): value for name, value in zip(made.candidates.doc_id, made.probability, strict=True)
    }
    for doc_id, rounded in labels_of(made).select("doc_id", "inclusion_probability").iter_rows():
        step = 2.0 ** (np.frexp(exact[doc_id])[1] - 6)
        assert rounded % step == 0.0
        assert abs(rounded - exact[doc_id]) <= step / 2
