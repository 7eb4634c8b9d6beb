"""What a mixture is asked for beyond budget and sampler: floors, quotas, repetition, phases, other kinds."""

import numpy as np
import polars as pl
import pytest
from mixture_plans import labels_of, plan

from curation_assets.infeasible import InfeasibleError
from curation_assets.mixture.config import Budget, MixtureConfig
from curation_assets.mixture.plan import Plan

ALL = {"minimum_rank": 0.0}


def tokens_of(made: Plan, **where: str) -> int:
    """Return the tokens taken, with repetitions, of documents with these values."""
    summary = made.summary
    ((dimension, value),) = where.items()
    return int(summary[f"{dimension}s"][value]["training_tokens"])


def asked(amount: int, **mixture: object) -> MixtureConfig:
    return MixtureConfig.model_validate({**ALL, "budget": {"amount": amount}, **mixture})


def test_a_budget_in_bytes_is_exact_within_one_document(candidates: pl.DataFrame) -> None:
    config = MixtureConfig(budget=Budget(unit="bytes", fraction=0.3), **ALL)
    budget = plan(candidates, config).summary["budget"]
    assert budget["asked"] == round(0.3 * 4 * candidates["tokens"].sum())
    assert 0 <= budget["filled"] - budget["asked"] < 4 * candidates["tokens"].max()


@pytest.mark.parametrize("sampler", ["random", "top_k", "quality_coverage", "bottom_k"])
def test_a_floor_is_reached_and_the_whole_budget_kept(candidates: pl.DataFrame, sampler: str) -> None:
    """German has a third of the documents; a floor above what it would get takes from the others."""
    amount, largest = 40_000, candidates["tokens"].max()
    free = plan(candidates, asked(amount, sampler=sampler))
    floor = round(tokens_of(free, language="de") / amount + 0.1, 2)
    made = plan(candidates, asked(amount, sampler=sampler, allocation={"floors": {"de": floor}}))
    assert tokens_of(made, language="de") >= floor * amount - largest
    assert abs(made.summary["budget"]["filled"] - amount) < largest
    low = plan(candidates, asked(amount, sampler=sampler, allocation={"floors": {"de": 0.01}}))
    assert abs(tokens_of(low, language="de") - tokens_of(free, language="de")) <= 2 * largest


def test_a_source_is_repeated_up_to_its_cap_and_the_chances_say_so(candidates: pl.DataFrame) -> None:
    """UniMax: code is too small for an equal share even twice, so it is read twice, all of it."""
    sizes = dict(candidates.group_by("source").agg(pl.col("tokens").sum()).iter_rows())
    amount = 6 * sizes["code"] + 5
    allocation = {"rule": {"kind": "unimax", "by": "source"}, "maximum_epochs": 2}
    made = plan(candidates, asked(amount, sampler="random", allocation=allocation))
    assert tokens_of(made, source="code") == 2 * sizes["code"]
    others = [tokens_of(made, source=source) for source in ("web", "wiki")]
    assert others == pytest.approx([(amount - 2 * sizes["code"]) / 2] * 2, abs=2 * candidates["tokens"].max())
    labels = labels_of(made).join(candidates.select("doc_id", home="source"), on="doc_id")
    code = labels.filter(pl.col("home") == "code")
    assert code["weight"].to_list() == [2.0] * code.height
    assert code["inclusion_probability"].to_list() == [1.0] * code.height
    assert set(labels["weight"]) <= {0.0, 1.0, 2.0}
    assert made.summary["epochs"]["2"] >= code.height
    capped = {**allocation, "maximum_epochs_by_source": {"code": 1}}
    once = plan(candidates, asked(amount, sampler="random", allocation=capped))
    assert tokens_of(once, source="code") == sizes["code"]


