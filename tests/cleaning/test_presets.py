"""Presets: the rules of each as its paper states them, and what explicit keys and a change of preset do."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from curation_assets.cleaning.clean import reasons
from curation_assets.cleaning.config import C4Config, CleaningConfig
from curation_assets.cleaning.rules.presets import PRESETS
from curation_assets.cli import main
from curation_assets.config import Config, ConfigError, load_config, render

EMPTY = [("empty_text", "at least", 1)]
# arXiv 2306.01116, appendix G.1: no blocked address, no hard word, fewer than two soft words.
URLS = [
    ("url_blocked", "at most", 0),
    ("url_hard_word", "at most", 0),
    ("url_soft_words", "at most", 1),
]
ENGLISH = [("language_unsupported", "one of", ("en",)), ("language_uncertain", "at least", 0.65)]
# arXiv 2112.11446, table A1.
GOPHER_REPETITION = [
    ("gopher_duplicate_lines", "at most", 0.30),
    ("gopher_duplicate_paragraphs", "at most", 0.30),
    ("gopher_duplicate_line_characters", "at most", 0.20),
    ("gopher_duplicate_paragraph_characters", "at most", 0.20),
    ("gopher_top_2_gram", "at most", 0.20),
    ("gopher_top_3_gram", "at most", 0.18),
    ("gopher_top_4_gram", "at most", 0.16),
    ("gopher_duplicate_5_grams", "at most", 0.15),
    ("gopher_duplicate_6_grams", "at most", 0.14),
    ("gopher_duplicate_7_grams", "at most", 0.13),
    ("gopher_duplicate_8_grams", "at most", 0.12),
    ("gopher_duplicate_9_grams", "at most", 0.11),
    ("gopher_duplicate_10_grams", "at most", 0.10),
]
# arXiv 2112.11446, appendix A.1.1: between 50 and 100,000 words of 3 to 10 characters on average, hash and
# ellipsis less than 0.1 per word, 90 % of lines with a bullet, 30 % with an ellipsis, 80 % of words with a
# letter, two of the, be, to, of, and, that, have, with.
GOPHER_QUALITY = [
    ("gopher_too_few_words", "at least", 50),
    ("gopher_too_many_words", "at most", 100_000),
    ("gopher_short_words", "at least", 3),
    ("gopher_long_words", "at most", 10),
    ("gopher_hash_ratio", "at most", 0.1),
    ("gopher_ellipsis_ratio", "at most", 0.1),
    ("gopher_bullet_lines", "at most", 0.9),
    ("gopher_ellipsis_lines", "at most", 0.3),
    ("gopher_alphabetic_words", "at least", 0.8),
    ("gopher_stop_words", "at least", 2),
]
# arXiv 1910.10683, section 2.2: no obscene word, no "lorem ipsum", no curly bracket, 3 sentences.
C4 = [
    ("bad_words", "at most", 0),
    ("c4_lorem_ipsum", "at most", 0),
    ("c4_curly_brackets", "at most", 0),
    ("c4_too_few_sentences", "at least", 3),
]
# arXiv 2406.17557, section 3.6.
FINEWEB = [
    ("c4_lorem_ipsum", "at most", 0),
    ("c4_curly_brackets", "at most", 0),
    ("c4_too_few_sentences", "at least", 5),
    ("fineweb_few_terminal_lines", "at least", 0.12),
    ("fineweb_short_lines", "at most", 0.67),
    ("fineweb_duplicate_lines", "at most", 0.01),
    ("fineweb_many_line_breaks", "at most", 0.3),
]
# arXiv 2306.01116, section 3.2: "5 %".
REFINEDWEB = [("refinedweb_corrections", "at most", 0.05)]
# arXiv 1911.00359, section 3.3, and min_len of its code.
CCNET = [("ccnet_too_short", "at least", 300), ("language_unrecognised", "at least", 0.5)]

PUBLISHED = {
    "gopher": EMPTY + GOPHER_REPETITION + GOPHER_QUALITY,
    "c4": EMPTY + ENGLISH + C4,
    "fineweb": EMPTY + URLS + ENGLISH + GOPHER_REPETITION + GOPHER_QUALITY + FINEWEB,
    "refinedweb": EMPTY + URLS + ENGLISH + GOPHER_REPETITION + GOPHER_QUALITY + REFINEDWEB,
    "ccnet": EMPTY + CCNET,
}


def load(tmp_path: Path, text: str) -> CleaningConfig:
    file = tmp_path / "curation.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file).cleaning


@pytest.mark.parametrize("preset", PUBLISHED)
def test_a_preset_has_just_the_rules_of_its_paper(tmp_path: Path, preset: str) -> None:
    rules = reasons(load(tmp_path, f"cleaning: {{preset: {preset}}}"))
    named = {rule.name: (rule.name, rule.comparison, rule.threshold) for rule in rules}
    assert named == {rule[0]: rule for rule in PUBLISHED[preset]}
    assert len(named) == len(rules)


def test_every_preset_is_tested_and_the_first_is_the_default() -> None:
    assert list(PRESETS) == ["default", *PUBLISHED]
    assert CleaningConfig(preset="default") == CleaningConfig()


def test_what_a_preset_edits() -> None:
    c4, fineweb = CleaningConfig(preset="c4").c4, CleaningConfig(preset="fineweb").c4
    assert (c4.line_ends, c4.minimum_line_words, c4.javascript_lines) == ("sentence_or_quote", 5, "all")
    assert (fineweb.line_ends, fineweb.minimum_line_words) == ("any", 3)
    assert (fineweb.javascript_lines, fineweb.maximum_word_characters) == ("all", 1000)
    for name in ("gopher", "refinedweb", "ccnet"):
        assert not CleaningConfig(preset=name).c4.enabled
    assert [name for name in PRESETS if CleaningConfig(preset=name).refinedweb.enabled] == ["refinedweb"]


@pytest.mark.parametrize("preset", PUBLISHED)
def test_a_preset_does_not_depend_on_the_defaults(preset: str) -> None:
    """It sets every threshold there is, and whatever else a section of lines or lengths that it uses has."""
    phrases = {"cut_line_starts", "cut_line_ends", "cut_from_lines"}
    for name in CleaningConfig.model_fields:
        section = type(getattr(CleaningConfig(), name))
        keys = PRESETS[preset].get(name, {})
        if name == "preset" or keys == {"enabled": False}:
            continue
        thresholds = {key for key, field in section.model_fields.items() if "threshold" in field.metadata}
        assert thresholds <= set(keys)
        if name in ("c4", "fineweb", "refinedweb"):
            assert set(section.model_fields) - phrases == set(keys)


def test_a_key_that_is_given_goes_before_the_preset(tmp_path: Path) -> None:
    text = """
