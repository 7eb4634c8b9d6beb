"""Trains a student on a teacher's scores, judges it, and fits a cascade.

    python -m curation_assets.quality.student.train --scored scored.parquet --output student.npz \\
        --cascade cascade.json

    python -m curation_assets.quality.student.train --lake LAKE --output student.npz --cascade cascade.json

The file has the columns text and score, and perhaps teacher, the scorer's fingerprint (or --teacher). A few
thousand texts that were drawn from the corpus at random are what it takes. Ends with 1 where the gate is
failed or no band suffices; a student that failed is written all the same, but not loaded unless asked for.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.ask_llm.scorer import load_scorer
from curation_assets.quality.config import ASK_LLM
from curation_assets.quality.student.band import MOST_CALLS, RECALL, TOP_SHARE, BandError, fit_band, outcome
from curation_assets.quality.student.cascade import CascadeFile
from curation_assets.quality.student.reading import Scored, read_lake, read_scored
from curation_assets.quality.student.training import CHARACTERS, Trained, train_student
from curation_assets.quality.student.trees import TREES
from curation_assets.workplace import Workplace
from resources.files import hash_file
from resources.lake import Lake
from resources.models import ModelError


def fit_cascade(
    trained: Trained, scores: NDArray[np.float64], teacher: str, *, recall: float, calls: float
) -> CascadeFile:
    """Fit a band on what cross-validation predicted, and judge it on the texts that were held out.

    Raises:
        BandError: no band does with so many calls.
    """
    out = trained.held_out
    fitted = fit_band(trained.unseen[~out], scores[~out], recall=recall, most_calls=calls)
    judged = outcome(fitted.band, trained.unseen[out], scores[out])
    record: dict[str, Any] = {
        "wanted": {"recall": recall, "most_calls": calls, "top_share": TOP_SHARE},
        "cross_validated": {**asdict(fitted), "texts": int((~out).sum())},
        "held_out": {**asdict(judged), "texts": int(out.sum())},
    }
    for figures in (record["cross_validated"], record["held_out"]):
        del figures["band"]
    return CascadeFile(trained.student.fingerprint, teacher, fitted.band, record)


def parser(prog: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog, description="Train a student on a teacher's scores.")
    given = made.add_mutually_exclusive_group(required=True)
    given.add_argument("--scored", type=Path, metavar="FILE", help=".parquet or .jsonl")
    given.add_argument("--lake", type=Path, metavar="DIR", help="take texts and scores of this lake")
    made.add_argument("--column", default=ASK_LLM, help="--lake: the column of quality_scores to learn")
    made.add_argument("--texts", type=int, default=5000, help="--lake: how many, chosen by their hashes")
    made.add_argument("--output", type=Path, required=True, metavar="STUDENT", help=".npz")
    made.add_argument("--cascade", type=Path, metavar="FILE", help="fit a cascade, too, and write it here")
    made.add_argument("--teacher", help="fingerprint of the scorer, where the file does not say")
    made.add_argument(
        "--characters",
        type=int,
        default=CHARACTERS,
        help="read so many from the start of a text, as many as the teacher does; 0: all",
    )
    made.add_argument("--trees", type=int, default=TREES)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--recall", type=float, default=RECALL, help="cascade: of the teacher's top 20 %%")
    made.add_argument("--calls", type=float, default=MOST_CALLS, help="cascade: at most this share of texts")
    return made


def run(arguments: argparse.Namespace, scored: Scored) -> int:
    """Train, write and report; return the exit code."""
    teacher = arguments.teacher or scored.teacher
    if arguments.cascade and not teacher:
        raise ValueError("--cascade needs the teacher's fingerprint: a column teacher, or --teacher")
    trained = train_student(
        scored.texts,
        scored.scores,
        teacher=teacher,
        characters=arguments.characters or None,
        trees=arguments.trees,
        seed=arguments.seed,
    )
    student = trained.student
    student = replace(student, record={**student.record, "from": _named(arguments)})
    student.save(arguments.output)
    print(json.dumps({**student.record, "gate": student.gate.as_record()}, indent=2))
    print(f"written to {arguments.output}, fingerprint {student.fingerprint}")
    print(f"gate {'passed' if student.gate.passed else 'FAILED'}: {student.gate}")
    if arguments.cascade:
        limits = {"recall": arguments.recall, "calls": arguments.calls}
        cascade = fit_cascade(trained, scored.scores, teacher, **limits)
        cascade.save(arguments.cascade)
        print(json.dumps(cascade.record, indent=2))
        print(f"written to {arguments.cascade}, fingerprint {cascade.fingerprint}")
    return 0 if student.gate.passed else 1


def _named(arguments: argparse.Namespace) -> dict[str, str]:
    if arguments.lake:
        return {"column": arguments.column}
    return {"name": arguments.scored.name, "hash": hash_file(arguments.scored)}


def _read(arguments: argparse.Namespace) -> Scored:
    """Read a file, or a lake with the fingerprint of the scorer that its settings name."""
    if not arguments.lake:
        return read_scored(arguments.scored)
    found = read_lake(Lake(arguments.lake), arguments.column, arguments.texts)
    teacher = ""
    if arguments.column == ASK_LLM:
        teacher = load_scorer(Workplace.remembered(arguments.lake, None, None).config.quality).fingerprint
    return found._replace(teacher=teacher)


def main(given: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Train as the command line says; return the exit code."""
    arguments = parser(prog).parse_args(given)
    try:
        return run(arguments, _read(arguments))
    except BandError as error:
        print(f"no cascade: {error}", file=sys.stderr)
        return 1
    except (OSError, ValueError, LookupError, ModelError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
