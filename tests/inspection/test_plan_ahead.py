"""The plan of the next run, held against what the run then does."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from fake_stages import Suffix, World
from hypothesis import given, settings
from hypothesis import strategies as st
from small_inboxes import prose, write_jsonl

from curation_assets.inspection.estimates import CACHE_FILE, StageEstimate, estimate
from curation_assets.inspection.plan_ahead import Ahead, look_ahead
from curation_assets.inspection.reports import duration, plan_words
from curation_assets.runner import build_everything
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.cache_lookup import count_unknown
from resources.compute import Compute
from resources.lake import WHOLE_LAKE, Lake

A, B, C = "a.jsonl", "b.jsonl", "c.jsonl"
GOOD = [None, ["one", "two"], ["two"], ["xtra", "two", "three"]]
Open = Callable[..., Workplace]
Contents = dict[str, list[str] | None]


def fill(world: World, contents: Contents) -> None:
    for shard, lines in contents.items():
        if lines is not None:
            world.write(shard, *lines)
        elif (world.folder / "inbox" / shard).exists():
            world.remove(shard)


def build(world: World) -> set[str]:
    """Run, and return what was built, as the world names it."""
    world.built.clear()
    with world.as_graph():
        build_everything(world.workplace, Compute(1))
    return set(world.built)


def look(world: World) -> Ahead:
    with world.as_graph():
        return look_ahead(world.workplace.remembering())


def named(ahead: Ahead, *certainties: str) -> set[str]:
    return {
        stage if shard == WHOLE_LAKE else f"{stage} {shard}"
        for stage, builds in ahead.builds.items()
        for shard, certainty in builds.items()
        if certainty in certainties
    }


def inboxes(contents: list[list[str] | None]) -> st.SearchStrategy[Contents]:
    return st.fixed_dictionaries({shard: st.sampled_from(contents) for shard in (A, B)})


@settings(max_examples=15, deadline=None)
@given(before=inboxes(GOOD), after=inboxes(GOOD), suffixes=st.tuples(*[st.sampled_from(["", "!"])] * 2))
def test_what_surely_runs_does_and_nothing_runs_that_was_not_named(
    tmp_path_factory: pytest.TempPathFactory, before: Contents, after: Contents, suffixes: tuple[str, str]
) -> None:
    world = World(tmp_path_factory.mktemp("world"), Suffix(text=suffixes[0]))
    fill(world, before)
    build(world)
    fill(world, after)
    world.suffix = Suffix(text=suffixes[1])
    ahead = look(world)
    built = build(world)
    assert named(ahead, "surely") <= built <= named(ahead, "surely", "perhaps")
    assert not look(world).builds


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_with_shards_that_fail_nothing_runs_that_was_not_named(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    for _ in range(3):
        fill(world, data.draw(inboxes([*GOOD, ["broken"], ["one", "lost"]])))
        ahead = look(world)
        again = {f"{stage} {shard}" for stage, shard in ahead.failed}
        assert build(world) <= named(ahead, "surely", "perhaps") | again
    assert not look(world).builds


def test_a_shard_that_failed_is_named_and_its_later_stages_are_not(tmp_path: Path) -> None:
    world = World(tmp_path)
    fill(world, {A: ["one"], B: ["broken"]})
    build(world)
    ahead = look(world)
    assert (ahead.failed, ahead.builds, ahead.new, ahead.changed) == ([("source", B)], {}, [], [])
    told = plan_words(ahead, [], 1)
    assert told == [f"failed, and tried again: source of {B}", "All else is up to date."]


@pytest.fixture(scope="module")
def built_lake(tmp_path_factory: pytest.TempPathFactory, tiny_config: Path) -> Path:
    """Return a folder with an inbox of two shards and the lake of it, to be copied."""
    folder = tmp_path_factory.mktemp("built")
    write_jsonl(folder / "inbox" / "a.jsonl", [prose(number) for number in range(1, 9)])
    write_jsonl(folder / "inbox" / "b.jsonl", [prose(2), *[prose(number) for number in range(11, 18)]])
    build_everything(Workplace.open(folder / "inbox", folder / "lake", tiny_config), Compute(1))
    return folder


@pytest.fixture
def place(built_lake: Path, tmp_path: Path) -> Path:
    for name in ("inbox", "lake"):
        shutil.copytree(built_lake / name, tmp_path / name)
    return tmp_path


def planned(folder: Path, config: Path) -> tuple[Ahead, dict[str, StageEstimate]]:
    workplace = Workplace.open(folder / "inbox", folder / "lake", config).remembering()
    ahead = look_ahead(workplace)
    return ahead, {stage.stage: stage for stage in estimate(workplace, ahead, workers=2)}


def run(folder: Path, config: Path) -> Workplace:
    workplace = Workplace.open(folder / "inbox", folder / "lake", config)
    build_everything(workplace, Compute(1))
    return workplace


def figure(workplace: Workplace, stage: str, shards: list[str], name: str) -> int:
    records = [workplace.lake.record(stage, shard) for shard in shards]
    return sum(int(record.figures[name]) for record in records if record)


def changed(config: Path, target: Path, section: str, **values: object) -> Path:
    settings = yaml.safe_load(config.read_text())
    settings[section] = {**settings.get(section, {}), **values}
    target.write_text(yaml.safe_dump(settings))
    return target


def everything_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_looking_writes_nothing_into_the_lake(place: Path, tiny_config: Path) -> None:
    write_jsonl(place / "inbox" / "new.jsonl", [prose(30)])
    (place / "inbox" / "a.jsonl").unlink()
    before = everything_in(place / "lake")
    ahead, stages = planned(place, tiny_config)
    assert (ahead.new, ahead.gone) == (["new.jsonl"], ["a.jsonl"])
    assert stages
    assert everything_in(place / "lake") == before


def test_a_lake_that_is_up_to_date_has_nothing_ahead(place: Path, tiny_config: Path) -> None:
    ahead, stages = planned(place, tiny_config)
    assert (ahead.builds, stages) == ({}, {})
    assert plan_words(ahead, [], 2) == ["Everything is up to date; nothing to build."]


def test_a_lake_that_is_not_there_has_everything_ahead_and_no_measure(
    tmp_path: Path, tiny_config: Path
) -> None:
    write_jsonl(tmp_path / "inbox" / "a.jsonl", [prose(1)])
    ahead, stages = planned(tmp_path, tiny_config)
    assert ahead.new == ["a.jsonl"]
    assert {(stage.surely, stage.perhaps) for stage in stages.values()} == {(1, 0)}
    assert {stage.documents for stage in stages.values()} == {None}
    assert "unknown" in plan_words(ahead, list(stages.values()), 2)[-1]
    assert not (tmp_path / "lake").exists()


def test_another_budget_needs_no_model_and_no_deduplication(
    place: Path, tiny_config: Path, tmp_path: Path
) -> None:
    config = changed(tiny_config, tmp_path / "c.yaml", "mixture", budget={"fraction": 0.9})
    _, stages = planned(place, config)
    assert set(stages) == {"mixture_plan", "mixture", "ledger", "mixture_manifest"}
    assert (stages["mixture_plan"].surely, stages["mixture"].perhaps, stages["ledger"].perhaps) == (1, 2, 2)
    assert stages["mixture_plan"].documents == 15, "one of the sixteen is a copy"
    assert stages["ledger"].documents == 16
    assert all(stage.all_seconds is not None for stage in stages.values())


def test_another_arithmetic_of_the_scores_puts_every_surviving_text_through_the_model(
    place: Path, tiny_config: Path, tmp_path: Path
) -> None:
    config = changed(tiny_config, tmp_path / "c.yaml", "quality", maximum_tokens=64)
    _, stages = planned(place, config)
    assert "embeddings" not in stages
    assert (stages["quality_scores"].surely, stages["quality_scores"].anew) == (2, 15)
    workplace = run(place, config)
    assert figure(workplace, "quality_scores", ["a.jsonl", "b.jsonl"], "documents_scored_anew") == 15
    _, back = planned(place, tiny_config)
    assert back["quality_scores"].anew == 0, "all of them are in the cache"
    assert back["quality_scores"].all_seconds == 0.0


def test_another_column_of_scores_puts_every_surviving_text_through_its_model(
    place: Path, tiny_config: Path, tmp_path: Path
) -> None:
    model = yaml.safe_load(tiny_config.read_text())["quality"]["model"]
    scorers = {"surprise": {"kind": "perplexity", "model": model, "maximum_tokens": 32}}
    config = changed(tiny_config, tmp_path / "c.yaml", "quality", scorers=scorers)
    _, stages = planned(place, config)
    assert (stages["quality_scores"].surely, stages["quality_scores"].anew) == (2, 15)
    workplace = run(place, config)
    shards = ["a.jsonl", "b.jsonl"]
    assert figure(workplace, "quality_scores", shards, "documents_scored_anew") == 0
    assert figure(workplace, "quality_scores", shards, "surprise_scored_anew") == 15


def test_another_threshold_of_cleaning_measures_nothing_anew(
    place: Path, tiny_config: Path, tmp_path: Path
) -> None:
    config = changed(tiny_config, tmp_path / "c.yaml", "cleaning", language={"minimum_score": 0.2})
    _, stages = planned(place, config)
    assert (stages["clean_documents"].surely, stages["clean_documents"].anew) == (2, 0)
    assert (stages["quality_scores"].perhaps, stages["embeddings"].perhaps) == (2, 2)
    assert stages["quality_scores"].anew == 0, "every text has a score, that of the copy too"
    workplace = run(place, config)
    assert figure(workplace, "clean_documents", ["a.jsonl", "b.jsonl"], "documents_measured") == 0


def test_a_deleted_shard_costs_at_most_the_copies_that_come_back(place: Path, tiny_config: Path) -> None:
    (place / "inbox" / "a.jsonl").unlink()
    ahead, stages = planned(place, tiny_config)
    assert ahead.gone == ["a.jsonl"]
    assert (stages["dedup_clusters"].surely, stages["quality_scores"].perhaps) == (1, 1)
    assert "clean_documents" not in stages
    promised = stages["quality_scores"].anew
    assert promised is not None
    before = Lake(place / "lake").record("quality_scores", "b.jsonl")
    workplace = run(place, tiny_config)
    built = workplace.lake.record("quality_scores", "b.jsonl") != before
    scored = figure(workplace, "quality_scores", ["b.jsonl"], "documents_scored_anew") if built else 0
    assert scored <= promised <= 1


def test_a_new_shard_is_estimated_by_its_size(place: Path, tiny_config: Path) -> None:
    write_jsonl(place / "inbox" / "new.jsonl", [prose(number) for number in range(40, 56)])
    ahead, stages = planned(place, tiny_config)
    assert (stages["raw_documents"].surely, stages["raw_documents"].perhaps) == (1, 0)
    assert stages["raw_documents"].documents == pytest.approx(16, abs=2)
    assert stages["quality_scores"].surely == 1
    assert stages["quality_scores"].anew == pytest.approx(16, abs=2)
    assert stages["quality_scores"].surely_seconds
    assert "on 2 workers" in plan_words(ahead, list(stages.values()), 2)[-1]


def test_the_cache_is_asked_without_making_one(tmp_path: Path) -> None:
    lake, path = Lake(tmp_path), tmp_path / CACHE_FILE
    texts = [content_hash("a"), content_hash("b")]
    assert count_unknown(path, "model", texts) == 2
    assert not list(tmp_path.iterdir())
    cache = lake.cache()
    cache.put("model", [(texts[0], b"1")])
    assert count_unknown(path, "model", texts) == 1, "while another process writes to it, too"
    cache.close()
    assert count_unknown(path, "model", texts) == 1
    assert count_unknown(path, "other", texts) == 2
    path.write_bytes(b"not a database, but long enough to be read")
    assert count_unknown(path, "model", texts) == 2


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (0.2, "a second"), (42.4, "42 s"), (200, "3 min"), (7200, "2.0 h")]
)
def test_durations_are_in_the_unit_that_one_would_choose(seconds: float, words: str) -> None:
    assert duration(seconds) == words
