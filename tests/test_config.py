"""curation.yaml: complete, closed, and no wider in its effect than the key that changed."""

from pathlib import Path

import pytest
import yaml

from curation_assets.config import Config, ConfigError, load_config, render
from curation_assets.graph import STAGES
from curation_assets.workplace import PROJECT, Workplace
from resources.lake import Lake


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_in_the_project_has_every_key_with_its_default_and_a_comment() -> None:
    assert (PROJECT / "curation.yaml").read_text(encoding="utf-8") == render(Config())


def test_what_is_rendered_reads_back_the_same(tmp_path: Path) -> None:
    assert load_config(write(tmp_path / "c.yaml", render(Config()))) == Config()


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "quality: {model: ./scorer, tokenizer: ../words, probe: packaged}\nembeddings: {model: org/name}"
    monkeypatch.chdir("/")
    config = load_config(write(tmp_path / "c.yaml", text))
    assert config.quality.model == str(tmp_path / "scorer")
    assert config.quality.tokenizer == str(tmp_path.parent / "words")
    assert (config.quality.probe, config.embeddings.model) == ("packaged", "org/name")
    assert Config.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(("inbox", "lake"), [("data", "data"), ("data", "data/lake"), ("lake/inbox", "lake")])
def test_inbox_and_lake_do_not_lie_in_each_other(tmp_path: Path, inbox: str, lake: str) -> None:
    with pytest.raises(ConfigError, match="must not lie in each other"):
        Workplace.open(tmp_path / inbox, tmp_path / lake)


def test_every_key_has_a_comment_of_its_own() -> None:
    lines = render(Config()).splitlines()
    for number, line in enumerate(lines):
        if ":" in line and not line.lstrip().startswith("#"):
            assert lines[number - 1].lstrip().startswith("#"), line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dedup: {jacard_threshold: 0.8}", ["dedup.jacard_threshold", "jaccard_threshold", "allowed here"]),
        (
            "dedup: {sources: {laws: {jaccard: 0.9}}}",
            ["laws.jaccard", "allowed here: enabled, jaccard_threshold"],
        ),
        ("dedupe: {}", ["dedupe: unknown key", "did you mean 'dedup'", "cleaning"]),
        ("dedup: {jaccard_threshold: 7}", ["dedup.jaccard_threshold", "7", "less than or equal to 1"]),
        ("mixture: {sampler: best}", ["mixture.sampler", "'best'", "quality_coverage"]),
        ("mixture: {budget: {unit: words}}", ["mixture.budget.unit", "'words'", "tokens"]),
        (
            "cleaning: {language: {allowed: [english]}}",
            ["cleaning.language.allowed", "'english'", "[a-z]{2,3}"],
        ),
        ("cleaning: {language: {minimum_scores: {pl: 50}}}", ["minimum_scores", "50", "less than or equal"]),
        ("cleaning: {gopher_quality: {minimum_mean_word_length: .inf}}", ["inf", "finite"]),
        (
            "cleaning: {gopher_quality: {minimum_words: 100, maximum_words: 10}}",
            ["minimum_words is 100, more than maximum_words, which is 10"],
        ),
        ("cleaning: {word_lists: {bad_words: ''}}", ["bad_words", "at least 1 character"]),
        ("cleaning: {refinedweb: {cut_line_starts: [' ']}}", ["cut_line_starts", "' '"]),
        ("- a list", ["expected sections", "list"]),
        ("a: [1", ["not readable as YAML"]),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(tmp_path: Path, text: str, expected: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path / "c.yaml", text))
    for part in expected:
        assert part in str(caught.value)


