"""Content hashes: stable across machines, versions, processes and order of rows."""

import hashlib

DIGEST_BYTES = 16


def content_hash(*parts: str | bytes) -> str:
    """Return 32 hexadecimal characters (128 bits of BLAKE2b) of the parts.

    Each part is prefixed by its length, so that ("ab", "c") and ("a", "bc") differ.
    Lone surrogates in a string are hashed as such instead of raising.
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def uniform(seed: int, key: str) -> float:
    """Return a number in (0, 1) that depends on nothing but the seed and the key."""
    digest = hashlib.blake2b(key.encode(), digest_size=8, salt=seed.to_bytes(16, "little")).digest()
    return ((int.from_bytes(digest, "little") >> 11) + 0.5) / (1 << 53)
