"""What is counted in a text: the numbers from which a student's features follow."""

from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray


class Count(IntEnum):
    """Columns of the table that ``counting_kernel.count_texts`` fills, one row a text.

    The first ones, up to ``OTHER``, are the groups of characters: each character is in one of them.
    """

    UPPER = 0
    LOWER = auto()
    DIGITS = auto()
    SPACES = auto()
    LINE_BREAKS = auto()
    CONTROLS = auto()
    PERIODS = auto()
    COMMAS = auto()
    COLONS = auto()
    EXCLAMATIONS = auto()
    QUESTIONS = auto()
    QUOTES = auto()
    HYPHENS = auto()
    ROUND_BRACKETS = auto()
    OTHER_BRACKETS = auto()
    ANGLES = auto()
    SLASHES = auto()
    UNDERSCORES = auto()
    OPERATORS = auto()
    SIGNS = auto()
    LATIN = auto()
    """Letters and signs of Latin scripts outside ASCII, U+0080 to U+036F."""
    GREEK_AND_CYRILLIC = auto()
    MIDDLE_SCRIPTS = auto()
    """From Armenian to Georgian and Khmer, U+0530 to U+1FFF."""
    TYPOGRAPHY = auto()
    """General punctuation, U+2000 to U+206F."""
    SYMBOLS = auto()
    IDEOGRAPHS = auto()
    """Han, kana and their punctuation."""
    HANGUL = auto()
    OTHER = auto()
    """All else: private use, the replacement character, and most of what lies beyond U+FFFF."""

    WORDS = auto()
    WORD_BYTES = auto()
    WORD_SQUARES = auto()
    SHORT_WORDS = auto()
    LONG_WORDS = auto()
    LONGEST_WORD = auto()
    CAPITALISED_WORDS = auto()
    CAPITAL_WORDS = auto()
    WORDS_WITH_DIGIT = auto()
    WORDS_WITHOUT_VOWEL = auto()
    VOWELS = auto()
    STOP_WORDS = auto()
    ENGLISH_STOP_WORDS = auto()
    DIFFERENT_STOP_WORDS = auto()
    DIFFERENT_WORDS = auto()
    REPEATED_PAIRS = auto()
    REPEATED_TRIPLES = auto()
    LINES = auto()
    """Lines that are not blank."""
    LINE_SQUARES = auto()
    LONGEST_LINE = auto()
    SHORT_LINES = auto()
    ENDED_LINES = auto()
    INDENTED_LINES = auto()
    CAPITAL_LINES = auto()
    """Lines that begin with a capital letter of ASCII."""
    REPEATED_LINES = auto()
    SENTENCE_ENDS = auto()
    DOUBLED = auto()
    """Characters that are the same as the one before, spaces and line breaks aside."""
    GAPS = auto()
    """Spaces behind a space."""
    REPEATED_BYTES = auto()
    """Positions from which the next six bytes stood before in the text: what a compressor would save."""
    ENTROPY = auto()
    """Bits a byte, of bytes taken one by one."""
    PAIR_ENTROPY = auto()
    """Bits a byte, of a byte (hashed to six bits) after the one before it."""


def ascii_groups() -> NDArray[np.uint8]:
    """Return the group of every character of ASCII, uint8 [128]."""
    groups = np.full(128, Count.CONTROLS, dtype=np.uint8)
    members = {
        Count.UPPER: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        Count.LOWER: "abcdefghijklmnopqrstuvwxyz",
        Count.DIGITS: "0123456789",
        Count.SPACES: " \t",
        Count.LINE_BREAKS: "\n",
        Count.PERIODS: ".",
        Count.COMMAS: ",",
        Count.COLONS: ":;",
        Count.EXCLAMATIONS: "!",
        Count.QUESTIONS: "?",
        Count.QUOTES: "\"'`",
        Count.HYPHENS: "-",
        Count.ROUND_BRACKETS: "()",
        Count.OTHER_BRACKETS: "[]{}",
        Count.ANGLES: "<>",
        Count.SLASHES: "/\\|",
        Count.UNDERSCORES: "_",
        Count.OPERATORS: "=+*^~",
        Count.SIGNS: "#$%&@",
    }
    for group, characters in members.items():
        groups[[ord(character) for character in characters]] = group
    return groups


GROUPS = int(Count.OTHER) + 1
