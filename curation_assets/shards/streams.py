"""Reading bytes from plain and compressed files, in bounded memory.

A compressed file that ends early raises instead of looking like a shorter file.
"""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from curation_assets.shards.discovery import ShardFile

READ_BYTES = 1 << 18


class DamagedFileError(ValueError):
    """A file's content is not what its name says, or breaks off."""


@contextmanager
def open_bytes(file: ShardFile) -> Iterator[BinaryIO]:
    """Open a shard's bytes, decompressed.

    While reading: EOFError or OSError for a compressed file that is truncated, damaged or followed by
    other bytes; zlib.error for damaged deflate data. Several gzip members or zstd frames in a row are one
    stream.
    """
    with file.path.open("rb") as packed:
        if file.compression == "gzip":
            with gzip.GzipFile(fileobj=packed) as stream:
                yield cast(BinaryIO, stream)
        elif file.compression == "zstd":
            import pyarrow as pa

            # Arrow's reader, since that of the zstandard package ends a truncated frame without an error.
            with io.BufferedReader(pa.CompressedInputStream(packed, "zstd"), READ_BYTES) as buffered:
                yield cast(BinaryIO, buffered)
        else:
            yield packed


def lines(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Yield each line without its line feed, and whether it was longer than the limit (then only its start).

    At most ``limit`` bytes of a line, and one buffer, are in memory.
    """
    while line := stream.readline(limit + 1):
        if line.endswith(b"\n"):
            yield line[:-1], False
        elif len(line) <= limit:
            yield line, False
        else:
            while (rest := stream.readline(READ_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield line[:limit], True
