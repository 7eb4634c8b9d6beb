"""Rules as published, by the name of the data set that they are from: the key ``cleaning.preset``.

Each preset sets every threshold and switch of the rules about documents and lines; those that its data set
has not are off. What a preset does not set keeps its default: how text is extracted and normalised, and which
personal data are masked. Deduplication and scores of quality are other stages. Where a definition here
departs from the published one, the rule's module says so; ``benchmarks/parity.py`` counts what that changes.
"""

from typing import Any

Preset = dict[str, dict[str, Any]]

_OFF: dict[str, Any] = {"enabled": False}
_ANY_LANGUAGE: dict[str, Any] = {
    "enabled": True,
    "minimum_recognition": None,
    "allowed": [],
    "minimum_score": 0.65,
    "minimum_scores": {},
    "minimum_line_share": None,
}
# Rules of this project, and those on addresses, which only FineWeb and RefinedWeb have.
_OTHERS_OFF: Preset = {
    "urls": {"drop_blocked": False, "maximum_hard_words": None, "maximum_soft_words": None},
    "extraction": {"maximum_link_density": None},
    "word_lists": {
        "maximum_bad_words": None,
        "maximum_bad_word_share": None,
        "maximum_toxic_words": None,
        "maximum_toxic_word_share": None,
    },
    "notices": {
        "maximum_licence_lines": None,
        "maximum_copyright_lines": None,
        "maximum_policy_lines": None,
    },
}

# Penedo et al. 2023, arXiv 2306.01116, appendix G.1.
_URLS: dict[str, Any] = {"drop_blocked": True, "maximum_hard_words": 0, "maximum_soft_words": 1}

# Rae et al. 2021, arXiv 2112.11446, appendix A.1.1.
_GOPHER_QUALITY: dict[str, Any] = {
    "enabled": True,
    "minimum_words": 50,
    "maximum_words": 100_000,
    "minimum_mean_word_length": 3.0,
    "maximum_mean_word_length": 10.0,
    "maximum_hash_ratio": 0.1,
    "maximum_ellipsis_ratio": 0.1,
    "maximum_bullet_lines": 0.9,
    "maximum_ellipsis_lines": 0.3,
    "minimum_alphabetic_words": 0.8,
    "minimum_stop_words": 2,
}
# The same, table A1.
_GOPHER_REPETITION: dict[str, Any] = {
    "enabled": True,
    "duplicate_lines": 0.30,
    "duplicate_paragraphs": 0.30,
    "duplicate_line_characters": 0.20,
    "duplicate_paragraph_characters": 0.20,
    "top_2_gram": 0.20,
    "top_3_gram": 0.18,
    "top_4_gram": 0.16,
    "duplicate_5_grams": 0.15,
    "duplicate_6_grams": 0.14,
    "duplicate_7_grams": 0.13,
    "duplicate_8_grams": 0.12,
    "duplicate_9_grams": 0.11,
    "duplicate_10_grams": 0.10,
}

_GOPHER: Preset = _OTHERS_OFF | {
    "language": _ANY_LANGUAGE,
    "gopher_quality": _GOPHER_QUALITY,
    "gopher_repetition": _GOPHER_REPETITION,
    "c4": _OFF,
    "fineweb": _OFF,
    "refinedweb": _OFF,
    "ccnet": _OFF,
}

# Raffel et al. 2019, arXiv 1910.10683, section 2.2. Lines of 5 words and pages of 3 sentences are those of
# the code that made the data set (c4_utils.py of TensorFlow Datasets).
_C4: Preset = _OTHERS_OFF | {
    # C4 asks langdetect for a probability of 0.99; fastText gives that to 0.6 % of English technical
    # documentation. FineWeb's threshold for fastText stands in for it.
    "language": _ANY_LANGUAGE | {"allowed": ["en"]},
    "gopher_quality": _OFF,
    "gopher_repetition": _OFF,
    "c4": {
        "enabled": True,
        "remove_policy_lines": True,
        "javascript_lines": "all",
        "remove_citation_marks": True,
        "maximum_word_characters": 1000,
        "minimum_line_words": 5,
        "line_ends": "sentence_or_quote",
        "minimum_sentences": 3,
        "maximum_lorem_ipsum": 0,
        "maximum_curly_brackets": 0,
    },
    "word_lists": {**_OTHERS_OFF["word_lists"], "maximum_bad_words": 0},
    "fineweb": _OFF,
    "refinedweb": _OFF,
    "ccnet": _OFF,
}

# Penedo et al. 2024, arXiv 2406.17557: section 3.3 (addresses, language, Gopher), 3.5 (all of C4 but terminal
# punctuation, with the 3 words and 5 sentences of datatrove) and 3.6 (its own).
_FINEWEB: Preset = _OTHERS_OFF | {
    "urls": _URLS,
    "language": _ANY_LANGUAGE | {"allowed": ["en"]},
    "gopher_quality": _GOPHER_QUALITY,
    "gopher_repetition": _GOPHER_REPETITION,
    "c4": {
        **_C4["c4"],
        "minimum_line_words": 3,
        "line_ends": "any",
        "minimum_sentences": 5,
    },
    "fineweb": {
        "enabled": True,
        "minimum_terminal_lines": 0.12,
        "maximum_short_lines": 0.67,
        "short_line": 30,
        "maximum_duplicate_line_characters": 0.01,
        "maximum_line_breaks_per_word": 0.3,
    },
    "refinedweb": _OFF,
    "ccnet": _OFF,
}

# Penedo et al. 2023, arXiv 2306.01116: sections 3.1 (addresses, language), 3.2 (Gopher, lines), G.2 (lines).
_REFINEDWEB: Preset = _GOPHER | {
    "urls": _URLS,
    "language": _ANY_LANGUAGE | {"allowed": ["en"]},
    "refinedweb": {
        "enabled": True,
        "remove_uppercase_lines": True,
        "remove_numeric_lines": True,
        "remove_counter_lines": True,
        "remove_one_word_lines": True,
        "short_line_words": 10,
        "maximum_removed_words": 0.05,
    },
}

# Wenzek et al. 2020, arXiv 1911.00359: section 3.3, and the least length of its code.
_CCNET: Preset = _GOPHER | {
    "language": _ANY_LANGUAGE | {"minimum_recognition": 0.5},
    "gopher_quality": _OFF,
    "gopher_repetition": _OFF,
    "ccnet": {"enabled": True, "minimum_characters": 300},
}

PRESETS: dict[str, Preset] = {
    "default": {},
    "gopher": _GOPHER,
    "c4": _C4,
    "fineweb": _FINEWEB,
    "refinedweb": _REFINEDWEB,
    "ccnet": _CCNET,
}
