"""Tokenizers by name, a tokenizer.json each: for counting, and for writing tokens.

No tokenizer's own code is run: what `tokenizers` (Rust) makes of the file is all there is.
"""

import functools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resources.models import PACKAGED, ModelError, file_fingerprint, packaged_language_model

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

END_OF_DOCUMENT = (
    "<|endoftext|>",
    "<|end_of_text|>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "</s>",
    "<eos>",
    "[EOS]",
    "<|eos|>",
)
"""What base models put behind a document (GPT-2, Qwen, SmolLM; Llama 3; DeepSeek; Llama 2, T5; Gemma)."""
_CHUNK = 64


@functools.lru_cache(maxsize=4)
def load_tokenizer(name: str = PACKAGED) -> "Tokenizer":
    """Return a tokenizer that neither cuts nor pads, and takes special tokens in a text for plain text.

    Args:
        name: "packaged", a folder with a tokenizer.json or such a file, or a hub name, perhaps with a
            revision after "@".

    Raises:
        ModelError: there is no such tokenizer, or its file is not one.
    """
    from tokenizers import Tokenizer

    path = tokenizer_file(name)
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # `tokenizers` raises nothing more particular
        raise ModelError(f"tokenizer {name!r}: {path} cannot be read ({error})") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def encodings(texts: Sequence[str], tokenizer: "Tokenizer") -> Iterator["Encoding"]:
    """Yield the tokens of each text, without any that the tokenizer would add of itself.

    Lone surrogates, which no tokenizer takes, become question marks.
    """
    for start in range(0, len(texts), _CHUNK):
        some = [text.encode("utf-8", "replace").decode("utf-8") for text in texts[start : start + _CHUNK]]
        yield from tokenizer.encode_batch_fast(some, add_special_tokens=False)


def vocabulary_size(tokenizer: "Tokenizer") -> int:
    """Return the smallest number that is above every id, added tokens included."""
    return max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1


def end_of_document(name: str, tokenizer: "Tokenizer") -> int | None:
    """Return the id of the token that ends a document, or None where the tokenizer has none.

    It is the first of END_OF_DOCUMENT that is a special token: a tokenizer of a chat model has that of its
    base model still, while its ``eos_token`` ends a turn. Without one it is the ``eos_token`` of the
    tokenizer_config.json beside the file.
    """
    special = {
        token.content: number
        for number, token in tokenizer.get_added_tokens_decoder().items()
        if token.special
    }
    for content in (*END_OF_DOCUMENT, _configured(tokenizer_file(name).with_name("tokenizer_config.json"))):
        if content in special:
            return int(special[content])
    return None


def _configured(path: Path) -> str:
    """Return the eos_token that a tokenizer_config.json names, or ""."""
    try:
        token = json.loads(path.read_bytes()).get("eos_token")
    except (OSError, ValueError, AttributeError):
        return ""
    content = token.get("content") if isinstance(token, dict) else token
    return content if isinstance(content, str) else ""


def tokenizer_fingerprint(name: str = PACKAGED) -> str:
    """Return 32 hexadecimal characters of the bytes of a tokenizer's file; the tokenizer is not loaded.

    Raises:
        ModelError: there is no such tokenizer.
    """
    return file_fingerprint(tokenizer_file(name))


def tokenizer_file(name: str) -> Path:
    """Return the tokenizer.json that a name stands for.

    Raises:
        ModelError: there is no such tokenizer.
    """
    path = _path(name)
    if not path.is_file():
        raise ModelError(f"tokenizer {name!r}: no file {path}")
    return path


def _path(name: str) -> Path:
    if name == PACKAGED:
        return packaged_language_model() / "tokenizer.json"
    path = Path(name).expanduser()
    if path.is_dir():
        return path / "tokenizer.json"
    if path.is_file() or path.is_absolute() or name.startswith((".", "~")):
        return path
    return _from_hub(name)


@functools.lru_cache(maxsize=16)
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
