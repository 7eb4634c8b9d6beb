"""Lengths of texts in tokens and bytes, in which budgets are given."""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import content_hash
from curation_assets.text.tokenizer import encodings, load_tokenizer, tokenizer_fingerprint
from resources.models import PACKAGED

VERSION = "2"
"""Raised by hand whenever the same tokenizer and text give other lengths."""


def text_sizes(texts: Sequence[str], tokenizer: str = PACKAGED) -> NDArray[np.int64]:
    """Return the tokens and the bytes in UTF-8 of each text, int64 [n, 2]; see ``count_tokens``."""
    sizes = np.empty((len(texts), 2), dtype=np.int64)
    sizes[:, 0] = count_tokens(texts, tokenizer)
    sizes[:, 1] = [len(text.encode("utf-8", "surrogatepass")) for text in texts]
    return sizes


def count_tokens(texts: Sequence[str], tokenizer: str = PACKAGED) -> NDArray[np.int64]:
    """Return the number of tokens of each text, int64 [n], without special tokens.

    Args:
        tokenizer: "packaged", a folder with a tokenizer.json or such a file, or a hub name.

    Raises:
        ModelError: there is no such tokenizer.
    """
    lengths = (len(encoding) for encoding in encodings(texts, load_tokenizer(tokenizer)))
    return np.fromiter(lengths, np.int64, count=len(texts))


@functools.lru_cache(maxsize=4)
def tokens_fingerprint(tokenizer: str = PACKAGED) -> str:
    """Return the content hash of all that a count depends on beside the text; the tokenizer is not loaded.

    Raises:
        ModelError: there is no such tokenizer.
    """
    return content_hash("tokens", VERSION, tokenizer_fingerprint(tokenizer))
