"""Frequent function words, by which prose differs from lists, names and noise.

Only words that are spelt apart by spaces; chosen among the most frequent of each language. They are separate
from cleaning's lists, so that a change of a cleaning rule does not change the scores of a student.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

ENGLISH = (
    "the be to of and a in that have it for not on with as you do at this but by from they we say or an will"
    " one all would there their what so up out if about who which when can no other than then its over also"
    " into more been has was were is are had these those such only some may each how where most between after"
)
OTHERS = (
    "der die und das ist zu den mit von ein eine nicht auf sich des dem für auch als werden wird bei"
    " oder sind de la le et les est que un une dans pour pas sur avec sont par ce qui il elle vous"
    " el en los se con las del por como más para su una no es al lo"
    " di che il per non della sono i gli alla"
    " o da em os uma com não na dos"
    " het een van dat niet zijn voor aan ook"
    " och att det som på är av till med inte"
    " w z nie się do jest oraz przez które"
    " и в не на что с по как это для из к от"  # noqa: RUF001
)


@cache
def stop_word_hashes() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Return the sorted FNV-1a hashes of all words, uint64 [w], and 1 for those of English, uint8 [w]."""
    english = {_hashed(word) for word in ENGLISH.split()}
    every = sorted(english | {_hashed(word) for word in OTHERS.split()})
    return np.array(every, np.uint64), np.array([one in english for one in every], np.uint8)


def _hashed(word: str) -> int:
    state = 0xCBF29CE484222325
    for byte in word.encode():
        state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return state