def test_a_missing_file_is_an_error_and_an_empty_one_means_defaults(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "nowhere.yaml")
    assert load_config(write(tmp_path / "empty.yaml", "")) == Config()


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ("shards: {maximum_row_bytes: 1000000}", {"raw_documents"}),
        ("cleaning: {gopher_quality: {minimum_words: 40}}", {"clean_documents"}),
        ("dedup: {rows: 5}", {"signatures", "dedup_clusters"}),
        ("dedup: {jaccard_threshold: 0.9}", {"dedup_clusters"}),
        ("containment: {enabled: true}", {"containment_keys", "contained_documents"}),
        ("containment: {threshold: 0.8}", {"contained_documents"}),
        ("containment: {window: 16}", {"contained_documents"}),
        ("passages: {substrings: true}", {"passage_keys", "repeated_passages"}),
        ("passages: {substrings: true, policy: count}", {"passage_keys", "repeated_passages"}),
        ("dedup: {policy: cap, representative: newest}", {"dedup_clusters"}),
        ("quality: {maximum_tokens: 128}", {"quality_scores"}),
        ("embeddings: {maximum_tokens: 128}", {"embeddings"}),
        ("embeddings: {storage: float16}", {"embeddings"}),
        ("neighbours: {enabled: true}", {"neighbours"}),
        ("density: {hashes_per_row: 8}", {"density_sketch", "density_estimates"}),
        ("contamination: {words: 20}", {"contamination"}),
        ("semantic: {similarity: 0.9}", {"semantic_duplicates"}),
        ("topics: {count: 16}", {"topics"}),
        ("outliers: {votes: 3}", {"outliers"}),
        ("mixture: {alpha: 0.5}", {"mixture_plan"}),
        ("mixture: {formats: [parquet]}", {"mixture"}),
        ("compute: {workers: 7}", set()),
    ],
)
def test_a_key_changes_the_code_version_of_just_the_assets_that_it_touches(
    tmp_path: Path, change: str, touched: set[str]
) -> None:
    assert yaml.safe_load(change)
    before = Workplace(tmp_path, Lake(tmp_path), Config())
    after = Workplace(tmp_path, Lake(tmp_path), load_config(write(tmp_path / "c.yaml", change)))
    changed = {stage.name for stage in STAGES if stage.code_version(before) != stage.code_version(after)}
    # The manifest states the whole configuration, but for the workers.
    assert changed - {"mixture_manifest"} == touched
    assert ("mixture_manifest" in changed) == bool(touched)


def test_what_the_card_says_touches_the_manifest_alone(tmp_path: Path) -> None:
    before = Workplace(tmp_path, Lake(tmp_path), Config())
    config = load_config(write(tmp_path / "c.yaml", "card: {name: Ours, license: CC0-1.0}"))
    after = Workplace(tmp_path, Lake(tmp_path), config)
    changed = {stage.name for stage in STAGES if stage.code_version(before) != stage.code_version(after)}
    assert changed == {"mixture_manifest"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mixture: {sampler: prototypes}", r"needs semantic\.enabled: true"),
        ("mixture: {sampler: d4}", r"needs semantic\.enabled: true"),
        ("mixture: {sampler: greedy_diversity}", r"needs neighbours\.enabled: true"),
        ("density: {method: knn}", r"density\.method knn needs neighbours\.enabled: true"),
        ("mixture: {sampler: dsir}", r"goes by the score 'dsir'; quality\.scorers has ask_llm"),
        (
            "topics: {enabled: false}\nmixture: {allocation: {quotas: [{topic: 1, share: 0.1}]}}",
            r"needs topics\.enabled: true",
        ),
        (
            "mixture: {allocation: {phases: [{name: a, share: 1.0, sampler: semdedup}]}}",
            r"needs semantic\.enabled: true",
        ),
    ],
)
def test_what_the_mixture_looks_at_has_to_be_made(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "curation.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(path)
    (tmp_path / "whole.yaml").write_text(
        "semantic: {enabled: true}\nneighbours: {enabled: true}\nmixture: {sampler: d4}\n"
        "density: {method: knn}\n"
    )
    assert load_config(tmp_path / "whole.yaml").mixture.sampler == "d4"
