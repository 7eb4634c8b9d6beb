"""Texts whose value lies at the published threshold of each rule, just inside and outside.

The values are counted by hand from the definitions in the papers, which ``Case`` states beside the text.
"""

from collections.abc import Callable
from typing import NamedTuple


class Case(NamedTuple):
    """``text(size)`` has the value ``value(size)``; ``at`` is the size at the threshold."""

    rule: str
    column: str
    key: str
    threshold: float
    text: Callable[[int], str]
    value: Callable[[int], float]
    at: int
    outside: int
    language: bool = False


def letters(count: int, letter: str = "z") -> str:
    return letter * count


def distinct(lengths: list[int]) -> str:
    """Return different words of these lengths."""
    return " ".join(letters(length, chr(ord("a") + index)) for index, length in enumerate(lengths))


def around(phrase: str, filler: int) -> str:
    """Return the phrase twice, a word of ``filler`` letters between."""
    return f"{phrase} {letters(filler)} {phrase}"


def numbered(count: int, form: str = "Line {}") -> list[str]:
    return [form.format(distinct([1 + index // 26, 1 + index % 26])) for index in range(count)]


def repeated(parts: int, copies: int, separator: str) -> str:
    """Return that many different parts, and copies of the first."""
    different = numbered(parts - copies)
    return separator.join(different + [different[0]] * copies)


def filled(filler: int, separator: str) -> str:
    """Return a line of 50 characters five times (200 characters stood before), and one of ``filler``."""
    return separator.join([letters(50, "y")] * 5 + [letters(filler)])


def of_length(words: int, length: int, longer: int) -> str:
    """Return words of this length, one of them by ``longer`` letters longer."""
    return " ".join([letters(length)] * (words - 1) + [letters(length + longer)])


FIVE = ["Rain fell on the hills.", "It stopped at noon!", "Who saw it?", "We did.", "All went home."]
# One function word of the eight: the.
ENGLISH = (
    "The old stone bridge crosses the river near our village. Every summer many people visit the place. "
    "They walk along the water, buy small gifts, then drive home before the evening."
)

CASES = [
    # Gopher, arXiv 2112.11446, appendix A.1.1
    Case(
        "gopher_too_few_words",
        "gopher_words",
        "gopher_quality.minimum_words",
        50,
        lambda n: " ".join(["word"] * n),
        lambda n: n,
        50,
        49,
    ),
    Case(
        "gopher_too_many_words",
        "gopher_words",
        "gopher_quality.maximum_words",
        100_000,
        lambda n: "of " * n,
        lambda n: n,
        100_000,
        100_001,
    ),
    # 100 words of 3 letters, one of them longer or shorter.
    Case(
        "gopher_short_words",
        "gopher_mean_word_length",
        "gopher_quality.minimum_mean_word_length",
        3.0,
        lambda n: of_length(100, 3, n),
        lambda n: (300 + n) / 100,
        0,
        -1,
    ),
    Case(
        "gopher_long_words",
        "gopher_mean_word_length",
        "gopher_quality.maximum_mean_word_length",
        10.0,
        lambda n: of_length(100, 10, n),
        lambda n: (1000 + n) / 100,
        0,
        1,
    ),
    Case(
        "gopher_hash_ratio",
        "gopher_hash_ratio",
        "gopher_quality.maximum_hash_ratio",
        0.1,
        lambda n: "word " * 100 + "# " * n,
        lambda n: n / 100,
        10,
        11,
    ),
    Case(
        "gopher_ellipsis_ratio",
        "gopher_ellipsis_ratio",
        "gopher_quality.maximum_ellipsis_ratio",
        0.1,
        lambda n: "word " * 100 + "... " * (n - 5) + "\u2026 " * 5,
        lambda n: n / 100,
        10,
        11,
    ),
    Case(
        "gopher_bullet_lines",
        "gopher_bullet_lines",
        "gopher_quality.maximum_bullet_lines",
        0.9,
        lambda n: "\n".join(["- an item", "\u2022 an item"] * 50)[: 10 * n - 1] + "\nan item" * (100 - n),
        lambda n: n / 100,
        90,
        91,
    ),
    Case(
        "gopher_ellipsis_lines",
        "gopher_ellipsis_lines",
        "gopher_quality.maximum_ellipsis_lines",
        0.3,
        lambda n: "\n".join(["and on ..."] * (n - 9) + ["and on\u2026"] * 9 + ["and so on"] * (100 - n)),
        lambda n: n / 100,
        30,
        31,
    ),
    Case(
        "gopher_alphabetic_words",
        "gopher_alphabetic_words",
        "gopher_quality.minimum_alphabetic_words",
        0.8,
        lambda n: "a1 " * n + "2021 " * (100 - n),
        lambda n: n / 100,
        80,
        79,
    ),
    Case(
        "gopher_stop_words",
        "gopher_stop_words",
        "gopher_quality.minimum_stop_words",
        2,
        lambda n: ENGLISH + " Some have dogs." * (n - 1),
        lambda n: min(n, 2),
        2,
        1,
        language=True,
    ),
    # The same, table A1. A copy counts from its second occurrence on.
    Case(
        "gopher_duplicate_lines",
        "gopher_duplicate_lines",
        "gopher_repetition.duplicate_lines",
        0.3,
        lambda n: repeated(100, n, "\n"),
        lambda n: n / 100,
        30,
        31,
    ),
    Case(
        "gopher_duplicate_paragraphs",
        "gopher_duplicate_paragraphs",
        "gopher_repetition.duplicate_paragraphs",
        0.3,
        lambda n: repeated(100, n, "\n\n"),
        lambda n: n / 100,
        30,
        31,
    ),
    # 200 of 250 + 5 line breaks + n characters.
    Case(
        "gopher_duplicate_line_characters",
        "gopher_duplicate_line_characters",
        "gopher_repetition.duplicate_line_characters",
        0.2,
        lambda n: filled(n, "\n"),
        lambda n: 200 / (255 + n),
        745,
        744,
    ),
    # 200 of 250 + 10 line breaks + n characters.
    Case(
        "gopher_duplicate_paragraph_characters",
        "gopher_duplicate_paragraph_characters",
        "gopher_repetition.duplicate_paragraph_characters",
        0.2,
        lambda n: filled(n, "\n\n"),
        lambda n: 200 / (260 + n),
        740,
        739,
    ),
    # The sequence and the spaces in it, twice.
    Case(
        "gopher_top_2_gram",
        "gopher_top_2_gram",
        "gopher_repetition.top_2_gram",
        0.2,
        lambda n: around("aa bb", n),
        lambda n: 2 * 5 / (2 * 5 + 2 + n),
        38,
        37,
    ),
    Case(
        "gopher_top_3_gram",
        "gopher_top_3_gram",
        "gopher_repetition.top_3_gram",
        0.18,
        lambda n: around("aaa bb cc", n),
        lambda n: 2 * 9 / (2 * 9 + 2 + n),
        80,
        79,
    ),
    Case(
        "gopher_top_4_gram",
        "gopher_top_4_gram",
        "gopher_repetition.top_4_gram",
        0.16,
        lambda n: around("aa b c d", n),
        lambda n: 2 * 8 / (2 * 8 + 2 + n),
        82,
        81,
    ),
    # The letters of the second occurrence: 15 in 5 words to 10 in 10 words, of 2 x 19 + 2 + n characters.
    *(
        Case(
            f"gopher_duplicate_{size}_grams",
            f"gopher_duplicate_{size}_grams",
            f"gopher_repetition.duplicate_{size}_grams",
            (20 - size) / 100,
            lambda n, lengths=tuple(lengths): around(distinct(lengths), n),  # type: ignore[misc]
            lambda n, size=size: (20 - size) / (40 + n),  # type: ignore[misc]
            60,
            59,
        )
        for size, lengths in (
            (5, [3, 3, 3, 3, 3]),
            (6, [3, 3, 2, 2, 2, 2]),
            (7, [2, 2, 2, 2, 2, 2, 1]),
            (8, [2, 2, 2, 2, 1, 1, 1, 1]),
            (9, [2, 2, 1, 1, 1, 1, 1, 1, 1]),
            (10, [1] * 10),
        )
    ),
    # C4, arXiv 1910.10683, section 2.2: 3 sentences in its code, 5 in FineWeb's.
    *(
        Case(
            "c4_too_few_sentences",
            "c4_sentences",
            "c4.minimum_sentences",
            least,
            lambda n: " ".join((FIVE * 2)[:n]),
            lambda n: n,
            least,
            least - 1,
        )
        for least in (3, 5)
    ),
    Case(
        "c4_lorem_ipsum",
        "c4_lorem_ipsum",
        "c4.maximum_lorem_ipsum",
        0,
        lambda n: "Some text. " + "Lorem ipsum dolor. " * n,
        lambda n: n,
        0,
        1,
    ),
    Case(
        "c4_curly_brackets",
        "c4_curly_brackets",
        "c4.maximum_curly_brackets",
        0,
        lambda n: "Some text. } " + "{ " * n,
        lambda n: n,
        0,
        1,
    ),
    # FineWeb, arXiv 2406.17557, section 3.6.
    Case(
        "fineweb_few_terminal_lines",
        "fineweb_terminal_lines",
        "fineweb.minimum_terminal_lines",
        0.12,
        lambda n: "\n".join(numbered(n, "Line {}.") + numbered(100 - n, "Heading {}")),
        lambda n: n / 100,
        12,
        11,
    ),
    # A line of 30 characters is short, one of 31 is not.
    Case(
        "fineweb_short_lines",
        "fineweb_short_lines",
        "fineweb.maximum_short_lines",
        0.67,
        lambda n: "\n".join([letters(30, "S")] * n + [letters(31, "L")] * (100 - n)),
        lambda n: n / 100,
        67,
        68,
    ),
    # 10 of 20 + n characters, line breaks not counted.
    Case(
        "fineweb_duplicate_lines",
        "fineweb_duplicate_line_characters",
        "fineweb.maximum_duplicate_line_characters",
        0.01,
        lambda n: "\n".join(["Same again", "Same again", letters(n)]),
        lambda n: 10 / (20 + n),
        980,
        979,
    ),
    # n breaks between lines that begin with a capital, 100 words in all.
    Case(
        "fineweb_many_line_breaks",
        "fineweb_line_breaks_per_word",
        "fineweb.maximum_line_breaks_per_word",
        0.3,
        lambda n: "Word\n" * n + " ".join(["Word"] * (100 - n)),
        lambda n: n / 100,
        30,
        31,
    ),
    # RefinedWeb, arXiv 2306.01116, section 3.2 and appendix G.2: n lines of one word, 100 words in all.
    Case(
        "refinedweb_corrections",
        "refinedweb_removed_words",
        "refinedweb.maximum_removed_words",
        0.05,
        lambda n: "Menu\n" * n + " ".join(["word"] * (100 - n)),
        lambda n: n / 100,
        5,
        6,
    ),
    # CCNet, arXiv 1911.00359, min_len of its code.
    Case(
        "ccnet_too_short",
        "characters",
        "ccnet.minimum_characters",
        300,
        lambda n: letters(n),
        lambda n: n,
        300,
        299,
    ),
]
