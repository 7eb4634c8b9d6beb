"""Trains n-gram models from texts."""

import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.perplexity.characters import Tokens
from curation_assets.quality.perplexity.growing import GrowingTree
from curation_assets.quality.perplexity.model import MAXIMUM_ORDER, SPECIAL, NgramModel, make_model
from curation_assets.quality.perplexity.spool import Spool, spooled

_BYTES_A_WORD = 200
"""Memory that counting takes for each word of a part, with the tables at the most twice too large."""
_FEWEST_SLOTS = 1 << 10


@dataclass(frozen=True)
class Training:
    """Settings of an n-gram model.

    Attributes:
        order: length of the longest n-grams.
        tokens: how texts are cut into words, see ``characters``.
        minimum_word: fewest occurrences of a word in the vocabulary.
        maximum_vocabulary: words at most.
        minimum_long: fewest occurrences of an n-gram of three words or more that is kept.
        memory: bytes for counting, beside the model and the vocabulary; it does not change the model.
    """

    order: int = 5
    tokens: Tokens = "words"
    minimum_word: int = 2
    maximum_vocabulary: int = 1_000_000
    minimum_long: int = 2
    memory: int = 1 << 30

    def __post_init__(self) -> None:
        if not 1 <= self.order <= MAXIMUM_ORDER:
            raise ValueError(f"an order of {self.order}; 1 to {MAXIMUM_ORDER} are possible")
        if self.tokens not in ("words", "spaces"):
            raise ValueError(f"tokens: {self.tokens!r} is neither 'words' nor 'spaces'")
        for name in ("minimum_word", "maximum_vocabulary", "minimum_long", "memory"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")


def train(
    texts: Iterable[str],
    settings: Training | None = None,
    folder: Path | None = None,
    progress: Progress = silent,
) -> NgramModel:
    """Train a model; the order of the texts does not matter.

    Texts are read once, into a temporary file of 4 bytes a word in ``folder`` (None: where temporary files
    go). Memory is that of the vocabulary, the model (24 bytes an n-gram) and ``settings.memory``.
    """
    settings = settings or Training()
    with tempfile.TemporaryDirectory(dir=folder, prefix=".ngrams-") as scratch:
        path = Path(scratch) / "words"
        cut = (settings.tokens, settings.minimum_word, settings.maximum_vocabulary)
        spool = spooled(texts, path, *cut, progress)
        tree = GrowingTree(len(spool.vocabulary))
        for order in range(1, settings.order + 1):
            _add_order(tree, spool, order, settings)
        record = _record(spool, settings, tree)
        counts = np.array(tree.counts)
        return make_model(settings.tokens, spool.vocabulary, counts, tree.longer(), tree.weights(), record)


def _add_order(tree: GrowingTree, spool: Spool, order: int, settings: Training) -> None:
    """Count the n-grams of an order, part by part, and add those that are kept to the tree."""
    from curation_assets.quality.perplexity.counting import add_part

    minimum = settings.minimum_long if order > 2 else 1
    parts = max(1, -(-len(spool.words) * _BYTES_A_WORD // settings.memory))
    of_count = np.zeros(5, np.int64)
    of_context = np.zeros((tree.size, 5), np.int64)
    kept = []
    for part in range(parts):
        seen = _counted(spool.words, order, order == settings.order, part, parts)
        room = np.empty((int(np.count_nonzero(seen.ngrams[:, 0])), 3), np.int64)
        table = (tree.table, of_count, of_context, room)
        kept.append(room[: add_part(spool.words, order, minimum, seen, *table)].copy())
    tree.add(np.concatenate(kept), of_count, of_context)


def _counted(words: NDArray[np.uint32], order: int, highest: bool, part: int, parts: int) -> Any:
    """Return the n-grams of a part, in tables that are doubled until they are large enough."""
    from curation_assets.quality.perplexity.counting import Seen, count_part

    slots = _FEWEST_SLOTS
    while slots < len(words) // parts:
        slots *= 2
    while True:
        longer = np.zeros((1 if highest else slots, 1), np.uint64)
        seen = Seen(np.zeros((slots, 4), np.uint64), longer)
        if count_part(words, order, highest, part, parts, seen):
            return seen
        slots *= 2


def _record(spool: Spool, settings: Training, tree: GrowingTree) -> dict[str, Any]:
    shown = {name: value for name, value in asdict(settings).items() if name != "memory"}
    return {
        "smoothing": "modified Kneser-Ney, interpolated",
        "settings": shown,
        "texts": spool.texts,
        "texts_digest": spool.digest,
        "tokens": int(np.count_nonzero(spool.words != SPECIAL.index("<s>"))),
        "distinct_words": spool.distinct,
        "vocabulary": len(spool.vocabulary),
        "ngrams": tree.counts,
        "discounts": [[round(value, 6) for value in taken] for taken in tree.discounts],
    }
