"""EL2N: how far a model's prediction is from the truth (Paul et al. 2021, arXiv 2107.07075).

The norm ||softmax(logits) - one-hot(label)||_2, 0 for a sure and right prediction, up to sqrt(2) for a sure
and wrong one. For language models Marion et al. 2023 (arXiv 2309.04564) average it over a text's
tokens, and over models that were trained for a short time from different seeds.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.pruning.causal import CausalModel
from curation_assets.text.hashing import content_hash
from resources.models import Dtype

VERSION = "1"
"""Raised by hand whenever the same models and text give another score."""
_BLOCK = 64


def el2n(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the error norm of each prediction, float64 [n].

    Args:
        logits: [n, classes]; labels: [n], the true classes.

    Raises:
        ValueError: the shapes do not fit, or a label is out of range.
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(f"logits {logits.shape} for labels {labels.shape}")
    if len(labels) and not 0 <= labels.min() <= labels.max() < logits.shape[1]:
        raise ValueError(f"a label that is none of {logits.shape[1]} classes")
    norms = np.empty(len(labels))
    for first in range(0, len(labels), _BLOCK):  # a vocabulary's worth of float64 for few rows at a time
        some = slice(first, first + _BLOCK)
        wide = logits[some].astype(np.float64)
        errors = np.exp(wide - wide.max(axis=1, keepdims=True))
        errors /= errors.sum(axis=1, keepdims=True)
        errors[np.arange(len(errors)), labels[some]] -= 1.0
        norms[some] = np.sqrt(np.sum(errors * errors, axis=1))
    return norms


class El2nScorer:
    """The mean EL2N of a text's tokens, averaged over models; higher is harder.

    A text's first token is not predicted; a text with fewer than two tokens has 0.

    Args:
        folders: decoder-only models, best of different seeds and early checkpoints.
        maximum_tokens: tokens of a text that are read, from its start.
    """

    def __init__(self, folders: Sequence[Path], dtype: Dtype, maximum_tokens: int, threads: int = 1) -> None:
        if not folders:
            raise ValueError("EL2N needs at least one model")
        self._models = [CausalModel(folder, dtype, maximum_tokens, threads) for folder in folders]
        self.fingerprint = content_hash(VERSION, "el2n", *(model.fingerprint for model in self._models))

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n], from 0 to sqrt(2)."""
        total = np.zeros(len(texts))
        for model in self._models:
            total += np.array([self._one(model, text) for text in texts])
        return total / len(self._models)

    @staticmethod
    def _one(model: CausalModel, text: str) -> float:
        ids = model.encode(text)
        if len(ids) < 2:
            return 0.0
        return float(el2n(model.logits(ids)[:-1], np.array(ids[1:])).mean())
