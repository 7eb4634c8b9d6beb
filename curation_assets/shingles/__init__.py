"""Texts as sets of hashed runs of words: what deduplication and containment compare."""
