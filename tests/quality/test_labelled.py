"""The labelled texts that an installed package has, and the sample of them that scorers are judged on."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from curation_assets.quality.ask_llm.shots import read_shots
from curation_assets.quality.labelled import (
    PACKAGED_LABELS,
    Labelled,
    evenly,
    read_labelled,
    without_shots,
)
from curation_assets.workplace import PROJECT


def test_the_bundled_texts_are_in_the_package_and_the_same_in_data() -> None:
    examples = read_labelled(PACKAGED_LABELS)
    assert Counter(one.label for one in examples) == {1: 160, 0: 217}
    assert (PROJECT / "data" / "quality_labels.jsonl").read_bytes() == PACKAGED_LABELS.read_bytes()


def test_what_few_shot_scorers_are_shown_is_left_out() -> None:
    examples = read_labelled(PACKAGED_LABELS)
    rest = without_shots(examples)
    assert len(examples) - len(rest) == 4
    assert not {one.text for one in rest} & {shot.text for shot in read_shots("packaged", 4)}


def test_a_sample_is_even_and_depends_on_the_texts_alone() -> None:
    examples = without_shots(read_labelled(PACKAGED_LABELS))
    chosen = evenly(examples, 120)
    mixed = random.Random(1).sample(examples, len(examples))
    assert set(evenly(mixed, 120)) == set(chosen)
    assert Counter(one.label for one in chosen) == {1: 60, 0: 60}
    for label in (0, 1):
        counts = Counter(one.kind for one in chosen if one.label == label)
        assert set(counts) == {one.kind for one in examples if one.label == label}
        assert max(counts.values()) - min(counts.values()) <= 1
    assert set(evenly(examples, 2 * len(examples))) == set(examples)


def test_lines_are_cut_at_line_feeds_alone(tmp_path: Path) -> None:
    rows = [
        {"text": "a\u2028b\x85c", "label": 1, "kind": "book", "language": "de", "licence": "CC0-1.0"},
        {"text": "spam", "label": 0, "kind": "spam"},
        {"text": "?", "label": -1, "kind": "neither"},
    ]
    path = tmp_path / "labels.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()))
    assert read_labelled(path) == [Labelled("a\u2028b\x85c", 1, "book", "de"), Labelled("spam", 0, "spam")]


@pytest.mark.parametrize(
    "line", ["no", "[1]", '{"text": "a", "label": 1}', '{"text": 1, "label": 1, "kind": "a"}']
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"text": "a", "label": 1, "kind": "b"}\n' + line)
    with pytest.raises(ValueError, match=r"labels\.jsonl, line 2: "):
        read_labelled(path)
