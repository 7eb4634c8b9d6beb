"""What both read-outs need of a language model: its configuration and its tokenizer."""

from pathlib import Path
from typing import Any

from resources.models import ModelError

_CHARACTERS_PER_TOKEN = 32


def load_config(folder: Path) -> Any:
    """Read a model's configuration.

    Raises:
        ModelError: the architecture is unknown here or brings code of its own.
    """
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (ValueError, OSError) as error:
        raise ModelError(f"model {folder}: {str(error).splitlines()[0]}") from error


def load_tokenizer(folder: Path) -> Any:
    """Read a model's fast tokenizer.

    Raises:
        ModelError: there is none.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False)
    except (ValueError, OSError) as error:
        raise ModelError(f"model {folder}: {str(error).splitlines()[0]}") from error
    if not tokenizer.is_fast:
        raise ModelError(f"model {folder}: its tokenizer has no fast version (tokenizer.json)")
    return tokenizer


def beginning(text: str, maximum_tokens: int) -> str:
    """Cut a text where ``maximum_tokens`` tokens surely end, so that a book is not tokenised as a whole.

    Lone surrogates, which no tokenizer takes, become question marks.
    """
    return text[: maximum_tokens * _CHARACTERS_PER_TOKEN].encode("utf-8", "replace").decode("utf-8")


def encode(tokenizer: Any, text: str, maximum_tokens: int) -> list[int]:
    """Return the ids of a document's first tokens; names of special tokens in it are plain text."""
    encoding = tokenizer(
        beginning(text, maximum_tokens), add_special_tokens=False, split_special_tokens=True, verbose=False
    )
    ids: list[int] = encoding["input_ids"][:maximum_tokens]
    return ids


def offsets(tokenizer: Any, text: str, maximum_tokens: int) -> list[tuple[int, int]]:
    """Return the character positions of the tokens of a document's beginning."""
    encoding = tokenizer(
        beginning(text, maximum_tokens), add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    return list(encoding["offset_mapping"])
