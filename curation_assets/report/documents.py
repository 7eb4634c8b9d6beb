"""The parts of the report that show documents: the map, where scores differ, samples of texts."""

import re

from curation_assets.report.bars import below, plain_table
from curation_assets.report.figures import Disagreement, Example, Figures, Sample
from curation_assets.report.markup import Html, brief, counted, number, share, tag, told_text, words
from curation_assets.report.scatter import choices, colourings, legends, picture
from curation_assets.report.sections import lead, section


def sampled(sample: Sample, what: str) -> str:
    """Say what a figure is taken from."""
    if sample.whole:
        return f"From all {counted(sample.documents, what)}."
    shards = (
        f"all {sample.of_shards:,} shards"
        if sample.shards == sample.of_shards
        else f"{sample.shards:,} of {sample.of_shards:,} shards (those whose names have the smallest hashes)"
    )
    return (
        f"A sample: {sample.documents:,} of {counted(sample.of_documents, what)}, those with the "
        f"smallest doc_ids of {shards}; the same ones in every report on this lake."
    )


def embeddings(figures: Figures) -> Html:
    """The map."""
    title = "A map of the documents"
    if not figures.points:
        return section("map-section", title, lead("No document has an embedding."))
    ways = colourings(figures.points)
    kept = sum(point.fate == "kept" for point in figures.points)
    label = (
        f"Map of {counted(len(figures.points))} by the first two principal components of their embeddings; "
        f"{kept:,} of them are in the mixture"
    )
    tables = [
        plain_table(
            f"By {way.name}", ("colour of", "points"), [_split(meaning) for _, meaning in way.meanings]
        )
        for way in ways
        if way.name in ("source", "kept or not", "language", "topic")
    ]
    return section(
        "map-section",
        title,
        lead(
            "Each point is a candidate; those that say similar things lie together (two principal components "
            "of the embeddings, so what lies together may still differ in the others)."
        ),
        choices(ways),
        tag(
            "figure",
            tag(
                "div",
                picture(figures.points, ways[0], label),
                tag("div", id="tip", hidden=True),
                class_="map-frame",
            ),
            legends(ways),
            tag(
                "figcaption",
                "Point at a document, touch it, or use the arrow keys on the map, to read its beginning.",
                id="map-help",
            ),
        ),
        tag("p", id="map-said", class_="unseen", aria_live="polite"),
        below("The points as tables", tag("div", *tables, class_="cards two")),
        tag("p", sampled(figures.sampled, "candidate"), class_="note"),
    )


def _split(meaning: str) -> tuple[Html, str]:
    name, _, points = meaning.rpartition(" (")
    return told_text(name), points.rstrip(")")


def difference(one: Disagreement) -> Html:
    places = [
        tag("span", f"{name} {number(value)}, above {share(rank, 1)}", class_="chip")
        for name, value, rank in zip(one.scorers, one.values, one.ranks, strict=True)
    ]
    return tag(
        "article", tag("p", *places), tag("pre", told_text(one.text)), tag("p", tag("code", one.doc_id))
    )


def examples(figures: Figures) -> Html:
    """A few texts, kept and dropped."""
    kept = [one for one in figures.examples if one.stage is None]
    gone = [one for one in figures.examples if one.stage is not None]
    return section(
        "examples",
        "Look at some",
        lead(
            "The beginnings of a few documents after cleaning, as they are. Reading them tells more than any "
            "figure."
        ),
        tag("h3", "In the mixture"),
        tag("div", *map(_example, kept), class_="examples"),
        tag("h3", "Dropped, by the commonest reasons"),
        tag("div", *map(_example, gone), class_="examples"),
        tag("p", sampled(figures.sampled_texts, "document"), class_="note"),
    )


def _example(one: Example) -> Html:
    what = "kept" if one.stage is None else words(one.reason)
    chips = [
        tag("span", what, class_=f"chip {'good' if one.stage is None else 'bad'}"),
        tag("span", brief(_rounded(one.decided_by), "", 200), class_="chip") if one.decided_by else None,
        tag("span", told_text(brief(one.source, "no source")), class_="chip"),
        tag("span", told_text(brief(one.language, "?")), class_="chip"),
        None if one.quality is None else tag("span", f"quality {number(one.quality)}", class_="chip"),
    ]
    where = tag("p", tag("code", one.doc_id), " of ", tag("code", one.shard))
    return tag("article", tag("p", *chips), tag("pre", told_text(one.text + ("…" if one.cut else ""))), where)


def _rounded(told: str) -> str:
    """Return a text whose long decimal fractions have four digits."""
    return re.sub(r"\d+\.\d{5,}", lambda found: f"{float(found[0]):.4g}", told)
