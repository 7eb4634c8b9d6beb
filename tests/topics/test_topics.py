"""Topics and formats: planted ones are found, whatever the order and the shards of documents."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from lake_of_vectors import MEASURED, LakeOfVectors, planted

from curation_assets.config import Config
from curation_assets.stage import BuiltLabels
from curation_assets.topics.clusters import LABEL_SCHEMA
from curation_assets.topics.config import TopicsConfig
from curation_assets.topics.stage import SUMMARY, TOPICS
from curation_assets.topics.structure import FEATURES, Scale, features, learn_formats, nearest_formats
from curation_assets.topics.words import distinctive_words, words_of

SUBJECTS = ("planet orbit star", "butter flour oven", "goal referee match")
LISTS = {"gopher_bullet_lines": 0.9, "fineweb_short_lines": 0.8, "fineweb_terminal_lines": 0.05}
PER_SUBJECT = 80


def a_lake(folder: Path, topics: TopicsConfig, order: np.ndarray, shards: list[str]) -> BuiltLabels:
    """Build topics of documents about three subjects, every third one a list, dealt out in an order."""
    vectors, subject = planted([PER_SUBJECT] * 3, 32, 0.6, seed=1)
    lists = np.arange(len(subject)) % 3 == 0
    documents = pl.DataFrame(
        {
            "doc_id": [f"d{number:03d}" for number in range(len(subject))],
            "text": [f"{SUBJECTS[s]} and the others {n}" for n, s in enumerate(subject.tolist())],
            "language": ["de" if s == 1 else "en" for s in subject.tolist()],
            **{name: np.where(lists, LISTS[name], MEASURED[name]) for name in LISTS},
        }
    )
    lake = LakeOfVectors(folder, Config(topics=topics))
    for shard, rows in zip(shards, np.array_split(order, len(shards)), strict=True):
        rows = np.sort(rows)
        lake.write(shard, documents[rows], vectors[rows])
    return lake.build(TOPICS, shards)


def labels(built: BuiltLabels) -> pl.DataFrame:
    return pl.concat(built.labels.values()).sort("doc_id")


def purity(found: np.ndarray, true: np.ndarray) -> float:
    """Return the share of documents that are in a cluster most of whose documents are like them."""
    return sum(np.bincount(true[found == cell]).max() for cell in np.unique(found)) / len(true)


CONFIG = TopicsConfig(count=12, formats=4)
EVERYTHING = np.arange(3 * PER_SUBJECT)


def test_planted_topics_and_formats_are_found(tmp_path: Path) -> None:
    built = a_lake(tmp_path, CONFIG, EVERYTHING, ["s"])
    found = labels(built)
    assert found.schema == LABEL_SCHEMA
    assert purity(found["topic"].to_numpy(), np.repeat(np.arange(3), PER_SUBJECT)) == 1.0
    assert purity(found["format"].to_numpy(), (EVERYTHING % 3 == 0).astype(int)) == 1.0
    assert found["topic_similarity"].min() > 0.5  # type: ignore[operator]
    sizes = found["topic"].value_counts().sort("topic")["count"].to_list()
    assert sizes == sorted(sizes, reverse=True)  # the sample is the lake here
    assert built.figures["topics"] == len(sizes)
    assert b"Documents by topic" in built.plots["documents by topic"]()


def test_the_summary_says_what_is_typical(tmp_path: Path) -> None:
    built = a_lake(tmp_path, CONFIG, EVERYTHING, ["s"])
    summary = json.loads(built.files[SUMMARY])
    assert summary["documents"] == sum(topic["documents"] for topic in summary["topics"]) == len(EVERYTHING)
    found = labels(built)
    for topic in summary["topics"]:
        rows = found.filter(pl.col("topic") == topic["topic"])
        subject = int(rows["doc_id"][0][1:]) // PER_SUBJECT
        assert set(topic["words"][:3]) == set(SUBJECTS[subject].split())
        assert topic["languages"] == {"de" if subject == 1 else "en": 1.0}
        assert topic["sources"] == {"web": 1.0}
        assert sum(topic["formats"].values()) == topic["documents"] == rows.height
    bullets = {each["format"]: each["mean"]["bullet_lines"] for each in summary["formats"]}
    assert sorted(set(bullets.values())) == [0.0, 0.9]


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_depends_on_how_documents_lie_in_shards(tmp_path: Path, seed: int) -> None:
    whole = a_lake(tmp_path / "whole", CONFIG.model_copy(update={"sample": 90}), EVERYTHING, ["s"])
    random = np.random.default_rng(seed)
    shards = ["c", "a", "b"]
    other = a_lake(
        tmp_path / "other", CONFIG.model_copy(update={"sample": 90}), random.permutation(EVERYTHING), shards
    )
    assert labels(other).drop("shard").equals(labels(whole).drop("shard"))
    assert other.files[SUMMARY] == whole.files[SUMMARY]


def test_a_document_without_a_vector_has_a_format_only(tmp_path: Path) -> None:
    lake = LakeOfVectors(tmp_path, Config(topics=CONFIG))
    vectors, _ = planted([30], 8, 0.5, seed=2)
    rows: list[object] = [*vectors[:28], None, np.full(8, np.nan)]
    lake.write("s", pl.DataFrame({"doc_id": [f"d{n:02d}" for n in range(30)]}), rows)
    built = lake.build(TOPICS, ["s"])
    last = labels(built).tail(2)
    assert last["topic"].null_count() == last["topic_similarity"].null_count() == 2
    assert last["format"].to_list() == [0, 0]
    assert json.loads(built.files[SUMMARY])["without_vector"] == built.figures["without_vector"] == 2
    counts = TOPICS.count(lake.workplace, ["s"])
    assert (counts.rows_in, counts.kept) == (30, 30)


@pytest.mark.parametrize("documents", [0, 1])
def test_a_lake_of_next_to_nothing(tmp_path: Path, documents: int) -> None:
    lake = LakeOfVectors(tmp_path, Config())
    lake.write(
        "s", pl.DataFrame({"doc_id": ["d"] * documents}, {"doc_id": pl.String}), [[1.0] * 8] * documents
    )
    built = lake.build(TOPICS, ["s"])
    assert labels(built).select("topic", "topic_similarity", "format").rows() == [(0, 1.0, 0)] * documents
    assert json.loads(built.files[SUMMARY])["documents"] == documents
    assert built.plots["documents by topic"]()
    assert not lake.build(TOPICS, []).labels


def test_a_lake_without_vectors_has_formats(tmp_path: Path) -> None:
    lake = LakeOfVectors(tmp_path, Config())
    lake.write("s", pl.DataFrame({"doc_id": ["a", "b"]}), [None, None])
    assert labels(lake.build(TOPICS, ["s"])).select("topic", "format").rows() == [(None, 0)] * 2


def test_off_it_tells_nothing_and_reads_no_vectors(tmp_path: Path) -> None:
    lake = LakeOfVectors(tmp_path, Config(topics=TopicsConfig(enabled=False)))
    lake.write("s", pl.DataFrame({"doc_id": ["b", "a"]}), [None, None])
    lake.workplace.lake.table_path("embeddings", "s").unlink()
    found = labels(lake.build(TOPICS, ["s"]))
    assert found.schema == LABEL_SCHEMA
    assert found.rows() == [("a", "s", None, None, None), ("b", "s", None, None, None)]


def test_features_are_those_of_the_columns() -> None:
    row = {**MEASURED, "characters": 511, "gopher_words": 128, "c4_sentences": 8, "c4_curly_brackets": 64}
    found = dict(zip(FEATURES, features(pl.DataFrame([row]))[0].tolist(), strict=True))
    assert found["log2_characters"] == 9.0
    assert found["log2_words_per_sentence"] == 4.0
    assert found["curly_brackets_per_word"] == 0.5
    assert found["bullet_lines"] == 0.0
    assert found["log2_words_per_line"] == pytest.approx(1 - np.log2(0.05 + 1 / 128), abs=1e-3)
    nothing = dict.fromkeys(row) | {"characters": 0, "gopher_words": 0, "c4_sentences": 0}
    assert np.isnan(features(pl.DataFrame([nothing]))[0]).sum() >= 5


def test_one_odd_document_moves_no_format() -> None:
    random = np.random.default_rng(3)
    sample = np.round(random.normal(size=(200, len(FEATURES))), 3)
    odd = np.vstack([sample, np.full(len(FEATURES), 1e9)])
    steps, with_odd = Scale(sample).steps(sample), Scale(odd).steps(odd)
    assert np.abs(steps.astype(int) - with_odd[:-1]).max() <= 8  # a tenth of a deviation
    assert with_odd[-1].tolist() == [120] * len(FEATURES)
    missing = np.full((1, len(FEATURES)), np.nan)
    assert not Scale(sample).steps(missing).any()
    assert not Scale(missing).steps(missing).any()


def test_formats_are_the_nearest_of_brute_force() -> None:
    steps = np.random.default_rng(4).integers(-120, 121, size=(2_000, len(FEATURES))).astype(np.int8)
    centres = learn_formats(steps, 6, 50)
    apart = np.square(steps[:, None].astype(int) - centres[None].astype(int)).sum(axis=2)
    cell = nearest_formats(steps, centres)
    assert np.array_equal(cell, apart.argmin(axis=1))
    sizes = np.bincount(cell).tolist()
    assert sizes == sorted(sizes, reverse=True)
    for number in range(6):  # the centres are those of what is nearest to them, but for rounding
        assert np.abs(steps[cell == number].mean(axis=0) - centres[number]).max() < 3
    assert len(learn_formats(np.zeros((50, 8), np.int8), 6, 5)) == 1


def test_words_that_all_topics_have_are_not_distinctive() -> None:
    texts = {0: ["the planet turns", "the planet stands"], 1: ["the oven heats", "the oven cools"]}
    assert distinctive_words(texts, 2) == {0: ["planet", "the"], 1: ["oven", "the"]}
    assert distinctive_words({0: ["alpha beta"]}, 5) == {0: ["alpha", "beta"]}
    assert distinctive_words({0: []}, 5) == {0: []}
    assert words_of("Don't say 42 or x1y, an Ox") == {"say"}
    assert words_of("中文文本") == {"中文", "文文", "文本"}
    assert words_of("\ud800 lone \x00 half" + "a" * 10_000_000) == {"lone"}
