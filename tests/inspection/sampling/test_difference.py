"""Differences lead from one text to the other, and excerpts stay within their limit."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from curation_assets.inspection.sampling.difference import LONGEST, difference
from curation_assets.inspection.sampling.example import Mark, Piece
from curation_assets.inspection.sampling.excerpt import AROUND, abridged, windows

TEXTS = st.lists(st.sampled_from(["a", "b", "cat", "你", " ", "\n", ". ", "x1"]), max_size=60).map(
    "".join
) | st.text(max_size=30)


@given(TEXTS, TEXTS)
def test_pieces_make_up_both_texts(one: str, other: str) -> None:
    pieces = difference(one, other)
    assert pieces is not None
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == one
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == other
    assert all(piece.text for piece in pieces)
    assert not one or [piece.kind for piece in difference(one, one) or []] == ["same"]


def test_one_changed_word_of_a_long_text_is_all_that_differs() -> None:
    one = " ".join(f"word{number} and so on" for number in range(5000))
    other = one.replace("word2500 ", "another ")
    assert [piece for piece in difference(one, other) or [] if piece.kind != "same"] == [
        Piece("removed", "word2500"),
        Piece("added", "another"),
    ]


def test_hostile_and_very_long_texts_are_not_compared_for_ever() -> None:
    # Without a bound on comparisons these would take hours.
    assert difference("a b " * 50_000, "b a a " * 30_000) is not None
    assert difference("x" * LONGEST, "y") is None


@given(
    st.integers(0, 5000),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 800)), max_size=30),
    st.integers(1, 2000),
)
def test_windows_are_in_order_and_little_more_than_the_limit(
    length: int, places: list[tuple[int, int]], limit: int
) -> None:
    marks = sorted(
        Mark(start, min(start + size, length), "counted") for start, size in places if start < length
    )
    found = windows(length, marks, limit)
    assert all(0 <= start <= end <= length for start, end in found)
    assert all(one[1] < other[0] for one, other in pairwise(found)) or len(found) <= 2
    assert sum(end - start for start, end in found) <= max(limit + 400 + 2 * AROUND, 0)
    assert windows(length, marks, 0) == [(0, length)]


def test_what_is_the_same_is_cut_short_beside_changes() -> None:
    pieces = [Piece("same", "s" * 1000), Piece("removed", "gone"), Piece("same", "t" * 1000)]
    told = abridged(pieces, 500)
    assert [piece.kind for piece in told] == ["same", "removed", "same"]
    assert sum(len(piece.text) for piece in told) < 300
    assert abridged(pieces, 0) == pieces
