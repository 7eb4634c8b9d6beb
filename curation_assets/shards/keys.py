"""A shard's key: its name in the lake, in the ledger and as a partition."""

import re

from curation_assets.text.hashing import content_hash

MAXIMUM_KEY_LENGTH = 120
SLUG_LENGTH = 80
HASH_CHARACTERS = 10

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_DOTS = re.compile(r"\.{2,}")


def shard_key(relative_path: str) -> str:
    """Return the key of the shard at a path relative to the inbox.

    A short plain file name is its own key. Anything else becomes a slug of its path, a tilde and ten
    hexadecimal characters of the path's hash. No plain name has a tilde, so the two kinds cannot meet,
    and two paths of the second kind meet only where 40 bits of their hashes do.

    The key is safe as a file name and as a partition key: ASCII letters, digits, ``._-~`` only, beginning
    with a letter or digit, without ``..``, at most 120 characters. Undecodable bytes in the path (as
    surrogates, the way ``os.fsdecode`` gives them) are allowed.
    """
    if _is_plain(relative_path):
        return relative_path
    slug = _DOTS.sub("_", _OTHER.sub("_", relative_path))[:SLUG_LENGTH].strip("._-") or "shard"
    return f"{slug}~{content_hash(relative_path)[:HASH_CHARACTERS]}"


def _is_plain(path: str) -> bool:
    return len(path) <= MAXIMUM_KEY_LENGTH and ".." not in path and _PLAIN.fullmatch(path) is not None