def test_quotas_of_topics_and_formats_are_met(candidates: pl.DataFrame) -> None:
    rows = candidates.with_columns(
        topic=pl.int_range(pl.len()) % 5, format=pl.int_range(pl.len()) // 5 % 2
    ).with_columns(topic=pl.when(pl.col("topic") < 4).then("topic"))
    quotas = [{"topic": 3, "format": 1, "share": 0.3}, {"topic": "none", "share": 0.05}]
    amount, largest = 30_000, candidates["tokens"].max()
    made = plan(rows, asked(amount, allocation={"quotas": quotas}))
    taken = labels_of(made).filter("selected").join(rows.select("doc_id", "topic", "format"), on="doc_id")
    cell = taken.filter((pl.col("topic") == 3) & (pl.col("format") == 1))["tokens"].sum()
    none = taken.filter(pl.col("topic").is_null())["tokens"].sum()
    assert cell == pytest.approx(0.3 * amount, abs=2 * largest)
    assert none == pytest.approx(0.05 * amount, abs=2 * largest)
    assert abs(made.summary["budget"]["filled"] - amount) < largest


def test_what_cannot_be_had_is_refused_with_the_arithmetic(candidates: pl.DataFrame) -> None:
    there = candidates.filter(pl.col("language") == "de")["tokens"].sum()
    with pytest.raises(InfeasibleError, match=r"allocation\.floors.*de") as failed:
        plan(candidates, asked(100_000, allocation={"floors": {"de": 0.9}}))
    assert "90,000" in str(failed.value)
    assert f"{there:,}" in str(failed.value)


def test_phases_have_their_own_sampler_budget_and_order(candidates: pl.DataFrame) -> None:
    phases = [
        {"name": "main", "share": 0.8, "sampler": "random"},
        {"name": "annealing", "share": 0.2, "sampler": "top_k", "order": "quality_descending"},
    ]
    amount, largest = 50_000, candidates["tokens"].max()
    config = asked(amount, allocation={"phases": phases, "maximum_epochs": 2})
    made = plan(candidates, config)
    assert [phase.name for phase in made.phases] == ["main", "annealing"]
    read = labels_of(made).filter("selected").explode("phases").unnest("phases")
    sizes = dict(read.group_by("phase").agg(pl.col("tokens").sum()).iter_rows())
    assert sizes["main"] == pytest.approx(0.8 * amount, abs=largest)
    assert sizes["annealing"] == pytest.approx(0.2 * amount, abs=largest)
    last = read.filter(pl.col("phase") == "annealing").sort("position")
    assert last["quality"].is_sorted(descending=True)
    worst = candidates.filter(~pl.col("doc_id").is_in(last["doc_id"].implode()))["quality"].max()
    assert last["quality"].min() >= worst, "the best documents, those that the first phase has read too"
    assert set(last["doc_id"]) & set(read.filter(pl.col("phase") == "main")["doc_id"])
    once = plan(candidates, asked(amount, allocation={"phases": phases}))
    assert once.copies.max() == 1
    assert labels_of(once)["phases"].list.len().max() == 1


@pytest.mark.parametrize("epochs", [1, 2])
def test_chances_of_several_phases_are_true(candidates: pl.DataFrame, epochs: int) -> None:
    """Horvitz and Thompson: what is taken, each divided by its chance, adds up to all there is on average."""
    phases = [
        {"name": "one", "share": 0.7, "sampler": "random"},
        {"name": "other", "share": 0.3, "sampler": "density_ips"},
    ]
    allocation = {"phases": phases, "maximum_epochs": epochs}
    totals, numbers, expected = [], [], []
    for seed in range(150):
        made = plan(candidates, asked(60_000, allocation=allocation, seed=seed))
        totals.append((1 / made.probability[made.taken]).sum())
        numbers.append(made.taken.sum())
        expected.append(made.probability.sum())
    assert np.mean(totals) == pytest.approx(400, abs=4 * np.std(totals) / np.sqrt(150))
    assert np.mean(expected) == pytest.approx(np.mean(numbers), rel=0.01)


