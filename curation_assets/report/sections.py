"""The parts of the report about amounts: where documents went, and distributions."""

from collections.abc import Callable, Sequence

from curation_assets.report.bars import Row, bar_table, below, legend, plain_table
from curation_assets.report.figures import Amounts, Distribution, Figures, Histogram
from curation_assets.report.markup import Html, brief, counted, joined, share, tag, words
from curation_assets.report.sankey import flows, tall, wide

STAGES = {
    "clean_documents": "cleaning",
    "dedup_clusters": "deduplication",
    "contained_documents": "excerpts",
    "repeated_passages": "repeated passages",
    "mixture_plan": "the draw of the mixture",
    "quarantine": "reading (quarantine)",
}
_AFTER = {
    "clean_documents": "after cleaning",
    "dedup_clusters": "after deduplication",
    "contained_documents": "after excerpts",
    "repeated_passages": "after passages",
}
MOST_ROWS, MOST_MORE = 16, 200
_BOTH = (("raw", "read"), ("mix", "in the mixture"))


def section(name: str, title: str, *content: object) -> Html:
    return tag(
        "section", tag("h2", title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title"
    )


def lead(*content: object) -> Html:
    return tag("p", *content, class_="lead")


def flow(figures: Figures) -> Html:
    """The way of the documents, and the reasons of drops."""
    total, nodes = figures.total, flows(figures.steps, _AFTER, "in the mixture")
    label = (
        f"Flow of documents: {counted(total.documents)} read; "
        + "; ".join(
            f"{STAGES.get(step.stage, words(step.stage))} dropped {step.came - step.left:,}"
            for step in figures.steps
            if step.drops
        )
        + f"; {total.mixture:,} in the mixture"
    )
    drops = [drop for step in figures.steps for drop in step.drops]
    most = max((drop.documents for drop in drops), default=1)
    rows = [
        Row(
            joined(words(drop.reason), tag("small", STAGES.get(drop.stage, words(drop.stage)))),
            [("drop", drop.documents / most)],
            [f"{drop.documents:,}", share(drop.documents, total.documents)],
        )
        for drop in sorted(drops, key=lambda drop: (-drop.documents, drop.reason))
    ]
    unread = sum(figures.quarantined.values())
    quarantine = (
        f" {counted(unread, 'row')} could not be read and went to quarantine: "
        + ", ".join(f"{words(reason)} ({rows:,})" for reason, rows in figures.quarantined.items())
        + "."
        if unread
        else ""
    )
    table = plain_table(
        "Stages in their order",
        ("stage", "came in", "dropped", "left"),
        [
            (
                STAGES.get(step.stage, words(step.stage)),
                f"{step.came:,}",
                f"{step.came - step.left:,}",
                f"{step.left:,}",
            )
            for step in figures.steps
        ],
    )
    return section(
        "flow",
        "Where the documents went",
        lead(
            f"Of {counted(total.documents)} that were read, {total.mixture:,} "
            f"({share(total.mixture, total.documents)}) are in the mixture.{quarantine}"
        ),
        tag("figure", wide(nodes, label), tall(nodes, label)),
        below("The stages as a table", table),
        tag("h3", "Reasons of drops"),
        lead(
            "Each document counts once, for the first rule that dropped it. Shares are of all that was read."
        ),
        tag(
            "div",
            _long(rows, lambda part, name: bar_table(name, ("reason", "documents", "share"), part)),
            class_="card",
        ),
    )


def _long(
    rows: Sequence[Row], table: Callable[[Sequence[Row], str], Html], name: str = "Most frequent first"
) -> Html:
    """Return a table, and the rows beyond the first ones in another that has to be opened."""
    if len(rows) <= MOST_ROWS + 2:
        return table(rows, name)
    rest = rows[MOST_ROWS:]
    told = f"{len(rest):,} more" + (f", the first {MOST_MORE} of them" if len(rest) > MOST_MORE else "")
    return joined(table(rows[:MOST_ROWS], name), below(told, table(rest[:MOST_MORE], "The others")))


def distributions(figures: Figures) -> Html:
    """The input beside the mixture, by source, language, length, age, score and density."""
    cards = [
        _distribution("Sources", "source", figures.sources, figures.total),
        _distribution("Languages", "language", figures.languages, figures.total),
        _distribution("Length, in characters after cleaning", "characters", figures.lengths, figures.total),
        _distribution("Age, by year", "year", figures.years, figures.total)
        if set(figures.years.groups) - {None}
        else _empty("Age", "No document has a date."),
        _histogram("Score", figures.quality),
        _histogram("Density", figures.density),
    ]
    return section(
        "distributions",
        "What it is made of",
        lead("Bars are shares: of all documents read, and of those in the mixture. Figures count documents."),
        legend(("raw", "read"), ("cand", "candidates (score and density)"), ("mix", "in the mixture")),
        tag("div", *cards, class_="cards two"),
    )


def _distribution(title: str, heading: str, parts: Distribution, total: Amounts) -> Html:
    def part(amounts: Amounts) -> list[float]:
        return [amounts.documents / max(total.documents, 1), amounts.mixture / max(total.mixture, 1)]

    most = max((value for one in parts.groups.values() for value in part(one)), default=1.0) or 1.0
    rows = [
        Row(
            brief(name),
            [(kind, value / most) for (kind, _), value in zip(_BOTH, part(one), strict=True)],
            [f"{one.documents:,}", f"{one.mixture:,}", share(one.mixture, one.documents)],
        )
        for name, one in parts.groups.items()
    ]
    headings = (heading, "read", "mixture", "kept")
    return tag("div", _long(rows, lambda some, name: bar_table(name, headings, some), title), class_="card")


def _histogram(title: str, histogram: Histogram) -> Html:
    if not histogram.edges:
        return _empty(title, "It is known of no document.")
    totals = [max(sum(side), 1) for side in (histogram.candidates, histogram.mixture)]
    sides = list(zip(histogram.candidates, histogram.mixture, strict=True))
    most = max(amount / whole for pair in sides for amount, whole in zip(pair, totals, strict=True)) or 1.0
    rows = [
        Row(
            f"{low:.3g} to {high:.3g}",
            [("cand", pair[0] / totals[0] / most), ("mix", pair[1] / totals[1] / most)],
            [f"{pair[0]:,}", f"{pair[1]:,}", share(pair[1], pair[0])],
        )
        for low, high, pair in zip(histogram.edges[:-1], histogram.edges[1:], sides, strict=True)
    ]
    unknown = (
        tag("p", f"Not known of {counted(histogram.unknown, 'candidate')}.") if histogram.unknown else None
    )
    return tag(
        "div", bar_table(title, (histogram.name, "scored", "mixture", "kept"), rows), unknown, class_="card"
    )


def _empty(title: str, told: str) -> Html:
    return tag("div", tag("h3", title), tag("p", told), class_="card")
