"""The programs in benchmarks/ still start: a module that moves does not leave one behind unnoticed."""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

from curation_assets.workplace import PROJECT

FOLDER = PROJECT / "benchmarks"
PARTS = {"dedup_peers.py", "parity_filters.py"}
"""Imported by others, no programs."""

ASK_ALL = """
import contextlib, importlib, io, json, runpy, sys
folder, programs, names, peers = sys.argv[1], *map(json.loads, sys.argv[2:])
sys.path.insert(0, folder)
for program in programs:
    sys.argv, said = [program, "--help"], io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path(f"{folder}/{program}", run_name="__main__")
        print(f"{program} --help went on instead of ending")
    except SystemExit as end:
        if end.code or "usage:" not in said.getvalue():
            print(f"{program} --help ended with {end.code}: {said.getvalue()}")
    except Exception as error:
        if not isinstance(error, ModuleNotFoundError) or str(error.name).split(".")[0] not in peers:
            print(f"{program}: {error!r}")
for program, module, name in names:
    try:
        if not hasattr(importlib.import_module(module), name):
            importlib.import_module(f"{module}.{name}")
    except ImportError as error:
        print(f"{program}: {error!r}")
"""


def imported(path: Path) -> list[tuple[str, str, str]]:
    """Return (file, module, name) of what a file takes from this project, inside functions too."""
    return [
        (path.name, node.module, alias.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
        if node.module.split(".")[0] in {"curation_assets", "resources"}
        for alias in node.names
    ]


def peers() -> list[str]:
    """Return the packages of the extra that a benchmark may miss."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["optional-dependencies"]["peers"]


def test_every_benchmark_starts_and_finds_what_it_imports() -> None:
    files = sorted(FOLDER.glob("*.py"))
    programs = [path.name for path in files if path.name not in PARTS]
    names = sorted({name for path in files for name in imported(path)})
    assert len(programs) > 20
    assert len(names) > 100
    told = [json.dumps(one) for one in (programs, names, peers())]
    command = [sys.executable, "-c", ASK_ALL, str(FOLDER), *told]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert not done.stdout
    assert done.returncode == 0, done.stderr


def test_every_benchmark_has_its_figures_in_the_results() -> None:
    told = (FOLDER / "RESULTS.md").read_text(encoding="utf-8")
    programs = [path.name for path in sorted(FOLDER.glob("*.py")) if path.name not in PARTS]
    assert [name for name in programs if f"benchmarks/{name}" not in told] == []
