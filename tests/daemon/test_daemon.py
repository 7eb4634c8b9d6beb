"""The real daemon, from a changed inbox to a mixture without a click, and what it does after kills.

One story in one test, since each run under the daemon takes seconds to start.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.scheduler.instigation import TickStatus
from lake_files import tables
from small_inboxes import prose, small_files, write_jsonl
from stack import Built, Stack, wait_for

from curation_assets.graph import STAGES
from curation_assets.orchestration.headless import run_job
from curation_assets.orchestration.instance import HOME_VARIABLE
from curation_assets.runner import build_everything
from curation_assets.stage import ShardStage
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.lake import WHOLE_LAKE, Lake

A, B, NEW, LATER = "a.jsonl", "b.jsonl", "new.jsonl", "later.jsonl"
BAD, GOOD = "bad.jsonl.gz", "good.jsonl"
BY_SHARD = {stage.name for stage in STAGES if isinstance(stage, ShardStage)}
OVER_ALL = {(stage.name, None) for stage in STAGES if not isinstance(stage, ShardStage)}
AFTER_DEDUPLICATION = (
    "dedup_labels", "containment_keys", "containment_labels", "passage_keys", "passage_labels",
    "quality_scores", "embeddings", "contamination",
)  # fmt: skip
AFTER_THE_VECTORS = (
    "neighbour_labels", "semantic_labels", "topic_labels", "density_estimates", "outlier_labels",
)  # fmt: skip
AFTER_THE_PLAN = ("mixture_labels", "mixture", "ledger")


@pytest.fixture
def workplace(tmp_path: Path, tiny_config: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    for name in [name for name in os.environ if name.startswith(("CURATION", "DAGSTER"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(HOME_VARIABLE, "")
    monkeypatch.delenv(HOME_VARIABLE)
    settings = tmp_path / "curation.yaml"
    settings.write_bytes(tiny_config.read_bytes())
    return Workplace.open(small_files(tmp_path / "inbox"), tmp_path / "lake", settings)


@pytest.fixture
def stack(workplace: Workplace) -> Iterator[Stack]:
    """A stack on a lake that ``curate run`` has built; the daemon is not started yet."""
    assert run_job(workplace) == 0
    stack = Stack(workplace)
    yield stack
    stack.kill()
    stack.instance.dispose()


def outputs(lake: Lake) -> dict[Built, str]:
    """Return the content hash of everything that the lake holds, by asset and partition."""
    names = [name for stage in STAGES for name in (stage.name, getattr(stage, "labels", None)) if name]
    records = [lake.record(name, shard) for name in names for shard in lake.recorded_shards(name)]
    return {
        (record.stage, None if record.shard == WHOLE_LAKE else record.shard): record.output
        for record in records
        if record and not record.error
    }


class Story:
    """Changes the inbox, waits for the run that the daemon makes of it, and looks at what it built."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.lake, self.runs = stack, stack.workplace.lake, len(stack.runs())
        self.outputs = outputs(self.lake)

    def nothing_happens(self) -> None:
        look = self.stack.next_look()
        assert look.status == TickStatus.SKIPPED
        assert "up to date" in str(look.skip_reason)
        assert len(self.stack.runs()) == self.runs

    def one_run(self, status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS) -> set[Built]:
        """Wait for one run; return what it built: exactly that of which the content is another one now.

        A second run for the same change would be taken for the run of the next one, having built nothing.
        """
        run = self.stack.finished_run(self.runs)
        assert run.dagster_run.status == status
        self.runs += 1
        built = self.stack.built(run)
        before, self.outputs = self.outputs, outputs(self.lake)
        assert built == {what for what, digest in self.outputs.items() if before.get(what) != digest}
        return built


def chain(shard: str) -> set[Built]:
    return {(asset, shard) for asset in BY_SHARD}


