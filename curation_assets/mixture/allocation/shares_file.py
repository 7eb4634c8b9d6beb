"""Shares from a file: the interface to whatever fits mixtures (RegMix, DoReMi, ... or a spreadsheet).

The file is one JSON object, {"source": share, ...}, UTF-8; shares are between 0 and 1 and add up to at most
1. Sources that it does not name compete for the rest, as with ``shares``.
"""

import json
from pathlib import Path

from curation_assets.mixture.allocation.config import Requests, require_shares


def with_shares_of_file(requests: Requests) -> Requests:
    """Return the requests with the shares of their ``shares_file`` in place of its name.

    Raises ValueError when the file cannot be read, or holds anything but shares by source.
    """
    if requests.shares_file is None:
        return requests
    shares = read_shares(Path(requests.shares_file))
    return requests.model_copy(update={"shares": shares, "shares_file": None})


def read_shares(path: Path) -> dict[str, float]:
    """Return the shares by source that a file holds; raises ValueError, see the module."""
    key = f"allocation.shares_file: {path}"
    try:
        values = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{key}: cannot be read: {error}") from None
    if not isinstance(values, dict) or not values:
        raise ValueError(f'{key}: expected {{"source": share, ...}}, found {json.dumps(values)[:80]}')
    for source, share in values.items():
        if isinstance(share, bool) or not isinstance(share, int | float):
            raise ValueError(
                f"{key}: {source} is {json.dumps(share)[:80]}; a share is a number between 0 and 1"
            )
    shares = {source: float(share) for source, share in values.items()}
    require_shares(key, shares)
    return shares


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} is there more than once")
    return dict(pairs)
