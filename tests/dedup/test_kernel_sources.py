"""Numba compiles anew what stands in a file that changed: what comes from another file is pinned here."""

import inspect
from types import ModuleType

import pytest

from curation_assets.dedup import joining, signing
from curation_assets.shingles import bits, kernels, sets
from curation_assets.text import characters
from curation_assets.text.hashing import content_hash


def test_the_kernels_know_the_marks_of_characters() -> None:
    for name in ("SPACE", "SINGLE_MARK"):
        assert getattr(kernels, name) == getattr(characters, name)


@pytest.mark.parametrize("module", [signing, sets])
def test_a_pass_over_texts_names_all_that_it_is_made_of(module: ModuleType) -> None:
    assert set(module.PARTS) == {bits, kernels}
    own = {name for name, value in vars(module).items() if inspect.ismodule(value)}
    assert own == {"bits", "kernels", "np"}


def test_joining_is_compiled_with_the_mix_that_it_names() -> None:
    assert content_hash(inspect.getsource(kernels.mix.py_func)) == joining.MIX_SOURCE
