"""Which documents are rare and bad at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.outliers.config import OutliersConfig
from curation_assets.outliers.measures import LEAST_SAMPLE, MEASURES, Measures
from curation_assets.vectors.rounded import Rounded
from curation_assets.vectors.sample import Sample

LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        **dict.fromkeys(MEASURES, pl.Float64()),
        "outlier": pl.Boolean(),
    }
)
_NAMES = ("doc_id", "shard")


@dataclass(frozen=True)
class Found:
    """Documents that were looked at: (doc_id, shard, measures, votes, outlier), and what measured them."""

    documents: pl.DataFrame
    measures: Measures | None


def lowest(density: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Return which documents are so rare that at most such a share of all is as rare [n].

    None of those of equal density is, where these are more. NaN, where there is no density, is not rare.
    """
    known = np.sort(density[~np.isnan(density)])
    few = int(share * len(known))
    below = known[few] if few < len(known) else np.inf
    return density < below


def quality_ranks(documents: pl.DataFrame) -> NDArray[np.float64]:
    """Return the rank of ``quality`` within ``language``, (rank - 1/2) / number [n], NaN where missing.

    .5 for one that is alone, or among equals.
    """
    known = documents.select("language", pl.col("quality").fill_nan(None))
    rank = (pl.col("quality").rank("average") - 0.5) / pl.col("quality").count()
    return known.select(rank.over("language").cast(pl.Float64))["quality"].fill_null(np.nan).to_numpy()


def find(documents: pl.DataFrame, vectors: Rounded, sample: Sample, config: OutliersConfig) -> Found:
    """Judge documents (doc_id, shard, quality_rank) of the lowest density by their vectors [n, components].

    An outlier is far out by ``config.votes`` of the measures: by their published limits and of a quality that
    ranks below ``config.quality_below``, or by relative limits and below ``config.worst``. Without a score
    of quality there is no outlier. Nothing is looked at where the sample has less than LEAST_SAMPLE vectors.
    Rows may be in any order; those returned are by (doc_id, shard), with their votes by relative limits.
    """
    order = documents.select(place=pl.arg_sort_by(*_NAMES))["place"].to_numpy()
    documents, vectors = documents[order], vectors[order]
    if len(sample.rows()) < LEAST_SAMPLE or not documents.height:
        nothing = dict.fromkeys(MEASURES, pl.lit(None, pl.Float64))
        return Found(documents.clear().with_columns(**nothing, votes=0, outlier=False), None)
    measures = Measures(sample.rows(), config.seed, config.farthest)
    rows = sample.names.with_row_index("row")
    place = documents.join(rows, on=_NAMES, how="left", maintain_order="left")["row"]
    scores = measures.scores(vectors, place.cast(pl.Int64).fill_null(-1).to_numpy())
    quality, votes = documents["quality_rank"].to_numpy(), measures.relative.votes(scores)
    beyond = (measures.published.votes(scores) >= config.votes) & (quality < config.quality_below)
    outlier = beyond | ((votes >= config.votes) & (quality < config.worst))
    return Found(documents.with_columns(**_columns(scores), votes=votes, outlier=outlier), measures)


def _columns(scores: Mapping[str, NDArray[np.float64]]) -> dict[str, pl.Series]:
    return {name: pl.Series(values) for name, values in scores.items()}


def label_table(names: pl.DataFrame, found: pl.DataFrame | None) -> pl.DataFrame:
    """Return LABEL_SCHEMA of the documents (doc_id, shard) of a shard, by doc_id.

    ``found`` has those of them that were looked at.
    """
    if found is None:
        table = names.with_columns(**dict.fromkeys(MEASURES), outlier=False)
    else:
        of_the_shard = found.select(*_NAMES, *MEASURES, "outlier")
        table = names.join(of_the_shard, on=_NAMES, how="left", maintain_order="left")
        table = table.with_columns(pl.col("outlier").fill_null(False))
    return table.select(LABEL_SCHEMA.names()).cast(LABEL_SCHEMA).sort("doc_id").rechunk()
