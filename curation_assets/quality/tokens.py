"""Lengths of texts in tokens and bytes, in which budgets are given."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import content_hash
from resources.models import PACKAGED, ModelError, file_fingerprint, packaged_language_model

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VERSION = "2"
"""Raised by hand whenever the same tokenizer and text give other lengths."""

_CHUNK = 64


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
    encoder = _tokenizer(tokenizer)
    counts = np.empty(len(texts), dtype=np.int64)
    for start in range(0, len(texts), _CHUNK):
        some = [text.encode("utf-8", "replace").decode("utf-8") for text in texts[start : start + _CHUNK]]
        encodings = encoder.encode_batch_fast(some, add_special_tokens=False)
        counts[start : start + len(some)] = [len(encoding) for encoding in encodings]
    return counts


@functools.lru_cache(maxsize=4)
def tokens_fingerprint(tokenizer: str = PACKAGED) -> str:
    """Return the content hash of all that a count depends on beside the text; the tokenizer is not loaded.

    Raises:
        ModelError: there is no such tokenizer.
    """
    return content_hash("tokens", VERSION, file_fingerprint(_tokenizer_file(tokenizer)))


@functools.lru_cache(maxsize=4)
def _tokenizer(name: str) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_tokenizer_file(name)))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def _tokenizer_file(name: str) -> Path:
    path = _tokenizer_path(name)
    if not path.is_file():
        raise ModelError(f"tokenizer {name!r}: no file {path}")
    return path


def _tokenizer_path(name: str) -> Path:
    if name == PACKAGED:
        return packaged_language_model() / "tokenizer.json"
    path = Path(name).expanduser()
    if path.is_dir():
        return path / "tokenizer.json"
    if path.is_file() or path.is_absolute() or name.startswith((".", "~")):
        return path
    return _from_hub(name)


def _from_hub(name: str) -> Path:
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError

    repository, _, revision = name.partition("@")
    try:
        return Path(huggingface_hub.hf_hub_download(repository, "tokenizer.json", revision=revision or None))
    except (OSError, HFValidationError) as error:
        raise ModelError(
            f"tokenizer {name!r}: not here, and not to be had from the hub or its local cache"
            f" ({type(error).__name__})"
        ) from error
