"""Results that were dear to compute, kept by the document's text and the model that made them.

A changed shard pays for its changed documents only, and a killed run goes on where it stopped.
"""

import fcntl
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_KEYS_PER_QUERY = 500
_SCHEMA = """CREATE TABLE IF NOT EXISTS results (
  namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (namespace, key)
) WITHOUT ROWID"""

Compute = Callable[[Sequence[str]], NDArray[np.generic]]


class DocumentCache:
    """A SQLite file of (namespace, key) -> bytes; several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=60.0, isolation_level=None)
        # SQLite does not wait for another process that is switching the same file to WAL: it fails.
        with path.with_name(f"{path.name}.lock").open("a") as opening:
            fcntl.flock(opening, fcntl.LOCK_EX)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(_SCHEMA)

    def get(self, namespace: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Return the known ones among ``keys``."""
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), _KEYS_PER_QUERY):
            some = list(keys[start : start + _KEYS_PER_QUERY])
            marks = ",".join("?" * len(some))
            query = f"SELECT key, value FROM results WHERE namespace = ? AND key IN ({marks})"
            found.update(self._connection.execute(query, [namespace, *some]))
        return found

    def put(self, namespace: str, items: Sequence[tuple[str, bytes]]) -> None:
        """Store all items, or none of them if one cannot be stored."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?)", [(namespace, *item) for item in items]
            )

    def close(self) -> None:
        self._connection.close()


def compute_missing(
    cache: DocumentCache,
    namespace: str,
    keys: Sequence[str],
    texts: Sequence[str],
    compute: Compute,
    progress: Callable[[int], None],
    *,
    dtype: type[np.generic],
    chunk: int = 16,
) -> tuple[NDArray[np.generic], int]:
    """Return one row of results a text, computing only those whose key is not in the cache.

    Args:
        namespace: fingerprint of what computes (model, prompt, dtype).
        keys: content hash of each text; equal keys are computed once.
        compute: maps n texts to an array [n] or [n, d] of ``dtype``; each row depends on its text alone.
        chunk: texts between two commits, that is, what a kill can cost.

    Returns:
        The array [n] or [n, d], and how many texts were computed.
    """
    known = cache.get(namespace, sorted(set(keys)))
    progress(sum(key in known for key in keys))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    wanted = list(missing)
    for start in range(0, len(wanted), chunk):
        some = wanted[start : start + chunk]
        rows = np.ascontiguousarray(compute([missing[key] for key in some]), dtype=dtype)
        items = [(key, row.tobytes()) for key, row in zip(some, rows, strict=True)]
        cache.put(namespace, items)
        known.update(items)
        progress(len(some))
    progress(sum(key in missing for key in keys) - len(missing))
    if not keys:
        return np.empty(0, dtype=dtype), 0
    table = np.stack([np.frombuffer(known[key], dtype=dtype) for key in keys])
    return (table[:, 0] if table.shape[1] == 1 else table), len(missing)
