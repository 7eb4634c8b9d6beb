"""Reading evaluation sets: every format to the same items, bad rows told, bad files refused."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import zstandard

from curation_assets.config import ConfigError, load_config
from curation_assets.contamination.files import EvaluationSetError, Item, fingerprint, read_set
from resources.hash_memory import HashMemory

ROWS = [
    {"id": 7, "question": "What is it?", "choices": ["red fish", "blue fish"], "more": {"why": "a fish"}},
    {"id": 8, "question": "Where?", "choices": ["here", ""], "more": {"why": "there"}},
]
ITEMS = (
    Item(0, ("What is it?", "red fish", "blue fish", "a fish")),
    Item(1, ("Where?", "here", "there")),
)
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data[:20]) + gzip.compress(data[20:]),
    ".zst": lambda data: zstandard.compress(data[:20]) + zstandard.compress(data[20:]),
}


@pytest.mark.parametrize("packing", PACKED)
def test_json_lines_and_text_however_packed(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"set.jsonl{packing}"
    path.write_bytes(PACKED[packing](b"\xef\xbb\xbf" + LINES))
    assert read_set("one", str(path)).items == ITEMS
    path = tmp_path / f"set.txt{packing}"
    path.write_bytes(PACKED[packing](b"the first item\r\n\n \nthe \xffthird\n"))
    texts = [(item.position, item.texts[0].split()) for item in read_set("one", str(path)).items]
    assert texts == [(0, ["the", "first", "item"]), (3, ["the", "\ufffdthird"])]


def test_parquet_with_lists_objects_and_pictures(tmp_path: Path) -> None:
    path = tmp_path / "set.parquet"
    frame = pl.DataFrame(ROWS).with_columns(picture=pl.lit(b"\xff\xd8"), kind=pl.lit("a", pl.Categorical))
    frame.drop("kind").write_parquet(path)
    assert read_set("one", str(path)).items == ITEMS
    frame.write_parquet(path)
    assert read_set("one", str(path), ["kind", "more.why"]).items[0].texts == ("a", "a fish")


def test_fields_choose_and_order_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(LINES + b'{"question": "Only this"}\n{"other": "nothing of it"}\n')
    chosen = read_set("one", str(path), ["more.why", "choices"])
    assert chosen.items == (Item(0, ("a fish", "red fish", "blue fish")), Item(1, ("there", "here")))
    assert chosen.unreadable == (2, 3)
    with pytest.raises(EvaluationSetError, match=r"contamination\.files\.one: .*none of its 4 rows .*answer"):
        read_set("one", str(path), ["answer"])


def test_bad_rows_are_told_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    deep = b"[" * 100_000
    bad = [b"{broken", b"7", b"null", b"[]", b'{"a": 1}', b'{"a": " "}', b'"\xff"', deep, b'{"a": NaN}']
    good = [b'"a bare string"', b'["in", "a list"]', b'{"a": "\\ud800 alone", "b": NaN}']
    path.write_bytes(b"\n".join([*bad, b"", *good]))
    found = read_set("one", str(path))
    assert found.unreadable == tuple(range(len(bad)))
    assert [item.texts for item in found.items] == [("a bare string",), ("in", "a list"), ("? alone",)]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("missing.jsonl", None, "No such file"),
        ("set.csv", b"a,b", "not one of .jsonl"),
        ("set", b"text", "not one of .jsonl"),
        ("set.parquet", b"no parquet", ""),
        ("set.parquet.gz", b"", "not one of"),
        ("set.jsonl.gz", gzip.compress(LINES, mtime=0)[:-9], ""),
        ("set.jsonl.gz", b"no gzip", ""),
        ("set.jsonl.zst", zstandard.compress(LINES)[:-9], "too early"),
        ("set.jsonl.zst", b"no zstandard", ""),
        ("set.jsonl", b"", "none of its 0 rows"),
        ("set.txt", b"\n\n", "none of its 0 rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, data: bytes | None, why: str) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(EvaluationSetError) as told:
        read_set("mmlu", str(path))
    assert str(told.value).startswith(f"contamination.files.mmlu: {path}: ")
    assert why in str(told.value)
    if data is None:
        with pytest.raises(EvaluationSetError, match=r"contamination\.files\.mmlu"):
            fingerprint("mmlu", str(path), HashMemory(None))


def test_relative_paths_start_from_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "curation.yaml"
    config.write_text("contamination: {files: {mmlu: ./sets/mmlu.jsonl}}")
    assert load_config(config).contamination.files == {"mmlu": str(tmp_path / "sets" / "mmlu.jsonl")}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("{words: 5}", "shortest is 8, more than words, which is 5"),
        ("{files: {a: a.txt}, fields: {b: [question]}}", "fields names the set 'b'"),
        ("{files: {'a:b': a.txt}}", "contamination.files"),
        ("{word: 5}", "did you mean 'words'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, settings: str, why: str) -> None:
    config = tmp_path / "curation.yaml"
    config.write_text(f"contamination: {settings}")
    with pytest.raises(ConfigError) as told:
        load_config(config)
    assert why in str(told.value)
