"""The mixture as a table for embedding-atlas: what a point is, and where it lies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.inspection.atlas_beside import topic_labels, with_neighbours
from curation_assets.inspection.querying.tables import read_tables
from curation_assets.vectors.columns import finite_rows, matrix
from curation_assets.vectors.sample import draws
from resources.files import write_atomically
from resources.lake import Lake

SEED = 20261121
TEXT_CHARACTERS = 500
KEY = ["doc_id", "shard"]
OF_THE_MIXTURE = ["text", "source", "language", "quality", "density"]
SCHEMA = pl.Schema(
    {
        "id": pl.String,
        "text": pl.String,
        "source": pl.String,
        "language": pl.String,
        "quality": pl.Float64,
        "density": pl.Float64,
        "topic": pl.Int32,
        "x": pl.Float64,
        "y": pl.Float64,
    }
)


def write_atlas(lake: Lake, target: Path, most: int, labels: Path | None = None) -> tuple[int, int]:
    """Write the table as Parquet; return its rows, and the documents of the mixture.

    It has a column ``neighbours``, too, where the lake has them. Names of the topics' regions go to
    ``labels``, if that is given and there are any.

    Raises:
        LookupError: the lake has no mixture, or no embeddings, yet.
    """
    points, documents = atlas_table(lake, most)
    frame, names = with_neighbours(lake, points), topic_labels(lake, points)
    write_atomically(target, lambda path: frame.write_parquet(path, compression="zstd"))
    if labels and not names.is_empty():
        write_atomically(labels, lambda path: names.write_parquet(path))
    return frame.height, documents


def atlas_table(lake: Lake, most: int) -> tuple[pl.DataFrame, int]:
    """Return at most so many documents of the mixture (SCHEMA), and how many there are in all.

    The sample follows from the documents' ids alone. x and y are the first two principal components of
    the sample's embeddings: the same on every machine but for rounding, and no model is needed. Documents
    without a vector are left out.

    Raises:
        LookupError: the lake has no mixture, or no embeddings, yet.
    """
    tables = read_tables(lake, {"mixture", "embeddings", "topics"})
    for name in ("mixture", "embeddings"):
        if name not in tables or not tables[name].files:
            raise LookupError(f"the lake {lake.root} has no {name} yet: curate run makes it")
    files = {name: {path.name: path for path in table.files} for name, table in tables.items()}
    shards = sorted(files["mixture"].keys() & files["embeddings"].keys())
    chosen, documents = _sample([files["mixture"][name] for name in sorted(files["mixture"])], most)
    rows, vectors = [SCHEMA.to_frame().drop("x", "y")], []
    for name in shards:
        some = _rows(files["mixture"][name], files.get("topics", {}).get(name), chosen)
        found = _read(files["embeddings"][name], [*KEY, "embedding"])
        some = some.join(found, on=KEY, how="left", maintain_order="left")
        some_vectors = matrix(some["embedding"])
        there = finite_rows(some_vectors)
        if there.any():
            rows.append(some.filter(pl.Series(there)).rename({"doc_id": "id"}).select(rows[0].columns))
            vectors.append(some_vectors[there])
    table = pl.concat([frame.cast(rows[0].schema) for frame in rows])
    places = principal_components(np.concatenate(vectors)) if vectors else np.empty((0, 2))
    return table.with_columns(x=pl.Series(places[:, 0]), y=pl.Series(places[:, 1])), documents


def principal_components(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the first two principal components of vectors [n, d] as float64 [n, 2].

    The greatest weight of a component is positive, because its sign is arbitrary otherwise. Where vectors
    have one dimension the second is zero.
    """
    points = vectors.astype(np.float64)
    points -= points.mean(axis=0)
    _, directions = np.linalg.eigh(points.T @ points)
    top = directions[:, ::-1][:, :2]
    top = top * np.where(np.take_along_axis(top, np.abs(top).argmax(axis=0)[None], axis=0) < 0, -1.0, 1.0)
    found = points @ top
    return np.pad(found, ((0, 0), (0, 2 - found.shape[1])))


def _sample(files: Sequence[Path], most: int) -> tuple[pl.DataFrame, int]:
    """Return doc_id and shard of the sample, and the number of all documents."""
    taken, documents = pl.DataFrame(schema={"doc_id": pl.String, "shard": pl.String, "drawn": pl.Float64}), 0
    for path in files:
        names = _read(path, KEY).unique()
        documents += names.height
        drawn = pl.Series("drawn", draws(SEED, names["doc_id"].to_list()), pl.Float64)
        taken = pl.concat([taken, names.with_columns(drawn)]).sort("drawn", *KEY).head(most)
    return taken.select(KEY), documents


def _rows(mixture: Path, topics: Path | None, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the documents of a shard that were chosen, once each, in the order of their ids."""
    lazy = pl.scan_parquet(mixture, glob=False).select(*KEY, *OF_THE_MIXTURE)
    short = lazy.with_columns(pl.col("text").str.slice(0, TEXT_CHARACTERS))
    rows = short.join(chosen.lazy(), on=KEY, how="semi").collect().unique(KEY).sort(KEY)
    if topics is None:
        return rows.with_columns(topic=pl.lit(None, pl.Int32))
    return rows.join(_read(topics, [*KEY, "topic"]), on=KEY, how="left", maintain_order="left")


def _read(path: Path, columns: list[str]) -> pl.DataFrame:
    return pl.read_parquet(path, columns=columns, glob=False)
