"""Builds the manifest: what the mixture holds, and what it was made from."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import duckdb
import polars as pl

from curation_assets.charts.plots import bars
from curation_assets.mixture.checks import CONTENTS_MAKE_SENSE
from curation_assets.mixture.describing import MANIFEST_FILE, descriptions, known_checksums
from curation_assets.mixture.export import manifest
from curation_assets.progress import Progress
from curation_assets.section import Section
from curation_assets.stage import Built, LakeStage, Previous
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import Counts

NO_PART_OF_RESULTS = ("checks", "compute")
"""Sections of the configuration that no result depends on."""
PLAN_FILE = "mixture_plan/plan.json"
CONTENTS_QUERY = """
SELECT source, language, sum(documents)::BIGINT AS documents, sum(tokens)::BIGINT AS tokens,
       sum(training_tokens)::BIGINT AS training_tokens,
       sum(quality_units) / $unit / nullif(sum(scored), 0) AS mean_quality,
       sum(tokens) / nullif(sum(sum(tokens)) OVER (), 0) AS token_share
FROM parts GROUP BY source, language ORDER BY source, language
"""
QUALITY_UNIT = 2**30
"""Qualities are added up as multiples of 1/unit: whole numbers have the same sum in any order."""
PARTS_SCHEMA = pl.Schema(
    {
        "source": pl.String,
        "language": pl.String,
        **dict.fromkeys(("documents", "tokens", "training_tokens", "quality_units", "scored"), pl.Int64),
    }
)


def contents(parts: pl.DataFrame) -> pl.DataFrame:
    """Return documents, tokens, mean quality and share of tokens by source and language.

    ``training_tokens`` count a document as often as it is read.

    ``parts`` are those of all shards (PARTS_SCHEMA), in any order.
    """
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("parts", parts.to_arrow())
        return connection.sql(CONTENTS_QUERY, params={"unit": QUALITY_UNIT}).pl()


def part_of_shard(lake: Lake, shard: str) -> tuple[pl.DataFrame, str]:
    """Return a shard's part of the contents by source and language, and the hash of its doc_ids."""
    columns = ["doc_id", "selected", "source", "language", "tokens", "weight", "quality"]
    chosen = lake.read("mixture_plan", shard, columns).filter("selected")
    units = (pl.col("quality") * QUALITY_UNIT).round().cast(pl.Int64)
    part = chosen.group_by("source", "language").agg(
        documents=pl.len(),
        tokens=pl.col("tokens").sum(),
        training_tokens=(pl.col("tokens") * pl.col("weight").cast(pl.Int64)).sum(),
        quality_units=units.sum(),
        scored=pl.col("quality").count(),
    )
    return part.cast(dict(PARTS_SCHEMA)), content_hash(*chosen["doc_id"])  # type: ignore[arg-type]


def build(workplace: Workplace, shards: Sequence[str], progress: Progress) -> Built:
    return _build(workplace, shards, progress, {})


def update(
    workplace: Workplace, shards: Sequence[str], previous: Previous, progress: Progress
) -> Built | None:
    """Build it again, but take the checksums of files that have not changed from the last build."""
    return _build(workplace, shards, progress, known_checksums(workplace.lake, previous.record.files))


def _build(
    workplace: Workplace, shards: Sequence[str], progress: Progress, checksums: Mapping[str, str]
) -> Built:
    lake = workplace.lake
    parts, documents = pl.DataFrame(schema=PARTS_SCHEMA), {}
    for shard in shards:
        part, documents[shard] = part_of_shard(lake, shard)
        parts.vstack(part, in_place=True)
    table = contents(parts)
    made = manifest(
        documents,
        json.loads((lake.root / PLAN_FILE).read_bytes()),
        inputs=_outputs(lake, "raw_documents", shards),
        config=workplace.config.model_dump(mode="json", exclude={*NO_PART_OF_RESULTS, "card"}),
        models={
            name: version
            for name in ("quality_scores", "embeddings")
            for version in _models(lake, name, shards)
        },
    )
    made["files"] = _files(lake, shards)
    made["contents"] = table.to_dicts()
    made["card"] = workplace.config.card.model_dump(mode="json")
    progress(int(table["documents"].sum()))
    tokens = {
        f"{row['source']} ({row['language']})": int(row["tokens"]) for row in table.iter_rows(named=True)
    }
    return Built(
        files={
            MANIFEST_FILE: (json.dumps(made, indent=1, ensure_ascii=False) + "\n").encode(),
            **descriptions(lake, shards, made, checksums),
        },
        figures={
            "mixture_id": made["mixture_id"],
            "documents": int(table["documents"].sum()),
            "tokens": int(table["tokens"].sum()),
            "sources": table["source"].n_unique(),
        },
        plots={"tokens by source and language": partial(bars, tokens, "The mixture", "tokens")},
    )


def _outputs(lake: Lake, stage: str, shards: Sequence[str]) -> dict[str, str]:
    records = [lake.record(stage, shard) for shard in shards]
    return {record.shard: record.output for record in records if record}


def _models(lake: Lake, stage: str, shards: Sequence[str]) -> list[str]:
    """Return the fingerprint of the model that a stage's shards were computed with (one, or none)."""
    records = [lake.record(stage, shard) for shard in shards]
    return sorted(
        {record.inputs["external"] for record in records if record and "external" in record.inputs}
    )[:1]


def _files(lake: Lake, shards: Sequence[str]) -> dict[str, Any]:
    records = [lake.record("mixture", shard) for shard in shards]
    return {path: digest for record in records if record for path, digest in sorted(record.files.items())}


def count(workplace: Workplace, shards: Sequence[str]) -> Counts:
    """The documents that the manifest speaks of are those written, and those the ledger calls kept."""
    lake = workplace.lake
    stated = json.loads((lake.root / MANIFEST_FILE).read_bytes())["contents"]
    kept = sum(int(lake.read("ledger", shard, ["reason"])["reason"].eq("kept").sum()) for shard in shards)
    return Counts(rows_in=kept, kept=sum(row["documents"] for row in stated))


def settings(workplace: Workplace) -> tuple[Section, ...]:
    """The manifest names the whole configuration, but for what no result depends on."""
    config = workplace.config
    return tuple(
        getattr(config, name) for name in type(config).model_fields if name not in NO_PART_OF_RESULTS
    )


MIXTURE_MANIFEST = LakeStage(
    name="mixture_manifest",
    reads=("raw_documents", "mixture_labels", "mixture", "ledger", "mixture_plan"),
    version="4",
    settings=settings,
    build=build,
    update=update,
    count=count,
    checks=(CONTENTS_MAKE_SENSE,),
)
