"""croissant.json: mlcroissant finds no fault with it, and reads through it what was written."""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from cards.croissant_reader import mlcroissant
from export.export_lake import mixture_lake, row
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.cards.config import CardConfig, card_of
from curation_assets.cards.croissant import DataFile, Records, croissant, encoding
from curation_assets.cards.header import header
from curation_assets.export.exporting import export
from curation_assets.export.options import FORMATS, Options
from curation_assets.export.packing import token_options
from curation_assets.reporting import SilentReporter
from resources.models import PACKAGED

ABOUT = CardConfig(
    name='A "mixture"\n<b>',
    description="For tests.\nTwo lines.",
    license="CC-BY-4.0",
    creator="We & they",
    url="https://example.org/mixture",
)
OWN_WORDS = {"citeAs", "datePublished", "version"}
"""What Croissant recommends and nobody but the owner can say; dates would differ from run to run."""


def faults(path: Path) -> tuple[list[str], list[str]]:
    """Return mlcroissant's errors, and its warnings but those about words that are the owner's to say."""
    mlc = mlcroissant()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        issues = mlc.Dataset(jsonld=str(path)).metadata.ctx.issues
    others = [text for text in issues.warnings if not any(f"/{word}" in text for word in OWN_WORDS)]
    return list(issues.errors), others


def write(folder: Path, data: bytes) -> Path:
    path = folder / "croissant.json"
    path.write_bytes(data)
    return path


def described(*files: DataFile, about: CardConfig = ABOUT, records: Records | None = None) -> dict[str, Any]:
    return json.loads(croissant(about, "Two rows.", "ab" * 16, files, records))


def test_it_says_what_the_owner_says_and_leaves_out_what_nobody_said() -> None:
    found = described(DataFile("data/a.parquet", "0" * 64, 7))
    assert found["name"] == ABOUT.name
    assert found["description"] == "For tests.\nTwo lines.\n\nTwo rows."
    assert (found["license"], found["url"]) == (ABOUT.license, ABOUT.url)
    assert found["creator"]["name"] == "We & they"
    assert not {"license", "url", "creator"} & described(about=CardConfig()).keys()


def test_columns_have_their_types_and_lists_are_left_out() -> None:
    columns = {
        "text": pl.String(),
        "tokens": pl.Int64(),
        "share": pl.Float32(),
        "kept": pl.Boolean(),
        "list": pl.List(pl.Int64()),
    }
    records = Records("data/*.parquet", columns, {"text": "cleaned text"})
    fields = described(DataFile("data/a.parquet", "0" * 64, 7), records=records)["recordSet"][0]["field"]
    kinds = {field["name"]: field["dataType"] for field in fields}
    assert kinds == {"text": "sc:Text", "tokens": "sc:Integer", "share": "sc:Float", "kept": "sc:Boolean"}
    assert fields[0]["description"] == "cleaned text"


HOSTILE = [
    "a b.parquet",
    "a#b?.parquet",
    "é\u202e.parquet",
    '"<x>.parquet',
    "%2e%2e.parquet",
    "*[1].parquet",
    "a\n.parquet",
]


def test_files_of_any_name_have_an_address_and_pass(tmp_path: Path) -> None:
    files = [DataFile(f"data/{name}", f"{place:064x}", 1) for place, name in enumerate(HOSTILE)]
    columns = {"te xt": pl.String(), 'a"b/<c>': pl.String()}
    data = croissant(ABOUT, "", "ab", files, Records("data/*.parquet", columns, {}))
    found = json.loads(data)
    objects = [one for one in found["distribution"] if one["@type"] == "cr:FileObject"]
    assert [one["name"] for one in objects] == HOSTILE
    assert all(
        one["contentUrl"].isascii() and not set(one["contentUrl"]) & set(' #?"<>*[]\n') for one in objects
    )
    assert len({one["@id"] for one in objects}) == len(HOSTILE)
    errors, _ = faults(write(tmp_path, data))
    assert errors == []


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=30), st.text(max_size=60), st.text(max_size=30))
def test_words_of_the_owner_are_values_and_nothing_else(name: str, words: str, licence: str) -> None:
    about = CardConfig(name=name, description=words, license=licence)
    found = described(about=about)
    assert found["name"] == name
    assert found.get("license", "") == licence
    head = yaml.safe_load(header(["en"], 3, (), (), about).removeprefix("---\n").rsplit("---\n", 1)[0])
    assert head["pretty_name"] == name
    assert ("license" in head) == bool(licence)


@pytest.mark.parametrize(
    ("licence", "keys"),
    [
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("https://example.org/l", {"license": "other", "license_link": "https://example.org/l"}),
        ("our own terms", {"license": "other", "license_name": "our own terms"}),
    ],
)
def test_a_licence_is_named_as_the_hub_wants_it(licence: str, keys: dict[str, str]) -> None:
    head = yaml.safe_load(header([], 1, about=CardConfig(license=licence)).split("---")[1])
    assert {name: value for name, value in head.items() if name.startswith("license")} == keys


def test_a_manifest_without_a_card_or_with_an_odd_one_has_the_defaults() -> None:
    assert card_of({}) == card_of({"card": 3}) == card_of({"card": {"name": ""}}) == CardConfig()


def test_files_have_their_media_type() -> None:
    names = ["a.parquet", "a.jsonl", "a.jsonl.zst", "a.bin", "tokens.json"]
    assert [encoding(name).split("/")[1] for name in names] == [
        "x-parquet",
        "jsonlines",
        "zstd",
        "octet-stream",
        "json",
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_export_passes_and_its_rows_are_read_through_it(tmp_path: Path, kind: str) -> None:
    rows = [row("a", "one text", source="<b>|", phase="main", position=0.5), row("b", "two\n", phase="end")]
    about = ABOUT.model_dump(mode="json")
    lake = mixture_lake(tmp_path / "lake", {"s": rows[:1], "t~1": rows[1:]}, card=about)
    tokens = token_options(PACKAGED, None) if kind == "tokens" else None
    export(lake, tmp_path / "to", Options(kind, tokens=tokens), SilentReporter())  # type: ignore[arg-type]
    path = tmp_path / "to" / "croissant.json"
    found = json.loads(path.read_bytes())
    stated = {one["contentUrl"]: one["sha256"] for one in found["distribution"] if "sha256" in one}
    written = [file for file in (tmp_path / "to").rglob("*") if file.parent.name in ("data", "tokens")]
    assert {name for name in stated if "/" in name} == {
        str(file.relative_to(tmp_path / "to")) for file in written
    }
    assert all(
        hashlib.sha256((tmp_path / "to" / name).read_bytes()).hexdigest() == stated[name] for name in stated
    )
    assert faults(path) == ([], [])
    if "recordSet" in found:
        read = list(mlcroissant().Dataset(jsonld=str(path)).records("documents"))
        texts = {one["documents/doc_id"].decode(): one["documents/text"].decode() for one in read}
        assert texts == {"a": "one text", "b": "two\n"}
    assert ("recordSet" in found) == (kind in ("parquet", "jsonl", "datasets"))
