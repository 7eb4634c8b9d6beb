"""The packaged models give the same bytes whatever the order of documents and the number of workers."""

import gzip
from pathlib import Path

import pytest
from lake_files import tables

from curation_assets.runner import build_everything
from curation_assets.workplace import PROJECT, Workplace
from resources.compute import Compute

pytestmark = [pytest.mark.models, pytest.mark.slow, pytest.mark.sample]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two shards with the first lines of two shards of the sample."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in ("docs-00", "docs-01"):
        with gzip.open(PROJECT / "data" / "sample" / f"{name}.jsonl.gz", "rb") as file:
            (folder / f"{name}.jsonl").write_bytes(b"".join(file.readlines()[:12]))
    return folder


def test_one_and_two_workers_give_the_same_bytes(inbox: Path, tmp_path: Path) -> None:
    lakes = []
    for workers in (1, 2):
        workplace = Workplace.open(inbox, tmp_path / f"lake-{workers}")
        compute = Compute(workers)
        try:
            build_everything(workplace, compute)
        finally:
            compute.close()
        lakes.append(tables(workplace.lake.root))
    assert lakes[0] == lakes[1]
    assert "quality_scores/docs-00.jsonl.parquet" in lakes[0]
