"""docs/inspect.ipynb runs on a lake from beginning to end, and is a notebook that others can open."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from mixture.scored_lake import Scored, ScoredLake
from notebook import NOTEBOOK, run_cells, with_outputs

from curation_assets.mixture.config import Budget, MixtureConfig

STORED = json.loads(NOTEBOOK.read_text(encoding="utf-8"))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Return a lake whose stages from the plan on were run, on scores made up for it."""
    config = MixtureConfig(sampler="top_k", budget=Budget(unit="documents", amount=2), minimum_rank=0.0)
    made = ScoredLake(tmp_path / "lake", config)
    made.hold({"a": [Scored("x1", 0.9), Scored("y1", 0.1)], "b": [Scored("x2", 0.5)]})
    made.run()
    for shard in ("a", "b"):
        cleaned = made.lake.read("clean_documents", shard).with_columns(gopher_duplicate_lines=0.25)
        made.lake.write("clean_documents", shard, cleaned)
        topics = made.lake.read("topics", shard).with_columns(shard=pl.lit(shard))
        made.lake.write("topics", shard, topics)
    return made.root


def test_every_cell_runs_on_a_small_lake(lake: Path) -> None:
    printed = run_cells(STORED, lake)
    assert re.search(r"^\d+ views$", printed[0], re.MULTILINE)
    assert re.search(r"\(in the mixture\) │ +2 │", printed[1])
    assert all("│" in text and "0 rows" not in text for text in printed[1:])
    outputs = [
        cell["outputs"][0]["text"] for cell in with_outputs(STORED, printed)["cells"] if "outputs" in cell
    ]
    assert ["".join(lines) for lines in outputs] == printed


def test_it_is_a_notebook_with_small_outputs_of_every_cell() -> None:
    assert (STORED["nbformat"], STORED["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in STORED["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in STORED["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            keys |= {"execution_count", "outputs"}
            assert [output["output_type"] for output in cell["outputs"]] == ["stream"]
        assert cell.keys() == keys
        assert isinstance(cell["source"], list)
    assert NOTEBOOK.stat().st_size < 50_000
