"""Judges the default scorer, and the paper's prompt, on labelled texts that no scorer was trained on.

    python benchmarks/quality_held_out.py [--verbalizer 200] [--skip-kinds]

The texts are data/held_out_labels.jsonl.gz. Also holds the documents never seen and the kinds left out that
benchmarks/quality.py prints.
"""

import argparse
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from gzip import decompress
from json import loads
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.quality.ask_llm import train_probe as training
from curation_assets.quality.ask_llm.hidden_states import MeanHiddenStates
from curation_assets.quality.ask_llm.probe import load_probe
from curation_assets.quality.ask_llm.scorer import load_scorer
from curation_assets.quality.config import QualityConfig
from resources.models import cpu_dtype, packaged_language_model

DATA = Path(__file__).resolve().parent.parent / "data"

HELD_OUT_SOURCES = {
    "python-django-doc": "en",
    "perl-doc": "en",
    "git-doc": "en",
    "erlang-doc": "en",
    "developers-reference": "en",
    "libstdc++-12-doc": "en",
    "octave-doc": "en",
    "openjdk-17-doc": "en",
    "libreoffice-help-fr": "fr",
    "manpages-fr": "fr",
    "manpages-es": "es",
}
CHARACTERS = 3000
_PRODUCTS = "sofas;running shoes;used cars;vitamin capsules;kitchen knives;solar panels;dental implants"
_PLACES = "Chicago;Leeds;Sydney;Toronto;Dublin;Austin;Cape Town;Auckland;Denver;Bristol"
_PITCHES = (
    "Buy {p} {c} today!",
    "Best {p} in {c} - lowest price guaranteed.",
    "{p} {c} {p} near {c} {p} sale",
    "Looking for {p}? Click for {p} deals in {c} now.",
    "Top 10 {p} {c} reviews {p} discount {p} coupon.",
    "Order {p} online, free delivery to {c}, limited offer on {p}!!!",
)


@dataclass(frozen=True)
class Labelled:
    """A text, whether it is prose (1) or junk (0), of what kind, and in which language."""

    text: str
    label: int
    kind: str
    language: str


