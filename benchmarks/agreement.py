"""How far scorers agree on real text: columns trained on a corpus, judged on the second labelled corpus.

    python benchmarks/agreement.py --corpus FOLDER [--documents 3000] [--texts 160]

FOLDER holds documents.parquet (text). An n-gram model is trained on documents spread over it; the classifiers
on these against a third of them with their words shuffled and the junk of data/probe_training.jsonl.gz. Then
``curate doctor`` judges these columns and the default one on texts of data/held_out_labels.jsonl.gz, which
none of them was trained on: areas under the curve, and Spearman's correlation of each two.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

DATA = Path(__file__).resolve().parent.parent / "data"
CURATE = [sys.executable, "-m", "curation_assets.cli"]
SEED = 1


def write(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    return path


def shuffled(text: str, random: np.random.Generator) -> str:
    words = text.split()
    random.shuffle(words)
    return " ".join(words)


def junk() -> list[str]:
    with gzip.open(DATA / "probe_training.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows if row["label"] == 0]


def train(folder: Path, *arguments: str) -> None:
    subprocess.run([*CURATE, "train", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how far scorers agree.")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--texts", type=int, default=160)
    options = parser.parse_args()
    found = pl.read_parquet(options.corpus / "documents.parquet", columns=["text"])["text"].drop_nulls()
    texts = found.gather_every(max(1, len(found) // options.documents)).head(options.documents).to_list()
    random = np.random.default_rng(SEED)
    others = [shuffled(text, random) for text in texts[: len(texts) // 3]] + junk()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sides = ["--positive", str(write(folder / "good.jsonl", texts))]
        sides += ["--negative", str(write(folder / "other.jsonl", others))]
        train(folder, "ngram", "--texts", "good.jsonl", "--order", "3", "--output", "ngram.npz")
        train(folder, "classifier", "--kind", "hashed", *sides, "--output", "hashed.safetensors")
        options_of = ["--epochs", "10", "--output", "fasttext.safetensors"]
        train(folder, "classifier", "--kind", "fasttext", *sides, *options_of)
        scorers = {
            "ngram": {"kind": "ngram", "model": "./ngram.npz"},
            "hashed": {"kind": "hashed", "model": "./hashed.safetensors"},
            "fasttext": {"kind": "fasttext", "model": "./fasttext.safetensors", "label": "positive"},
        }
        (folder / "config.yaml").write_text(json.dumps({"quality": {"scorers": scorers}}), encoding="utf-8")
        labels = folder / "labels.jsonl"
        labels.write_bytes(gzip.decompress((DATA / "held_out_labels.jsonl.gz").read_bytes()))
        judged = ["--labels", str(labels), "--texts", str(options.texts)]
        subprocess.run([*CURATE, "doctor", "--config", str(folder / "config.yaml"), *judged], check=True)


if __name__ == "__main__":
    main()
