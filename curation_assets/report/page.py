"""Draws the report from its figures."""

from curation_assets.report.axes import axes
from curation_assets.report.documents import embeddings, examples
from curation_assets.report.figures import Figures
from curation_assets.report.groups import clusters, labelled, scorers, topics
from curation_assets.report.markup import Html, data, joined, moment, number, share, tag, told_text, words
from curation_assets.report.scatter import colourings, shown_data
from curation_assets.report.sections import distributions, flow
from curation_assets.report.shell import page

_FOOTER = (
    "Counts are exact: of all documents, from one pass over the tables of the lake. What is taken from a "
    "sample says so. The page is one file, loads nothing, and runs one short script of its own, for the map."
)


def report(figures: Figures) -> str:
    """Return the report as one HTML file."""
    parts = [
        ("flow", "Flow", flow(figures)),
        ("axes", "Three axes", axes(figures)),
        ("distributions", "Distributions", distributions(figures)),
        ("topics", "Topics", topics(figures)),
        ("map-section", "Map", embeddings(figures)),
        ("clusters", "Copies", clusters(figures)),
        ("scorers", "Scorers", scorers(figures)),
        ("planted", "Labels", labelled(figures)),
        ("examples", "Samples", examples(figures)),
    ]
    shown = [(place, name, markup) for place, name, markup in parts if markup is not None]
    blocks = (
        [data(shown_data(figures.points, colourings(figures.points)), "points")] if figures.points else []
    )
    made = f" made {moment(figures.made)}," if figures.made else ""
    told = joined(
        tag(
            "p",
            "The lake ",
            tag("strong", told_text(figures.lake)),
            f", mixture {figures.mixture_id[:8]},{made} drawn by {words(figures.sampler)}.",
            class_="lead",
        ),
        tag("div", *_headlines(figures), class_="headlines"),
    )
    return page("What is in the mixture", [told], shown, tag("p", _FOOTER), *blocks)


def _headlines(figures: Figures) -> list[Html]:
    total, candidates, mixture = figures.total, figures.sides[1], figures.sides[2]
    found = [
        (
            f"{total.mixture:,}",
            "documents",
            f"{share(total.mixture, total.documents)} of {total.documents:,} read",
        ),
        (
            _short(total.mixture_tokens),
            "tokens",
            f"{share(total.mixture_tokens, total.candidate_tokens)} of the candidates'",
        ),
        (
            number(mixture.mean_quality),
            "mean score",
            f"{number(candidates.mean_quality)} among the candidates",
        ),
    ]
    if mixture.topics and candidates.topics:
        found.append(
            (
                number(mixture.topics[1]),
                "effective topics",
                f"{number(candidates.topics[1])} among the candidates",
            )
        )
    elif mixture.sources:
        found.append((number(mixture.sources[1]), "effective sources", f"of {mixture.sources[0]:,}"))
    return [
        tag("div", tag("strong", value), tag("span", what), tag("small", told), class_="headline")
        for value, what, told in found
    ]


def _short(amount: int) -> str:
    """Return a large number in millions or billions, as one says it."""
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if amount >= size:
            return f"{amount / size:.3g} {letter}"
    return f"{amount:,}"
