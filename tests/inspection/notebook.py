"""Runs docs/inspect.ipynb without Jupyter: code cells one after the other, what they print kept as outputs.

To write the outputs anew, on a lake of the sample: python tests/inspection/notebook.py LAKE
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "inspect.ipynb"


def run_cells(notebook: dict[str, Any], lake: Path) -> list[str]:
    """Run the code cells on a lake; return what each one printed."""
    before = os.environ.get("CURATION_LAKE")
    os.environ["CURATION_LAKE"] = str(lake)
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = []
    try:
        for number, cell in enumerate(notebook["cells"]):
            if cell["cell_type"] == "code":
                with contextlib.redirect_stdout(io.StringIO()) as said:
                    exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
                printed.append(said.getvalue())
    finally:
        os.environ.pop("CURATION_LAKE")
        os.environ.update({"CURATION_LAKE": before} if before is not None else {})
    return printed


def with_outputs(notebook: dict[str, Any], printed: list[str]) -> dict[str, Any]:
    """Return the notebook with what its code cells printed."""
    said = iter(enumerate(printed, 1))
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count, text = next(said)
            output = {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}
            cell = {**cell, "execution_count": count, "outputs": [output] if text else []}
        cells.append(cell)
    return {**notebook, "cells": cells}


if __name__ == "__main__":
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    made = with_outputs(stored, run_cells(stored, Path(sys.argv[1])))
    NOTEBOOK.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
