"""Reads the bundled sample, so that no training text is taken from what judges the result."""

import gzip
import json
import re
from pathlib import Path

import polars as pl

WINDOW, STRIDE = 60, 20


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def seen_in(windows: set[str], text: str) -> bool:
    """Tell whether a run of 80 characters of the text, blanks apart, stands in the sample."""
    flat = squeeze(text)
    return any(flat[i : i + WINDOW] in windows for i in range(len(flat) - WINDOW + 1))


def sample_windows(folder: Path) -> set[str]:
    """Return pieces of the bundled sample, which judges the result, every STRIDE characters."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        for text in read_texts(path) if path.is_file() else []:
            flat = squeeze(text)
            found.update(flat[i : i + WINDOW] for i in range(0, len(flat) - WINDOW + 1, STRIDE))
    return found


def read_texts(path: Path) -> list[str]:
    """Return the texts of a shard of the sample, whatever the field is called."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        return [
            value
            for name in frame.columns
            if frame[name].dtype == pl.String
            for value in frame[name].drop_nulls()
        ]
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zst":
        import zstandard

        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    texts = []
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        texts += (
            [value for value in values.values() if isinstance(value, str)] if isinstance(values, dict) else []
        )
    return texts or [re.sub(r"<[^>]*>", " ", data.decode("utf-8", "replace"))]
