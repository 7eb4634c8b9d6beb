"""The second labelled corpus is as data/HELD_OUT_LABELS.md promises, and no training text is in it."""

import re
import sys
from collections import Counter

import pytest

from curation_assets.quality.ask_llm.train_probe import read_labelled
from curation_assets.workplace import PROJECT

DATA = PROJECT / "data"
FIELDS = {"text", "label", "kind", "language", "source", "licence"}


@pytest.fixture(scope="module")
def builder():
    """Return the module that built the corpus, whose counting the promises are stated in."""
    sys.path.insert(0, str(DATA))
    try:
        import build_held_out_labels
    finally:
        sys.path.remove(str(DATA))
    return build_held_out_labels


@pytest.fixture(scope="module")
def records(builder) -> list[dict]:
    return builder.read_records(DATA / "held_out_labels.jsonl.gz")


def test_every_text_has_a_label_and_says_where_it_is_from(records: list[dict]) -> None:
    assert 600 <= len(records) <= 1200
    assert (DATA / "held_out_labels.jsonl.gz").stat().st_size < 3_000_000
    assert all(set(one) == FIELDS and all(one[name] for name in FIELDS - {"label"}) for one in records)
    assert {one["label"] for one in records} == {0, 1}
    assert len({one["text"] for one in records}) == len(records)


def test_the_scorers_own_reader_reads_it(records: list[dict]) -> None:
    read = read_labelled(DATA / "held_out_labels.jsonl.gz")
    assert [(one.text, one.label) for one in read] == [(one["text"], one["label"]) for one in records]


def test_every_language_has_prose_and_junk(records: list[dict]) -> None:
    for label in (0, 1):
        count = Counter(one["language"] for one in records if one["label"] == label)
        assert len(count) >= 13
        assert min(count.values()) >= 8


def test_every_kind_has_enough_texts(records: list[dict]) -> None:
    kinds = Counter((one["label"], one["kind"]) for one in records)
    assert len([kind for kind in kinds if kind[0] == 0]) >= 15
    assert len([kind for kind in kinds if kind[0] == 1]) >= 10
    assert min(kinds.values()) >= 15


def test_no_kind_is_one_that_was_trained_on(builder, records: list[dict]) -> None:
    trained = {one["kind"] for name in builder.TRAINING for one in builder.read_records(DATA / name)}
    assert not trained & {one["kind"] for one in records}


def test_lengths_span_two_orders_of_magnitude(builder, records: list[dict]) -> None:
    lengths = sorted(builder.count_words(one["text"]) for one in records if one["label"] == 1)
    assert 30 <= lengths[0] <= 40
    assert 2000 <= lengths[-1] <= 3000
    assert all(builder.count_words(one["text"]) <= 3000 for one in records)


def test_no_text_shares_thirteen_words_with_a_training_text(builder, records: list[dict]) -> None:
    trained = builder.training_windows()
    assert len(trained) > 50_000
    assert not [one["kind"] for one in records if builder.windows(one["text"]) & trained]


def test_an_overlap_would_be_found(builder) -> None:
    text = builder.read_records(DATA / "probe_training.jsonl.gz")[-1]["text"]
    assert builder.windows("Before it. " + text + " After it.") & builder.windows(text)
    assert not builder.windows("one two three four five six seven eight nine ten eleven twelve")
    assert len(builder.windows("一二三四五六七八九十百千万億")) == 2


def test_every_licence_is_that_of_the_source(builder, records: list[dict]) -> None:
    for one in records:
        made = one["source"].startswith("made")
        assert one["licence"] in (
            {"CC0-1.0", builder.AS_SOURCES} if made else {builder.licence_of(one["source"])}
        )
    described = (DATA / "HELD_OUT_LABELS.md").read_text(encoding="utf-8")
    for package in {one["source"].split()[0] for one in records} - {"made"}:
        name = re.sub(r"^(debian-faq|lilypond-doc-html)-.*", r"\1", package)
        assert name in described, package


def test_headings_go_with_their_paragraph_and_lists_of_links_go(builder) -> None:
    text = "[Top][Index]\n\nChapter\n\nSection\n\nA sentence ends here.\n\nA menu item"
    assert builder.prose(text) == ["Section", "A sentence ends here."]


def test_lines_of_the_file_hold_no_other_line_ends(builder) -> None:
    line = builder.as_line({"text": "a\x85b\u2028c\nd"})
    assert len(line.splitlines()) == 1
