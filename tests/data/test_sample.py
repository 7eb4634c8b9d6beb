"""Facts of the bundled sample: that it is what SAMPLE.md says, and that every label is true."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curation_assets.shards.config import ShardsConfig
from curation_assets.shards.discovery import Inbox, discover
from curation_assets.shards.readers import read_shard
from curation_assets.text.words import words

DATA = Path(__file__).parents[2] / "data"
Key = tuple[str, str]
Shingles = frozenset[tuple[str, ...]]


def json_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def shingles(text: str, size: int = 5) -> Shingles:
    found = words(text.lower())
    return frozenset(zip(*(found[start:] for start in range(size)), strict=False))


def jaccard(a: Shingles, b: Shingles) -> float:
    return len(a & b) / len(a | b)


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return discover(DATA / "sample")


@pytest.fixture(scope="module")
def tables(inbox: Inbox) -> tuple[pl.DataFrame, pl.DataFrame]:
    pairs = [read_shard(file, ShardsConfig())[:2] for file in inbox.shards.values()]
    return pl.concat([raw for raw, _ in pairs]), pl.concat([rejected for _, rejected in pairs])


@pytest.fixture(scope="module")
def documents(tables: tuple[pl.DataFrame, pl.DataFrame]) -> dict[Key, dict[str, Any]]:
    """The documents that have a record id, by shard and record id."""
    rows = tables[0].filter(pl.col("record_id").is_not_null()).iter_rows(named=True)
    return {(row["shard"], row["record_id"]): row for row in rows}


@pytest.fixture(scope="module")
def labels() -> list[dict[str, Any]]:
    return json_lines("sample_labels.jsonl")


def of_case(labels: list[dict[str, Any]], case: str) -> list[dict[str, Any]]:
    return [label for label in labels if label["case"] == case]


def key(label: dict[str, Any]) -> Key:
    return label["shard"], label["record_id"]


def test_the_shards(inbox: Inbox) -> None:
    assert inbox.ignored == []
    kinds = Counter((file.format, file.compression) for file in inbox.shards.values())
    assert kinds == {
        ("jsonl", "gzip"): 3,
        ("jsonl", "zstd"): 2,
        ("parquet", ""): 2,
        ("warc", "gzip"): 2,
        ("txt", ""): 1,
    }
    assert sum(file.size for file in inbox.shards.values()) < 4_000_000


def test_the_documents(
    tables: tuple[pl.DataFrame, pl.DataFrame], documents: dict[Key, dict[str, Any]]
) -> None:
    raw, _ = tables
    assert 1600 <= raw.height <= 1800
    assert len(documents) == raw.height - 1  # the text file has no record id
    assert raw.select("shard", "doc_id").is_unique().all()
    assert 4_500_000 < raw["text"].str.len_bytes().sum() < 7_000_000
    lengths = raw.filter(pl.col("kind") == "text")["text"].str.len_chars()
    assert lengths.is_between(500, 6000).sum() > 0.9 * len(lengths)
    pages = raw.filter(pl.col("kind") == "html")
    assert pages.height >= 150
    assert pages["url"].str.starts_with("https://docs.example/").all()


def test_the_languages(tables: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    raw = tables[0].filter(pl.col("metadata").str.contains('"language"'))
    counts = Counter(json.loads(metadata)["language"] for metadata in raw["metadata"])
    assert counts["en"] > 0.6 * raw.height
    assert min(counts[language] for language in ("de", "fr", "es")) >= 100
    assert counts["ru"] >= 20


def test_every_label_points_to_a_document(
    labels: list[dict[str, Any]], documents: dict[Key, dict[str, Any]]
) -> None:
    planted = [label for label in labels if label["case"] != "broken_row"]
    assert {key(label) for label in planted} <= set(documents)
    assert len({key(label) for label in planted}) == len(planted)
    counts = Counter(label["case"] for label in labels)
    assert counts == {
        "exact_copy": 60,
        "near_copy": 140,
        "boilerplate": 40,
        "keyword_spam": 40,
        "shuffled_words": 40,
        "gibberish": 40,
        "navigation": 40,
        "off_language": 21,
        "personal_data": 30,
        "broken_row": 17,
    }


def test_planted_documents_look_like_the_others_from_outside(
    labels: list[dict[str, Any]], documents: dict[Key, dict[str, Any]]
) -> None:
    """Neither ids nor sources give planted junk away."""
    planted = {key(label) for label in labels if label["case"] != "broken_row"}
    sources = {row["source"] for place, row in documents.items() if place not in planted}
    assert {documents[place]["source"] for place in planted} <= sources
    assert all(re.fullmatch(r"doc-\d{5}", record_id) for _, record_id in planted)


def test_copies_are_as_similar_as_their_labels_say(
    labels: list[dict[str, Any]], documents: dict[Key, dict[str, Any]]
) -> None:
    levels: Counter[tuple[float, str]] = Counter()
    for label in of_case(labels, "near_copy") + of_case(labels, "exact_copy"):
        copy, original = documents[key(label)], documents[key(label["of"])]
        assert copy["shard"] != original["shard"]
        assert copy["doc_id"] != original["doc_id"]
        if label["case"] == "exact_copy":
            assert copy["text"] == original["text"]
            continue
        measured = jaccard(shingles(copy["text"]), shingles(original["text"]))
        assert measured == pytest.approx(label["jaccard"], abs=0.02)
        assert measured == pytest.approx(label["target"], abs=0.04)
        levels[label["target"], label["edit"]] += 1
    assert {target for target, _ in levels} == {0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95}
    assert min(levels.values()) >= 5
    assert len(levels) == 7 * 3


def test_no_other_documents_resemble_each_other(
    labels: list[dict[str, Any]], documents: dict[Key, dict[str, Any]]
) -> None:
    """The labels are the whole truth about near duplicates: all pairs, counted exactly."""
    texts = {place: row["text"] for place, row in documents.items() if row["kind"] == "text"}
    family = {place: place for place in texts}
    family |= {key(label): key(label["of"]) for label in labels if "of" in label}
    sizes: dict[Key, int] = {}
    owners: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    for place, text in texts.items():
        own = shingles(text)
        sizes[place] = len(own)
        for shingle in own:
            owners[shingle].append(place)
    shared: Counter[tuple[Key, Key]] = Counter()
    for group in owners.values():
        for i, first in enumerate(group):
            for second in group[i + 1 :]:
                if family[first] != family[second]:
                    shared[first, second] += 1
    highest = max(count / (sizes[a] + sizes[b] - count) for (a, b), count in shared.items())
    assert highest < 0.4


def test_the_boilerplate_is_where_the_labels_say(
    labels: list[dict[str, Any]], documents: dict[Key, dict[str, Any]]
) -> None:
    (paragraph,) = {label["paragraph"] for label in of_case(labels, "boilerplate")}
    holding = {place for place, row in documents.items() if paragraph in row["text"]}
    copies = {key(label): key(label["of"]) for label in labels if "of" in label}
    assert {copies.get(place, place) for place in holding} == {
        key(label) for label in of_case(labels, "boilerplate")
    }


def test_shuffled_words_are_of_documents_that_are_not_in_the_sample(
    labels: list[dict[str, Any]], documents: dict[Key, dict[str, Any]]
) -> None:
    shuffled = {key(label) for label in of_case(labels, "shuffled_words")}
    others = {tuple(sorted(row["text"].split())) for place, row in documents.items() if place not in shuffled}
    assert not {tuple(sorted(documents[place]["text"].split())) for place in shuffled} & others
    assert {label["language"] for label in of_case(labels, "shuffled_words")} == {"en", "de", "fr"}


def luhn(number: str) -> bool:
    digits = [int(c) for c in number if c.isdigit()][::-1]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def iban(number: str) -> bool:
    compact = number.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def test_personal_data_is_planted_and_well_formed(
    labels: list[dict[str, Any]], documents: dict[Key, dict[str, Any]]
) -> None:
    kinds: Counter[str] = Counter()
    for label in of_case(labels, "personal_data"):
        for item in label["planted"]:
            kinds[item["kind"]] += 1
            assert item["value"] in documents[key(label)]["text"]
            assert item["kind"] != "card" or luhn(item["value"])
            assert item["kind"] != "iban" or iban(item["value"])
            assert item["kind"] != "email" or re.search(r"\.(example|test)$", item["value"])
    assert set(kinds) == {"email", "ip", "phone", "card", "iban", "us_ssn"}
    assert min(kinds.values()) >= 8


def test_broken_rows_are_quarantined_for_the_labelled_reason(
    labels: list[dict[str, Any]], tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    expected = {
        (label["shard"], label["position"], label["reason"]) for label in of_case(labels, "broken_row")
    }
    assert set(tables[1].select("shard", "position", "reason").iter_rows()) == expected
    assert len({reason for _, _, reason in expected}) >= 9


def test_labelled_texts() -> None:
    rows = json_lines("quality_labels.jsonl")
    assert all(set(row) == {"text", "label", "kind"} and row["text"].strip() for row in rows)
    counts = Counter(row["label"] for row in rows)
    assert set(counts) == {1, 0, -1}
    assert min(counts[0], counts[1]) >= 150


def test_the_sample_has_no_labelled_text(documents: dict[Key, dict[str, Any]]) -> None:
    """What a scorer is trained on must not be what it is shown with: no 13 words in common."""
    labelled = frozenset[tuple[str, ...]]().union(
        *(shingles(row["text"], 13) for row in json_lines("quality_labels.jsonl"))
    )
    texts = [row["text"] for row in documents.values() if row["kind"] == "text"]
    assert not any(shingles(text, 13) & labelled for text in texts)


def test_every_source_has_its_licence(documents: dict[Key, dict[str, Any]]) -> None:
    described = (DATA / "SAMPLE.md").read_text(encoding="utf-8")
    sources = {row["source"] for row in documents.values()} - {"web"}
    sources |= {row["url"].split("/")[3] for row in documents.values() if row["url"]}
    assert {source for source in sources if f"`{source}`" not in described} == set()
    named = set(re.findall(r"licenses/([\w.-]+\.txt)", described))
    held_out = (DATA / "HELD_OUT_LABELS.md").read_text(encoding="utf-8")
    named |= set(re.findall(r"[\w.-]+\.txt", held_out))
    assert named == {path.name for path in (DATA / "licenses").iterdir()}