def test_the_daemon_does_what_a_change_needs_and_no_more_and_recovers_from_kills(
    stack: Stack, workplace: Workplace
) -> None:
    story, inbox = Story(stack), workplace.inbox_path
    stack.start()
    story.nothing_happens()  # the lake is as curate run left it

    (inbox / A).touch()
    (inbox / B).write_bytes((inbox / B).read_bytes())
    story.nothing_happens()

    write_jsonl(inbox / NEW, [prose(20), prose(21)], source="web")
    built = story.one_run()
    assert chain(NEW) | OVER_ALL <= built
    assert_others_only_follow(built, NEW)

    write_jsonl(inbox / B, [prose(2), prose(5)], source="web")  # its first document is gone
    built = story.one_run()
    assert {(asset, B) for asset in ("raw_documents", "clean_documents", "signatures", "ledger")} <= built
    assert_others_only_follow(built, B)

    (inbox / NEW).unlink()
    built = story.one_run()
    assert NEW not in stack.instance.get_dynamic_partitions("shards")
    assert NEW not in {shard for _, shard in built}
    assert_others_only_follow(built)
    history = dg.AssetRecordsFilter(asset_key=dg.AssetKey("mixture"), asset_partitions=[NEW])
    assert stack.instance.fetch_materializations(history, limit=10).records, "its history stays"
    assert not [path for path in tables(story.lake.root) if NEW in path]

    change_mixture(workplace, {"minimum_quality": 0.2})
    built = story.one_run()
    assert {asset for asset, _ in built} == {"mixture_plan", *AFTER_THE_PLAN, "mixture_manifest"}

    write_jsonl(inbox / GOOD, [prose(40), prose(41)], source="web")
    (inbox / BAD).write_bytes(b"\x1f\x8b, and then no gzip")
    built = story.one_run(dg.DagsterRunStatus.FAILURE)  # somebody should look
    assert chain(GOOD) | OVER_ALL <= built
    assert BAD not in {shard for _, shard in built}
    assert failed_checks(stack) == {("raw_documents", BAD)}
    story.nothing_happens()  # what failed is tried again when it changes, and by night
    (inbox / BAD).unlink()
    assert story.one_run() == set()

    write_jsonl(inbox / LATER, [prose(30), prose(31)], source="web")
    kill_run(stack, story.runs)
    kill_run(stack, story.runs + 1, everything=True)
    write_jsonl(inbox / A, [prose(1), prose(3)], source="web")  # changed while nobody looked
    stack.start()
    recovered = stack.finished_run(story.runs + 2)
    assert recovered.dagster_run.status == dg.DagsterRunStatus.SUCCESS
    assert [run.dagster_run.status for run in stack.runs()[-3:-1]] == [dg.DagsterRunStatus.FAILURE] * 2
    story.runs += 3
    story.nothing_happens()
    scratch = Workplace.open(inbox, workplace.lake.root.with_name("scratch"), workplace.config_path)
    build_everything(scratch, Compute(1))
    assert tables(story.lake.root) == tables(scratch.lake.root)


def failed_checks(stack: Stack) -> set[Built]:
    """Return (asset, partition) of the blocking checks that failed in the last run."""
    run_id = stack.runs()[-1].dagster_run.run_id
    entries = stack.instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [entry.dagster_event.asset_check_evaluation_data for entry in entries if entry.dagster_event]
    return {
        (check.asset_key.to_user_string(), check.partition)
        for check in found
        if not check.passed and check.blocking
    }


def assert_others_only_follow(built: set[Built], *changed: str) -> None:
    """Of other shards than those that changed, only what reads a verdict on all shards has been built.

    Scores and vectors are among it where deduplication has decided otherwise.
    """
    others = {(asset, shard) for asset, shard in built if shard and shard not in changed}
    following = {*AFTER_DEDUPLICATION, *AFTER_THE_VECTORS, *AFTER_THE_PLAN}
    assert {asset for asset, _ in others} <= following
    dear = {shard for asset, shard in others if asset in ("quality_scores", "embeddings")}
    assert dear <= {shard for asset, shard in others if asset == "dedup_labels"}


def change_mixture(workplace: Workplace, values: dict[str, object]) -> None:
    assert workplace.config_path
    settings = yaml.safe_load(workplace.config_path.read_text(encoding="utf-8"))
    settings["mixture"] |= values
    workplace.config_path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def kill_run(stack: Stack, number: int, *, everything: bool = False) -> None:
    """Kill the process of the run with this number in the middle of it, or the whole stack with it."""

    def process() -> int | None:
        runs = stack.runs()
        if len(runs) <= number or runs[number].dagster_run.status != dg.DagsterRunStatus.STARTED:
            return None
        events = stack.instance.all_logs(
            runs[number].dagster_run.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS
        )
        found = [entry.dagster_event.pid for entry in events if entry.dagster_event]
        return found[0] if found else None

    running = wait_for(process, f"a step of run {number}")
    if everything:
        stack.kill()
        assert stack.runs()[number].dagster_run.status == dg.DagsterRunStatus.STARTED
    else:
        os.kill(running, signal.SIGKILL)
