"""Lakes for checks: tables written by hand, with the records that a build would leave."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from curation_assets.mixture.labels import LABEL_SCHEMA
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import BuildRecord, Counts


def rewrite(lake: Lake, table: str, shard: str, **columns: pl.Expr) -> None:
    """Change columns of a table behind the back of its record."""
    lake.write(table, shard, lake.read(table, shard).with_columns(**columns))


def note(lake: Lake, stage: str, shard: str, output: str, counts: Counts | None = None) -> None:
    """Save the record of a build that wrote something else if ``output`` is another."""
    counts = counts or Counts()
    record = BuildRecord(
        stage=stage, shard=shard, fingerprint="f", code_version="1", output=output, counts=counts
    )
    lake.save_record(record)


def scores(lake: Lake, values: np.ndarray, output: str) -> None:
    """Write quality_scores of one shard."""
    names = [f"{number:06}" for number in range(len(values))]
    frame = pl.DataFrame({"doc_id": names, "quality": values, "tokens": np.arange(len(values)) % 90 + 10})
    lake.write("quality_scores", "a", frame.with_columns(bytes=pl.col("tokens") * 4))
    note(lake, "quality_scores", "a", output)


def drawn(workplace: Workplace, documents: int = 3000, **columns: pl.Expr) -> Mapping[str, int]:
    """Write scores and a plan in which each document was taken with its own probability; return sums."""
    rng = np.random.default_rng(7)
    lake = workplace.lake
    scores(lake, rng.random(documents), "one")
    sizes = lake.read("quality_scores", "a")
    probability = rng.uniform(0.1, 0.9, documents)
    taken = rng.random(documents) < probability
    plan = pl.DataFrame(
        {
            "doc_id": sizes["doc_id"],
            "shard": ["a"] * documents,
            "selected": taken,
            "weight": taken.astype(float),
            "inclusion_probability": probability,
            "reason": np.where(taken, None, "over_budget").tolist(),
            "source": np.where(taken, "web", None).tolist(),
            "language": [("en", "de")[at % 4 == 0] if one else None for at, one in enumerate(taken)],
            "tokens": sizes["tokens"],
        },
        strict=False,
    )
    missing = [
        pl.lit(None).cast(dtype).alias(name) for name, dtype in LABEL_SCHEMA.items() if name not in plan
    ]
    lake.write(
        "mixture_plan", "a", plan.with_columns(missing).with_columns(**columns).cast(dict(LABEL_SCHEMA))
    )
    clusters = plan.select("doc_id", cluster_id="doc_id")
    lake.write("dedup_clusters", "a", clusters)
    note(lake, "mixture_labels", "a", "one")
    return {"tokens": int(plan.filter("selected")["tokens"].sum()), "documents": int(taken.sum())}
