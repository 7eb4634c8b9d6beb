"""Trains an n-gram model of texts for perplexity.

    curate train ngram --texts FILE.jsonl.gz ... --output model.npz --order 5

The model is written as .npz, or in the ARPA format where the name ends in .arpa or .arpa.gz.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from curation_assets.quality.perplexity.arpa import write_arpa
from curation_assets.quality.perplexity.training import Training, train
from resources.files import hash_file


def read_texts(paths: Sequence[Path], field: str = "text") -> Iterator[str]:
    """Yield a field of the JSON lines of files, plain or gzipped.

    Raises:
        ValueError: a line is no JSON object with this field as a text; the message says which.
    """
    for path in paths:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _text(line, field, f"{path}, line {number}")


def _text(line: bytes, field: str, place: str) -> str:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{place}: not JSON ({error})") from error
    text = row.get(field) if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise ValueError(f"{place}: no text in {field!r}")
    return text


def main(given: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Train as the command line says; return the exit code."""
    defaults = Training()
    parser = argparse.ArgumentParser(prog, description="Train an n-gram model of texts for perplexity.")
    parser.add_argument("--texts", type=Path, nargs="+", required=True, help="JSON lines, plain or .gz")
    parser.add_argument("--field", default="text", help="of a line, that holds the text")
    parser.add_argument("--output", type=Path, required=True, help=".npz, .arpa or .arpa.gz")
    parser.add_argument("--order", type=int, default=defaults.order)
    parser.add_argument("--tokens", choices=("words", "spaces"), default=defaults.tokens)
    parser.add_argument("--minimum-word", type=int, default=defaults.minimum_word)
    parser.add_argument("--maximum-vocabulary", type=int, default=defaults.maximum_vocabulary)
    parser.add_argument(
        "--minimum-long", type=int, default=defaults.minimum_long, help="occurrences of 3-grams and longer"
    )
    parser.add_argument("--memory", type=int, default=defaults.memory, help="bytes for counting")
    chosen = parser.parse_args(given)
    try:
        settings = Training(
            chosen.order,
            chosen.tokens,
            chosen.minimum_word,
            chosen.maximum_vocabulary,
            chosen.minimum_long,
            chosen.memory,
        )
        model = train(read_texts(chosen.texts, chosen.field), settings, chosen.output.resolve().parent)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    model.record["files"] = [{"name": path.name, "hash": hash_file(path)} for path in chosen.texts]
    if ".arpa" in chosen.output.suffixes[-2:]:
        write_arpa(model, chosen.output)
    else:
        model.save(chosen.output)
    print(json.dumps(model.record, indent=2))
    print(f"written to {chosen.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
