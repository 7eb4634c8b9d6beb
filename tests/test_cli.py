"""The command ``curate`` as a user meets it, and what is left when it is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from lake_files import tables
from small_inboxes import prose, write_jsonl

from curation_assets.cli import main
from curation_assets.instance import HOME_VARIABLE
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


@pytest.mark.parametrize("command", [[], ["run"], ["status"], ["dev"], ["config"]])
def test_help_is_enough_to_use_it(command: list[str]) -> None:
    code, text = curate(*command, "--help")
    assert code == 0
    assert "Usage:" in text
    if command in (["run"], ["status"], ["dev"]):
        assert "--inbox" in text
        assert "--lake" in text
        assert "--config" in text


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
    settings = tmp_path / "c.yaml"
    settings.write_text("mixture: {sampler: best}")
    code, text = curate("run", "--inbox", tmp_path, "--lake", tmp_path / "lake", "--config", settings)
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
    text = tiny_config.read_text().replace("mixture:", "mixture:\n  source_shares: {wikki: 0.3}")
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