def test_many_phases_meet_the_whole_budget(candidates: pl.DataFrame) -> None:
    phases = [{"name": f"p{number}", "share": 0.05, "sampler": "random"} for number in range(20)]
    made = plan(candidates, asked(20_000, allocation={"phases": phases}))
    largest = candidates["tokens"].max()
    assert abs(made.summary["budget"]["filled"] - 20_000) < largest
    for phase in made.summary["phases"]:
        assert abs(phase["filled"] - 1000) < largest


def test_no_small_part_pays_for_the_documents_of_others() -> None:
    """Documents of 30,000 tokens in one language, small floors for others: each within a document."""
    random = np.random.default_rng(0)
    language = np.repeat(["de", "en", "ko"], [20, 400, 400])
    tokens = np.where(language == "de", 30_000, random.integers(20, 60, len(language)))
    rows = pl.DataFrame({"doc_id": [f"d{i:04d}" for i in range(len(tokens))]}).with_columns(
        shard=pl.lit("s"), source=pl.lit("web"), language=pl.Series(language), tokens=pl.Series(tokens),
        quality=pl.lit(0.5), density=pl.lit(0.1),
    )  # fmt: skip
    floors = {"ko": 0.25, "en": 0.2}
    for seed in range(5):
        config = asked(20_000, sampler="random", allocation={"floors": floors}, seed=seed)
        made = plan(rows, config)
        for name, share in floors.items():
            assert tokens_of(made, language=name) > share * 20_000 - 60


@pytest.mark.parametrize("sampler", ["pareto", "buckets"])
def test_a_floor_that_the_sampler_does_not_reach_fails_or_is_told(
    candidates: pl.DataFrame, sampler: str
) -> None:
    floors = {"floors": {"de": 0.9}, "maximum_epochs": 1}
    rows = candidates.with_columns(quality=pl.col("quality") * 0.8)
    amount = int(0.9 * candidates.filter(pl.col("language") == "de")["tokens"].sum())
    with pytest.raises(InfeasibleError, match=rf"'main': allocation\.floors: de .*sampler {sampler} took"):
        plan(rows, asked(amount, sampler=sampler, rank_within=[], allocation=floors))
    short = {**floors, "when_short": "leave_unfilled"}
    made = plan(rows, asked(amount, sampler=sampler, rank_within=[], allocation=short))
    assert any(f"sampler {sampler} took" in note for note in made.summary["notes"])
    (request,) = made.summary["phases"][0]["requests"]
    assert request["given"] == tokens_of(made, language="de")


def test_a_budget_that_the_sampler_does_not_spend_is_told(candidates: pl.DataFrame) -> None:
    made = plan(candidates, asked(10**6, sampler="pareto"))
    took, there = made.summary["budget"]["filled"], candidates["tokens"].sum()
    assert made.summary["notes"] == [
        f"asked for 1000000 tokens, sampler pareto took {took} of {there} that may be taken"
    ]
    reasons = set(labels_of(made)["reason"].drop_nulls())
    assert reasons == {"left_out_by_sampler"}
    everything = {"budget": {"amount": None, "fraction": None}, "minimum_rank": 0.5}
    assert plan(candidates, asked(1, **everything)).summary["notes"] == []


def test_what_may_not_be_read_at_all_is_told_as_such(candidates: pl.DataFrame) -> None:
    allocation = {"maximum_epochs_by_source": {"code": 0}}
    made = plan(candidates, asked(10**9, allocation=allocation))
    rows = labels_of(made).join(candidates.select("doc_id", home="source"), on="doc_id")
    assert set(rows.filter(pl.col("reason") == "no_epochs")["home"]) == {"code"}
    assert rows.filter(pl.col("home") == "code")["inclusion_probability"].max() == 0.0
    with pytest.raises(ValueError, match=r"by_source: 'kode' has no candidates; .*code, web, wiki"):
        plan(candidates, asked(10, allocation={"maximum_epochs_by_source": {"kode": 2}}))


