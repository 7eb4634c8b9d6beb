"""How two texts differ, word by word, as pieces that make up both."""

from curation_assets.inspection.matching import equal_runs
from curation_assets.inspection.sampling.example import Piece
from curation_assets.text.words import word_spans

LONGEST = 1_000_000
"""Characters of both texts together up to which they are compared."""


def difference(one: str, other: str) -> list[Piece] | None:
    """Return the pieces that lead from one text to the other; None where they are longer than LONGEST.

    Those that are not "added" make up the first text, those that are not "removed" the second.
    """
    if len(one) + len(other) > LONGEST:
        return None
    left, right = _tokens(one), _tokens(other)
    pieces: list[Piece] = []
    at, to = 0, 0
    for start, begin, size in equal_runs(left, right):
        _append(pieces, Piece("removed", "".join(left[at:start])))
        _append(pieces, Piece("added", "".join(right[to:begin])))
        _append(pieces, Piece("same", "".join(left[start : start + size])))
        at, to = start + size, begin + size
    return pieces


def _append(pieces: list[Piece], piece: Piece) -> None:
    if not piece.text:
        return
    if pieces and pieces[-1].kind == piece.kind:
        pieces[-1] = Piece(piece.kind, pieces[-1].text + piece.text)
    else:
        pieces.append(piece)


def _tokens(text: str) -> list[str]:
    """Return the words and what lies between them; together they are the text."""
    found, at = [], 0
    for start, end in word_spans(text):
        if at < start:
            found.append(text[at:start])
        found.append(text[start:end])
        at = end
    return [*found, text[at:]] if at < len(text) else found
