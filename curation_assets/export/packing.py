"""Texts as packed tokens, and the description of files of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from curation_assets.export.options import Copies, TokenOptions
from curation_assets.export.prepared import SIZE
from curation_assets.text.tokenizer import (
    encodings,
    end_of_document,
    load_tokenizer,
    tokenizer_fingerprint,
    vocabulary_size,
)
from resources.models import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

OFFSETS = np.dtype("<u8")
SIDECAR = "tokens.json"


def token_options(name: str, end: str | None) -> TokenOptions:
    """Load a tokenizer; ``end`` is the id of the token that ends a document, or the token itself.

    Raises:
        ModelError: there is no such tokenizer, or it has no such token, or none that ends a document.
    """
    tokenizer = load_tokenizer(name)
    size = vocabulary_size(tokenizer)
    number = _chosen(tokenizer, end) if end is not None else end_of_document(name, tokenizer)
    token = tokenizer.id_to_token(number) if number is not None else None
    if number is None or token is None:
        missing = f"no token {end!r}" if end is not None else "no token that is known to end a document"
        raise ModelError(
            f"tokenizer {name!r} has {missing}: name one with --eod, by its id (below {size}) or as it is"
            " written"
        )
    return TokenOptions(name, tokenizer_fingerprint(name), size, number, token)


def _chosen(tokenizer: "Tokenizer", end: str) -> int | None:
    found = tokenizer.token_to_id(end)
    return int(end) if found is None and end.isascii() and end.isdigit() else found


def packed_frames(frames: Iterator[pl.DataFrame], options: TokenOptions) -> Iterator[pl.DataFrame]:
    """Yield frames with a column payload (Binary: little-endian ids and the end) and _size for the text.

    A document's tokens depend on its text alone. A special token that is written out in a text is plain
    text to the tokenizer; a vocabulary that has it as an ordinary word, too, may still give its id.
    """
    tokenizer, dtype = load_tokenizer(options.name), np.dtype(options.dtype).newbyteorder("<")
    for frame in frames:
        texts = frame["text"].fill_null("").to_list()
        packed = [
            np.array([*found.ids, options.end_of_document], dtype).tobytes()
            for found in encodings(texts, tokenizer)
        ]
        payload = pl.Series("payload", packed, dtype=pl.Binary)
        size = payload.bin.size().cast(pl.Int64).alias(SIZE)
        yield frame.select("doc_id", "shard", "phase", "position", "weight").with_columns(payload, size)


def sidecar(
    options: TokenOptions,
    copies: Copies,
    parts: Mapping[str, Sequence[str]],
    files: Mapping[str, Mapping[str, Any]],
) -> bytes:
    """Return tokens.json: how to read the parts of each phase, named without their suffixes."""
    phases = []
    for phase, names in parts.items():
        known = [files[f"{name}.bin"] for name in names]
        counts = {
            key: sum(file["phases"][phase][key] for file in known) for key in ("rows", "readings", "tokens")
        }
        ends = sum(file["ends_inside"] for file in known)
        phases.append({"phase": phase, "parts": list(names), **counts, "ends_inside": ends})
    value = {
        "dtype": options.dtype,
        "byte_order": "little",
        "vocabulary_size": options.vocabulary_size,
        "tokenizer": {"name": options.name, "fingerprint": options.fingerprint},
        "end_of_document": {"id": options.end_of_document, "token": options.end_token},
        "copies": copies,
        "files": {
            "bin": "token ids, one after another; every document ends with end_of_document",
            "index.npy": "uint64 [rows + 1]: row i is tokens[index[i] : index[i + 1]]",
            "documents.parquet": "doc_id and shard of every row",
            **({"times.npy": "uint16 [rows]: how often a row is to be read"} if copies == "once" else {}),
        },
        "rows": sum(phase["rows"] for phase in phases),
        "tokens": sum(phase["tokens"] for phase in phases),
        "phases": phases,
    }
    return (json.dumps(value, indent=1) + "\n").encode()
