"""Texts without their repeats.

A repeat is cut out from the start of its first word to the end of its last one, and a little more, so that no
loose ends stay:

- what stands before its first word in its line (a bullet, an indent, the mark of a heading) where it begins
  its line, else what is joined to that word (a bracket, a quotation mark), as far as the last space;
- likewise what follows its last word: to the end of the line where no word follows in it, else to the next
  space. Without any space there it is cut, too, if something parts the words around the repeat (so in Chinese
  a sentence goes with its own full stop), and stays if nothing else would;
- of the spaces on both sides those stay that have more line feeds (the left ones where both have as many),
  and none at the start or the end of a text.

So the text is what is left, unchanged and in order: nothing is put in.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import chunks
from curation_assets.passages.alphabet import character_table
from curation_assets.passages.words import TextBuffers, buffers, words_of

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


def cut_out(
    texts: pl.Series, offsets: Indices, starts: Indices, stops: Indices, wanted: Flags
) -> tuple[Indices, pl.Series]:
    """Cut spans of words out of texts.

    Args:
        texts: String [n], no nulls.
        offsets: int64 [n + 1], the spans of each text.
        starts, stops: int64 [spans], words by their number in the text; ascending, with a word between two.
        wanted: bool [n], which texts are to be returned.

    Returns:
        int64 [2, spans], where each cut begins and ends, in characters; and the texts without them (String
        [n]), null where they are not wanted.
    """
    cuts, done = [np.empty((2, 0), dtype=np.int64)], 0
    edited = [pl.Series("text", dtype=pl.String)]
    for chunk in chunks(texts):
        rows = slice(done, done + len(chunk))
        own = offsets[done : done + len(chunk) + 1]
        spans = slice(int(own[0]), int(own[-1]))
        found = buffers(chunk)
        in_bytes, in_characters = _cuts(found, starts[spans], stops[spans], own - own[0])
        cuts.append(in_characters)
        edited.append(_rest(found, in_bytes, own - own[0], wanted[rows]))
        done += len(chunk)
    return np.concatenate(cuts, axis=1), pl.concat(edited)


def _cuts(texts: TextBuffers, starts: Indices, stops: Indices, offsets: Indices) -> tuple[Indices, Indices]:
    from curation_assets.passages import cutting

    words = words_of(texts, placed=True)
    in_bytes, in_characters = (np.empty((2, len(starts)), dtype=np.int64) for _ in range(2))
    cutting.cuts_of_texts(
        *texts, character_table(), (words.starts, words.stops), words.offsets, (starts, stops), offsets,
        in_bytes, in_characters,
    )  # fmt: skip
    return in_bytes, in_characters


def _rest(texts: TextBuffers, cuts: Indices, offsets: Indices, wanted: Flags) -> pl.Series:
    import pyarrow as pa

    from curation_assets.passages import cutting

    rest, ends = np.empty(texts.bytes, dtype=np.uint8), np.zeros(len(wanted) + 1, dtype=np.int64)
    cutting.copy_rest(*texts, cuts, offsets, wanted, rest, ends)
    data = pa.py_buffer(rest[: ends[-1]])
    strings = pa.LargeStringArray.from_buffers(len(wanted), pa.py_buffer(ends), data)
    found = pl.DataFrame({"text": pl.Series(strings), "wanted": wanted})
    return found.select(pl.when("wanted").then("text").alias("text")).to_series()
