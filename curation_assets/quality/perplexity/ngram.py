"""Perplexity of documents under an n-gram model."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.perplexity.arpa import read_arpa
from curation_assets.quality.perplexity.characters import Tokens
from curation_assets.quality.perplexity.kenlm_binary import ProbingModel, is_binary, read_binary
from curation_assets.quality.perplexity.model import NgramModel, load_model
from curation_assets.quality.perplexity.packing import batches
from curation_assets.quality.perplexity.runtime import scoring_loop
from resources.models import ModelError

HIGHEST_EXPONENT = 300.0
"""Of ten: what perplexities are cut off at, so that all are finite."""


class Scored(NamedTuple):
    """What a model says of texts.

    Attributes:
        log10: float64 [n], log10 probability.
        words, sentences, unknown: int64 [n]; unknown words are among the words.
    """

    log10: NDArray[np.float64]
    words: NDArray[np.int64]
    sentences: NDArray[np.int64]
    unknown: NDArray[np.int64]

    @property
    def perplexity(self) -> NDArray[np.float64]:
        """Return 10 ** (-log10 / (words + sentences)), float64 [n], as CCNet defines it (its ``pp``)."""
        exponents = -self.log10 / (self.words + self.sentences)
        return np.asarray(10.0 ** np.minimum(exponents, HIGHEST_EXPONENT))


class NgramPerplexity:
    """Scores texts by their perplexity: the lower, the more like the texts that the model was trained on.

    Every line with a word is a sentence of its own between <s> and </s>, scored independently of the others,
    and its end counts as a word. A text without words counts as one empty sentence. Unknown words have the
    probability of <unk>. (CCNet's own normalisation removes line feeds, so there a document is one sentence,
    although its code goes line by line.)

    Args:
        model: trained here, or read from a file of KenLM.
    """

    def __init__(self, model: NgramModel | ProbingModel) -> None:
        self._loop = scoring_loop(model)
        self.fingerprint = model.fingerprint

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return perplexities, float64 [n], finite and at least 1."""
        return self.details(texts, progress).perplexity

    def details(self, texts: Sequence[str], progress: Progress = silent) -> Scored:
        """Return log10 probabilities and counts of words."""
        log10, counts = np.zeros(len(texts)), np.zeros((len(texts), 3), np.int64)
        for rows, data, offsets in batches(texts):
            self._loop(data, offsets, log10[rows], counts[rows])
            progress(len(offsets) - 1)
        return Scored(log10, counts[:, 0], counts[:, 1], counts[:, 2])


def read_model(path: Path, tokens: Tokens = "words") -> NgramModel | ProbingModel:
    """Read a model of whatever kind a file is of: one trained here, ARPA, or KenLM's binary ``probing``.

    Args:
        tokens: of a file of KenLM, how texts are cut into its words; a model trained here says so itself.

    Raises:
        ModelError: the file is missing or is no such model.
    """
    try:
        if is_binary(path):
            return read_binary(path, tokens)
        with path.open("rb") as file:
            trained_here = file.read(2) == b"PK"
    except OSError as error:
        raise ModelError(f"n-gram model {path}: {error.strerror or error}") from error
    return load_model(path) if trained_here else read_arpa(path, tokens)
