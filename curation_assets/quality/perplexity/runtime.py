"""Makes of a model what its compiled loops walk over."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.perplexity.characters import character_table
from curation_assets.quality.perplexity.kenlm_binary import ProbingModel
from curation_assets.quality.perplexity.model import SPECIAL, NgramModel
from curation_assets.quality.perplexity.packing import packed
from resources.models import ModelError

if TYPE_CHECKING:
    from curation_assets.quality.perplexity.probing import Table
    from curation_assets.quality.perplexity.scoring import Tree, Vocabulary

Loop = Callable[[NDArray[np.uint8], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]], None]


def scoring_loop(model: NgramModel | ProbingModel) -> Loop:
    """Return the loop that writes log10 probabilities and counts of texts, see ``scoring.score_texts``."""
    vocabulary = vocabulary_of(model.vocabulary, character_table(model.tokens))
    if isinstance(model, NgramModel):
        from curation_assets.quality.perplexity.scoring import score_texts

        tree = tree_of(model)
        return lambda data, offsets, *results: score_texts(data, offsets, vocabulary, tree, *results)
    from curation_assets.quality.perplexity.probing import score_texts as score_by_table

    table = table_of_ngrams(model)
    return lambda data, offsets, *results: score_by_table(data, offsets, vocabulary, table, *results)


def vocabulary_of(words: Sequence[str], characters: NDArray[np.uint32]) -> "Vocabulary":
    """Return the table from tokens to their numbers; a text cannot name <unk>, <s> or </s>.

    Raises:
        ModelError: two words are the same, or have the same hash of 64 bits.
    """
    from curation_assets.quality.perplexity.scoring import Vocabulary
    from curation_assets.quality.perplexity.tables import table_of
    from curation_assets.quality.perplexity.tokenising import hash_tokens

    numbers = np.array([row for row, word in enumerate(words) if word not in SPECIAL], dtype=np.uint64)
    data, offsets = packed(words[int(number)] for number in numbers)
    hashes = np.zeros(len(numbers), np.uint64)
    hash_tokens(data, offsets, hashes)
    table, twice = table_of(hashes, numbers)
    if twice:
        raise ModelError(f"an n-gram model has {twice} words twice (or two words with the same hash)")
    return Vocabulary(characters, table)


def tree_of(model: NgramModel) -> "Tree":
    """Return a model as ``advance`` walks it.

    Raises:
        ModelError: an n-gram is there twice.
    """
    from curation_assets.quality.perplexity.scoring import BACKOFF, PROBABILITY, STATE, SUFFIX, Tree
    from curation_assets.quality.perplexity.trie import link_endings, tree_table

    first, longest = int(model.offsets[1]), int(model.offsets[-2])
    children, twice = tree_table(model.context, model.word, first)
    if twice:
        raise ModelError(f"an n-gram model has {twice} n-grams twice")
    suffix = np.zeros(len(model.context), np.uint32)
    link_endings(children, model.context, model.word, first, suffix)
    links = np.empty((len(suffix), 4), np.uint32)
    weights = links.view(np.float32)
    weights[:, PROBABILITY], weights[:, BACKOFF], links[:, SUFFIX] = model.probability, model.backoff, suffix
    links[:, STATE] = np.arange(len(suffix))
    links[longest:, STATE] = suffix[longest:]
    return Tree(children, weights, links)


def table_of_ngrams(model: ProbingModel) -> "Table":
    """Return a model of KenLM's kind ``probing`` as ``lookup`` reads it."""
    from curation_assets.quality.perplexity.probing import SALT, Table
    from curation_assets.quality.perplexity.tables import table_of

    salts = (np.uint64(order * int(SALT) % (1 << 64)) for order in range(2, model.order + 1))
    keys = np.concatenate([own ^ salt for own, salt in zip(model.keys, salts, strict=True)])
    first = len(model.unigrams)
    rows = np.arange(first, first + len(keys), dtype=np.uint64)
    weights = np.concatenate([model.unigrams, *model.weights])
    slots, _ = table_of(np.maximum(keys, np.uint64(1)), rows)
    begin, end = (model.vocabulary.index(word) for word in SPECIAL[1:])
    return Table(slots, weights, begin, end, model.order)
