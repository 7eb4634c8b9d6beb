"""What holds the house together: who may import whom, and what Dagster is served."""

import ast
import contextvars
import itertools
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from curation_assets.definitions import defs
from curation_assets.graph import STAGES
from curation_assets.stage import LakeStage
from curation_assets.workplace import PROJECT

PACKAGE = PROJECT / "curation_assets"
STAGE_FOLDERS = [
    "shards",
    "cleaning",
    "dedup",
    "containment",
    "passages",
    "quality",
    "embeddings",
    "neighbours",
    "semantic",
    "topics",
    "density",
    "outliers",
    "contamination",
    "mixture",
    "ledger",
]
MAY_IMPORT_DAGSTER = [PACKAGE / "definitions.py", *(PACKAGE / "orchestration").glob("*.py")]
MODULES = sorted([*PACKAGE.rglob("*.py"), *(PROJECT / "resources").rglob("*.py")])


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports anywhere, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def distribution_name(requirement: str) -> str:
    """Return the normalised name (PEP 503) of a requirement, such as "PyYAML==6.0" or "pyarrow"."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement.strip())[0]).lower()


def name_of(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_shell_knows_dagster(path: Path) -> None:
    shell = path in MAY_IMPORT_DAGSTER or path.name == "checks.py"
    uses = any(name.split(".")[0] in {"dagster", "dagster_pandas"} for name in imports(path))
    assert shell or not uses


def test_commands_print_json_by_what_is_safe_in_a_terminal() -> None:
    for path in (PACKAGE / "commands").glob("*.py"):
        assert not imports(path) & {"json", "orjson"}, f"{path.name}: print_json of commands/options.py"


@pytest.mark.parametrize("folder", STAGE_FOLDERS)
def test_a_stage_imports_no_other_stage(folder: str) -> None:
    for path in (PACKAGE / folder).rglob("*.py"):
        for name in imports(path):
            parts = name.split(".")
            other = parts[1] if parts[0] == "curation_assets" and len(parts) > 1 else folder
            assert other == folder or other not in STAGE_FOLDERS, f"{name_of(path)} imports {name}"


def test_resources_import_nothing_of_the_stages() -> None:
    for path in (PROJECT / "resources").rglob("*.py"):
        ours = {name for name in imports(path) if name.startswith("curation_assets")}
        assert all(name.startswith("curation_assets.text") for name in ours), f"{name_of(path)}: {ours}"


def declared() -> set[str]:
    """Return the distributions that pyproject.toml names, those of extras too."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = itertools.chain.from_iterable(project["optional-dependencies"].values())
    return {distribution_name(requirement) for requirement in (*project["dependencies"], *extras)}


def test_every_package_that_is_imported_is_declared() -> None:
    """What comes along with another package goes when that one no longer needs it."""
    known = packages_distributions()
    own = {"curation_assets", "resources", *sys.stdlib_module_names}
    packages = {name.split(".")[0] for path in MODULES for name in imports(path)} - own
    assert len(packages) > 20
    undeclared = {
        package
        for package in packages
        if not declared() & {distribution_name(name) for name in known.get(package, [package])}
    }
    assert not undeclared, f"in pyproject.toml: {undeclared}"


def test_every_declared_package_is_pinned() -> None:
    lines = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert not declared() - {distribution_name(line) for line in lines if "==" in line}


def test_there_is_no_cycle_of_imports() -> None:
    names = {name_of(path): path for path in MODULES}
    edges = {
        name: {other for other in imports(path) if other in names} - {name} for name, path in names.items()
    }
    state: dict[str, int] = {}

    def visit(name: str, way: list[str]) -> None:
        if state.get(name) == 1:
            pytest.fail(" -> ".join([*way[way.index(name) :], name]))
        if name in state:
            return
        state[name] = 1
        for other in sorted(edges[name]):
            visit(other, [*way, name])
        state[name] = 2

    for name in names:
        visit(name, [])


def test_every_stage_folder_has_the_same_shape() -> None:
    for folder in STAGE_FOLDERS:
        names = {path.name for path in (PACKAGE / folder).glob("*.py")}
        assert {"__init__.py", "assets.py", "stage.py"} <= names, folder


def test_stages_read_only_what_earlier_ones_wrote() -> None:
    written: set[str] = set()
    for stage in STAGES:
        assert set(stage.reads) <= written, stage.name
        written |= {stage.name}
        if isinstance(stage, LakeStage) and stage.labels:
            written.add(stage.labels)


def test_workspace_and_dg_serve_the_same_module() -> None:
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text())
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    served = workspace["load_from"][0]["python_module"]["module_name"]
    assert served == project["tool"]["dg"]["project"]["code_location_target_module"]


def test_loading_the_definitions_imports_nothing_heavy() -> None:
    heavy = [
        "torch",
        "transformers",
        "sentence_transformers",
        "sklearn",
        "pynndescent",
        "numba",
    ]
    code = (
        "import sys, json; import curation_assets.definitions; "
        f"print(json.dumps([name for name in {heavy!r} if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


def snapshot() -> dict[str, object]:
    """Return what a user of Dagster sees of the definitions, without what follows from settings."""
    graph = defs.resolve_asset_graph()
    assets = {}
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        assets[key.to_user_string()] = {
            "group": node.group_name,
            "partitions": node.partitions_def.name if node.partitions_def else None,
            "reads": sorted(parent.to_user_string() for parent in node.parent_keys),
            "kinds": sorted(tag.removeprefix("dagster/kind/") for tag in node.tags if "dagster/kind/" in tag),
            "owners": sorted(node.owners),
            "checks": sorted(check.name for check in node.check_keys),
        }
    repository = defs.get_repository_def()
    return {
        "assets": assets,
        "jobs": sorted(name for name in repository.job_names if not name.startswith("__")),
        "sensors": {sensor.name: sensor.default_status.name for sensor in repository.sensor_defs},
        "schedules": {schedule.name: schedule.default_status.name for schedule in repository.schedule_defs},
    }


def test_the_definitions_are_those_of_the_snapshot() -> None:
    """A change of the graph shows in tests/definitions.json; rewrite it with: python tests/test_house.py."""
    stored = json.loads((Path(__file__).parent / "definitions.json").read_text(encoding="utf-8"))
    # In a context of its own: Dagster leaves behind in this one what belonged to an instance that is gone.
    assert contextvars.Context().run(snapshot) == stored


if __name__ == "__main__":
    target = Path(__file__).parent / "definitions.json"
    target.write_text(json.dumps(snapshot(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
