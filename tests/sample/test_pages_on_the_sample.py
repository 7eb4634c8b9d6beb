"""The commands that README.md and docs/ show for data/lake work on the lake that ``make demo`` builds."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from sample_lake import SampleRun

from curation_assets.cli import main
from curation_assets.workplace import PROJECT

pytestmark = [pytest.mark.models, pytest.mark.slow, pytest.mark.sample]
PAGES = [PROJECT / "README.md", PROJECT / "docs" / "inspection.md"]
READERS = ("explain", "report", "sample", "sql", "versions")
COMMANDS = sorted(
    {
        command.split("  #")[0].strip()
        for page in PAGES
        for command in re.findall(
            rf"^(?:\.venv/bin/)?curate ((?:{'|'.join(READERS)}) .*--lake data/lake.*)$",
            page.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
)


def test_there_are_commands_to_try() -> None:
    assert {command.split()[0] for command in COMMANDS} >= {"explain", "report", "sample", "sql"}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_pages_does_what_they_say(
    command: str, sample_run: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [
        str(sample_run.lake) if one == "data/lake" else str(PROJECT / one) if "data/" in one else one
        for one in shlex.split(command)
    ]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.strip()


def test_the_verdict_that_the_pages_show_is_what_is_told(sample_run: SampleRun) -> None:
    done = CliRunner().invoke(main, ["explain", "doc-00000", "--lake", str(sample_run.lake)])
    verdict = done.output.splitlines()[0]
    assert verdict in PAGES[1].read_text(encoding="utf-8")
