"""Memorisation: how much of a text a model goes on with by itself (Biderman et al. 2023, arXiv 2304.11158).

The model reads M tokens and continues greedily by N; the score is the share of these that are the text's own
(Marion et al. 2023, arXiv 2309.04564, take M = N = 32).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.pruning.causal import CausalModel
from curation_assets.text.hashing import content_hash
from resources.models import Dtype

VERSION = "1"
"""Raised by hand whenever the same model and text give another score."""
PROMPT_TOKENS, CONTINUED_TOKENS = 32, 32


class MemorisationScorer:
    """The share of a text's tokens M+1 to M+N that the model reproduces, 0 to 1.

    A text of fewer than M + N tokens has 0: nothing that it is judged by.

    Args:
        folder: a decoder-only model.
        prompt: M; continued: N.
    """

    def __init__(
        self,
        folder: Path,
        dtype: Dtype,
        *,
        prompt: int = PROMPT_TOKENS,
        continued: int = CONTINUED_TOKENS,
        threads: int = 1,
    ) -> None:
        if min(prompt, continued) < 1:
            raise ValueError(f"a prompt of {prompt} tokens and a continuation of {continued}")
        self._prompt, self._continued = prompt, continued
        self._model = CausalModel(folder, dtype, prompt + continued, threads)
        parts = (str(prompt), str(continued), self._model.fingerprint)
        self.fingerprint = content_hash(VERSION, "memorisation", *parts)

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]."""
        return np.array([self._one(text) for text in texts], dtype=np.float64)

    def _one(self, text: str) -> float:
        ids = self._model.encode(text)
        if len(ids) < self._prompt + self._continued:
            return 0.0
        made = self._model.continued(ids[: self._prompt], self._continued)
        return float(np.mean(np.array(made) == np.array(ids[self._prompt :])))
