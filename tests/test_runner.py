"""A lake is brought up to date with its inbox whatever happened to both before, a kill included."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_stages import World, another_version
from hypothesis import given, settings
from hypothesis import strategies as st
from killing import NO_SPACE, KilledError, killed_after, power_cut
from lake_files import tables

from curation_assets import runner
from curation_assets.inspection.status import status
from curation_assets.runner import StageSummary, build_everything
from curation_assets.shards.discovery import Inbox
from curation_assets.stage import ShardStage
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.files import hash_file
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord

A, B = "a.jsonl", "b.jsonl"
CONTENTS = [None, ["one", "two"], ["two"], ["xtra", "two", "three"], ["broken"], ["one", "lost"]]


def build(world: World) -> dict[str, StageSummary]:
    with world.as_graph(), world.lake.writing():
        return {summary.stage: summary for summary in build_everything(world.workplace, Compute(1))}


def states(world: World) -> dict[tuple[str, str], str]:
    with world.as_graph():
        return {(line.stage, line.shard): line.state for line in status(world.workplace)}


def fill(world: World, contents: dict[str, list[str] | None]) -> None:
    for shard, lines in contents.items():
        if lines is not None:
            world.write(shard, *lines)
        elif (world.folder / "inbox" / shard).exists():
            world.remove(shard)


def records(lake: Lake) -> list[BuildRecord]:
    paths = (lake.root / "_state").glob("*/*.json")
    found = [lake.record(path.parent.name, path.name.removesuffix(".json")) for path in paths]
    return [record for record in found if record]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "world")
    fill(world, {A: ["one", "two", "xtra"], B: ["two", "three"]})
    build(world)
    world.built.clear()
    return world


def test_a_summary_adds_up_what_was_built(world: World) -> None:
    world.write("c.jsonl", "broken")
    summaries = build(world)
    source, upper, verdict = (summaries[name] for name in ("source", "upper", "verdict"))
    assert (source.shards, source.built, list(source.failed)) == (3, 1, ["c.jsonl"])
    assert source.counts.rows_in == 5
    assert (upper.shards, upper.built, upper.counts.dropped) == (2, 0, {"has_x": 1})
    assert (verdict.shards, verdict.counts.kept, verdict.counts.dropped) == (1, 3, {"copy": 1})
    assert upper.megabytes_per_second is None
    world.write("c.jsonl", "mended")
    assert build(world)["source"].bytes_in == 7


def test_progress_and_what_is_ahead_are_counted_in_documents(world: World) -> None:
    told: list[int] = []
    with world.as_graph():
        assert runner.documents_ahead(world.source, world.workplace) is None
        assert runner.documents_ahead(world.upper, world.workplace) == 5
        assert runner.documents_ahead(world.verdict, world.workplace) == 4
        list(runner.build_stage(world.upper, world.workplace, Compute(1), told.append))
    assert sum(told) == 5, "what is fresh counts as done"


class LosesFirst(Compute):
    """Workers of which the first shard is the death."""

    def map(self, task: Any, items: Any, progress: Any, lost: Any = None) -> Iterator[tuple[str, Any]]:
        yield items[0], lost(items[0])
        yield from super().map(task, items[1:], progress)


def test_a_shard_that_workers_die_of_fails_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FEW_DOCUMENTS", 0)
    world.write(A, "another", "text")
    world.write(B, "and", "one", "more")
    build(world)
    upper = replace(another_version(world.upper), heavy=True)
    with world.as_graph():
        monkeypatch.setattr(runner, "stage_named", lambda _name: upper)
        first, second = runner.build_stage(upper, world.workplace, LosesFirst(1))
    assert first.record.error is not None
    assert first.record.error.startswith("WorkerLostError")
    assert "compute.workers" in first.record.error
    assert second.record.counts.kept == 3
    left = {path.partition("/")[0] for path in tables(world.lake.root) if A in path}
    assert "source" in left
    assert left.isdisjoint({"upper", "last"})


def test_a_shard_that_goes_bad_takes_its_later_stages_with_it(world: World) -> None:
    world.write(A, "broken")
    build(world)
    assert [path for path in tables(world.lake.root) if A in path] == []
    assert world.lake.read("verdict", B)["kept"].to_list() == [True, True]
    assert states(world) == {
        ("source", A): "failed",
        ("source", B): "fresh",
        ("upper", A): "blocked",
        ("upper", B): "fresh",
        ("verdict", WHOLE_LAKE): "fresh",
        ("last", A): "blocked",
        ("last", B): "fresh",
        ("summary", WHOLE_LAKE): "fresh",
    }


def test_status_tells_what_a_run_would_build(world: World) -> None:
    assert set(states(world).values()) == {"fresh"}
    world.write(B, "two", "four")
    with world.as_graph():
        lines = {(line.stage, line.shard): line for line in status(world.workplace)}
    assert lines["source", B].why == "the file changed"
    assert lines["upper", B].why == "behind: source (the file changed)"
    assert lines["verdict", WHOLE_LAKE].why == f"behind: source of {B} (the file changed)"
    assert lines["last", A].why == f"behind: source of {B} (the file changed)"
    assert {key for key, line in lines.items() if line.state == "fresh"} == {("source", A), ("upper", A)}


def test_status_notices_a_shard_that_has_left(world: World) -> None:
    world.remove(A)
    found = states(world)
    assert not any(shard == A for _, shard in found)
    assert found["upper", B] == "fresh"
    assert found["verdict", WHOLE_LAKE] == found["last", B] == found["summary", WHOLE_LAKE] == "stale"
    with world.as_graph():
        assert runner.prune(world.workplace) == [A]
    assert [path for path in tables(world.lake.root) if A in path] == [f"verdict/{A}.parquet"]
    build(world)
    assert [path for path in tables(world.lake.root) if A in path] == []


def test_a_shard_that_cannot_be_seen_is_not_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a disk is not mounted or its folder may not be read for once."""
    before = tables(world.lake.root)
    world.remove(A)
    world.write(B, "two", "four")
    place = world.workplace
    unseen = Inbox(place.inbox.shards, [(A, "unreadable: Input/output error")])
    monkeypatch.setattr(Workplace, "inbox", unseen)
    build(world)
    with world.as_graph():
        assert runner.shards_out_of_sight(world.workplace) == {A: f"{A}: unreadable: Input/output error"}
        assert runner.shards_gone(world.workplace) == []
    after = tables(world.lake.root)
    assert {path for path in before if A in path} == {path for path in after if A in path}
    assert world.lake.read("upper", B)["text"].to_list() == ["TWO", "FOUR"]
    monkeypatch.setattr(Workplace, "inbox", Inbox(unseen.shards, [(A, "hidden")]))
    build(world)
    assert not any(A in path for path in tables(world.lake.root))


