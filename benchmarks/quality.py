"""Judges the packaged scorer: sources and languages never seen, kinds left out, the paper's read-out.

    python benchmarks/quality.py --corpus PATH [--labels FILE] [--verbalizer 80] [--each 20]

PATH holds documents.parquet (text, source, kind, bp). Nothing here is a threshold that a test could miss by
being slow: areas under the curve come from the probe that is shipped, or from probes trained without the
kinds that they are judged on; speed is documents per second of processor time, side by side in one run.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from quality_held_out import Labelled, held_out, kinds_left_out

from curation_assets.quality.ask_llm import train_probe as training
from curation_assets.quality.ask_llm.scorer import Scorer, load_scorer
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.tokens import count_tokens
from resources.models import cpu_dtype

HERE = Path(__file__).resolve().parent.parent


def never_seen(documents: Sequence[Labelled], scores: NDArray[np.float64]) -> None:
    """Print AUC of the shipped probe on sources it has never seen, by kind of junk and by language."""
    labels = np.array([one.label for one in documents])
    kinds = np.array([one.kind for one in documents])
    languages = np.array([one.language for one in documents])
    prose = labels == 1
    print(f"\nsources never seen: {prose.sum()} documents, {(~prose).sum()} of junk")
    print(f"  all              {auc(labels, scores):.3f}")
    for kind in sorted(set(kinds[~prose])):
        some = prose | (kinds == kind)
        print(f"  {kind:16} {auc(labels[some], scores[some]):.3f}")
    print("  language          AUC   median score of prose, of junk")
    for language in sorted(set(languages[prose])):
        some = languages == language
        medians = [np.median(scores[some & (labels == label)]) for label in (1, 0)]
        print(f"  {language:16} {auc(labels[some], scores[some]):.3f}   {medians[0]:.3f}, {medians[1]:.3f}")


def paper_read_out(documents: Sequence[Labelled], probe_scores: NDArray[np.float64], count: int) -> None:
    """Print AUC of P(yes) to the paper's prompt beside the probe's, on the same documents."""
    chosen = list(range(0, len(documents), max(1, len(documents) // count)))
    labels = np.array([documents[i].label for i in chosen])
    texts = [documents[i].text for i in chosen]
    scores, seconds = timed(load_scorer(QualityConfig(readout="verbalizer")), texts)
    print(f"\nread-outs of the same model on {len(chosen)} of these documents")
    print(
        f"  AUC of P(yes) to the paper's prompt {auc(labels, scores):.3f}, {len(texts) / seconds:.2f}/CPU s"
    )
    print(f"  AUC of the probe                    {auc(labels, probe_scores[chosen]):.3f}")


def precision(documents: Sequence[Labelled], count: int) -> None:
    """Print how far float32 and bfloat16 scores differ, and the speed of both."""
    texts = [one.text for one in documents[:: max(1, len(documents) // count)]]
    tokens = np.minimum(count_tokens(texts), QualityConfig().maximum_tokens).sum()
    found = {}
    for dtype in ("float32", "bfloat16"):
        scorer = load_scorer(QualityConfig.model_validate({"dtype": dtype}))
        found[dtype], seconds = timed(scorer, texts)
        print(f"  {dtype:9} {len(texts) / seconds:.2f} documents, {tokens / seconds:.0f} tokens/CPU s")
    print(f"  largest difference of a score: {np.abs(found['float32'] - found['bfloat16']).max():.4f}")


def limits(documents: Sequence[Labelled]) -> None:
    """Print AUC and speed by how many tokens of a document are read."""
    labels = np.array([one.label for one in documents])
    texts = [one.text for one in documents]
    for maximum in (128, 256, 512):
        scores, seconds = timed(load_scorer(QualityConfig(maximum_tokens=maximum)), texts)
        print(
            f"  {maximum:4} tokens: AUC {auc(labels, scores):.3f}, {len(texts) / seconds:.2f} documents/CPU s"
        )


def timed(scorer: Scorer, texts: Sequence[str]) -> tuple[NDArray[np.float64], float]:
    scorer.score(texts[:1])
    start = time.process_time()
    return scorer.score(texts), time.process_time() - start


def auc(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    return training.area_under_curve(labels, scores)


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the packaged quality scorer.")
    parser.add_argument("--corpus", type=Path, required=True, help="folder with documents.parquet")
    parser.add_argument("--labels", type=Path, default=HERE / "data" / "quality_labels.jsonl")
    parser.add_argument("--more", type=Path, default=HERE / "data" / "probe_training.jsonl.gz")
    parser.add_argument("--each", type=int, default=10, help="documents of each held-out source")
    parser.add_argument("--verbalizer", type=int, default=80, help="documents for the paper's read-out")
    parser.add_argument("--skip-kinds", action="store_true", help="leave out the part that trains probes")
    arguments = parser.parse_args()
    documents = held_out(arguments.corpus, arguments.each)
    scores, seconds = timed(load_scorer(QualityConfig()), [one.text for one in documents])
    print(f"probe, {cpu_dtype()}, one thread: {len(documents) / seconds:.2f} documents/CPU s")
    never_seen(documents, scores)
    paper_read_out(documents, scores, arguments.verbalizer)
    print("\narithmetic")
    precision(documents, 40)
    print("\ntokens of a document that are read")
    limits(documents[::4])
    if not arguments.skip_kinds:
        kinds_left_out(arguments.labels, arguments.more)


if __name__ == "__main__":
    main()
