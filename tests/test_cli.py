"""The command ``curate`` as a user meets it, and what is left when it is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import yaml
from click.testing import CliRunner
from lake_files import tables
from small_inboxes import prose, write_jsonl

from curation_assets.cli import main
from curation_assets.inspection.versions import keep
from curation_assets.orchestration.instance import HOME_VARIABLE
from curation_assets.runner import build_everything
from curation_assets.workplace import Workplace
from resources.compute import Compute


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (HOME_VARIABLE, "CURATION_INBOX", "CURATION_LAKE", "CURATION_CONFIG"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def curate(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["status"],
        ["plan"],
        ["doctor"],
        ["versions"],
        ["diff"],
        ["pick"],
        ["export"],
        ["sample"],
        ["dev"],
        ["config"],
    ],
)
def test_help_is_enough_to_use_it(command: list[str]) -> None:
    code, text = curate(*command, "--help")
    assert code == 0
    assert "Usage:" in text
    if command in (["run"], ["status"], ["plan"], ["doctor"], ["dev"]):
        assert "--inbox" in text
        assert "--config" in text
    if command not in ([], ["config"]):
        assert "--lake" in text
    if command == ["diff"]:
        assert "latest~1" in text


def test_a_run_may_end_early_and_be_ended_later(tmp_path: Path, small_inbox: Path, tiny_config: Path) -> None:
    early, whole = tmp_path / "early", tmp_path / "whole"
    options = ["--inbox", small_inbox, "--config", tiny_config]
    code, text = curate("run", *options, "--lake", early, "--until", "clean_documents")
    assert code == 0, text
    assert "No stage after clean_documents was built" in " ".join(text.split())
    assert {path.partition("/")[0] for path in tables(early)} == {
        "raw_documents", "quarantine", "clean_documents",
    }  # fmt: skip
    assert curate("run", *options, "--lake", early)[0] == 0
    build_everything(Workplace.open(small_inbox, whole, tiny_config), Compute(1))
    assert tables(early) == tables(whole)


def test_a_run_that_ends_early_with_a_bad_shard_fails(tmp_path: Path, small_inbox: Path) -> None:
    (small_inbox / "bad.jsonl.gz").write_bytes(b"\x1f\x8b, and then no gzip")
    lake = tmp_path / "lake"
    code, text = curate("run", "--inbox", small_inbox, "--lake", lake, "--until", "raw_documents")
    assert code == 3
    assert "failed: raw_documents of bad.jsonl.gz" in text
    with dg.DagsterInstance.from_config(str(lake / "_dagster")) as instance:
        assert instance.get_runs()[0].status == dg.DagsterRunStatus.FAILURE


def test_verifying_until_a_stage_is_refused(tmp_path: Path, small_inbox: Path) -> None:
    options = ["--inbox", small_inbox, "--lake", tmp_path / "lake", "--until", "signatures", "--verify"]
    code, text = curate("run", *options)
    assert code == 2
    assert "leave out --until" in text


def test_a_run_until_no_stage_is_refused(tmp_path: Path, small_inbox: Path) -> None:
    code, text = curate("run", "--inbox", small_inbox, "--lake", tmp_path / "lake", "--until", "cleaning")
    assert code == 2
    assert "'cleaning' is none of raw_documents, clean_documents," in " ".join(text.split())


def test_a_run_ends_with_a_table_and_says_where_the_mixture_is(
    tmp_path: Path, small_inbox: Path, tiny_config: Path
) -> None:
    lake = tmp_path / "lake"
    code, text = curate("run", "--inbox", small_inbox, "--lake", lake, "--config", tiny_config)
    assert code == 0, text
    for word in (
        "clean_documents",
        "quarantined",
        "MB/s",
        "exact_duplicate",
        "mixture_manifest/manifest.json",
    ):
        assert word in text
    code, text = curate("status", "--lake", lake, "--json")
    assert code == 0
    assert {line["state"] for line in json.loads(text)} == {"fresh"}


def test_the_status_of_a_lake_that_was_never_built_asks_for_its_inbox(
    tmp_path: Path, small_inbox: Path
) -> None:
    code, text = curate("status", "--lake", tmp_path / "lake")
    assert code == 1
    assert "its inbox has to be given" in text
    code, text = curate("status", "--lake", tmp_path / "lake", "--inbox", small_inbox, "--json")
    assert code == 0
    assert {line["state"] for line in json.loads(text)} <= {"missing", "blocked"}


def test_a_failed_shard_gives_exit_code_3_and_its_reason(
    tmp_path: Path, small_inbox: Path, tiny_config: Path
) -> None:
    (small_inbox / "bad.parquet").write_bytes(b"no")
    arguments = ("--inbox", small_inbox, "--lake", tmp_path / "lake", "--config", tiny_config)
    code, text = curate("run", *arguments)
    assert code == 3
    assert "raw_documents of bad.parquet" in text
    code, text = curate("status", *arguments)
    assert "failed" in text


@pytest.fixture
def built(tmp_path: Path, small_inbox: Path, tiny_config: Path) -> Path:
    """Return a lake that remembers its inbox and configuration, with one version kept."""
    workplace = Workplace.open(small_inbox, tmp_path / "lake", tiny_config)
    build_everything(workplace, Compute(1))
    workplace.remember()
    keep(workplace)
    return tmp_path / "lake"


def half_as_much(config: Path, target: Path) -> Path:
    values = yaml.safe_load(config.read_text())
    values["mixture"]["budget"] = {"fraction": 0.25}
    target.write_text(yaml.safe_dump(values))
    return target


def test_the_status_tells_a_reason_once_and_with_all_each_shard(
    built: Path, small_inbox: Path, tiny_config: Path, tmp_path: Path
) -> None:
    arguments = ("--lake", built, "--config", half_as_much(tiny_config, tmp_path / "c.yaml"))
    code, text = curate("status", *arguments)
    assert code == 0, text
    reason = "behind: mixture_plan (config key mixture.budget.fraction changed) [3 shards: a.jsonl, b.jsonl, "
    told = [line for line in text.splitlines() if reason in line]
    assert len(told) == 1
    assert told[0].startswith("stale: ")
    assert "ledger" in told[0]
    code, text = curate("status", *arguments, "--all")
    assert len([line for line in text.splitlines() if line.startswith("stale: ledger of ")]) == 3
    code, text = curate("status", *arguments, "--json")
    whys = {(line["stage"], line["shard"]): line["why"] for line in json.loads(text)}
    assert whys["mixture_plan", "_lake"] == "config key mixture.budget.fraction changed"
    assert whys["ledger", "a.jsonl"] == "behind: mixture_plan (config key mixture.budget.fraction changed)"


def test_the_plan_of_a_changed_inbox_is_told(built: Path, small_inbox: Path) -> None:
    code, text = curate("plan", "--lake", built)
    assert (code, text.strip()) == (0, "Everything is up to date; nothing to build.")
    write_jsonl(small_inbox / "d.jsonl", [prose(40), prose(41)])
    (small_inbox / "b.jsonl").unlink()
    code, text = curate("plan", "--lake", built)
    assert code == 0, text
    assert "new: d.jsonl" in text
    assert "gone: b.jsonl" in text
    assert "Time: about" in text
    assert "on 1 worker" in text
    code, text = curate("plan", "--lake", built, "--json")
    found = json.loads(text)
    assert (found["new"], found["changed"], found["gone"]) == (["d.jsonl"], [], ["b.jsonl"])
    stages = {stage["stage"]: stage for stage in found["stages"]}
    assert (stages["clean_documents"]["surely"], stages["clean_documents"]["perhaps"]) == (1, 0)
    assert stages["quality_scores"]["surely"] == 1
    assert found["all_seconds"] >= found["surely_seconds"] > 0


def test_the_plan_of_an_inbox_that_is_suddenly_empty_says_that_the_run_stops(
    built: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    code, text = curate("plan", "--lake", built, "--inbox", tmp_path / "empty")
    assert code == 0, text
    assert "--allow-empty" in text


def test_versions_are_listed_and_compared(built: Path, tiny_config: Path, tmp_path: Path) -> None:
    config = half_as_much(tiny_config, tmp_path / "c.yaml")
    workplace = Workplace.open(tmp_path / "inbox", built, config)
    build_everything(workplace, Compute(1))
    keep(workplace)
    code, text = curate("versions", "--lake", built)
    assert code == 0, text
    assert "mixture.budget.fraction" in text
    old, new = json.loads(curate("versions", "--lake", built, "--json")[1])
    assert (old["changed"], new["changed"]) == ([], ["mixture.budget.fraction"])
    code, text = curate("diff", old["mixture_id"][:8], "latest", "--lake", built, "-n", "1")
    assert code == 0, text
    assert "mixture.budget.fraction: 0.5 -> 0.25" in text
    assert "over_budget" in text
    code, text = curate("diff", "latest~1", "latest", "--lake", built, "--json", "-n", "100")
    found = json.loads(text)
    (over,) = found["went"]
    assert (over["why"], found["came"]) == ("over_budget", [])
    assert over["documents"] == len(over["examples"]) == old["documents"] - new["documents"] > 0


def test_a_version_that_is_not_there_is_explained(built: Path, tmp_path: Path) -> None:
    code, text = curate("diff", "beefbeef", "latest", "--lake", built)
    assert code == 1
    assert "is none of the versions kept" in text
    code, text = curate("versions", "--lake", tmp_path)
    assert (code, text.strip()) == (0, "No version is kept yet; a run keeps one.")
    code, text = curate("versions", "--lake", tmp_path / "other")
    assert code == 1
    assert "there is no lake" in text


def test_documents_to_label_are_new_ones_and_the_nearest_to_the_threshold_first(
    built: Path, tmp_path: Path
) -> None:
    code, first = curate("pick", "--lake", built, "-n", 3, "--threshold", 0)
    rows = [json.loads(line) for line in first.splitlines()]
    assert code == 0
    assert [set(row) for row in rows] == [{"doc_id", "shard", "score", "text"}] * 3
    scores = pl.read_parquet(built / "quality_scores" / "*.parquet")
    assert rows[0]["score"] == scores["quality"].min()
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text(first, encoding="utf-8")
    _, again = curate("pick", "--lake", built, "-n", 3, "--threshold", 0, "--labelled", labelled)
    others = {json.loads(line)["doc_id"] for line in again.splitlines()}
    assert others
    assert others.isdisjoint(row["doc_id"] for row in rows)
    code, text = curate("pick", "--lake", built, "--column", "none")
    assert (code, "no column 'none'" in text) == (1, True)


def test_an_empty_inbox_is_told(tmp_path: Path, tiny_config: Path) -> None:
    (tmp_path / "inbox").mkdir()
    code, text = curate(
        "run", "--inbox", tmp_path / "inbox", "--lake", tmp_path / "lake", "--config", tiny_config
    )
    assert code == 0
    assert "has no shards" in text


def test_mistakes_are_explained_without_a_traceback(tmp_path: Path) -> None:
    code, text = curate("run", "--inbox", tmp_path / "nowhere", "--lake", tmp_path / "lake")
    assert code != 0
    assert "nowhere is not a folder" in text.replace("\n", " ")
    (tmp_path / "inbox").mkdir()
    settings = tmp_path / "c.yaml"
    settings.write_text("mixture: {sampler: best}")
    code, text = curate(
        "run", "--inbox", tmp_path / "inbox", "--lake", tmp_path / "lake", "--config", settings
    )
    assert code != 0
    assert "mixture.sampler" in text
    assert "Traceback" not in text


def test_two_runs_at_once_do_not_mix(tmp_path: Path, small_inbox: Path, tiny_config: Path) -> None:
    workplace = Workplace.open(small_inbox, tmp_path / "lake", tiny_config)
    with workplace.lake.writing():
        code, text = curate(
            "run", "--inbox", small_inbox, "--lake", tmp_path / "lake", "--config", tiny_config
        )
    assert code == 1
    assert f"process {os.getpid()}" in text.replace("\n", " ")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["raw_documents", "embeddings"])
def test_a_killed_run_leaves_no_torn_file_and_the_next_completes(
    tmp_path: Path, small_inbox: Path, tiny_config: Path, stage: str
) -> None:
    for number in range(6):
        write_jsonl(
            small_inbox / f"more-{number}.jsonl", [prose(100 + number * 10 + extra) for extra in range(8)]
        )
    lake = tmp_path / "lake"
    arguments = ["run", "--inbox", small_inbox, "--lake", lake, "--config", tiny_config, "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "curation_assets.cli", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not any((lake / "_state" / stage).glob("*.json")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    code, text = curate(*arguments[:-1], "1")
    assert code == 0, text
    compute = Compute(1)
    build_everything(Workplace.open(small_inbox, tmp_path / "scratch", tiny_config), compute)
    assert tables(lake) == tables(tmp_path / "scratch")
    assert not list(lake.rglob("*.tmp"))


def test_a_run_that_stops_says_why_even_beside_a_bad_shard(
    tmp_path: Path, small_inbox: Path, tiny_config: Path
) -> None:
    (small_inbox / "bad.parquet").write_bytes(b"no")
    settings = tmp_path / "shares.yaml"
    text = tiny_config.read_text().replace("mixture:", "mixture:\n  allocation: {shares: {wikki: 0.3}}")
    settings.write_text(text)
    code, text = curate("run", "--inbox", small_inbox, "--lake", tmp_path / "lake", "--config", settings)
    assert code == 1
    assert "'wikki', which has no candidates" in text.replace("\n", " ")


def test_an_inbox_that_is_suddenly_empty_takes_nothing_out_unasked(
    tmp_path: Path, small_inbox: Path, tiny_config: Path
) -> None:
    lake, empty = tmp_path / "lake", tmp_path / "empty"
    empty.mkdir()
    arguments = ("--lake", lake, "--config", tiny_config)
    assert curate("run", "--inbox", small_inbox, *arguments)[0] == 0
    before = tables(lake)
    code, text = curate("run", "--inbox", empty, *arguments)
    assert code == 1
    assert "is a folder not mounted?" in text.replace("\n", " ")
    assert tables(lake) == before
    assert curate("run", "--inbox", empty, "--allow-empty", *arguments)[0] == 0
    assert not list((lake / "mixture").glob("*.parquet"))


def test_the_status_with_a_model_that_is_not_there_is_explained(
    tmp_path: Path, small_inbox: Path, tiny_config: Path
) -> None:
    arguments = ("--inbox", small_inbox, "--lake", tmp_path / "lake")
    assert curate("run", *arguments, "--config", tiny_config)[0] == 0
    settings = tmp_path / "c.yaml"
    settings.write_text(f"quality: {{model: {tmp_path / 'nowhere'}}}")
    code, text = curate("status", *arguments, "--config", settings)
    assert code == 1
    assert "nowhere" in text


@pytest.mark.parametrize(
    "missing",
    [
        "cleaning: {word_lists: {bad_words: %s}}",
        "quality: {model: %s}",
        "{cleaning: {language: {allowed: [eng]}}, quality: {model: %s}}",
    ],
)
def test_a_list_or_model_that_is_not_there_stops_a_run_and_touches_nothing(
    missing: str, tmp_path: Path, small_inbox: Path, tiny_config: Path
) -> None:
    lake, settings = tmp_path / "lake", tmp_path / "c.yaml"
    arguments = ("--inbox", small_inbox, "--lake", lake)
    assert curate("run", *arguments, "--config", tiny_config)[0] == 0
    before = tables(lake)
    settings.write_text(missing % (tmp_path / "nowhere"))
    code, text = curate("run", *arguments, "--config", settings)
    assert code == 1
    assert ("'eng', but 'en'" if "eng" in missing else "nowhere") in text.replace("\n", " ")
    assert "the lake stays as it is" in text.replace("\n", " ")
    assert tables(lake) == before
