"""The parts of the report that look at documents: copies, scorers, the map, topics, labels, samples."""

from curation_assets.report.bars import Row, bar_table, below, legend, plain_table
from curation_assets.report.figures import Disagreement, Example, Figures, Sample
from curation_assets.report.markup import Html, counted, joined, number, share, tag, told_text, words
from curation_assets.report.scatter import choices, colourings, legends, picture
from curation_assets.report.sections import STAGES, lead, section

_SIZES = (1, 2, 3, 4, 5, 10, 20, 50, 100, 1_000, 10_000)
_LEVELS = 4


def sampled(sample: Sample) -> str:
    """Say what a figure is taken from."""
    if sample.whole:
        return f"All {counted(sample.documents)} of it."
    shards = (
        f"all {sample.of_shards:,} shards"
        if sample.shards == sample.of_shards
        else f"{sample.shards:,} of {sample.of_shards:,} shards (those whose names have the smallest hashes)"
    )
    return (
        f"A sample: {sample.documents:,} of {counted(sample.of_documents)}, those with the smallest doc_ids"
        f" of {shards}; the same ones in every report on this lake."
    )


def clusters(figures: Figures) -> Html:
    """How many copies documents have."""
    found = []
    for low, high in zip(_SIZES, [*_SIZES[1:], None], strict=True):
        inside = {size: n for size, n in figures.clusters.items() if size >= low and (high is None or size < high)}
        if inside:
            name = f"{low:,} or more" if high is None else f"{low:,}" if high == low + 1 else f"{low:,} to {high - 1:,}"
            found.append((name, sum(inside.values()), sum(size * n for size, n in inside.items())))
    most = max((documents for _, _, documents in found), default=1)
    rows = [
        Row("1 (no copy)" if name == "1" else name, [("raw" if name == "1" else "drop", documents / most)], [f"{n:,}", f"{documents:,}"])
        for name, n, documents in found
    ]
    groups = sum(n for size, n in figures.clusters.items() if size > 1)
    copies = sum((size - 1) * n for size, n in figures.clusters.items())
    largest = max(figures.clusters, default=0)
    return section(
        "clusters",
        "Copies",
        lead(
            f"{counted(groups, 'cluster')} of copies hold {copies:,} documents beyond their first; "
            f"the largest has {counted(largest)}." if groups else "No document has a copy."
        ),
        bar_table("Clusters by their size", ("documents in a cluster", "clusters", "documents"), rows),
    )


def scorers(figures: Figures) -> Html:
    """How far the scores agree, and where they do not."""
    found = figures.agreement
    cells = [
        (name, *(tag("span", number(tau, 2), class_=f"tau {_level(tau)}") for tau in row))
        for name, row in zip(found.columns, found.tau, strict=True)
    ]
    few = (
        " There is one score here, so no two can be compared; quality.scorers names others."
        if found.scorers == 1
        else ""
    )
    told = (
        "Kendall's τ of each two columns: 1 is the same order, 0 none in common, −1 the reverse. "
        f"Density and length in tokens are beside the scores: a score that goes with them may measure them.{few}"
    )
    differ = [
        tag("h3", "Where scores differ most"),
        tag("div", *(_difference(one) for one in found.differences), class_="examples"),
    ]
    return section(
        "scorers",
        "Do the scorers agree?",
        lead(told),
        plain_table("Kendall's τ", ("", *found.columns), cells) if found.columns else None,
        tag("p", sampled(figures.sampled), class_="note"),
        joined(*differ) if found.differences else None,
    )


def _level(tau: float | None) -> str:
    return "t0" if tau is None else f"t{round(abs(tau) * _LEVELS)}{'n' if tau < 0 else ''}"


def _difference(one: Disagreement) -> Html:
    places = [
        tag("span", f"{name} {number(value)}, above {share(rank, 1)}", class_="chip")
        for name, value, rank in zip(one.scorers, one.values, one.ranks, strict=True)
    ]
    return tag("article", tag("p", *places), tag("pre", told_text(one.text)), tag("p", tag("code", one.doc_id)))


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
        plain_table(f"By {way.name}", ("colour of", "points"), [_split(meaning) for _, meaning in way.meanings])
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
            tag("div", picture(figures.points, ways[0], label), tag("div", id="tip", hidden=True), class_="map-frame"),
            legends(ways),
            tag("figcaption", "Point at a document, touch it, or use the arrow keys on the map, to read its beginning.", id="map-help"),
        ),
        tag("p", id="map-said", class_="unseen", aria_live="polite"),
        below("The points as tables", tag("div", *tables, class_="cards two")),
        tag("p", sampled(figures.sampled), class_="note"),
    )


