"""Manifest, card and croissant.json of the sample: every figure again, by SQL over the tables."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import yaml
from cards.card_tables import tables
from sample_lake import SampleRun
from scipy.optimize import brentq

from curation_assets.config import load_config
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import PROJECT
from resources.files import hash_file

pytestmark = [pytest.mark.models, pytest.mark.slow, pytest.mark.sample]
SIX_BITS = 0.008
"""Probabilities and densities are rounded to six significant bits: half a step is 0.8 % at most."""
CANDIDATES = """
    CREATE VIEW candidates AS
    SELECT p.doc_id, p.shard, p.selected, p.weight, p.reason, p.inclusion_probability AS probability,
        c.source, c.language, q.tokens, q.quality, d.density
    FROM mixture_plan p JOIN clean_documents c USING (doc_id, shard)
    JOIN quality_scores q USING (doc_id, shard) JOIN density_estimates d USING (doc_id, shard)
"""
OF_THE_DRAW = """
    CREATE VIEW drawn AS WITH ranked AS (
        SELECT *, (rank() OVER (PARTITION BY language, source ORDER BY quality) - 1
            + count(*) OVER (PARTITION BY language, source, quality) / 2)
            / count(*) OVER (PARTITION BY language, source) AS rank
        FROM candidates WHERE reason IS NULL OR reason IN ('over_budget', 'below_minimum_rank'))
    SELECT * FROM ranked WHERE reason IS NULL OR reason = 'over_budget'
