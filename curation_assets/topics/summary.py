"""What is typical of each topic and each format: for people, and the same for the same documents."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.topics.clusters import NONE, Assigned
from curation_assets.topics.structure import FEATURES, Features
from curation_assets.topics.words import distinctive_words

MOST_WORDS, MOST_NAMED = 8, 5
_THOUSANDTHS = 1000


class Tally:
    """Counts over the documents of a lake, given part by part in any order; sums are whole numbers."""

    def __init__(self, formats: int, documents_for_words: int) -> None:
        self.documents = self.without_vector = 0
        self.topics: Counter[int] = Counter()
        self.formats: Counter[int] = Counter()
        self.pairs: Counter[tuple[int, int]] = Counter()
        self._of: dict[str, Counter[tuple[int, str]]] = {"language": Counter(), "source": Counter()}
        self._sums = np.zeros((formats, len(FEATURES)), np.int64)
        self._known = np.zeros((formats, len(FEATURES)), np.int64)
        self._most = documents_for_words
        self._chosen = pl.DataFrame()

    def add(
        self, documents: pl.DataFrame, drawn: NDArray[np.float64], found: Assigned, features: Features
    ) -> None:
        """Count documents (doc_id, shard, language, source) with their draws, clusters and features."""
        if not documents.height:
            return
        topic, cell = found.topic.tolist(), found.format.tolist()
        self.documents += len(topic)
        self.without_vector += topic.count(NONE)
        self.topics.update(number for number in topic if number != NONE)
        self.formats.update(cell)
        self.pairs.update(pair for pair in zip(topic, cell, strict=True) if pair[0] != NONE)
        for name, counts in self._of.items():
            counts.update(zip(topic, documents[name].fill_null("unknown").to_list(), strict=True))
        whole = np.rint(np.nan_to_num(features) * _THOUSANDTHS).astype(np.int64)
        np.add.at(self._sums, found.format, whole)
        np.add.at(self._known, found.format, (~np.isnan(features)).astype(np.int64))
        self._choose(documents.select("doc_id", "shard").with_columns(topic=found.topic, drawn=drawn))

    def _choose(self, documents: pl.DataFrame) -> None:
        """Keep the documents of the smallest draws of each topic."""
        both = pl.concat([self._chosen, documents], how="diagonal").filter(pl.col("topic") != NONE)
        in_turn = both.sort("topic", "drawn", "doc_id", "shard")
        self._chosen = in_turn.group_by("topic", maintain_order=True).head(self._most)

    def chosen(self) -> pl.DataFrame:
        """Return the documents (topic, doc_id, shard) whose texts tell the words of their topic."""
        return self._chosen if self._chosen.height else pl.DataFrame(schema=["topic", "doc_id", "shard"])

    def summary(self, texts: Mapping[int, Sequence[str]]) -> dict[str, object]:
        """Return what topics.json holds; ``texts`` are those of the chosen documents by topic."""
        words = distinctive_words(texts, MOST_WORDS)
        return {
            "documents": self.documents,
            "without_vector": self.without_vector,
            "topics": [
                {
                    "topic": topic,
                    "documents": self.topics[topic],
                    "words": words.get(topic, []),
                    "languages": self._shares("language", topic),
                    "sources": self._shares("source", topic),
                    "formats": self._formats_of(topic),
                }
                for topic in sorted(self.topics)
            ],
            "formats": [
                {"format": cell, "documents": self.formats[cell], "mean": self._means(cell)}
                for cell in sorted(self.formats)
            ],
        }

    def _shares(self, column: str, topic: int) -> dict[str, float]:
        """Return the shares of the commonest values among the documents of a topic."""
        counts = {name: count for (number, name), count in self._of[column].items() if number == topic}
        commonest = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_NAMED]
        return {name: round(counts[name] / self.topics[topic], 3) for name in commonest}

    def _formats_of(self, topic: int) -> dict[str, int]:
        return {str(cell): count for (number, cell), count in sorted(self.pairs.items()) if number == topic}

    def _means(self, cell: int) -> dict[str, float | None]:
        sums, known = self._sums[cell].tolist(), self._known[cell].tolist()
        return {
            name: round(total / count / _THOUSANDTHS, 3) if count else None
            for name, total, count in zip(FEATURES, sums, known, strict=True)
        }
