"""Trains a classifier of documents and writes its file.

    curate train classifier --kind hashed \\
        --positive good.jsonl.gz --negative crawl.parquet --output quality.safetensors

Kinds: hashed (GPT-3), fasttext (DCLM), dsir (positive: target texts, negative: raw ones), embedding
(FineWeb-Edu; Parquet files with a column embedding). Which texts are positive decides more than the kind:
judge a model on kinds of text that it was not trained on (benchmarks/classifiers.py).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
import zstandard

from curation_assets.quality.classifiers.reading import read_embeddings, read_texts
from resources.files import hash_file

KINDS = ("hashed", "fasttext", "embedding", "dsir")
_GRADES = {"positive": 1.0, "negative": 0.0}


class Model(Protocol):
    """What all trained classifiers have."""

    @property
    def record(self) -> dict[str, Any]: ...

    @property
    def fingerprint(self) -> str: ...

    def save(self, path: Path) -> None: ...


def train(arguments: argparse.Namespace) -> Model:
    """Train the kind of model that the arguments name.

    Raises:
        ValueError: a file is of no kind that is read, or there is nothing to learn from.
        OSError: a file cannot be read.
    """
    if arguments.kind == "embedding":
        return _embedding(arguments)
    positives, negatives = read_texts(arguments.positive), read_texts(arguments.negative)
    if arguments.kind == "hashed":
        from curation_assets.quality.classifiers.hashed import train_hashed

        return train_hashed(
            positives,
            negatives,
            regularisation=arguments.regularisation,
            empty_terms=arguments.empty_terms,
        )
    if arguments.kind == "dsir":
        from curation_assets.quality.classifiers.dsir import train_dsir

        return train_dsir(positives, negatives, smoothing=arguments.smoothing)
    from curation_assets.quality.classifiers.fasttext_training import Training, train_fasttext

    how = Training(
        epochs=arguments.epochs, dimensions=arguments.dimensions, rate=arguments.rate, seed=arguments.seed
    )
    return train_fasttext(list(positives), list(negatives), how)


def _embedding(arguments: argparse.Namespace) -> Model:
    from curation_assets.quality.classifiers.embedding import train_regression

    if not arguments.embedding_model:
        raise ValueError("--kind embedding needs --embedding-model, the fingerprint of the vectors' model")
    pairs = [
        read_embeddings(getattr(arguments, kind), grade, arguments.grades)
        for kind, grade in _GRADES.items()
        if getattr(arguments, kind)
    ]
    vectors, grades = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return train_regression(vectors, grades, arguments.embedding_model, penalty=arguments.penalty)


def parser(prog: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog, description="Train a classifier of documents.")
    made.add_argument("--kind", choices=KINDS, required=True)
    made.add_argument("--positive", type=Path, nargs="+", required=True, metavar="FILE")
    made.add_argument("--negative", type=Path, nargs="+", default=[], metavar="FILE")
    made.add_argument("--output", type=Path, required=True)
    made.add_argument("--seed", type=int, default=0, help="fasttext: order of texts and first vectors")
    made.add_argument("--epochs", type=int, default=5, help="fasttext: DCLM's 5 suits 400,000 texts")
    made.add_argument("--dimensions", type=int, default=100, help="fasttext")
    made.add_argument("--rate", type=float, default=0.1, help="fasttext: learning rate at the start")
    made.add_argument("--regularisation", type=float, default=1.0, help="hashed: C, larger fits closer")
    made.add_argument("--empty-terms", action="store_true", help="hashed: cut the text just as Spark does")
    made.add_argument("--smoothing", type=float, default=1.0, help="dsir: added to each bucket's count")
    made.add_argument("--penalty", type=float, default=1.0, help="embedding: on squared coefficients")
    made.add_argument("--embedding-model", help="embedding: fingerprint of the model of the vectors")
    made.add_argument("--grades", metavar="COLUMN", help="embedding: column with grades of 0 to 5")
    return made


def main(given: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Train as the command line says; return the exit code."""
    arguments = parser(prog).parse_args(given)
    if arguments.kind != "embedding" and not arguments.negative:
        print("error: --negative is missing", file=sys.stderr)
        return 2
    try:
        files = [*arguments.positive, *arguments.negative]
        hashes = [{"name": path.name, "hash": hash_file(path)} for path in files]
        model = train(arguments)
    except (OSError, ValueError, EOFError, pl.exceptions.PolarsError, zstandard.ZstdError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    model.record["files"] = hashes
    model.save(arguments.output)
    print(json.dumps(model.record, indent=2))
    print(f"written to {arguments.output}, fingerprint {model.fingerprint}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
