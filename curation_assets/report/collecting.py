"""Collects the figures of a report from the tables of a lake."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.charts.plots import pca_2d
from curation_assets.inspection.versions import kept
from curation_assets.mixture.manifest import MANIFEST_FILE, PLAN_FILE
from curation_assets.progress import Progress, silent
from curation_assets.report import sides
from curation_assets.report.agreement import agreement
from curation_assets.report.counting import LENGTHS, Counted, count
from curation_assets.report.figures import (
    Agreement,
    Amounts,
    Distribution,
    Drop,
    Example,
    Figures,
    Histogram,
    Point,
    Sample,
    Step,
    Topic,
)
from curation_assets.report.planted import planted, read_labels
from curation_assets.report.sampling import (
    EXAMPLE_LETTERS,
    POINT_LETTERS,
    sampled_examples,
    sampled_points,
    sampled_shards,
    scorer_names,
)
from resources.lake import Lake

STAGES = ("clean_documents", "dedup_clusters", "contained_documents", "repeated_passages", "mixture_plan")
"""The stages that drop, in their order."""
TOPICS_FILE = "topics/topics.json"
BINS = 10


def collect(lake: Lake, labels: Path | None = None, progress: Progress = silent) -> Figures:
    """Return the figures of the mixture that a lake holds.

    Args:
        labels: a file of labels, as data/sample_labels.jsonl, for the table of planted documents.

    Raises:
        LookupError: the lake has no mixture yet.
        FileNotFoundError: a table of it is missing.
        ValueError: a file of it, or of labels, is damaged; or the lake was written to meanwhile.
    """
    manifest = _json(lake, MANIFEST_FILE)
    shards = sorted(manifest["inputs"])
    told = read_labels(labels) if labels else None
    plan = _json(lake, PLAN_FILE)
    counted = count(lake, shards, progress)
    total = _amounts(counted, "total").get("all", Amounts())
    _agree(lake, manifest, total)
    sources, languages = (Distribution(name, _amounts(counted, name)) for name in ("source", "language"))
    by_topic = Distribution("topic", {key: one for key, one in _amounts(counted, "topic").items() if key})
    columns = list(sides.sides(counted, total, sources, languages, by_topic))
    versions = sides.previous(lake, manifest["mixture_id"])
    if versions:
        columns.append(sides.side_of(lake, versions[0]))
    some = sampled_shards(shards)
    points, vectors = sampled_points(lake, some)
    examples = sampled_examples(lake, some)
    return Figures(
        lake=lake.root.resolve().name,
        mixture_id=manifest["mixture_id"],
        made=next((v.time for v in reversed(kept(lake)) if v.mixture_id == manifest["mixture_id"]), None),
        sampler=str(plan["sampler"]),
        effective_sample_size=(plan.get("weights") or {}).get("effective_sample_size"),
        total=total,
        shards=len(shards),
        quarantined=dict(counted.quarantined.sort("rows", "reason", descending=[True, False]).iter_rows()),
        steps=_steps(counted, total.documents),
        sides=tuple(columns),
        change=sides.change(lake, *versions) if versions else None,
        sources=sources,
        languages=languages,
        lengths=_by_length(counted),
        years=_by_year(counted),
        quality=histogram("quality", counted.quality, counted.kept),
        density=histogram("density", counted.density, counted.kept, log=True),
        clusters={int(size): int(number) // int(size) for size, number in counted.sizes.iter_rows()},
        topics=_topics(lake, by_topic),
        sampled=Sample(points.height, total.candidates, len(some), len(shards)),
        points=_points(points, vectors),
        agreement=_agreement(lake, some, points),
        sampled_texts=Sample(examples.height, total.documents, len(some), len(shards)),
        examples=_examples(examples),
        planted=None if told is None else planted(lake, shards, told),
    )


def _json(lake: Lake, path: str) -> dict[str, Any]:
    file = lake.root / path
    if not file.is_file():
        raise LookupError(f"the lake {lake.root} has no mixture yet: curate run makes one")
    try:
        return dict(json.loads(file.read_bytes()))
    except ValueError:
        raise ValueError(f"{file} is damaged: curate run --verify writes it again") from None


def _agree(lake: Lake, manifest: dict[str, Any], total: Amounts) -> None:
    """Complain of tables that are not those of the manifest: of a run that goes on, or was interrupted."""
    stated = sum(int(row["documents"]) for row in manifest["contents"])
    if stated != total.mixture or _json(lake, MANIFEST_FILE) != manifest:
        raise ValueError(
            f"the mixture in {lake.root} is not the one that its manifest describes ({total.mixture:,}"
            f" documents, not {stated:,}): curate run brings them together"
        )


def _amounts(counted: Counted, by: str) -> dict[str | None, Amounts]:
    """Return amounts by key, the most frequent in the input first."""
    rows = counted.by(by).sort(["documents", "key"], descending=[True, False], nulls_last=True)
    return {row.pop("key"): Amounts(**row) for row in rows.iter_rows(named=True)}


def _by_length(counted: Counted) -> Distribution:
    found = {int(key): amounts for key, amounts in _amounts(counted, "length").items() if key is not None}
    places = range(min(found, default=0), max(found, default=-1) + 1)
    return Distribution("length", {length_name(place): found.get(place, Amounts()) for place in places})


def length_name(place: int) -> str:
    if place + 1 >= len(LENGTHS):
        return f"{LENGTHS[place]:,} or more"
    return f"{LENGTHS[place]:,} to {LENGTHS[place + 1] - 1:,}"


def _by_year(counted: Counted) -> Distribution:
    found = _amounts(counted, "year")
    return Distribution("year", dict(sorted(found.items(), key=lambda item: (item[0] is None, item[0]))))


def _steps(counted: Counted, documents: int) -> tuple[Step, ...]:
    """Return the stages, each with what came to it; stages of no name here come at the end."""
    named: dict[str, list[Drop]] = {}
    rows = counted.fates.drop_nulls("stage").sort(["documents", "reason"], descending=[True, False])
    for stage, reason, number in rows.iter_rows():
        named.setdefault(stage, []).append(Drop(stage, reason, int(number)))
    steps, left = [], documents
    for stage in [*STAGES, *sorted(named.keys() - set(STAGES))]:
        drops = tuple(named.get(stage, ()))
        came, left = left, left - sum(drop.documents for drop in drops)
        steps.append(Step(stage, came, drops, left))
    return tuple(steps)


def histogram(
    name: str, values: NDArray[np.float64], kept: NDArray[np.bool_], log: bool = False
) -> Histogram:
    """Count candidates, and those of the mixture, in bins of equal width; with ``log``, of equal factors."""
    known = np.isfinite(values) & ((values > 0) | (not log))
    shown = values[known]
    if not len(shown):
        return Histogram(name, (), (), (), len(values))
    low, high = float(shown.min()), float(shown.max())
    if not log and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    if low == high:
        edges = np.array([low, high])
    else:
        edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
        edges[0], edges[-1] = low, high
    bins = np.clip(np.searchsorted(edges, shown, side="right") - 1, 0, len(edges) - 2)
    counts, inside = (
        np.bincount(part, minlength=len(edges) - 1).tolist() for part in (bins, bins[kept[known]])
    )
    return Histogram(name, tuple(edges.tolist()), tuple(counts), tuple(inside), int((~known).sum()))


def _topics(lake: Lake, amounts: Distribution) -> tuple[Topic, ...]:
    path = lake.root / TOPICS_FILE
    listed = json.loads(path.read_bytes())["topics"] if path.is_file() else []
    words = {str(topic["topic"]): tuple(map(str, topic["words"])) for topic in listed}
    found = [
        Topic(int(key or 0), words.get(str(key), ()), one.candidates, one.mixture)
        for key, one in amounts.groups.items()
    ]
    return tuple(sorted(found, key=lambda topic: (-topic.candidates, topic.number)))


def _points(frame: pl.DataFrame, vectors: NDArray[np.float32]) -> tuple[Point, ...]:
    if not frame.height:
        return ()
    names = ("doc_id", "source", "language", "topic", "quality", "density")
    told = frame.select(*names, fate="reason", text=pl.col("text").str.slice(0, POINT_LETTERS))
    return tuple(
        Point(x, y, **row)
        for (x, y), row in zip(pca_2d(vectors).tolist(), told.iter_rows(named=True), strict=True)
        if np.isfinite((x, y)).all()
    )


def _agreement(lake: Lake, shards: Sequence[str], frame: pl.DataFrame) -> Agreement:
    if not frame.height:
        return Agreement((), 0, (), ())
    listed = pl.read_parquet_schema(lake.table_path("quality_scores", shards[0]))
    values = {
        name: frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in [*scorer_names(frame, list(listed)), "quality", "density", "tokens"]
    }
    others = {name: values.pop(name) for name in ("density", "tokens")}
    combined = values.pop("quality")
    # What the mixture goes by is often one of the scores itself.
    if not any(np.array_equal(combined, one, equal_nan=True) for one in values.values()):
        values["quality"] = combined
    texts = [text[: 2 * POINT_LETTERS] for text in frame["text"]]
    return agreement(values, others, frame["doc_id"].to_list(), texts)


def _examples(frame: pl.DataFrame) -> tuple[Example, ...]:
    if not frame.height:
        return ()
    names = ("stage", "reason", "decided_by", "doc_id", "shard", "source", "language", "quality")
    text = pl.col("text")
    told = frame.select(
        *names, text=text.str.slice(0, EXAMPLE_LETTERS), cut=text.str.len_chars() > EXAMPLE_LETTERS
    )
    return tuple(Example(**row) for row in told.iter_rows(named=True))
