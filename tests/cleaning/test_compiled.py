"""Compiled loops that are kept must be compiled anew whenever anything that they are made of changes."""

import ast
import importlib
import inspect
from types import ModuleType

import pytest

from curation_assets.cleaning.kernels import counting
from curation_assets.cleaning.normalisation import fault_scan
from curation_assets.cleaning.pages import page_attributes, page_lines_kernel, page_scan, page_values
from curation_assets.text.compiled import sources

CLEANING = "curation_assets.cleaning."
NOT_COMPILED_IN = {"languages.stop_words"}
"""Data that is handed over at run time."""


def imported(module: ModuleType) -> set[str]:
    """Return the modules of the stage that a module imports, without the name of the package."""
    tree = ast.parse(inspect.getsource(module))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    names = {name for node in nodes for name in _modules(str(node.module), [a.name for a in node.names])}
    return {name.removeprefix(CLEANING) for name in names if name.startswith(CLEANING)}


def _modules(origin: str, names: list[str]) -> set[str]:
    """Return the modules that ``from origin import names`` loads: those named, if origin is a package."""
    if not hasattr(importlib.import_module(origin), "__path__"):
        return {origin}
    return {f"{origin}.{name}" for name in names}


@pytest.mark.parametrize(
    "kernel", [counting, fault_scan, page_attributes, page_lines_kernel, page_scan, page_values]
)
def test_a_kept_loop_names_all_modules_that_it_is_made_of(kernel: ModuleType) -> None:
    named = {module.__name__.removeprefix(CLEANING) for module in kernel.PARTS}
    used, waiting = set(), imported(kernel)
    while waiting:
        name = waiting.pop()
        used.add(name)
        module = importlib.import_module(CLEANING + name)
        if "njit" in vars(module):
            waiting |= imported(module) - used
    assert used - NOT_COMPILED_IN <= named


def test_the_hash_is_of_the_text_of_all_modules() -> None:
    both, one = sources(*counting.PARTS), sources(*counting.PARTS[1:])
    assert both != one
    assert both == sources(*counting.PARTS)
