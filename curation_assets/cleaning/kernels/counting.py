"""The one compiled pass over a column of texts. Importing this module imports numba."""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.kernels import (
    ascii_runs,
    character_classes,
    counts,
    hash_tables,
    lines,
    ngrams,
    scanning,
    stop_word_tables,
    utf8,
)
from curation_assets.cleaning.kernels.counts import Count
from curation_assets.cleaning.kernels.hash_tables import number_keys
from curation_assets.cleaning.kernels.lines import scan_lines
from curation_assets.cleaning.kernels.ngrams import count_repetitions
from curation_assets.cleaning.kernels.scanning import scan_characters
from curation_assets.cleaning.kernels.stop_word_tables import count_stop_words, stop_word_table
from curation_assets.text import sentences
from curation_assets.text.compiled import sources

PARTS = (
    ascii_runs,
    character_classes,
    counts,
    sentences,
    hash_tables,
    lines,
    ngrams,
    scanning,
    stop_word_tables,
    utf8,
)


def _compiled(made_of: str) -> Callable[..., None]:
    @njit(cache=True, nogil=True)
    def count_texts(
        data: utf8.Bytes,
        offsets: NDArray[np.int64],
        classes: NDArray[np.uint16],
        stop_words: stop_word_tables.StopWords,
        languages: NDArray[np.int64],
        short_line: int,
        table: NDArray[np.int64],
    ) -> None:
        assert made_of  # see ``sources``
        stop_table = stop_word_table(stop_words)
        for text in range(len(offsets) - 1):
            start, stop, own = offsets[text], offsets[text + 1], table[text]
            hashes, ends = scan_characters(data, start, stop, classes, own)
            numbers = np.empty(len(hashes), np.int32)
            firsts, occurrences = np.empty(len(hashes), np.int32), np.empty(len(hashes), np.int32)
            different = number_keys(hashes, numbers, firsts, occurrences)
            own[Count.STOP_WORDS] = count_stop_words(hashes, firsts[:different], stop_table, languages[text])
            count_repetitions(numbers, occurrences, ends, own[Count.UNSPACED] != 0, own)
            # A character of a compact script fills two columns.
            short = (short_line + 1) // 2 if own[Count.COMPACT] != 0 else short_line
            scan_lines(data, start, stop, classes, short, own)

    return count_texts


count_texts = _compiled(sources(*PARTS))
"""Fill a row of a table (int64 [texts, Count], zeros) for each text.

Arguments: data: texts one behind the other and ``utf8.PADDING`` bytes. offsets: int64 [texts + 1] into it.
classes: see ``character_classes``. stop_words: see ``stop_word_tables``. languages: int64 [texts], numbers of
lists of stop words, or -1. short_line: characters up to which a line is short. table.
"""
