"""Labelled texts: what scorers are trained on and judged by."""

import gzip
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from curation_assets.quality.ask_llm.shots import PACKAGED_SHOTS, read_shots
from curation_assets.text.hashing import content_hash
from resources.models import PACKAGED

PACKAGED_LABELS = Path(__file__).parent / "examples" / "quality_labels.jsonl"
"""407 short texts in English (data/QUALITY_LABELS.md)."""


@dataclass(frozen=True)
class Labelled:
    """A text with its label, 1 informative or 0 junk, the kind of text it is, and its language, if known."""

    text: str
    label: int
    kind: str
    language: str | None = None


def read_labelled(path: Path) -> list[Labelled]:
    """Read JSON lines with text, label, kind and perhaps language, plain or gzipped.

    Other labels than 0 and 1 are left out.

    Raises:
        OSError, EOFError: the file cannot be read.
        ValueError: a line is not as it should be; the message says which.
    """
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8").split("\n")
    found = (_labelled(line, f"{path}, line {at}") for at, line in enumerate(lines, 1) if line.strip())
    return [one for one in found if one.label in (0, 1)]


def without_shots(examples: Iterable[Labelled]) -> list[Labelled]:
    """Leave out the texts that few-shot scorers are shown with their labels."""
    count = sum(bool(line.strip()) for line in PACKAGED_SHOTS.read_text(encoding="utf-8").split("\n"))
    shown = {shot.text for shot in read_shots(PACKAGED, count)}
    return [one for one in examples if one.text not in shown]


def evenly(examples: Iterable[Labelled], count: int) -> list[Labelled]:
    """Return at most ``count`` examples, half of either label, and of each kind about as many.

    Which ones depends on their texts alone: of a kind those come first whose content hash is the smallest.
    A label that has fewer than half is taken as a whole.
    """
    groups: dict[tuple[int, str], list[Labelled]] = {}
    for one in examples:
        groups.setdefault((one.label, one.kind), []).append(one)
    chosen: list[Labelled] = []
    for label in (1, 0):
        kinds = [_ordered(group) for (own, _), group in sorted(groups.items()) if own == label]
        rounds = itertools.chain.from_iterable(itertools.zip_longest(*kinds))
        chosen += itertools.islice((one for one in rounds if one is not None), count // 2)
    return chosen


def _ordered(examples: Sequence[Labelled]) -> list[Labelled]:
    return sorted(examples, key=lambda one: content_hash(one.text))


def _labelled(line: str, where: str) -> Labelled:
    try:
        row = json.loads(line)
        text, label, kind, language = row["text"], row["label"], row["kind"], row.get("language")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{where}: no JSON object with text, label and kind ({error})") from error
    if not isinstance(text, str) or not isinstance(kind, str) or not isinstance(language, str | None):
        raise ValueError(f"{where}: text, kind and language have to be texts")
    return Labelled(text, label, kind, language)