cleaning:
  preset: fineweb
  language: {allowed: [en, de]}
  c4: {maximum_curly_brackets: null}
  gopher_quality: {enabled: false}
"""
    config = load(tmp_path, text)
    assert config.language.allowed == ["en", "de"]
    assert config.language.minimum_recognition is None
    assert config.c4 == CleaningConfig(preset="fineweb").c4.model_copy(
        update={"maximum_curly_brackets": None}
    )
    names = [rule.name for rule in reasons(config)]
    assert "fineweb_duplicate_lines" in names
    assert not {"c4_curly_brackets", "gopher_too_few_words"} & set(names)
    given = CleaningConfig(preset="fineweb", c4=C4Config(maximum_curly_brackets=None))
    assert given.c4 == config.c4


def test_a_preset_with_all_keys_reads_back_the_same(tmp_path: Path) -> None:
    config = Config(cleaning=CleaningConfig(preset="c4", c4=C4Config(minimum_sentences=9)))
    assert load(tmp_path, render(config)) == config.cleaning
    assert CleaningConfig.model_validate_json(config.cleaning.model_dump_json()) == config.cleaning


@pytest.mark.parametrize("name", ["finweb", "[c4]", "null"])
def test_an_unknown_preset_is_refused_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"cleaning: {{preset: {name}}}")
    for expected in ("cleaning.preset", name.strip("[]") if name != "null" else "None", *PRESETS):
        assert expected in str(caught.value)


def test_mistakes_beside_a_preset_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "cleaning: {preset: gopher, c4: 7, fineweb: {short: 1}}")
    assert "cleaning.c4: 7 is not allowed" in str(caught.value)
    assert "cleaning.fineweb.short: unknown key; did you mean 'short_line'?" in str(caught.value)


def test_measured_anew_is_only_what_another_preset_edits_or_measures_otherwise() -> None:
    measuring = {name: CleaningConfig(preset=name).measuring() for name in PRESETS}
    assert measuring["gopher"] == measuring["ccnet"]
    different = {
        measuring[name].model_dump_json() for name in ("default", "gopher", "c4", "fineweb", "refinedweb")
    }
    assert len(different) == 5
    assert {config.preset for config in measuring.values()} == {"default"}


def test_the_keys_of_an_edit_that_is_off_cost_no_measuring() -> None:
    phrases = {"cut_line_ends": ["Weiterlesen"]}
    off = CleaningConfig.model_validate({"refinedweb": phrases})
    on = CleaningConfig.model_validate({"refinedweb": {"enabled": True, **phrases}})
    assert off.measuring() == CleaningConfig().measuring()
    assert on.measuring() != CleaningConfig.model_validate({"refinedweb": {"enabled": True}}).measuring()
    assert CleaningConfig.model_validate({"c4": {"enabled": False}}).measuring() != off.measuring()


def test_curate_config_prints_a_preset() -> None:
    runner = CliRunner()
    printed = runner.invoke(main, ["config", "--preset", "fineweb"])
    assert yaml.safe_load(printed.output)["cleaning"] == CleaningConfig(preset="fineweb").model_dump(
        mode="json"
    )
    refused = runner.invoke(main, ["config", "--preset", "finweb"])
    assert refused.exit_code == 2
    assert "fineweb" in refused.output
    both = runner.invoke(main, ["config", "--preset", "c4", "--config", "curation.yaml"])
    assert both.exit_code == 2
    assert "cleaning.preset" in both.output
