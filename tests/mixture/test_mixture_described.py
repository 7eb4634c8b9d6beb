"""What lies beside the manifest: every figure of it and of the card is that of the tables, by SQL."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from cards.card_tables import tables
from cards.croissant_reader import mlcroissant
from scored_lake import Scored, ScoredLake

from curation_assets import engine
from curation_assets.cards.config import CardConfig
from curation_assets.config import Config
from curation_assets.inspection.querying.connection import answered
from curation_assets.mixture.config import Budget, MixtureConfig
from curation_assets.mixture.manifest import MIXTURE_MANIFEST
from curation_assets.workplace import Workplace

MIXTURE = MixtureConfig(sampler="top_k", budget=Budget(unit="documents", amount=4), minimum_rank=0.0)
CONTENTS = {
    "a.jsonl": [Scored("a1", 0.9, tokens=11), Scored("|x", 0.95, tokens=7), Scored("<1", 0.1)],
    "b~1": [Scored("b1", 0.5, tokens=30), Scored("|y", 0.97, tokens=1)],
    "c": [Scored("`1", 0.01), Scored("`2", 0.02)],
}


@pytest.fixture(autouse=True)
def _do_not_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


@pytest.fixture
def world(tmp_path: Path) -> ScoredLake:
    made = ScoredLake(tmp_path / "lake", MIXTURE)
    made.hold(CONTENTS)
    made.run()
    return made


def sql(world: ScoredLake, query: str) -> list[tuple[Any, ...]]:
    with answered(world.lake, query) as result:
        return result.fetchall()


def folder(world: ScoredLake) -> Path:
    return world.root / "mixture_manifest"


def test_the_manifest_has_the_figures_of_the_tables(world: ScoredLake) -> None:
    manifest = json.loads((folder(world) / "manifest.json").read_bytes())
    rows = sql(
        world,
        """SELECT source, language, count(DISTINCT doc_id), sum(tokens), sum(tokens * weight), avg(quality),
                  sum(tokens) / (SELECT sum(tokens) FROM mixture)
           FROM mixture GROUP BY ALL ORDER BY ALL""",
    )
    names = ("source", "language", "documents", "tokens", "training_tokens", "mean_quality", "token_share")
    stated = [tuple(row[name] for name in names) for row in manifest["contents"]]
    assert stated == [pytest.approx(row) for row in rows]
    ((taken, tokens),) = sql(world, "SELECT count(*), sum(tokens) FROM mixture_plan WHERE selected")
    assert manifest["summary"]["selected"]["documents"] == taken == 4
    assert manifest["summary"]["selected"]["tokens"] == tokens
    ((offered, all_tokens),) = sql(world, "SELECT count(*), sum(tokens) FROM quality_scores")
    assert manifest["summary"]["candidates"] == {"documents": offered, "tokens": all_tokens}
    assert manifest["summary"]["budget"]["filled"] == taken


def test_the_card_has_the_figures_of_the_tables(world: ScoredLake) -> None:
    card = (folder(world) / "README.md").read_text(encoding="utf-8")
    head, body = card.removeprefix("---\n").split("---\n", 1)
    contents, reasons, _models = tables(body)
    rows = sql(
        world,
        """SELECT source, language, format('{:,}', count(DISTINCT doc_id)),
                  format('{:,}', sum(tokens)::BIGINT)
           FROM mixture GROUP BY ALL ORDER BY sum(tokens) DESC, source, language""",
    )
    assert [tuple(row[:4]) for row in contents] == rows
    qualities = sql(
        world, "SELECT avg(quality) FROM mixture GROUP BY source, language ORDER BY sum(tokens) DESC, source"
    )
    assert [float(row[4]) for row in contents] == [pytest.approx(value, rel=1e-3) for (value,) in qualities]
    dropped = sql(
        world,
        """SELECT reason, count(*) FROM ledger WHERE reason <> 'kept'
           GROUP BY ALL ORDER BY count(*) DESC, reason""",
    )
    assert [(reason, int(count)) for reason, count in reasons] == dropped
    ((whole, out),) = sql(world, "SELECT count(*), count(*) FILTER (reason <> 'kept') FROM documents")
    assert f"Of {whole} documents that were read, {out} were left out" in body
    ((offered, taken, tokens, all_tokens),) = sql(
        world,
        """SELECT count(*), count(*) FILTER (selected), sum(tokens) FILTER (selected), sum(tokens)
           FROM documents WHERE tokens IS NOT NULL""",
    )
    assert f"- Taken: {taken} of {offered} documents, {tokens} of {all_tokens} tokens" in body
    known = yaml.safe_load(head)
    assert known["language"] == [
        language for (language,) in sql(world, "SELECT DISTINCT language FROM mixture")
    ]
    assert known["size_categories"] == ["n<1K"]


def test_croissant_has_the_figures_files_and_columns_of_the_mixture(world: ScoredLake) -> None:
    found = json.loads((folder(world) / "croissant.json").read_bytes())
    ((documents, tokens, sources),) = sql(
        world, "SELECT count(DISTINCT doc_id), sum(tokens)::BIGINT, count(DISTINCT source) FROM mixture"
    )
    held = f"{documents} documents with {tokens} tokens, from {sources} sources in 1 language."
    assert found["description"].endswith(held)
    objects = [one for one in found["distribution"] if "sha256" in one]
    paths = [folder(world) / one["contentUrl"] for one in objects]
    assert sorted(path.resolve() for path in paths) == sorted((world.root / "mixture").glob("*.parquet"))
    for one, path in zip(objects, paths, strict=True):
        assert one["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert one["contentSize"] == f"{path.stat().st_size} B"
    columns = [row[0] for row in sql(world, "DESCRIBE mixture")]
    assert [field["name"] for field in found["recordSet"][0]["field"]] == columns


def test_mlcroissant_finds_no_fault(world: ScoredLake) -> None:
    dataset = mlcroissant().Dataset(jsonld=str(folder(world) / "croissant.json"))
    assert list(dataset.metadata.ctx.issues.errors) == []


def test_the_card_loads_the_mixture(
    world: ScoredLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is in the extra dev")
    loaded = datasets.load_dataset(str(folder(world)), split="train", cache_dir=str(tmp_path / "cache"))
    assert sorted(loaded["doc_id"]) == [
        doc_id for (doc_id,) in sql(world, "SELECT doc_id FROM mixture ORDER BY 1")
    ]


def test_words_of_the_owner_change_the_card_alone_and_not_the_mixture(world: ScoredLake) -> None:
    before = world.files()
    about = CardConfig(name="<b>Mine|", license="CC0-1.0", description="# no heading", creator="We")
    workplace = Workplace(world.root, world.lake, Config(mixture=MIXTURE, card=about))
    engine.build_lake(MIXTURE_MANIFEST, workplace)
    after = world.files()
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {
        f"mixture_manifest/{name}" for name in ("manifest.json", "README.md", "croissant.json")
    }
    ids = [json.loads(files["mixture_manifest/manifest.json"])["mixture_id"] for files in (before, after)]
    assert ids[0] == ids[1]
    card = after["mixture_manifest/README.md"].decode()
    assert "license: cc0-1.0" in card
    headings = [line for line in card.splitlines() if line.startswith("# ")]
    assert headings == ["# &#60;b&#62;Mine&#124;"]


def test_descriptions_of_a_lake_that_changed_are_those_from_nothing(
    world: ScoredLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curation_assets.mixture import describing

    hashed: list[str] = []
    real = describing.sha256_file
    monkeypatch.setattr(describing, "sha256_file", lambda path: hashed.append(path.name) or real(path))
    contents = {**CONTENTS, "c": [Scored("c1", 0.99, tokens=3)]}
    world.hold(contents)
    world.run()
    assert hashed == ["b~1.parquet", "c.parquet"]  # b lost its worst document to c
    again = ScoredLake(tmp_path / "again", MIXTURE)
    again.hold(contents)
    again.run()
    assert {name: data for name, data in world.files().items() if name.startswith("mixture_manifest/")} == {
        name: data for name, data in again.files().items() if name.startswith("mixture_manifest/")
    }
