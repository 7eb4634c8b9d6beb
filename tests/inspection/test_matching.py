"""Equal runs of two sequences are equal, in order, and found among repeated units too."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.inspection.matching import COMPARED_AT_ONCE, equal_runs

UNITS = st.lists(st.sampled_from("abcdefgh"), max_size=40)


@given(UNITS, UNITS)
def test_runs_are_equal_and_in_order(left: list[str], right: list[str]) -> None:
    at = to = 0
    for start, begin, size in equal_runs(left, right):
        assert start >= at
        assert begin >= to
        assert left[start : start + size] == right[begin : begin + size]
        at, to = start + size, begin + size
    assert (at, to) == (len(left), len(right))


def test_what_was_put_into_a_text_of_few_words_is_found_behind_the_first_window() -> None:
    """No word occurs once; the change lies where two windows of comparison meet."""
    draw = np.random.default_rng(1)
    left = [f"w{number}" for number in draw.integers(0, 40, 4 * COMPARED_AT_ONCE)] * 2
    for at in (10, COMPARED_AT_ONCE - 1, 3 * COMPARED_AT_ONCE):
        right = [*left[:at], "w1", "w2", *left[at:]]
        assert sum(size for _, _, size in equal_runs(left, right)) == len(left)