"""


class World:
    def __init__(self, lake: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.lake, self.connection = lake, connection
        folder = lake / "mixture_manifest"
        self.manifest = json.loads((folder / "manifest.json").read_bytes())
        self.croissant = json.loads((folder / "croissant.json").read_bytes())
        self.head, self.body = (
            (folder / "README.md").read_text(encoding="utf-8").removeprefix("---\n").split("---\n", 1)
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def one(self, query: str) -> Any:
        ((value,),) = self.rows(query)
        return value


@pytest.fixture(scope="module")
def world(sample_run: SampleRun) -> Iterator[World]:
    tables = (
        "raw_documents", "clean_documents", "ledger", "quality_scores", "mixture_plan", "mixture",
        "density_estimates", "quarantine",
    )  # fmt: skip
    with duckdb.connect() as connection:
        for table in tables:
            files = f"'{sample_run.lake / table / '*.parquet'}', union_by_name = true"
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files})")
        connection.execute(CANDIDATES)
        connection.execute(OF_THE_DRAW)
        yield World(sample_run.lake, connection)


def test_the_contents(world: World) -> None:
    told = world.rows("""SELECT source, language, count(*), sum(tokens), sum(tokens * weight), avg(quality),
        sum(tokens) / sum(sum(tokens)) OVER () FROM candidates WHERE selected GROUP BY ALL ORDER BY ALL""")
    names = ("source", "language", "documents", "tokens", "training_tokens", "mean_quality", "token_share")
    stated = [tuple(row[name] for name in names) for row in world.manifest["contents"]]
    assert stated == [pytest.approx(row) for row in told]
    assert world.one("SELECT count(*) FROM mixture") == sum(row[2] for row in told)


def test_the_amounts_of_the_summary(world: World) -> None:
    summary = world.manifest["summary"]
    for name, where in (("candidates", "true"), ("selected", "selected")):
        told = world.rows(f"SELECT count(*), sum(tokens) FROM candidates WHERE {where}")[0]
        assert (summary[name]["documents"], summary[name]["tokens"]) == told
    training = "SELECT sum(tokens * weight) FROM candidates WHERE selected"
    assert summary["selected"]["training_tokens"] == world.one(training)
    for name in ("source", "language"):
        told = world.rows(f"""SELECT {name}, count(*), sum(tokens), count(*) FILTER (selected),
            coalesce(sum(tokens) FILTER (selected), 0),
            coalesce(sum(tokens * weight) FILTER (selected), 0) FROM candidates GROUP BY 1""")
        columns = ("candidates", "candidate_tokens", "selected", "selected_tokens", "training_tokens")
        stated = summary[f"{name}s"]
        assert {key: tuple(row[one] for one in columns) for key, row in stated.items()} == {
            row[0]: row[1:] for row in told
        }
    assert summary["reasons"] == dict(
        world.rows("SELECT reason, count(*) FROM candidates WHERE NOT selected GROUP BY 1")
    )
    assert summary["reasons"] == dict(
        world.rows("SELECT reason, count(*) FROM ledger WHERE stage = 'mixture_plan' GROUP BY 1")
    )
    epochs = world.rows("SELECT weight::INT::VARCHAR, count(*) FROM candidates WHERE selected GROUP BY 1")
    assert summary["epochs"] == dict(epochs)


def test_the_budget(world: World) -> None:
    budget, config = world.manifest["summary"]["budget"], world.manifest["config"]["mixture"]
    may_be_taken = "reason IS NULL OR reason NOT IN ('contaminated', 'outlier', 'semantic_duplicate')"
    whole = world.one(f"SELECT sum(tokens) FROM candidates WHERE {may_be_taken}")
    assert budget["asked"] == pytest.approx(config["budget"]["fraction"] * whole, abs=1)
    available, competed = world.rows("SELECT sum(tokens), count(*) FROM drawn")[0]
    filled, documents = world.rows("SELECT sum(tokens), count(*) FROM drawn WHERE selected")[0]
    assert (budget["filled"], budget["shortfall"]) == (filled, max(budget["asked"] - filled, 0))
    (part,) = budget["parts"]
    assert (part["asked"], part["available"], part["filled"], part["documents"]) == (
        budget["asked"], available, filled, documents
    )  # fmt: skip
    (phase,) = world.manifest["summary"]["phases"]
    assert (phase["asked"], phase["filled"], phase["documents"]) == (budget["asked"], filled, documents)
    assert phase["sampler"] == world.manifest["summary"]["sampler"] == config["sampler"]
    assert competed > documents


def weights(world: World, alpha: float) -> tuple[np.ndarray, ...]:
    """Return weight, rank, density, probability of the documents of the draw, float64 [n] each."""
    floor = world.manifest["config"]["mixture"]["density_floor"]
    rows = world.rows(f"""SELECT pow(rank, {alpha}) * pow(1 / greatest(density, {floor} * (
        SELECT median(density) FROM drawn)), 1 - {alpha}), rank, density, probability
        FROM drawn ORDER BY doc_id, shard""")
    return tuple(np.array(column, np.float64) for column in zip(*rows, strict=True))


def kish(values: np.ndarray) -> float:
    return float(values.sum() ** 2 / np.square(values).sum())


def test_the_weights_and_probabilities_of_the_draw(world: World) -> None:
    summary = world.manifest["summary"]
    weight, _, _, probability = weights(world, world.manifest["config"]["mixture"]["alpha"])
    assert summary["weights"] == summary["phases"][0]["weights"]
    assert summary["weights"]["effective_sample_size"] == pytest.approx(kish(weight), rel=1e-3)
    share = kish(weight) / len(weight)
    assert summary["weights"]["effective_share"] == pytest.approx(share, rel=1e-3)
    assert summary["expected_documents"] == pytest.approx(probability.sum(), rel=SIX_BITS)
    steps = -np.log1p(-probability) / weight  # exponential keys: 1 - exp(-weight * threshold)
    (part,) = summary["budget"]["parts"]
    assert steps == pytest.approx(part["threshold"], rel=5 * SIX_BITS)
    assert float(np.median(steps)) == pytest.approx(part["threshold"], rel=SIX_BITS)


def test_the_curve_of_quality_and_coverage(world: World) -> None:
    """Chances 1 - exp(-weight * t) that add up to the fraction, by another root finder."""
    fraction = world.manifest["config"]["mixture"]["budget"]["fraction"]
    curve = world.manifest["summary"]["phases"][0]["quality_and_coverage"]
    assert [point["alpha"] for point in curve] == [step / 10 for step in range(11)]
    flat = weights(world, 0.0)[0]
    flat /= flat.sum()
    for point in curve:
        weight, rank, _, _ = weights(world, point["alpha"])
        weight /= weight.mean()
        asked = fraction * len(weight)
        t = brentq(lambda t, w=weight, n=asked: -np.expm1(-w * t).sum() - n, 0, 1e4)
        chances = -np.expm1(-weight * t)
        shares = chances / chances.sum()
        assert point["mean_rank"] == pytest.approx(float(shares @ rank), rel=1e-3)
        assert point["effective_share"] == pytest.approx(kish(chances) / len(rank), rel=1e-3)
        assert point["coverage"] == pytest.approx(float(np.minimum(shares, flat).sum()), rel=1e-3)


def test_inputs_files_hashes_and_settings(world: World) -> None:
    manifest = world.manifest
    assert manifest["config"] == json.loads(
        json.dumps(
            load_config(PROJECT / "curation.yaml").model_dump(
                mode="json", exclude={"checks", "compute", "card"}
            )
        )
    )
    assert set(manifest["inputs"]) == {row[0] for row in world.rows("SELECT DISTINCT shard FROM ledger")}
    for path, digest in manifest["files"].items():
        assert hash_file(world.lake / path) == digest, path
    hashes = []
    for shard in sorted(manifest["inputs"]):
        ids = world.rows(f"SELECT doc_id FROM mixture_plan WHERE selected AND shard = '{shard}' ORDER BY 1")
        hashes += [shard, content_hash(*(doc_id for (doc_id,) in ids))]
    assert content_hash(*hashes) == manifest["documents_hash"]
    written = {path.name for path in (world.lake / "mixture").glob("*.parquet")}
    assert {
        path.removeprefix("mixture/") for path in manifest["files"] if path.endswith("parquet")
    } == written


def test_the_card(world: World) -> None:
    contents, reasons, models = tables(world.body)
    told = world.rows("""SELECT source, language, count(*), sum(tokens)::BIGINT, avg(quality) FROM mixture
        GROUP BY ALL ORDER BY sum(tokens) DESC, source, language""")
    assert [row[:4] for row in contents] == [
        [source, language, f"{documents:,}", f"{tokens:,}"] for source, language, documents, tokens, _ in told
    ]
    assert [float(row[4]) for row in contents] == [pytest.approx(row[4], rel=1e-3) for row in told]
    dropped = world.rows("""SELECT reason, count(*) FROM ledger WHERE stage IS NOT NULL GROUP BY 1
        ORDER BY 2 DESC, 1""")
    assert reasons == [[reason, f"{count:,}"] for reason, count in dropped]
    whole = world.one("SELECT count(*) FROM ledger")
    out = sum(count for _, count in dropped)
    assert f"Of {whole:,} documents that were read, {out:,} were left out, by reason:" in world.body
    taken, tokens = world.rows("SELECT count(*), sum(tokens)::BIGINT FROM mixture")[0]
    offered, everything = world.rows("SELECT count(*), sum(tokens)::BIGINT FROM quality_scores")[0]
    assert f"- Taken: {taken:,} of {offered:,} documents, {tokens:,} of {everything:,} tokens" in world.body
    budget = re.search(r"- Budget: ([0-9,]+) tokens, filled ([0-9,]+), short of it by ([0-9,]+)", world.body)
    assert budget is not None
    asked, filled, short = (int(part.replace(",", "")) for part in budget.groups())
    assert (filled, short) == (tokens, max(asked - tokens, 0))
    assert asked == world.manifest["summary"]["budget"]["asked"]
    assert [(name, value) for name, value in models] == sorted(world.manifest["models"].items())
    known = yaml.safe_load(world.head)
    languages = "SELECT DISTINCT language FROM mixture WHERE length(language) IN (2, 3) ORDER BY 1"
    assert known["language"] == [language for (language,) in world.rows(languages)]
    assert known["size_categories"] == ["n<1K"]
    settings = yaml.safe_load(re.search("```yaml\n(.*?)```", world.body, re.S)[1])  # type: ignore[index]
    assert settings == world.manifest["config"]["mixture"]


def test_croissant(world: World) -> None:
    documents, tokens, sources, languages = world.rows("""SELECT count(*), sum(tokens)::BIGINT,
        count(DISTINCT source), count(DISTINCT language) FROM mixture""")[0]
    told = f"{documents:,} documents with {tokens:,} tokens, from {sources} sources in {languages} languages."
    assert world.croissant["description"].endswith(told)
    assert world.croissant["identifier"] == world.manifest["mixture_id"]
    files = [one for one in world.croissant["distribution"] if "sha256" in one]
    assert len(files) == len(list((world.lake / "mixture").glob("*.parquet")))
    for one in files:
        data = (world.lake / "mixture_manifest" / one["contentUrl"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(data).hexdigest()
        assert one["contentSize"] == f"{len(data)} B"
    columns = [row[0] for row in world.rows("DESCRIBE mixture")]
    assert [field["name"] for field in world.croissant["recordSet"][0]["field"]] == columns
