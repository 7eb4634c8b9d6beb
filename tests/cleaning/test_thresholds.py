"""Golden vectors: each rule at the published threshold, just inside and outside; see ``threshold_cases``."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from threshold_cases import CASES, ENGLISH, Case, letters

from curation_assets.cleaning.clean import clean, judge, measure, reasons
from curation_assets.cleaning.config import CleaningConfig

RawDocuments = Callable[..., pl.DataFrame]
SECTIONS = ("gopher_quality", "gopher_repetition", "c4", "fineweb", "refinedweb", "ccnet")
UNTOUCHED: dict[str, Any] = {
    "normalisation": {
        "unicode_nfc": False,
        "repair_encoding": False,
        "remove_control_characters": False,
        "normalise_whitespace": False,
    },
    "pii": {name: False for name, value in CleaningConfig().pii if isinstance(value, bool)},
}


def alone(key: str, threshold: float, *, language: bool = False) -> CleaningConfig:
    """Return the configuration in which this rule alone is on."""
    chosen, name = key.split(".")
    sections: dict[str, Any] = {section: {"enabled": False} for section in SECTIONS}
    thresholds = {
        field
        for field, about in type(getattr(CleaningConfig(), chosen)).model_fields.items()
        if "threshold" in about.metadata and field != "enabled"
    }
    sections[chosen] = dict.fromkeys(thresholds) | {"enabled": True, name: threshold}
    return CleaningConfig.model_validate(
        {**UNTOUCHED, **sections, "language": {"enabled": language, "minimum_recognition": None}}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.threshold}")
def test_at_inside_and_outside_a_threshold(case: Case, raw_documents: RawDocuments) -> None:
    inside = 2 * case.at - case.outside
    sizes = (
        [case.at, inside, case.outside]
        if inside >= 0 or case.at == 0 > case.outside
        else [case.at, case.outside]
    )
    config = alone(case.key, case.threshold, language=case.language)
    table = clean(raw_documents([case.text(size) for size in sizes]), config)
    assert table[case.column].to_list() == pytest.approx([case.value(size) for size in sizes])
    assert table["drop_reason"].to_list() == [None] * (len(sizes) - 1) + [case.rule]
    assert table["decided_by"].to_list()[:-1] == [None] * (len(sizes) - 1)
    described, failed = table["decided_by"].to_list()[-1].split(", not ")
    column, value = described.split(" = ")
    [rule] = [rule for rule in reasons(config) if rule.name == case.rule]
    assert column == case.column
    assert float(value) == pytest.approx(case.value(case.outside))
    assert failed == f"{rule.comparison} {rule.threshold}"
    assert rule.threshold == case.threshold


def test_every_rule_of_every_preset_is_here() -> None:
    names = {
        rule.name
        for preset in ("gopher", "c4", "fineweb", "refinedweb", "ccnet")
        for rule in reasons(CleaningConfig(preset=preset))  # type: ignore[arg-type]
    }
    elsewhere = {name for name in names if name.startswith(("language_", "url_"))}
    assert names - elsewhere - {"empty_text", "bad_words"} == {case.rule for case in CASES}


LANGUAGES = [
    # Certainty asked for: FineWeb (section 3.3) and RefinedWeb (3.1) 0.65 of English, CCNet (3.3) 0.5 of any.
    ("fineweb", "en", 0.65, None, None),
    ("fineweb", "en", 0.66, None, None),
    ("fineweb", "en", 0.6499, "language_uncertain", "language_score = 0.6499, not at least 0.65"),
    ("fineweb", "de", 0.99, "language_unsupported", "language = de, not one of en"),
    ("refinedweb", "en", 0.65, None, None),
    ("refinedweb", "en", 0.6499, "language_uncertain", "language_score = 0.6499, not at least 0.65"),
    ("ccnet", "de", 0.5, None, None),
    ("ccnet", "de", 0.51, None, None),
    ("ccnet", "de", 0.4999, "language_unrecognised", "language_score = 0.4999, not at least 0.5"),
    ("default", "de", 0.15, None, None),
    ("default", "de", 0.1499, "language_unrecognised", "language_score = 0.1499, not at least 0.15"),
]


@pytest.mark.parametrize(("preset", "language", "score", "reason", "decided_by"), LANGUAGES)
def test_thresholds_of_the_language(
    preset: str,
    language: str,
    score: float,
    reason: str | None,
    decided_by: str | None,
    raw_documents: RawDocuments,
) -> None:
    keys = {section: {"enabled": False} for section in SECTIONS}
    config = CleaningConfig.model_validate({"preset": preset, **keys})
    measured = measure(raw_documents([ENGLISH]), config.measuring())
    scored = measured.with_columns(language=pl.lit(language), language_score=pl.lit(score))
    table = judge(scored, config)
    assert (table["drop_reason"].item(), table["decided_by"].item()) == (reason, decided_by)


LINES = [
    # C4: 5 words, none of more than 1000 characters, a mark at the end, no "javascript", no policy.
    ("c4", "One two three four five.", True),
    ("c4", "One two three four.", False),
    ("c4", "One two three four five six.", True),
    ("c4", f"One two three four {letters(999)}.", True),
    ("c4", f"One two three four {letters(1000)}.", False),
    ("c4", "One two three four five six", False),
    ("c4", "One two three four five six...", False),
    ("c4", "One two three four five six!", True),
    ("c4", "We like Javascript a lot here.", False),
    ("c4", "Read the Terms of Use before you go.", False),
    # FineWeb: lines of 3 words, which need no mark.
    ("fineweb", "One two three", True),
    ("fineweb", "One two", False),
    ("fineweb", f"One two {letters(1000)}", True),
    ("fineweb", f"One two {letters(1001)}", False),
]


@pytest.mark.parametrize(("preset", "line", "stays"), LINES)
def test_lines_at_the_thresholds_of_c4(
    preset: str, line: str, stays: bool, raw_documents: RawDocuments
) -> None:
    config = CleaningConfig.model_validate({"preset": preset, **UNTOUCHED, "language": {"enabled": False}})
    text = "\n".join([*["This line has more than five words."] * 2, line])
    table = clean(raw_documents([text]), config)
    assert (line in table["text"].item()) == stays
    assert table["c4_removed_lines"].item() == (not stays)
