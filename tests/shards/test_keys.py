"""Shard keys: safe as file names and partition keys, and one for each path."""

import os
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.shards.keys import shard_key

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(~[0-9a-f]{10})?")
PLAIN = st.from_regex(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}(\.jsonl|\.txt\.gz)", fullmatch=True, alphabet=string.printable
)
NASTY = [
    "../../etc/passwd.jsonl",
    "a b'; DROP.jsonl",
    'x"; rm -rf /.jsonl',
    "new\nline.jsonl",
    "ünïcödé.parquet",
    "日本/語.jsonl",
    "web/part-0.jsonl.gz",
    "-rf.jsonl",
    "_leading.jsonl",
    "a..b.jsonl",
    "..",
    "",
    "///",
    "~",
    "x" * 300 + ".jsonl",
    os.fsdecode(b"bad\xff\xfename.jsonl"),
]


@given(PLAIN)
def test_a_plain_name_is_its_own_key(name: str) -> None:
    assert shard_key(name) == name


@pytest.mark.parametrize("path", NASTY)
def test_other_names_get_a_slug_and_a_hash(path: str) -> None:
    key = shard_key(path)
    assert "~" in key
    assert key == shard_key(path)


@given(st.one_of(st.sampled_from(NASTY), st.text(max_size=200)))
def test_every_key_is_safe(path: str) -> None:
    key = shard_key(path)
    assert SAFE.fullmatch(key)
    assert ".." not in key
    assert len(key) <= 120
    key.encode("ascii")


@given(st.lists(st.one_of(st.sampled_from(NASTY), PLAIN, st.text(max_size=20)), unique=True))
def test_different_paths_have_different_keys(paths: list[str]) -> None:
    assert len({shard_key(path) for path in paths}) == len(paths)


def test_paths_with_the_same_slug_differ_in_the_hash() -> None:
    assert shard_key("a/b.jsonl") != shard_key("a b.jsonl")
    assert shard_key("a/b.jsonl").startswith("a_b.jsonl~")


def test_golden_keys() -> None:
    """Keys name files in existing lakes: changing how they are made would orphan these."""
    assert shard_key("books-000.jsonl.gz") == "books-000.jsonl.gz"
    assert shard_key("web/part 0.jsonl") == "web_part_0.jsonl~edee15aad8"
