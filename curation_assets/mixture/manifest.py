"""Builds the manifest: what the mixture holds, and what it was made from."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import duckdb
import polars as pl

from curation_assets.mixture.checks import CONTENTS_MAKE_SENSE
from curation_assets.mixture.export import manifest
from curation_assets.mixture.plan import SELECTION_SCHEMA, Plan
from curation_assets.plots import bars
from curation_assets.progress import Progress
from curation_assets.section import Section
from curation_assets.stage import Built, LakeStage
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import Counts

MANIFEST_FILE = "mixture_manifest/manifest.json"
PLAN_FILE = "mixture_plan/plan.json"
SUMMARY_QUERY = """
SELECT source, language, count(*) AS documents, sum(tokens)::BIGINT AS tokens, avg(quality) AS mean_quality,
       sum(tokens) / nullif(sum(sum(tokens)) OVER (), 0) AS token_share
FROM mixture GROUP BY source, language ORDER BY source, language
"""
SUMMARY_SCHEMA = {"source": pl.String, "language": pl.String, "tokens": pl.Int64, "quality": pl.Float64}


def summary(lake: Lake, shards: Sequence[str]) -> pl.DataFrame:
    """Return documents, tokens, mean quality and share of tokens by source and language."""
    mixture = pl.DataFrame(schema=SUMMARY_SCHEMA)
    for shard in shards:
        mixture.vstack(chosen_documents(lake, shard), in_place=True)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("mixture", mixture.to_arrow())
        return connection.sql(SUMMARY_QUERY).pl()


def chosen_documents(lake: Lake, shard: str) -> pl.DataFrame:
    """Return source, language, tokens and quality of a shard's documents of the mixture."""
    chosen = lake.read("mixture_plan", shard, ["doc_id", "selected"]).filter("selected")
    documents = lake.read("clean_documents", shard, ["doc_id", "source", "language"])
    scores = lake.read("quality_scores", shard, ["doc_id", "tokens", "quality"])
    return (
        chosen.join(documents, on="doc_id", how="left", maintain_order="left")
        .join(scores, on="doc_id", how="left", maintain_order="left")
        .select(list(SUMMARY_SCHEMA))
        .cast(SUMMARY_SCHEMA)  # type: ignore[arg-type]
    )


def build(workplace: Workplace, shards: Sequence[str], progress: Progress) -> Built:
    lake = workplace.lake
    table = summary(lake, shards)
    stored = json.loads((lake.root / PLAN_FILE).read_bytes())
    selection = pl.DataFrame(schema=SELECTION_SCHEMA)
    for shard in shards:
        selection.vstack(lake.read("mixture_plan", shard), in_place=True)
    contents = manifest(
        Plan(selection, stored),
        inputs=_outputs(lake, "raw_documents", shards),
        config=workplace.config.model_dump(mode="json", exclude={"compute"}),
        models={
            name: version
            for name in ("quality_scores", "embeddings")
            for version in _models(lake, name, shards)
        },
    )
    contents["files"] = _files(lake, shards)
    contents["contents"] = table.to_dicts()
    progress(selection.height)
    tokens = {
        f"{row['source']} ({row['language']})": int(row["tokens"]) for row in table.iter_rows(named=True)
    }
    return Built(
        files={MANIFEST_FILE: (json.dumps(contents, indent=1, ensure_ascii=False) + "\n").encode()},
        figures={
            "mixture_id": contents["mixture_id"],
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
    return tuple(getattr(config, name) for name in type(config).model_fields if name != "compute")


def read_manifest(lake: Lake) -> dict[str, Any] | None:
    """Return the manifest of the mixture, or None if there is none."""
    record = lake.record(MIXTURE_MANIFEST.name, WHOLE_LAKE)
    return json.loads((lake.root / MANIFEST_FILE).read_bytes()) if record else None


MIXTURE_MANIFEST = LakeStage(
    name="mixture_manifest",
    reads=("raw_documents", "mixture_labels", "mixture", "ledger", "mixture_plan"),
    version="1",
    settings=settings,
    build=build,
    count=count,
    checks=(CONTENTS_MAKE_SENSE,),
)
