"""The lake that the tests of ``explain`` look at, built once."""

import shutil
from pathlib import Path

import pytest
from explained_lake import Planted, build

from resources.lake import Lake


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_config: Path) -> Path:
    return build(tmp_path_factory.mktemp("explained"), tiny_config)


@pytest.fixture(scope="session")
def planted(built: Path) -> Planted:
    return Planted(Lake(built))


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Planted:
    """A copy of the lake that a test may damage."""
    shutil.copytree(built, tmp_path / "lake")
    return Planted(Lake(tmp_path / "lake"))