def _split(meaning: str) -> tuple[Html, str]:
    name, _, points = meaning.rpartition(" (")
    return told_text(name), points.rstrip(")")


def topics(figures: Figures) -> Html:
    """What the filter did to the mix of topics."""
    title = "What the draw did to the topics"
    if not figures.topics:
        return section("topics", title, lead("The lake has no topics."))
    candidates = sum(topic.candidates for topic in figures.topics)
    mixture = sum(topic.mixture for topic in figures.topics)
    most = max(topic.candidates for topic in figures.topics)
    rows = []
    for topic in figures.topics:
        before, after = topic.candidates / max(candidates, 1), topic.mixture / max(mixture, 1)
        factor = f"×{after / before:.2f}" if before else "–"
        arrow = "up" if after > 1.1 * before else "down" if after < 0.9 * before else "same"
        rows.append(
            Row(
                joined(told_text(", ".join(topic.words) or "(no words)"), tag("small", f"topic {topic.number}")),
                [("cand", topic.candidates / most), ("mix", topic.mixture / most)],
                [
                    f"{topic.candidates:,}",
                    f"{topic.mixture:,}",
                    share(topic.mixture, topic.candidates),
                    tag("span", factor, class_=f"factor {arrow}"),
                ],
            )
        )
    headings = ("topic, by its words", "candidates", "mixture", "kept", "share of mix")
    return section(
        "topics",
        title,
        lead(
            f"Of {counted(candidates, 'candidate')} with a topic {share(mixture, candidates)} were kept. ×1.50 is a topic "
            "whose share of the mixture is half again its share of the candidates."
        ),
        legend(("cand", "candidates"), ("mix", "in the mixture")),
        bar_table("Topics, the largest first", headings, rows),
    )


def labelled(figures: Figures) -> Html | None:
    """What became of planted documents."""
    if figures.planted is None:
        return None
    rows_read = figures.total.documents + sum(figures.quarantined.values())
    parts = [(one.labelled / max(rows_read, 1), one.mixture / max(figures.total.mixture, 1)) for one in figures.planted]
    most = max((value for pair in parts for value in pair), default=1.0) or 1.0
    rows = [
        Row(
            words(one.kind),
            [("raw", before / most), ("mix", after / most)],
            [f"{one.labelled:,}", f"{one.mixture:,}", share(before, 1), share(after, 1)],
        )
        for one, (before, after) in zip(figures.planted, parts, strict=True)
    ]
    stages = [stage for stage in ("quarantine", *STAGES) if any(stage in one.dropped for one in figures.planted)]
    stages = list(dict.fromkeys(stages))
    table = plain_table(
        "Where they were dropped",
        ("kind", "labelled", "found", *(STAGES.get(stage, stage) for stage in stages), "in the mixture"),
        [
            (words(one.kind), f"{one.labelled:,}", f"{one.found:,}", *(f"{one.dropped.get(stage, 0):,}" for stage in stages), f"{one.mixture:,}")
            for one in figures.planted
        ],
    )
    return section(
        "planted",
        "Labelled documents",
        lead("Documents whose kind is known, and how many of each kind got in. Shares are of all rows of the input, and of the documents of the mixture."),
        legend(("raw", "share of the input"), ("mix", "share of the mixture")),
        bar_table("By kind", ("kind", "labelled", "in the mixture", "of input", "of mixture"), rows),
        table,
    )


def examples(figures: Figures) -> Html:
    """A few texts, kept and dropped."""
    kept = [one for one in figures.examples if one.stage is None]
    gone = [one for one in figures.examples if one.stage is not None]
    return section(
        "examples",
        "Look at some",
        lead("The beginnings of a few documents after cleaning, as they are. Reading them tells more than any figure."),
        tag("h3", "In the mixture"),
        tag("div", *map(_example, kept), class_="examples"),
        tag("h3", "Dropped, by the commonest reasons"),
        tag("div", *map(_example, gone), class_="examples"),
        tag("p", sampled(figures.sampled_texts), class_="note"),
    )


def _example(one: Example) -> Html:
    what = "kept" if one.stage is None else words(one.reason)
    chips = [
        tag("span", what, class_=f"chip {'good' if one.stage is None else 'bad'}"),
        tag("span", one.decided_by, class_="chip") if one.decided_by else None,
        tag("span", told_text(one.source or "no source"), class_="chip"),
        tag("span", told_text(one.language or "?"), class_="chip"),
        None if one.quality is None else tag("span", f"quality {number(one.quality)}", class_="chip"),
    ]
    where = tag("p", tag("code", one.doc_id), " of ", tag("code", one.shard))
    return tag("article", tag("p", *chips), tag("pre", told_text(one.text + ("…" if one.cut else ""))), where)
