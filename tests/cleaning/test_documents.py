"""The texts of a batch on their way: steps see only those they may change, and one that fails stops none."""

import polars as pl
import pytest

from curation_assets.cleaning.documents import Documents
from curation_assets.text.hashing import content_hash

SCHEMA = {
    "text": pl.String,
    "text_hash": pl.String,
    "characters": pl.Int64,
    "found": pl.Int64,
    "error": pl.String,
}


def shouted(text: str) -> tuple[str, dict[str, int]]:
    if "bad" in text:
        raise ValueError("no good")
    return text.upper(), {"found": len(text)}


def test_only_the_chosen_go_through_a_step() -> None:
    documents = Documents(pl.Series(["one", "two", "three"]))
    documents.each(shouted, only=pl.Series([True, False, True]), otherwise={"found": 0})
    frame = documents.frame(SCHEMA)
    assert frame["text"].to_list() == documents.texts.to_list() == ["ONE", "two", "THREE"]
    assert frame["found"].to_list() == [3, 0, 5]
    assert frame["characters"].to_list() == [3, 3, 5]
    assert frame["text_hash"].to_list() == list(map(content_hash, ["ONE", "two", "THREE"]))


def test_a_document_that_fails_is_empty_and_left_alone_from_there_on() -> None:
    documents = Documents(pl.Series(["a", "bad", "c"]))
    documents.each(shouted)
    documents.each(lambda text: (f"{text}!", {"found": 1}))
    frame = documents.frame(SCHEMA)
    assert frame["text"].to_list() == ["A!", "", "C!"]
    assert frame["error"].to_list() == [None, "ValueError: no good", None]
    assert frame["found"].to_list() == [1, None, 1]
    assert frame["characters"].to_list() == [2, None, 2]


def test_a_package_that_is_missing_is_no_fault_of_a_document() -> None:
    def missing(_text: str) -> tuple[str, dict[str, int]]:
        raise ModuleNotFoundError("no such package")

    with pytest.raises(ModuleNotFoundError):
        Documents(pl.Series(["a"])).each(missing)


def test_no_document_is_no_fault() -> None:
    documents = Documents(pl.Series([], dtype=pl.String))
    documents.each(shouted)
    assert documents.frame(SCHEMA).height == 0
