"""Numba compiles anew what stands in a file that changed: what comes from another file is pinned here."""

import inspect

from curation_assets.dedup import bits, joining, kernels, signing
from curation_assets.text import characters
from curation_assets.text.hashing import content_hash


def test_the_kernels_know_the_marks_of_characters() -> None:
    for name in ("SPACE", "SINGLE_MARK"):
        assert getattr(kernels, name) == getattr(characters, name)


def test_signing_names_all_that_it_is_made_of() -> None:
    assert set(signing.PARTS) == {bits, kernels}
    own = {name for name, value in vars(signing).items() if inspect.ismodule(value)}
    assert own == {"bits", "kernels", "np"}


def test_joining_is_compiled_with_the_mix_that_it_names() -> None:
    assert content_hash(inspect.getsource(kernels.mix.py_func)) == joining.MIX_SOURCE
