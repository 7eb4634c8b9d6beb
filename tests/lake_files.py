"""The files of a lake that a user reads, for comparing lakes."""

import hashlib
from pathlib import Path


def tables(lake: Path) -> dict[str, str]:
    """Return the hash of every file that a user reads, by its path in the lake."""
    files = [path for path in lake.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.relative_to(lake).parts[0].startswith("_")
    }
