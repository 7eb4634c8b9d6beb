"""What a student counts in a text, against slow references."""

import inspect
import itertools
import math
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_scored import HOSTILE, TEXTS

from curation_assets.quality.student import counting_kernel, counts, ngrams
from curation_assets.quality.student.features import NAMES, measure
from curation_assets.quality.student.stop_words import ENGLISH, OTHERS

PROSE = (
    "The cat sat on the mat. The cat sat on the MAT again!\n"
    "  Is it 42?  Aye, x_1 = \u00e9t\u00e9 \u2014 \u4e2d\u6587 \ud55c\uae00 \u0431\u044b.\n"
    "\n"
    "  Is it 42?  Aye, x_1 = \u00e9t\u00e9 \u2014 \u4e2d\u6587 \ud55c\uae00 \u0431\u044b.\n"
    "bcdf"
)


def value(text: str, name: str) -> float:
    return float(measure([text])[0, NAMES.index(name)])


def test_characters_are_counted_by_group() -> None:
    size = len(PROSE)
    assert value(PROSE, "characters") == value(PROSE, "all_characters") == size
    for name, pattern in (
        ("upper", "[A-Z]"),
        ("lower", "[a-z]"),
        ("digits", "[0-9]"),
        ("spaces", "[ \t]"),
        ("periods", r"\."),
        ("questions", r"\?"),
        ("underscores", "_"),
        ("latin", "[\u0080-\u036f]"),
        ("greek_and_cyrillic", "[\u0370-\u052f]"),
        ("typography", "\u2014"),
        ("ideographs", "[\u4e00-\u9fff]"),
        ("hangul", "[\uac00-\ud7a3]"),
        ("gaps", "(?<= ) "),
        ("doubled", r"([^ \n])(?=\1)"),
    ):
        expected = len(re.findall(pattern, PROSE)) / size
        assert value(PROSE, f"{name}_per_character") == pytest.approx(expected), name


def test_the_groups_share_out_every_character() -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x11000), *range(0x1F000, 0x20400)]))
    row = dict(zip(NAMES, measure([every])[0], strict=True))
    assert row["characters"] == len(every)


def test_words_are_counted() -> None:
    words = re.findall(r"[A-Za-z0-9\u0080-\uffff]+", PROSE)
    low = [word.lower() for word in words]
    total = len(words)
    assert value(PROSE, "words") == total
    assert value(PROSE, "longest_word") == max(len(word.encode()) for word in words)
    stops = {*ENGLISH.split(), *OTHERS.split()}
    expected = {
        "word_bytes": sum(len(word.encode()) for word in words),
        "short_words": sum(len(word.encode()) <= 2 for word in words),
        "capital_words": sum(re.fullmatch("[A-Z]{2,}", word) is not None for word in words),
        "words_with_digit": sum(any(map(str.isdigit, word)) for word in words),
        "words_without_vowel": low.count("bcdf"),
        "stop_words": sum(word in stops for word in low),
        "english_stop_words": sum(word in ENGLISH.split() for word in low),
        "different_words": len(set(low)),
        "repeated_pairs": total - len(set(zip(["", *low], low, strict=False))),
        "repeated_triples": total - len(set(zip(["", "", *low], ["", *low], low, strict=False))),
        "lines": 4,
    }  # fmt: skip
    for name, count in expected.items():
        assert value(PROSE, f"{name}_per_word") == pytest.approx(count / total), name


def test_lines_are_counted() -> None:
    lines = [line for line in PROSE.split("\n") if line.strip()]
    assert value(PROSE, "longest_line") == max(len(line.encode()) for line in lines)
    for name, count in (("ended", 3), ("indented", 2), ("capital", 3), ("repeated", 1), ("short", 1)):
        assert value(PROSE, f"{name}_lines_per_line") == pytest.approx(count / len(lines)), name


def test_entropy_and_repetition_of_bytes() -> None:
    text = "abracadabra, abracadabra, and once more abracadabra"
    counts = Counter(text.encode())
    entropy = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    assert value(text, "entropy") == pytest.approx(entropy)
    assert value("abababababab", "pair_entropy") == pytest.approx(0.0)
    runs = [text[at : at + 6] for at in range(len(text) - 5)]
    assert value(text, "repeated_bytes_per_character") == (len(runs) - len(set(runs))) / len(text)


def test_only_the_start_is_read() -> None:
    whole, start = measure(["one two three four", "one two"], 7)
    assert np.delete(whole, 1).tolist() == np.delete(start, 1).tolist()
    assert (whole[1], start[1]) == (18, 7)


def test_two_ways_to_the_prediction_of_ngrams_agree() -> None:
    coefficients = np.random.default_rng(0).normal(size=2 << 10).astype(np.float32)
    vectors = ngrams.matrix(TEXTS[:50], 300, buckets=1 << 10)
    at_once = ngrams.apply(vectors, coefficients)
    np.testing.assert_allclose(ngrams.measure(TEXTS[:50], coefficients, 300), at_once, atol=1e-5)


def test_ngrams_are_different_words_pairs_and_runs() -> None:
    text = "The cat, the CAT"
    words = ["the", "cat", ",", "the", "cat"]
    pairs = set(itertools.pairwise(words))
    low = text.lower()
    runs = {low[at : at + size] for size in (3, 4, 5) for at in range(len(low) - size + 1)}
    vectors = ngrams.matrix([text], buckets=1 << 20)
    half = vectors[:, : 1 << 20].nnz
    assert (half, vectors.nnz - half) == (len(set(words)) + len(pairs), len(runs))


def test_the_counting_loop_names_all_that_it_is_made_of() -> None:
    own = {name for name, value in vars(counting_kernel).items() if inspect.ismodule(value)}
    assert own == {"counts", "math", "np"}
    assert (counts,) == counting_kernel.PARTS


def test_odd_texts_have_finite_features_and_ngrams() -> None:
    coefficients = np.ones(2 << 10, dtype=np.float32)
    assert np.isfinite(measure(HOSTILE)).all()
    assert np.isfinite(ngrams.measure(HOSTILE, coefficients)).all()
    assert measure([]).shape == (0, len(NAMES))
    assert ngrams.measure([], coefficients).shape == (0, 2)
    assert ngrams.matrix([]).shape == (0, 2 * ngrams.BUCKETS)


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=60))
def test_features_are_of_the_text_alone(others: list[str], text: str) -> None:
    coefficients = np.linspace(-1, 1, 2 << 10).astype(np.float32)
    alone, among = measure([text]), measure([*others, text, text])
    assert alone[0].tolist() == among[-1].tolist() == among[-2].tolist()
    one = ngrams.measure([text], coefficients)
    assert one[0].tolist() == ngrams.measure([*others, text], coefficients)[-1].tolist()
