"""What perplexity tells from real text, and what it misses."""

import contextlib
import gzip
import json
import random

import numpy as np
import polars as pl
import pytest

from curation_assets.quality.perplexity.neural import LanguageModelPerplexity
from curation_assets.quality.perplexity.ngram import NgramPerplexity
from curation_assets.quality.perplexity.training import train
from curation_assets.workplace import PROJECT
from resources.models import packaged_language_model

SENTENCE = "The Eiffel Tower is in Paris."
PROSE = (
    "Bees find their way by the sun. A scout that has found a field of clover returns to the hive and dances:"
    " the angle of her run tells the others in which direction the flowers lie, and its length how far they"
    " have to fly. On cloudy days the bees make use of the polarised light of the sky instead."
)
SAMPLE = PROJECT / "data" / "sample"


def texts_of(shards: list[str]) -> list[str]:
    """Return the documents of the bundled sample that are no planted case, of 20 words or more."""
    labels = pl.read_ndjson(PROJECT / "data" / "sample_labels.jsonl", infer_schema_length=None)
    planted = set(labels["record_id"].drop_nulls())
    rows = []
    for shard in shards:
        for line in gzip.decompress((SAMPLE / shard).read_bytes()).splitlines():
            with contextlib.suppress(ValueError):  # broken rows are planted, too
                rows.append(json.loads(line))
    rows = [row for row in rows if isinstance(row, dict) and isinstance(row.get("text"), str)]
    texts = [row["text"] for row in rows if row["id"] not in planted]
    return [text for text in texts if len(text.split()) >= 20]


def shuffled(text: str, seed: int) -> str:
    """Put the words of a text in random order; its lines keep their numbers of words."""
    words = text.split()
    random.Random(seed).shuffle(words)
    rest = iter(words)
    return "\n".join(" ".join(next(rest) for _ in line.split()) for line in text.split("\n"))


@pytest.fixture(scope="module")
def ngram() -> NgramPerplexity:
    return NgramPerplexity(train(texts_of(["docs-00.jsonl.gz", "docs-01.jsonl.gz"])))


@pytest.fixture(scope="module")
def neural() -> LanguageModelPerplexity:
    return LanguageModelPerplexity(packaged_language_model(), "float32", 128)


def test_shuffled_words_are_more_perplexing_than_the_original(ngram: NgramPerplexity) -> None:
    held_out = texts_of(["docs-02.jsonl.gz"])
    assert len(held_out) > 100
    found = ngram.score(held_out)
    mixed = ngram.score([shuffled(text, seed) for seed, text in enumerate(held_out)])
    assert (mixed > found).mean() >= 0.99


@pytest.mark.models
def test_repetition_looks_excellent_to_a_language_model(neural: LanguageModelPerplexity) -> None:
    """Perplexity alone would put the Eiffel Tower's repetition first: other signals have to find it."""
    repeated, once, prose = neural.score([f"{SENTENCE} " * 200, SENTENCE, PROSE])
    assert repeated < 2
    assert prose > 10 * repeated
    assert once > 10 * repeated


def test_repetition_makes_no_difference_to_an_n_gram_model(ngram: NgramPerplexity) -> None:
    """It neither learns from the text that it reads nor minds that it has read it before."""
    ten, often, prose = ngram.score([f"{SENTENCE} " * 10, f"{SENTENCE} " * 200, PROSE])
    assert often == pytest.approx(ten, rel=0.1)
    assert often > prose / 4


@pytest.mark.models
def test_shuffled_words_perplex_the_language_model_as_well(neural: LanguageModelPerplexity) -> None:
    found = neural.score([PROSE, shuffled(PROSE, 1)])
    assert found[1] > 3 * found[0]


@pytest.mark.models
def test_values_of_the_packaged_model(neural: LanguageModelPerplexity) -> None:
    found = neural.score(["", PROSE, "\ud800\0"])
    assert found[0] == pytest.approx(49152)  # guessing among so many tokens
    assert np.isfinite(found).all()
    assert neural.score([PROSE])[0] == found[1]
