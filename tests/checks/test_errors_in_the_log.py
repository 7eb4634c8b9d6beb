"""What an error may say in Dagster's log: not what a document says, unless samples are switched on."""

import dataclasses
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import yaml
from small_inboxes import prose, write_jsonl

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.graph import stage_named
from curation_assets.infeasible import InfeasibleError
from curation_assets.orchestration.errors import BuildError, told_without_texts, without_texts
from curation_assets.orchestration.headless import EXIT_SHARDS_FAILED, EXIT_STOPPED, run_job
from curation_assets.orchestration.instance import HOME_VARIABLE
from curation_assets.quality.endpoint.client import EndpointError
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.workplace import Workplace
from resources.lake import Lake

SECRET = "The zebraphone violates the perpendicular teacup of marmalade"
GREEK = "Ο ΟΔΥΣΣΕΥΣ ΠΕΡΙΠΛΑΝΑΤΑΙ ΣΤΟΥΣ ΩΚΕΑΝΟΥΣ ΔΕΚΑ ΧΡΟΝΟΥΣ"  # noqa: RUF001 (it is Greek)
GERMAN = "Größere Übungen für außerordentlich mäßige Köche in İzmir"
OTHER = "第一次世界大戦の講和条約は長い交渉のあとで調印されたと記録されている"


TEXTS = [f"{prose(1)} {SECRET}.\n{OTHER}", f"{prose(2)} {GREEK}. {GERMAN}"]


@pytest.fixture(autouse=True)
def _do_not_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    write_jsonl(tmp_path / "inbox" / "a.jsonl", TEXTS)
    place = Workplace(tmp_path / "inbox", Lake(tmp_path / "lake"), Config())
    assert engine.build_shard(RAW_DOCUMENTS, place, "a.jsonl").record.error is None
    return place


@pytest.mark.parametrize(
    "quoted",
    [
        SECRET,
        SECRET.upper(),
        repr(f"{SECRET}.\n{OTHER}"),
        ascii(f"{SECRET}.\n{OTHER}"),
        SECRET.replace(" ", "\n"),
        f"x{SECRET[5:45]}y",
        OTHER[1:34],
        repr(f"{SECRET}.\n{OTHER}".encode()),
        GREEK.lower(),
        ascii(GERMAN),
    ],
)
def test_what_a_document_says_is_left_out(workplace: Workplace, quoted: str) -> None:
    told = without_texts(f"ValueError: no float: {quoted} (column 3)", workplace, ["a.jsonl"])
    assert told.startswith("ValueError: no float: ")
    assert told.endswith(" (column 3)")
    assert "characters of a document]" in told
    hidden = (
        "perpendicular teacup",
        "violates",
        "世界大戦の講和条約",
        "4e16\\u754c\\u5927",
        "περιπλαναται",
        "bungen f",
    )
    for words in hidden:
        assert words not in told.lower()


@pytest.mark.parametrize(
    "message",
    [
        "ValueError: vectors of 3 and of 5 components in one column",
        "EndpointError: http://localhost/v1: HTTP status 500 (3 attempts); is the server up?",
        "OSError: [Errno 28] No space left on device: '/lake/the zebraphone violates the perpendicular'",
        "KeyError: 'zebraphone'",
        f"{SECRET.title().replace(' ', '')}Error: 7",
        "",
    ],
)
def test_what_no_document_says_is_told(workplace: Workplace, message: str) -> None:
    assert without_texts(message, workplace, ["a.jsonl"]) == message


def test_samples_that_are_switched_on_are_told_in_errors_too(workplace: Workplace) -> None:
    asked = dataclasses.replace(workplace, config=Config.model_validate({"checks": {"text_samples": 1}}))
    assert without_texts(f"ValueError: {SECRET}", asked, ["a.jsonl"]) == f"ValueError: {SECRET}"


def test_where_texts_cannot_be_compared_only_the_type_is_told(workplace: Workplace) -> None:
    workplace.lake.table_path("raw_documents", "a.jsonl").write_bytes(b"PAR1")
    told = without_texts(f"ValueError: {SECRET}", workplace, ["a.jsonl"])
    assert told.startswith("ValueError: (")
    assert "zebraphone" not in told


