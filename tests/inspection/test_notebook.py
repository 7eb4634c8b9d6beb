"""docs/inspect.ipynb runs on a lake from beginning to end, and is a notebook that others can open."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from notebook import NOTEBOOK, run_cells, with_outputs

from curation_assets.runner import build_everything
from curation_assets.workplace import Workplace
from resources.compute import Compute

STORED = json.loads(NOTEBOOK.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_cell_runs_on_a_small_lake(open_workplace: Callable[..., Workplace], small_inbox: Path) -> None:
    workplace, compute = open_workplace(), Compute(1)
    try:
        list(build_everything(workplace, compute))
    finally:
        compute.close()
    printed = run_cells(STORED, workplace.lake.root)
    assert re.search(r"^\d+ views$", printed[0], re.MULTILINE)
    assert "(in the mixture)" in printed[1]
    assert all("│" in text for text in printed[1:])
    assert len(with_outputs(STORED, printed)["cells"]) == len(STORED["cells"])


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
