"""``curate sample`` as a user meets it: what it finds, in which order, and what it says if none."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from sampling_lake import HOSTILE, PLANTED, planted, write_clean, write_copies, write_hostile, write_ledger
from small_inboxes import prose

from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cli import main
from resources.lake import Lake
from resources.records import BuildRecord

HARMFUL = {*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0))} - {"\n", "\t"}
HARMFUL |= set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u2028\u2029")


def sample(lake: Lake, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["sample", "--lake", str(lake.root), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def found(lake: Lake, *arguments: str) -> dict[str, Any]:
    code, text = sample(lake, *arguments, "--json")
    assert code == 0, text
    return json.loads(text)


def ids(lake: Lake, *arguments: str) -> list[str]:
    return [example["doc_id"] for example in found(lake, *arguments)["examples"]]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return planted(tmp_path_factory.mktemp("sampling") / "lake")


def test_what_a_rule_dropped_has_its_lines_marked_and_value_and_threshold_told(lake: Lake) -> None:
    (example,) = found(lake, "--stage", "cleaning", "--reason", "gopher_duplicate_lines")["examples"]
    assert example["doc_id"] == "repeated"
    assert example["why"] == "gopher_duplicate_lines = 0.7143; wanted: at most 0.3"
    assert example["facts"]["distance"] == pytest.approx((5 / 7 - 0.3) / 0.3)
    marked = [example["text"][mark["start"] : mark["end"]] for mark in example["marks"]]
    assert marked == ["A line that comes again and again."] * 5
    assert all(mark["kind"] == "counted" for mark in example["marks"])
    assert example["marks"][0]["start"] > 0  # the first one is no repetition


def test_a_group_stands_for_its_rules_and_a_rule_without_places_says_so(lake: Lake) -> None:
    assert ids(lake, "--reason", "gopher_repetition") == ["repeated"]
    assert ids(lake, "--stage", "cleaning") == ["short", "repeated"]
    code, text = sample(lake, "--reason", "gopher_too_few_words")
    assert code == 0
    assert "nothing is highlighted: this rule counts all words" in text


def test_what_was_nearly_dropped_comes_by_its_distance(lake: Lake) -> None:
    examples = found(lake, "--reason", "gopher_duplicate_lines", "--near", "-n", "3")["examples"]
    assert examples[0]["doc_id"] == "nearly"
    distances = [example["facts"]["distance"] for example in examples]
    assert distances == sorted(distances)
    (mark,) = examples[0]["marks"]
    assert examples[0]["text"][mark["start"] : mark["end"]] == "This line is here twice."


def test_masked_personal_data_is_marked_where_there_was_some(lake: Lake) -> None:
    examples = found(lake, "--score", "gopher_words", "--highest", "-n", "50")["examples"]
    marks = {example["doc_id"]: [mark["kind"] for mark in example["marks"]] for example in examples}
    assert marks.pop("mail") == ["masked"]
    assert not any(marks.values())


def test_thresholds_are_those_that_the_shard_was_cleaned_by(tmp_path: Path) -> None:
    config = CleaningConfig.model_validate({"gopher_repetition": {"duplicate_lines": 0.05}})
    lake = Lake(tmp_path / "lake")
    write_clean(lake, "a.jsonl", {"nearly": PLANTED["nearly"]}, config)
    record = BuildRecord(stage="clean_documents", shard="a.jsonl", fingerprint="f", code_version="v-1")
    lake.save_record(record)
    lake.remember_settings("v-1", json.dumps({"cleaning": config.model_dump(mode="json")}))
    (example,) = found(lake, "--reason", "gopher_duplicate_lines")["examples"]
    assert example["why"].endswith("wanted: at most 0.05")
    code, text = sample(lake, "--reason", "fineweb_duplicate_lines")
    assert code == 1
    assert "is off in the settings of this lake" in text


def test_lots_follow_from_the_seed_and_not_from_the_order_of_shards(lake: Lake, tmp_path: Path) -> None:
    draws = {seed: ids(lake, "--score", "gopher_words", "--lowest", "--random", "--seed", seed, "-n", "4")
             for seed in map(str, range(6))}  # fmt: skip
    again = ids(lake, "--score", "gopher_words", "--lowest", "--random", "--seed", "3", "-n", "4")
    assert again == draws["3"]
    assert len({tuple(sorted(draw)) for draw in draws.values()}) > 1
    more = planted(tmp_path / "lake")
    write_clean(more, "0.jsonl", {"new": prose(99)})
    others = [name for name in ids(more, "--score", "gopher_words", "--lowest", "--random", "--seed", "3",
                                   "-n", "5") if name != "new"]  # fmt: skip
    assert set(again) <= set(others)


def test_filters_let_only_their_documents_through(lake: Lake) -> None:
    by_words = ["--score", "gopher_words", "--lowest", "-n", "50"]
    every = found(lake, *by_words)
    assert every["matching"] == every["looked_at"] == 13
    assert all(name.startswith("b") for name in ids(lake, *by_words, "--source", "books"))
    assert ids(lake, *by_words, "--source", "boo*") == ids(lake, *by_words, "--shard", "b.jsonl")
    assert set(ids(lake, *by_words, "--language", "en")) <= set(ids(lake, *by_words))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--reason", "gopher_duplicate_line"], "did you mean gopher_duplicate_lines"),
        (["--stage", "cleaning", "--reason", "over_budget"], "no rule or group of rules of cleaning"),
        (["--score", "qality", "--lowest"], "gopher_words"),
        (["--disagree", "gopher_words", "nothing"], "'nothing' is no numeric column"),
        (["--stage", "cleaning", "--language", "xx"], "there are en ("),
        (["--stage", "cleaning", "--source", "nowhere"], "there are web (7), books (6)"),
        (["--stage", "cleaning", "--shard", "c.jsonl"], "there are a.jsonl, b.jsonl"),
        (["--clusters"], "no table dedup_clusters yet: curate run makes it"),
        (["--topic", "1"], "no table topics yet"),
    ],
)
def test_wrong_names_list_what_there_is(lake: Lake, arguments: list[str], told: str) -> None:
    code, text = sample(lake, *arguments)
    assert code == 1
    assert told in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "one question at a time"),
        (["--clusters", "--passages"], "not --clusters and --passages together"),
        (["--score", "gopher_words"], "--lowest or --highest"),
        (["--highest", "--clusters"], "--lowest or --highest"),
        (["--reason", "over_budget", "--near"], "--near goes with"),
    ],
)
def test_what_does_not_go_together_is_said(lake: Lake, arguments: list[str], told: str) -> None:
    code, text = sample(lake, *arguments)
    assert code == 2
    assert told in text


def test_an_empty_result_says_so_and_why(lake: Lake, tmp_path: Path) -> None:
    code, text = sample(lake, "--reason", "c4_lorem_ipsum", "--source", "books")
    assert code == 0
    assert "No example among 6 documents (source 'books')" in text
    assert "--near" in text
    code, text = sample(Lake(tmp_path / "none"), "--clusters")
    assert code == 1
    assert "curate run makes them" in text


def test_clusters_come_by_size_with_what_differs_and_near_by_similarity(tmp_path: Path) -> None:
    lake, text = Lake(tmp_path / "lake"), prose(5)
    changed = text.replace(text.split()[30], "zebra", 1)
    texts = {"k1": text, "c1": text, "c2": changed, "k2": prose(6), "c3": prose(6) + " More.", "k3": prose(7)}
    write_clean(lake, "a.jsonl", texts)
    write_copies(
        lake,
        "a.jsonl",
        [[("k1", 1.0), ("c1", 1.0), ("c2", 0.95)], [("k2", 1.0), ("c3", 0.81)], [("k3", 1.0)]],
    )
    largest = found(lake, "--clusters")["examples"]
    assert [example["doc_id"] for example in largest] == ["k1", "k2"]
    least_alike, exact = largest[0]["beside"]
    assert (least_alike["doc_id"], exact["doc_id"]) == ("c2", "c1")
    assert least_alike["facts"]["similarity"] == 0.95
    assert [kind for kind, _ in exact["difference"]] == ["same"]
    pieces = least_alike["difference"]
    assert "".join(part for kind, part in pieces if kind != "added") == text
    assert "".join(part for kind, part in pieces if kind != "removed") == changed
    assert [part for kind, part in pieces if kind == "added"] == ["zebra"]
    near = found(lake, "--clusters", "--near")["examples"]
    assert [example["beside"][0]["doc_id"] for example in near] == ["c3", "c2"]


def test_verdicts_come_with_what_was_kept_instead_and_what_was_hit(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    write_clean(lake, "a.jsonl", {"d": prose(1) + " End.", "k": prose(1), "o": prose(2), "e": prose(3)})
    write_ledger(
        lake,
        "a.jsonl",
        [
            {"doc_id": "d", "stage": "dedup_clusters", "reason": "near_duplicate", "kept_instead": "k",
             "kept_instead_shard": "a.jsonl", "similarity": 0.97, "decided_by": "jaccard = 0.97"},
            {"doc_id": "k", "reason": "kept", "similarity": 1.0},
            {"doc_id": "o", "stage": "mixture_plan", "reason": "over_budget", "quality": 0.5},
            {"doc_id": "e", "stage": "mixture_plan", "reason": "contaminated"},
        ],
    )  # fmt: skip
    ngram = " ".join(prose(3).lower().split()[2:6])
    hits = {"doc_id": ["e"], "sets": [["exam"]], "item": ["exam 1"], "ngram": [ngram]}
    lake.write("contamination", "a.jsonl", pl.DataFrame(hits))
    (copy,) = found(lake, "--reason", "near_duplicate")["examples"]
    assert copy["beside"][0]["doc_id"] == "k"
    assert [piece[1] for piece in copy["beside"][0]["difference"] if piece[0] == "removed"] == [". End"]
    assert ids(lake, "--reason", "over_budget") == ["o"]
    assert ids(lake, "--reason", "kept") == ["k"]
    assert set(ids(lake, "--stage", "mixture")) == {"o", "e"}
    (hit,) = found(lake, "--stage", "mixture", "--reason", "contaminated")["examples"]
    (mark,) = hit["marks"]
    assert hit["text"][mark["start"] : mark["end"]].lower() == ngram
    _, told = sample(lake, "--stage", "mixture", "--reason", "outlier")
    assert "there are contaminated (1), kept (1), over_budget (1)" in told


def test_scores_and_disagreement_follow_the_columns(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    names = [f"d{number}" for number in range(6)]
    write_clean(lake, "a.jsonl", {name: prose(number) for number, name in enumerate(names)})
    scores = {"doc_id": names, "quality": [0.1, 0.2, 0.3, 0.4, 0.5, float("nan")],
              "other": [0.2, 0.1, 0.3, 0.9, 0.05, 1.0]}  # fmt: skip
    lake.write("quality_scores", "a.jsonl", pl.DataFrame(scores))
    lake.write(
        "density_estimates", "a.jsonl", pl.DataFrame({"doc_id": names, "density": [3.0, 1, 2, 6, 5, 4]})
    )
    assert ids(lake, "--score", "quality", "--lowest", "-n", "2") == ["d0", "d1"]
    assert ids(lake, "--score", "quality", "--highest") == ["d4", "d3", "d2", "d1", "d0"]
    assert ids(lake, "--densest", "-n", "1") == ["d3"]
    assert ids(lake, "--sparsest", "-n", "2") == ["d1", "d2"]
    first = found(lake, "--disagree", "quality", "other", "-n", "1")["examples"][0]
    assert first["doc_id"] == "d4"
    assert first["why"] == "quality = 0.5 (rank 0.900), other = 0.05 (rank 0.100)"
    assert ids(lake, "--disagree", "quality", "density", "-n", "1") != []


def test_topics_and_passages(tmp_path: Path) -> None:
    lake, text = Lake(tmp_path / "lake"), prose(1)
    write_clean(lake, "a.jsonl", {"x": text, "y": prose(2)})
    topics = {"doc_id": ["x", "y"], "topic": [0, 1], "topic_similarity": [0.5, 0.25]}
    lake.write("topics", "a.jsonl", pl.DataFrame(topics, schema_overrides={"topic": pl.Int32}))
    named = {"topics": [{"topic": 0, "words": ["river\x1b[31m"]}, {"topic": 1, "words": ["song"]}]}
    lake.write_file("topics/topics.json", json.dumps(named).encode())
    assert ids(lake, "--topic", "1") == ["y"]
    code, told = sample(lake, "--topic", "7")
    assert code == 1
    assert "0 (river\\x1b[31m), 1 (song)" in told
    labels = {"doc_id": ["x", "y"], "spans": [[{"start": 4, "end": 20}], []], "repeated_share": [0.25, 0.0],
              "repeated_tokens": [30, 0], "kept": [True, True], "kept_in": ["y", None],
              "kept_in_shard": ["a.jsonl", None]}  # fmt: skip
    lake.write("repeated_passages", "a.jsonl", pl.DataFrame(labels))
    (example,) = found(lake, "--passages")["examples"]
    assert example["marks"] == [{"start": 4, "end": 20, "kind": "cut"}]
    assert text[4:20] in example["text"]


def test_a_source_with_the_signs_of_a_pattern_can_be_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    write_clean(lake, "s.jsonl", {"short": "Too short."}, source="a*b[c]")
    assert ids(lake, "--stage", "cleaning", "--source", "a*b[c]") == ["short"]
    assert ids(lake, "--stage", "cleaning", "--source", "a[*]*") == ["short"]


def test_a_column_of_a_table_that_is_not_built_is_told_apart_from_one_that_is_none(lake: Lake) -> None:
    for question, table in (
        (["--densest"], "density_estimates"),
        (["--score", "quality", "--lowest"], "quality_scores"),
    ):
        code, text = sample(lake, *question)
        assert code == 1
        assert f"a column of {table}, which is not built yet" in text


@pytest.mark.parametrize("limit", [30, 60, 120, 400])
def test_no_more_of_a_text_is_shown_than_was_asked_for(lake: Lake, limit: int) -> None:
    asked = ["--stage", "cleaning", "--reason", "gopher_duplicate_lines", "--characters", str(limit)]
    _, text = sample(lake, *asked)
    shown = text.split("\n\n", 2)[2]
    assert len(re.sub(r"\[… [0-9,]+ characters …\]|[⟦⟧]", "", shown)) <= limit + limit // 5


def test_hostile_documents_reach_a_pipe_escaped(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    write_hostile(lake, "h.jsonl")
    write_copies(lake, "h.jsonl", [[(HOSTILE, 1.0)]])
    for arguments in (
        ["--stage", "cleaning"],
        ["--stage", "cleaning", "--characters", "0"],
        ["--stage", "cleaning", "--json"],
        ["--score", "gopher_words", "--lowest"],
        ["--stage", "cleaning", "--source", "none"],
        ["--stage", "cleaning", "--source", HOSTILE],
    ):
        _, text = sample(lake, *arguments)
        assert not HARMFUL.intersection(text), arguments
        assert text
    _, text = sample(lake, "--stage", "cleaning")
    assert "\\x1b[2J" in text
    assert "\\u202egnp.exe" in text
    assert "[bold red]not markup[/bold red]" in text
    assert "⟦first line⟧" in text


def test_a_terminal_gets_colours_and_no_escape_of_a_document(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    write_hostile(lake, "h.jsonl")
    program = [sys.executable, "-m", "curation_assets.cli", "sample", "--lake", str(lake.root)]
    output = in_terminal([*program, "--stage", "cleaning", "--characters", "0"])
    assert "\x1b[30;43mfirst line\x1b[0m" in output
    without_styles = "".join(
        part.partition("m")[2] if at else part for at, part in enumerate(output.split("\x1b["))
    )
    assert not (HARMFUL - {"\r"}).intersection(without_styles)
    assert "\x1b[2J" not in output
    assert "\x1b]" not in output


def in_terminal(command: list[str]) -> str:
    """Return what a command writes to a terminal of its own."""
    terminal, other = pty.openpty()  # no fork of this process, which has threads
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "200"}
    child = subprocess.Popen(
        command, stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True
    )
    os.close(other)
    found = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        found += part
    child.wait()
    os.close(terminal)
    return found.decode()
