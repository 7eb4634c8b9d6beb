"""Judges a student of the packaged quality probe, and the cascade of both, on a corpus.

    python benchmarks/student.py --corpus PATH --scores FILE [--texts 2500]

PATH holds documents.parquet (text, kind, bp). The teacher takes minutes for its scores (2500 texts: about
eleven on an idle core); they are kept in FILE, and computed for the texts that it lacks. All figures of the
student are on texts that it has not seen. Speeds are per second of one core.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.quality.ask_llm.scorer import Scorer, load_scorer
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.student.band import (
    MOST_CALLS,
    RECALL,
    TOP_SHARE,
    Band,
    BandError,
    best_within,
    fit_band,
    outcome,
    outcomes,
)
from curation_assets.quality.student.cascade import Cascade
from curation_assets.quality.student.student import Student
from curation_assets.quality.student.training import CHARACTERS, Trained, train_student
from curation_assets.text.hashing import content_hash

SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
WANTED = 20
"""Times the teacher's speed that the cascade is to have."""
_CHUNK = 100


def sample(corpus: Path, count: int) -> list[str]:
    """Return different texts of the corpus, by their hash; planted copies and boilerplate left out."""
    frame = pl.read_parquet(corpus / "documents.parquet")
    texts = frame.filter((pl.col("kind") == "base") & (pl.col("bp") < 0))["text"]
    return sorted(set(texts.to_list()), key=content_hash)[:count]


def teacher_scores(teacher: Scorer, texts: list[str], path: Path) -> NDArray[np.float64]:
    """Return the teacher's scores: the file's, and those that it lacks, which are added to it."""
    known: dict[str, float] = {}
    if path.exists():
        stored = pl.read_parquet(path).filter(pl.col("teacher") == teacher.fingerprint)
        known = dict(stored.select("text", "score").iter_rows())
    missing = [text for text in texts if text not in known]
    for start in range(0, len(missing), _CHUNK):
        some = missing[start : start + _CHUNK]
        known |= dict(zip(some, teacher.score(some).tolist(), strict=True))
        rows = {"text": known.keys(), "score": known.values()}
        table = pl.DataFrame({name: list(values) for name, values in rows.items()})
        table.with_columns(teacher=pl.lit(teacher.fingerprint)).write_parquet(path)
        print(f"teacher: {start + len(some)} of {len(missing)} texts", flush=True)
    return np.array([known[text] for text in texts])


def judge(name: str, texts: list[str], scores: NDArray[np.float64], characters: int | None) -> Trained:
    """Train a student and print its gate."""
    start = time.process_time()
    trained = train_student(texts, scores, teacher="probe", characters=characters)
    seconds = time.process_time() - start
    print(f"\n{name}: {len(texts)} texts, trained and judged in {seconds:.0f} s of a core")
    gate = trained.student.gate
    for which, figures in (("cross-validated", gate.cross_validated), ("held out", gate.held_out)):
        print(
            f"  {which:16} {figures.texts:5} texts   Spearman {figures.spearman:.3f}   overlap of the top"
            f" 10 % {figures.top_overlap:.3f}   calibration error {figures.calibration_error:.4f}"
        )
    print(f"  gate {'passed' if gate.passed else 'failed'}; scores' standard deviation {scores.std():.4f}")
    return trained


def speed(student: Student, corpus: Path) -> None:
    """Print how many documents a second the student scores."""
    texts = pl.read_parquet(corpus / "documents.parquet")["text"].to_list()[:10_000]
    student.score(texts[:10])
    for name, some in (("cut to 1000 characters", [text[:1000] for text in texts]), ("whole", texts)):
        rate = len(some) / seconds_of(lambda some=some: student.score(some))
        print(f"  student, documents {name}: {rate:.0f} a second")


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds of processor time, all threads together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def costs(trained: Trained, scores: NDArray[np.float64]) -> Band:
    """Print what recall costs; return the best band with so few calls that WANTED is in reach."""
    out = trained.held_out
    every = outcomes(trained.unseen[~out], scores[~out])
    print(f"\ncascade: recall of the teacher's top {TOP_SHARE:.0%}, best band by share of calls")
    print("  calls allowed   in cross-validation: calls, recall   held out: calls, recall")
    for share in SHARES:
        found = best_within(every, share)
        judged = outcome(found.band, trained.unseen[out], scores[out])
        known = f"{found.calls:27.1%}, {found.recall:.3f}"
        print(f"  {share:13.0%}   {known}   {judged.calls:15.1%}, {judged.recall:.3f}")
    return best_within(every, 0.9 / WANTED).band


def timed(
    student: Student,
    teacher: Scorer,
    bands: dict[str, Band],
    texts: list[str],
    known: NDArray[np.float64],
    few: int,
) -> None:
    """Print the speed of the cascade with each band, and that of the teacher alone, in turns."""
    print(f"\nspeed on {len(texts)} held-out texts (the teacher alone on {few} of them)")
    teacher.score(texts[:2])
    half = few // 2
    seconds = seconds_of(lambda: teacher.score(texts[:half]))
    rates: dict[str, float] = {}
    for name, band in bands.items():
        cascade, found = Cascade(student, teacher, band), []
        spent = seconds_of(lambda cascade=cascade, found=found: found.append(cascade.score_and_asked(texts)))
        scores, asked = found[0]
        rates[name] = len(texts) / spent
        came_to = outcome(band, student.score(texts), known)
        same = scores[asked].tolist() == known[asked].tolist()
        print(f"  {name}: calls {came_to.calls:.1%}, recall {came_to.recall:.3f}; equal in the band: {same}")
    seconds += seconds_of(lambda: teacher.score(texts[half:few]))
    plain = few / seconds
    print(f"  teacher alone: {plain:.2f} documents a second")
    for name, rate in rates.items():
        print(f"  {name}: {rate:.1f} documents a second, {rate / plain:.1f} times the teacher")


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge a student of the packaged probe.")
    parser.add_argument("--corpus", type=Path, required=True, help="folder with documents.parquet")
    parser.add_argument("--scores", type=Path, required=True, help="keeps the teacher's scores; .parquet")
    parser.add_argument("--texts", type=int, default=2500)
    parser.add_argument("--few", type=int, default=120, help="texts on which the teacher alone is timed")
    arguments = parser.parse_args()
    teacher = load_scorer(QualityConfig())
    texts = sample(arguments.corpus, arguments.texts)
    scores = teacher_scores(teacher, texts, arguments.scores)
    judge("half of the texts", texts[::2], scores[::2], CHARACTERS)
    judge("texts read to their end", texts, scores, None)
    trained = judge(f"{CHARACTERS} characters read", texts, scores, CHARACTERS)
    speed(trained.student, arguments.corpus)
    bands = {f"at most {1 / WANTED:.0%} of calls": costs(trained, scores)}
    out = trained.held_out
    try:
        fitted = fit_band(trained.unseen[~out], scores[~out])
        bands[f"recall {RECALL:.0%} at most {MOST_CALLS:.0%} of calls"] = fitted.band
    except BandError as error:
        print(f"\nno band: {error}")
    held_out = [text for text, one in zip(texts, out, strict=True) if one]
    timed(trained.student, teacher, bands, held_out, scores[out], arguments.few)


if __name__ == "__main__":
    main()
