"""Keeping compiled loops that are made of functions from several files."""

import inspect
from types import ModuleType

from curation_assets.text.hashing import content_hash


def sources(*modules: ModuleType) -> str:
    """Return a hash of the modules' source text, for a function compiled with ``cache=True`` to close over.

    Numba keeps what it compiled until the file of the function changes, whatever becomes of the files of the
    functions that it calls and of the constants that it uses. What a function closes over counts, too: so the
    outermost function closes over this hash, and it alone is kept.
    """
    return content_hash(*map(inspect.getsource, modules))