def test_positions_follow_the_document_alone(candidates: pl.DataFrame) -> None:
    whole = labels_of(plan(candidates, asked(10**9))).explode("phases").unnest("phases")
    part = labels_of(plan(candidates[100:300], asked(10**9))).explode("phases").unnest("phases")
    both = part.join(whole, on="doc_id", suffix="_before")
    assert both.height == 200
    assert both["position"].equals(both["position_before"])
    assert whole["position"].n_unique() == whole.height
    assert ((whole["position"] >= 0) & (whole["position"] < 1)).all()
    drawn = labels_of(plan(candidates, asked(20_000, sampler="random"))).explode("phases").unnest("phases")
    positions = drawn.filter("selected")["position"].to_numpy()
    assert 0.3 < positions.mean() < 0.7, "not the number that the draw goes by"


def test_repetitions_follow_the_curve(candidates: pl.DataFrame) -> None:
    config = asked(round(0.5 * candidates["tokens"].sum()), sampler="upsampling")
    made = plan(candidates, config)
    budget = made.summary["budget"]
    assert budget["filled"] == pytest.approx(budget["asked"], abs=candidates["tokens"].max())
    rows = labels_of(made).join(candidates.select("doc_id", score="quality"), on="doc_id")
    by_quality = rows.sort("score").with_columns(step=pl.int_range(pl.len()) * 5 // pl.len())
    means = by_quality.group_by("step", maintain_order=True).agg(pl.col("weight").mean())["weight"]
    assert means.is_sorted()
    assert means[0] == 0.0
    assert means[-1] > 1.5
    assert rows["weight"].max() <= 7


def test_buckets_repeat_the_best(candidates: pl.DataFrame) -> None:
    config = asked(10**9, sampler="buckets", rank_within=[])
    rows = labels_of(plan(candidates, config)).join(candidates.select("doc_id", score="quality"), on="doc_id")
    best, worst = rows.filter(pl.col("score") > 0.9), rows.filter(pl.col("score") < 0.2)
    assert best["weight"].mean() > 1.5
    assert worst["weight"].sum() == 0.0


def test_what_a_sampler_leaves_out_has_that_reason(candidates: pl.DataFrame) -> None:
    config = asked(10**9, sampler="perplexity_band", perplexity={"score": "quality"}, rank_within=[])
    rows = labels_of(plan(candidates, config)).join(candidates.select("doc_id", score="quality"), on="doc_id")
    left_out = rows.filter(pl.col("reason") == "left_out_by_sampler")
    assert left_out.height == pytest.approx(200, abs=20)
    assert rows.filter("selected")["score"].is_between(0.2, 0.85).all()


@pytest.mark.parametrize("reason", ["contaminated", "semantic_duplicate", "outlier"])
def test_what_earlier_stages_refuse_is_in_no_mixture(candidates: pl.DataFrame, reason: str) -> None:
    from curation_assets.mixture.refusals import CODES

    refused = pl.when(pl.col("doc_id") < "d100").then(int(CODES[reason])).otherwise(0).cast(pl.UInt8)
    made = plan(candidates.with_columns(refused=refused), MixtureConfig(budget=Budget(fraction=None), **ALL))
    rows = labels_of(made)
    assert set(rows.filter(pl.col("reason") == reason)["doc_id"]) == {f"d{i:03d}" for i in range(100)}
    assert rows.filter("selected").height == 300
    left = candidates.filter(pl.col("doc_id") >= "d100")["tokens"].sum()
    assert made.summary["budget"]["asked"] == left, "a fraction is one of what may be taken at all"


def test_a_sampler_of_a_phase_has_to_be_one() -> None:
    with pytest.raises(ValueError, match=r"phases: 'a' has the sampler 'topk'; allowed are random, top_k"):
        asked(1, allocation={"phases": [{"name": "a", "share": 1.0, "sampler": "topk"}]})