@pytest.mark.parametrize(
    ("place", "path", "held"),
    [
        ("web", "web/a.jsonl", True),
        ("web", "website/a.jsonl", False),
        ("web/a.jsonl", "web/a.jsonl", True),
        (".", "web/a.jsonl", True),
    ],
)
def test_what_a_folder_that_cannot_be_read_may_hold(place: str, path: str, held: bool) -> None:
    inbox = Inbox(
        {}, [(place, "unreadable folder: Permission denied"), ("x", "broken link"), ("y", "hidden")]
    )
    assert (inbox.may_hold(path) is not None) == held
    assert inbox.may_hold("x")
    assert (inbox.may_hold("y") is None) == (place != "."), "what is hidden was never read"


def test_a_new_shard_leaves_the_others_stale_only_where_all_are_looked_at(world: World) -> None:
    world.write("c.jsonl", "one")
    found = states(world)
    assert found["source", "c.jsonl"] == "missing"
    assert found["upper", "c.jsonl"] == found["last", "c.jsonl"] == "blocked"
    assert found["upper", A] == "fresh"
    assert found["verdict", WHOLE_LAKE] == found["last", A] == "stale"


steps = st.lists(
    st.tuples(
        st.fixed_dictionaries({A: st.sampled_from(CONTENTS), B: st.sampled_from(CONTENTS)}),
        st.integers(0, 70),
        st.sampled_from([KilledError(), NO_SPACE]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=20, deadline=None)
@given(steps=steps, last=st.fixed_dictionaries({A: st.sampled_from(CONTENTS), B: st.sampled_from(CONTENTS)}))
def test_after_any_changes_and_kills_the_lake_is_that_of_a_build_from_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[dict[str, list[str] | None], int, BaseException]],
    last: dict[str, list[str] | None],
) -> None:
    world, scratch = (World(tmp_path_factory.mktemp(name)) for name in ("world", "scratch"))
    for contents, operations, end in steps:
        fill(world, contents)
        with power_cut(), killed_after(operations, end), suppress(KilledError, OSError):
            build(world)
        for record in records(world.lake):
            for path, digest in record.files.items():
                assert hash_file(world.lake.root / path) == digest, "a record vouches for other files"
    fill(world, last)
    fill(scratch, last)
    expected_work = {key for key, state in states(world).items() if state != "fresh"}
    summaries = build(world)
    build(scratch)
    assert tables(world.lake.root) == tables(scratch.lake.root)
    assert not list(world.lake.root.rglob("*.tmp"))
    if not expected_work:
        assert not any(summary.built for summary in summaries.values())
    assert set(states(world).values()) <= {"fresh", "failed", "blocked"}
    again = build(world)
    assert all(summary.built == len(summary.failed) for summary in again.values())


def test_what_is_new_to_a_stage_decides_whether_workers_are_started(world: World) -> None:
    def to_do(stage: ShardStage, *shards: str) -> int:
        return runner.documents_to_do(stage, world.workplace, shards)

    assert to_do(world.upper, A, B) == 0
    world.write(B, "two", "four", "five")
    world.make(world.source, B)
    assert to_do(world.upper, A, B) == 2, "the second line is another one, the third is new"
    world.make(world.source, B)
    world.write(B, "two", "four", "five", "six")
    world.make(world.source, B)
    assert to_do(world.upper, B) == 4, "two builds ago: all of them may be new"
    assert to_do(another_version(world.upper), A) == 3
    other_model = replace(world.upper, external=lambda _place, _shard: "another model")
    assert to_do(other_model, A) == 3
