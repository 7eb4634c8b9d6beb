"""A lake with scores made up for it, and the stages from the plan to the manifest."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.engine import Outcome
from curation_assets.ledger.stage import LEDGER
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.manifest import MIXTURE_MANIFEST
from curation_assets.mixture.stage import MIXTURE, MIXTURE_PLAN
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import BuildRecord, Counts


class Scored(NamedTuple):
    """A surviving document; text and url follow from its name, and one copy of each was dropped."""

    name: str
    quality: float = 0.5
    density: float = 0.125
    tokens: int = 10
    edition: int = 1
    outlier: bool = False
    contaminated: bool = False


BYTES_A_TOKEN = 4
Contents = Mapping[str, Sequence[Scored]]
SCHEMAS = {
    "raw_documents": {"doc_id": pl.String, "shard": pl.String, "position": pl.Int64},
    "clean_documents": {
        "doc_id": pl.String, "shard": pl.String, "text": pl.String, "url": pl.String, "source": pl.String,
        "language": pl.String, "drop_reason": pl.String, "decided_by": pl.String,
    },
    "dedup_clusters": {
        "doc_id": pl.String, "shard": pl.String, "cluster_id": pl.String, "representative": pl.String,
        "representative_shard": pl.String, "similarity": pl.Float64, "kept": pl.Boolean,
        "drop_reason": pl.String, "weight": pl.Float64,
    },
    "quality_scores": {
        "doc_id": pl.String, "shard": pl.String, "quality": pl.Float64, "tokens": pl.Int64, "bytes": pl.Int64,
    },
    "contained_documents": {
        "doc_id": pl.String, "kept": pl.Boolean, "drop_reason": pl.String, "contained_in": pl.String,
        "container_shard": pl.String, "containment": pl.Float64,
    },
    "repeated_passages": {
        "doc_id": pl.String, "text": pl.String, "text_hash": pl.String, "repeated_share": pl.Float64,
        "kept": pl.Boolean, "drop_reason": pl.String, "kept_in": pl.String, "kept_in_shard": pl.String,
    },
    "semantic_duplicates": {
        "doc_id": pl.String, "representative": pl.String, "representative_shard": pl.String,
        "similarity": pl.Float64, "kept": pl.Boolean,
    },
    "density_estimates": {"doc_id": pl.String, "shard": pl.String, "density": pl.Float64},
    "neighbours": {
        "doc_id": pl.String, "neighbours": pl.List(pl.String), "similarities": pl.List(pl.Float32),
    },
    "topics": {"doc_id": pl.String, "topic": pl.Int32, "format": pl.Int32},
    "outliers": {
        "doc_id": pl.String, "outlier": pl.Boolean, "lof": pl.Float64, "isolation": pl.Float64,
        "mahalanobis": pl.Float64,
    },
    "contamination": {
        "doc_id": pl.String, "contaminated": pl.Boolean, "item": pl.String, "item_matches": pl.Int32,
    },
}  # fmt: skip
RECORDS = {
    "dedup_clusters": "dedup_labels",
    "contained_documents": "containment_labels",
    "semantic_duplicates": "semantic_labels",
    "repeated_passages": "passage_labels",
    "neighbours": "neighbour_labels",
    "topics": "topic_labels",
    "outliers": "outlier_labels",
}


def _rows(shard: str, documents: Sequence[Scored]) -> dict[str, list[tuple[object, ...]]]:
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in SCHEMAS}
    for place, document in enumerate(documents):
        name, copy = document.name, f"{document.name}-1"
        for position, doc_id in enumerate((name, copy)):
            text = f"text of {name}, edition {document.edition}"
            rows["raw_documents"].append((doc_id, shard, 2 * place + position))
            rows["clean_documents"].append((doc_id, shard, text, f"http://{name}", name[0], "en", None, None))
            rows["dedup_clusters"].append(
                (
                    doc_id,
                    shard,
                    name,
                    name,
                    shard,
                    1.0,
                    not position,
                    "exact_duplicate" if position else None,
                    1.0,
                )
            )
        rows["contained_documents"].append((name, True, None, None, None, None))
        rows["repeated_passages"].append((name, None, None, 0.0, True, None, None, None))
        size = document.tokens * BYTES_A_TOKEN
        rows["quality_scores"].append((name, shard, document.quality, document.tokens, size))
        rows["semantic_duplicates"].append((name, name, shard, 1.0, True))
        rows["density_estimates"].append((name, shard, document.density))
        rows["neighbours"].append((name, [], []))
        rows["topics"].append((name, int(document.tokens > 10), 0))
        rows["outliers"].append((name, document.outlier, 1.5, 0.6, 90.0))
        rows["contamination"].append((name, document.contaminated, "exam:7", 3))
    return rows


class ScoredLake:
    """Tables up to the scores as given; ``run`` builds what follows from them."""

    def __init__(self, root: Path, mixture: MixtureConfig) -> None:
        self.root, self.lake = root, Lake(root)
        self.use(mixture)

    def use(self, mixture: MixtureConfig) -> None:
        self.workplace = Workplace(self.root, self.lake, Config(mixture=mixture))

    def hold(self, contents: Contents) -> None:
        """Make the lake hold these documents and no other shard."""
        for stage in (*SCHEMAS, *RECORDS.values(), "mixture", "ledger"):
            for shard in set(self.lake.recorded_shards(stage)) - set(contents):
                self.lake.discard(stage, shard)
        for shard, documents in contents.items():
            for table, rows in _rows(shard, documents).items():
                digest = self.lake.write(table, shard, pl.DataFrame(rows, SCHEMAS[table], orient="row"))
                self.lake.save_record(
                    BuildRecord(
                        stage=RECORDS.get(table, table),
                        shard=shard,
                        fingerprint=digest,
                        code_version="1-0",
                        inputs={"external": "model"},
                        output=digest,
                        files={f"{table}/{shard}.parquet": digest},
                        counts=Counts(rows_in=len(rows), kept=len(rows)),
                    )
                )

    def run(self) -> dict[str, Outcome]:
        """Build all stages; return the outcomes of the mixture by shard.

        ``relabelled`` tells afterwards whose label tables were written.
        """
        before = self._labels()
        engine.build_lake(MIXTURE_PLAN, self.workplace)
        self.relabelled = {shard for shard, node in self._labels().items() if before.get(shard) != node}
        shards = self.lake.recorded_shards("raw_documents")
        mixtures = {shard: engine.build_shard(MIXTURE, self.workplace, shard) for shard in shards}
        ledgers = [engine.build_shard(LEDGER, self.workplace, shard) for shard in shards]
        assert [outcome.record.error for outcome in (*mixtures.values(), *ledgers)] == [None] * 2 * len(
            shards
        )
        engine.build_lake(MIXTURE_MANIFEST, self.workplace)
        return mixtures

    def _labels(self) -> dict[str, int]:
        return {path.stem: path.stat().st_ino for path in (self.root / "mixture_plan").glob("*.parquet")}

    def files(self) -> dict[str, bytes]:
        """Return every file that is not the system's own, by path."""
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        named = {str(path.relative_to(self.root)): path for path in paths}
        return {name: path.read_bytes() for name, path in named.items() if not name.startswith("_")}
