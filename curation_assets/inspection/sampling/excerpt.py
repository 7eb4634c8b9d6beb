"""Which parts of a long text are shown: its beginning, and the places that are marked."""

from collections.abc import Iterable, Sequence

from curation_assets.inspection.sampling.example import Mark, Piece

Window = tuple[int, int]
AROUND = 60
"""Characters that are shown before and behind a mark."""
_LONGEST_MARK = 400
_BEGINNING = 5


def windows(length: int, marks: Sequence[Mark], limit: int) -> list[Window]:
    """Return the parts of a text of ``length`` characters to show, in order, about ``limit`` in all (0: all).

    A fifth is for the beginning, the rest for marks in order, those of personal data last; without marks the
    beginning and the end are shown.
    """
    if not limit or length <= limit:
        return [(0, length)]
    if not marks:
        behind = limit // _BEGINNING
        return [(0, limit - behind), (length - behind, length)]
    found = [(0, limit // _BEGINNING)]
    budget, around = limit - limit // _BEGINNING, min(AROUND, limit // _BEGINNING)
    for mark in sorted(marks, key=lambda mark: (mark.kind == "masked", mark.start)):
        if budget <= 0:
            break
        if any(start <= mark.start and mark.end <= end for start, end in found[-2:]):
            continue
        end = min(mark.end, mark.start + min(_LONGEST_MARK, max(budget - 2 * around, 1)))
        window = max(mark.start - around, 0), min(end + around, length)
        before = sum(stop - start for start, stop in found)
        found = _joined([*found, window])
        budget -= sum(stop - start for start, stop in found) - before
    return found


def _joined(parts: Iterable[Window]) -> list[Window]:
    found: list[Window] = []
    for start, end in sorted(parts):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def abridged(pieces: Sequence[Piece], limit: int) -> list[Piece]:
    """Return the pieces of a difference, of what is the same only what is beside a change; 0: all of it.

    What is left out is said in brackets; behind ``limit`` characters the rest is.
    """
    if not limit:
        return list(pieces)
    found, shown = [], 0
    for number, piece in enumerate(pieces):
        text = piece.text
        if piece.kind == "same":
            text = _around(text, is_first=number == 0, is_last=number == len(pieces) - 1)
        if shown + len(text) > limit:
            text = _left_out(text, limit - shown, len(text), len(text))
        found.append(Piece(piece.kind, text))
        shown += len(text)
        if shown >= limit and number + 1 < len(pieces):
            rest = sum(len(other.text) for other in pieces[number + 1 :])
            found.append(Piece("same", f" {gap(rest)} "))
            break
    return found


def gap(characters: int) -> str:
    return f"[… {characters:,} characters …]"


def _around(text: str, *, is_first: bool, is_last: bool) -> str:
    before, behind = (0 if is_first else AROUND), (0 if is_last else AROUND)
    if len(text) <= before + behind + AROUND:
        return text
    return _left_out(text, before, len(text) - behind, len(text))


def _left_out(text: str, first: int, last: int, length: int) -> str:
    return f"{text[: max(first, 0)]} {gap(last - max(first, 0))} {text[last:length]}"
