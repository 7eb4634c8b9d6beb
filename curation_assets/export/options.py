"""What an export is asked for."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

Format = Literal["parquet", "jsonl", "jsonl.zst", "datasets", "tokens"]
Copies = Literal["once", "spread", "together"]
FORMATS: tuple[Format, ...] = get_args(Format)
COPIES: tuple[Copies, ...] = get_args(Copies)
BY_SHARD: tuple[Format, ...] = ("parquet", "jsonl", "jsonl.zst")
"""Formats with a file a shard, in the lake's order; the others are in the order of training."""
PART_BYTES = 512_000_000
LARGEST_PART = 1 << 40
VERSION = "2"
"""Raised by hand whenever the same mixture and options give other bytes."""


@dataclass(frozen=True)
class TokenOptions:
    """The tokenizer of the format tokens: its name as given, its file's hash, and what follows from both."""

    name: str
    fingerprint: str
    vocabulary_size: int
    end_of_document: int
    end_token: str

    @property
    def dtype(self) -> Literal["uint16", "uint32"]:
        return "uint16" if self.vocabulary_size <= 1 << 16 else "uint32"


@dataclass(frozen=True)
class Options:
    """One export; ``phases`` None are all.

    ``copies``: a document that is to be read several times is written ``once``, with the number beside it,
    or as often as it is to be read, ``spread`` evenly over its phase or ``together`` at its place. A part
    holds about ``part_bytes`` of text or tokens, or one document that is larger.

    Raises:
        ValueError: the options do not go together.
    """

    format: Format
    copies: Copies = "once"
    phases: tuple[str, ...] | None = None
    part_bytes: int = PART_BYTES
    tokens: TokenOptions | None = None

    def __post_init__(self) -> None:
        if self.format in BY_SHARD and self.copies != "once":
            raise ValueError(
                f"{self.format} has a file a shard, in which a document is written once, its number of"
                " readings in the column weight; datasets and tokens can repeat it"
            )
        if (self.format == "tokens") != (self.tokens is not None):
            raise ValueError("a tokenizer goes with the format tokens, and only with it")
        if not 0 < self.part_bytes <= LARGEST_PART:
            raise ValueError(f"a part has 1 to {LARGEST_PART} bytes, not {self.part_bytes}")

    def described(self) -> dict[str, Any]:
        """Return all that the bytes of an export follow from, beside the mixture; ready for JSON."""
        found: dict[str, Any] = {
            "version": VERSION,
            "format": self.format,
            "phases": list(self.phases) if self.phases is not None else None,
            "copies": self.copies,
        }
        if self.format not in BY_SHARD:
            found["part_size"] = self.part_bytes
        if self.tokens:
            found["tokenizer"] = self.tokens.name
            found["tokenizer_fingerprint"] = self.tokens.fingerprint
            found["end_of_document"] = self.tokens.end_of_document
        return found