def test_where_no_text_was_read_quotations_are_left_out(workplace: Workplace) -> None:
    told = without_texts(f"ShardError: row 7: '{SECRET}' is no list", workplace, ["b.jsonl"])
    assert told == f"ShardError: row 7: '[{len(SECRET)} characters]' is no list"


def test_no_more_is_read_or_told_than_is_good(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(without_texts("ValueError: " + "x " * 10_000, workplace, ["a.jsonl"])) == 2_001
    monkeypatch.setattr("curation_assets.orchestration.errors.MOST_BYTES", 10)
    assert without_texts(f"ValueError: {SECRET}", workplace, ["a.jsonl"]).startswith("ValueError: (not")
    with pytest.raises(InfeasibleError, match="zebraphone"), told_without_texts(workplace):
        raise InfeasibleError(f"a quota of a source called {SECRET}")


def test_what_a_server_said_of_a_document_is_left_out_though_the_error_is_our_own(
    workplace: Workplace,
) -> None:
    with (
        pytest.raises(BuildError, match=r"EndpointError: .*characters of a document"),
        told_without_texts(workplace),
    ):
        raise EndpointError(f"http://localhost/v1: HTTP status 500: cannot take {SECRET}")


def test_an_error_keeps_its_type_where_only_what_led_to_it_quotes(workplace: Workplace) -> None:
    @told_without_texts(workplace)
    def build() -> None:
        try:
            float(SECRET)
        except ValueError as error:
            raise KeyError("plain") from error

    with pytest.raises(KeyError, match="plain") as caught:
        build()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_what_led_to_an_error_is_not_told_either(workplace: Workplace) -> None:
    @told_without_texts(workplace)
    def build() -> None:
        try:
            float(SECRET)
        except ValueError as error:
            raise RuntimeError(f"in a loop: {error}") from error

    with pytest.raises(BuildError, match=r"in a loop: .*characters of a document") as caught:
        build()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert caught.traceback[-1].name == "build"
    with pytest.raises(KeyError), told_without_texts(workplace):  # one that quotes nothing stays as it is
        raise KeyError("nothing")


def in_the_log(lake: Lake) -> str:
    """Return everything of Dagster's databases, as text."""
    found = []
    for path in (lake.root / "_dagster").rglob("*.db"):
        with sqlite3.connect(path) as connection:
            found += connection.iterdump()
    return "\n".join(found)


def by_shard(place: Workplace, shard: str, _progress: object) -> object:
    return pl.Series(place.lake.read("raw_documents", shard)["text"]).cast(pl.Int64)


def by_float(place: Workplace, _shards: object, _progress: object) -> object:
    try:
        return float(place.lake.read("raw_documents", "a.jsonl")["text"][0])
    except ValueError as error:
        raise LookupError(f"over all shards: {error}") from error


@pytest.mark.parametrize(
    ("name", "build", "code"),
    [("signatures", by_shard, EXIT_SHARDS_FAILED), ("dedup_clusters", by_float, EXIT_STOPPED)],
)
def test_a_run_whose_errors_quote_documents_leaves_none_of_them_in_the_log(
    tmp_path: Path,
    tiny_config: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    build: Callable[..., object],
    code: int,
) -> None:
    """The run goes on to the stage that fails, and to those that a failed shard leaves without documents."""
    texts = [f"{SECRET} {number}. {prose(number)}" for number in range(4)]
    write_jsonl(tmp_path / "inbox" / "a.jsonl", texts)
    (tmp_path / "inbox" / "a.jsonl").open("a").write(f'{{"id": "broken", "text": "{SECRET}\n["{SECRET}"]\n')
    values = yaml.safe_load(tiny_config.read_text()) | {"cleaning": {"language": {"enabled": False}}}
    config = tmp_path / "curation.yaml"
    config.write_text(yaml.safe_dump(values))
    place = Workplace.open(tmp_path / "inbox", tmp_path / "lake", config)
    place.lake.root.mkdir(exist_ok=True)
    monkeypatch.setenv(HOME_VARIABLE, str(place.lake.root / "_dagster"))
    monkeypatch.setitem(vars(stage_named(name)), "build", build)
    assert run_job(place, until=name) == code
    log = in_the_log(place.lake)
    assert "characters of a document]" in log
    assert "zebraphone" not in log
