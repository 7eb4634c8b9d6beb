"""README.md and docs/ name what there is, and all of it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from curation_assets.checks.registry import checks_of
from curation_assets.cli import COMMANDS, main
from curation_assets.graph import STAGES
from curation_assets.workplace import PROJECT

README, DOCS = PROJECT / "README.md", sorted((PROJECT / "docs").glob("*.md"))
PAGES = [README, PROJECT / "benchmarks" / "RESULTS.md", *DOCS]
OF_EVERY_STAGE = {"rows_conserved", "structure"}


def text_of(*pages: Path) -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def options(command: click.Command, name: str) -> Iterator[tuple[str, click.Option]]:
    """Yield the options of a command and of those below it."""
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                assert found is not None
                yield from options(found, f"{name} {below}")
    yield from ((name, option) for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_programs_and_pages_that_are_named_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    programs = set(re.findall(r"(?:benchmarks|tests)/[\w/]+\.py", text))
    links = set(re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text))
    absent = [name for name in programs if not (PROJECT / name).is_file()]
    absent += [link for link in links if not (page.parent / link).exists()]
    assert not absent


def test_the_readme_names_every_command() -> None:
    told = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if not re.search(rf"\bcurate {name}\b", told)] == []


def test_the_readme_names_every_extra() -> None:
    told = (PROJECT / "README.md").read_text(encoding="utf-8")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [name for name in project["optional-dependencies"] if f"`{name}`" not in told] == []


def test_the_pages_name_every_option() -> None:
    told, all_options = text_of(README, *DOCS), list(options(main, "curate"))
    assert len(all_options) > 50
    absent = [
        (name, option.opts)
        for name, option in all_options
        if not any(re.search(rf"(?<![\w-]){re.escape(way)}\b", told) for way in option.opts)
    ]
    assert absent == []


def test_every_check_has_a_row_that_says_what_to_do() -> None:
    told = text_of(PROJECT / "docs" / "inspection.md")
    rows = set(re.findall(r"^\| `(\w+)` \|", told.split("## Checks")[1], re.MULTILINE))
    assert rows == OF_EVERY_STAGE | {check.name for stage in STAGES for check in checks_of(stage)}