def held_out(corpus: Path, for_each_source: int) -> list[Labelled]:
    """Return prose of every held-out source as a reader finds it, and about as much junk of five kinds."""
    frame = pl.read_parquet(corpus / "documents.parquet").filter(
        (pl.col("kind") == "base") & (pl.col("bp") < 0)
    )
    prose: list[Labelled] = []
    material: list[tuple[str, str]] = []
    for source, language in HELD_OUT_SOURCES.items():
        texts = sorted(frame.filter(pl.col("source") == source)["text"].to_list(), key=_digest)
        texts = [text for text in texts if len(text) >= 600]
        chosen, rest = texts[: len(texts) // 2], texts[len(texts) // 2 :]
        prose += [Labelled(text[:CHARACTERS], 1, source, language) for text in chosen[:for_each_source]]
        material += [(text[:CHARACTERS], language) for text in rest[:for_each_source]]
    return prose + _junk(material)


def _junk(material: Sequence[tuple[str, str]]) -> list[Labelled]:
    makers: dict[str, Callable[[str], str]] = {
        "shuffled words": _shuffled,
        "keyword spam": _spam,
        "gibberish": _gibberish,
        "repetition": _repetition,
    }
    found = []
    for kind, make in makers.items():
        chosen = sorted(material, key=lambda pair: _digest(kind + pair[0]))[: len(material) // 3]
        found += [Labelled(make(text), 0, kind, language) for text, language in chosen]
    lines = [text.strip().split("\n")[0][:50] for text, _ in material]
    for number in range(len(material) // 3):
        some = sorted(lines, key=lambda line: _digest(f"{number} {line}"))[: 20 + number % 30]
        found.append(Labelled("\n".join(some) if number % 2 else " | ".join(some), 0, "navigation", "en"))
    return found


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8, key=b"held out").hexdigest()


def _shuffled(text: str) -> str:
    words = enumerate(text.split())
    return " ".join(word for _, word in sorted(words, key=lambda pair: _digest(f"{pair[0]} {pair[1]}")))


def _spam(text: str) -> str:
    products, places = _PRODUCTS.split(";"), _PLACES.split(";")
    numbers = [int(_digest(f"{i} {text[:200]}"), 16) for i in range(12 + len(text) % 30)]
    product = products[numbers[0] % len(products)]
    return " ".join(
        _PITCHES[number % len(_PITCHES)].format(p=product, c=places[number // 64 % len(places)])
        for number in numbers
    )


def _gibberish(text: str) -> str:
    """Replace every letter by one that its word's hash picks, keeping lengths, capitals and punctuation."""
    made = []
    for position, word in enumerate(text.split()):
        stream = _digest(f"{position} {word}") * 8
        letters = [chr(97 + int(stream[i : i + 2], 16) % 26) for i in range(0, len(stream), 2)]
        made.append("".join(letters[i % 60] if c.isalpha() else c for i, c in enumerate(word)))
    return " ".join(made)


def _repetition(text: str) -> str:
    line = max(text[:600].split("\n"), key=len)[:200]
    return "\n".join([line] * (len(text) // (len(line) + 1) + 3))


def second_corpus(path: Path) -> list[Labelled]:
    """Return the texts of held_out_labels.jsonl.gz."""
    rows = [loads(line) for line in decompress(path.read_bytes()).decode().splitlines()]
    return [Labelled(row["text"], row["label"], row["kind"], row["language"]) for row in rows]


def judge(name: str, documents: Sequence[Labelled], scores: NDArray[np.float64]) -> None:
    """Print AUC overall, by kind against everything of the other label, and within each language."""
    labels = np.array([one.label for one in documents])
    kinds = np.array([one.kind for one in documents])
    languages = np.array([one.language for one in documents])
    print(f"\n{name}: {(labels == 1).sum()} informative texts, {(labels == 0).sum()} of junk")
    print(f"  {'all':22} {training.area_under_curve(labels, scores):.3f}")
    groups = [(kind, (labels == 1) | (kinds == kind), "junk") for kind in sorted(set(kinds[labels == 0]))]
    groups += [(kind, (labels == 0) | (kinds == kind), "prose") for kind in sorted(set(kinds[labels == 1]))]
    groups += [(language, languages == language, "language") for language in sorted(set(languages))]
    for value, some, what in groups:
        if len(set(labels[some])) == 2:
            found = training.area_under_curve(labels[some], scores[some])
            count = (languages if what == "language" else kinds)[some] == value
            print(
                f"  {what:8} {value:22} {found:.3f}  of {count.sum()}{'' if found >= 0.95 else '  below .95'}"
            )


def kinds_left_out(labels: Path, more: Path) -> None:
    """Print AUC by kind of junk and of prose, each judged by probes trained without both."""
    judged, extra = training.read_labelled(labels), training.read_labelled(more)
    examples = judged + extra
    probe = load_probe("packaged")
    states = MeanHiddenStates(packaged_language_model(), probe.layer, cpu_dtype(), training.MAXIMUM_TOKENS)
    features = states.features([one.text for one in examples])
    for name, some in (("labels only", len(judged)), ("labels and training texts", len(examples))):
        weights = training.example_weights(some, len(judged))
        table = training.leave_kinds_out(features[:some], examples[:some], len(judged), weights)
        columns = {prose: [row[prose] for row in table.values()] for prose in next(iter(table.values()))}
        mean = np.mean([value for row in table.values() for value in row.values()])
        print(f"\na kind of junk and a kind of prose left out, trained on {name}: mean AUC {mean:.3f}")
        print("  junk left out:  " + listed({kind: list(row.values()) for kind, row in table.items()}))
        print("  prose left out: " + listed(columns))


def listed(values: dict[str, list[float]]) -> str:
    return ", ".join(f"{kind} {np.mean(some):.2f}" for kind, some in values.items())


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the packaged scorer on the second labelled corpus.")
    parser.add_argument("--texts", type=Path, default=DATA / "held_out_labels.jsonl.gz")
    parser.add_argument("--verbalizer", type=int, default=200, help="texts for the paper's prompt; 0 is all")
    parser.add_argument("--skip-kinds", action="store_true", help="leave out the part that trains probes")
    arguments = parser.parse_args()
    documents = second_corpus(arguments.texts)
    order = sorted(documents, key=lambda one: _digest(one.text))
    probe = load_scorer(QualityConfig()).score([one.text for one in order])
    judge("probe, the default", order, probe)
    some = order[: arguments.verbalizer or None]
    paper = load_scorer(QualityConfig(readout="verbalizer")).score([one.text for one in some])
    judge("P(yes) to the paper's prompt", some, paper)
    judge("probe on the same texts", some, probe[: len(some)])
    if not arguments.skip_kinds:
        kinds_left_out(DATA / "quality_labels.jsonl", DATA / "probe_training.jsonl.gz")


if __name__ == "__main__":
    main()
