"""The parts of the report about groups of documents: copies, topics, scorers, and labelled kinds."""

from curation_assets.report.bars import Row, bar_table, below, legend, plain_table
from curation_assets.report.documents import difference, sampled
from curation_assets.report.figures import Figures
from curation_assets.report.markup import (
    NOT_KNOWN,
    TIMES,
    Html,
    brief,
    counted,
    joined,
    share,
    tag,
    told_text,
    words,
)
from curation_assets.report.sections import STAGES, lead, section

_SIZES = (1, 2, 3, 4, 5, 10, 20, 50, 100, 1_000, 10_000)
_LEVELS = 4


def clusters(figures: Figures) -> Html:
    """How many copies documents have."""
    found = []
    for low, high in zip(_SIZES, [*_SIZES[1:], None], strict=True):
        inside = {
            size: n for size, n in figures.clusters.items() if size >= low and (high is None or size < high)
        }
        if inside:
            name = (
                f"{low:,} or more"
                if high is None
                else f"{low:,}"
                if high == low + 1
                else f"{low:,} to {high - 1:,}"
            )
            found.append((name, sum(inside.values()), sum(size * n for size, n in inside.items())))
    most = max((documents for _, _, documents in found), default=1)
    rows = [
        Row(
            "1 (no copy)" if name == "1" else name,
            [("raw" if name == "1" else "drop", documents / most)],
            [f"{n:,}", f"{documents:,}"],
        )
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
            f"the largest has {counted(largest)}."
            if groups
            else "No document has a copy."
        ),
        tag(
            "div",
            bar_table("Clusters by their size", ("documents in a cluster", "clusters", "documents"), rows),
            class_="card",
        ),
    )


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
        factor = f"{TIMES}{after / before:.2f}" if before else NOT_KNOWN
        arrow = "up" if after > 1.1 * before else "down" if after < 0.9 * before else "same"
        rows.append(
            Row(
                joined(
                    told_text(brief(", ".join(topic.words), "(no words)", 200)),
                    tag("small", f"topic {topic.number}"),
                ),
                [("cand", topic.candidates / most), ("mix", topic.mixture / most)],
                [
                    f"{topic.candidates:,}",
                    f"{topic.mixture:,}",
                    share(topic.mixture, topic.candidates),
                    tag("span", factor, class_=f"factor {arrow}"),
                ],
            )
        )
    headings = ("topic, by its words", "candidates", "mixture", "kept", "share")
    return section(
        "topics",
        title,
        lead(
            f"Of {counted(candidates, 'candidate')} with a topic {share(mixture, candidates)} were kept. "
            f"{TIMES}1.50 is a topic whose share of the mixture is half again its share of the candidates."
        ),
        legend(("cand", "candidates"), ("mix", "in the mixture")),
        tag("div", bar_table("Topics, the largest first", headings, rows, "deep"), class_="card"),
    )


def scorers(figures: Figures) -> Html:
    """How far the scores agree, and where they do not."""
    found = figures.agreement
    cells = [
        (name, *(tag("span", _tau(tau), class_=f"tau {_level(tau)}") for tau in row))
        for name, row in zip(found.columns, found.tau, strict=True)
    ]
    few = (
        " There is one score here, so no two can be compared; quality.scorers names others."
        if found.scorers == 1
        else ""
    )
    told = (
        "Kendall's τ of each two columns: 1 is the same order, 0 none in common, -1 the reverse. "
        "Density and length in tokens are beside the scores: a score that goes with them may measure them."
        f"{few}"
    )
    differ = [
        tag("h3", "Where scores differ most"),
        tag("div", *(difference(one) for one in found.differences), class_="examples"),
    ]
    return section(
        "scorers",
        "Do the scorers agree?",
        lead(told),
        plain_table("Kendall's τ", ("", *found.columns), cells) if found.columns else None,
        tag("p", sampled(figures.sampled, "candidate"), class_="note"),
        joined(*differ) if found.differences else None,
    )


def _tau(tau: float | None) -> str:
    return NOT_KNOWN if tau is None else f"{tau:.2f}".replace("-", "\N{MINUS SIGN}")


def _level(tau: float | None) -> str:
    return "t0" if tau is None else f"t{round(abs(tau) * _LEVELS)}{'n' if tau < 0 else ''}"


def labelled(figures: Figures) -> Html | None:
    """What became of planted documents."""
    if figures.planted is None:
        return None
    rows_read = figures.total.documents + sum(figures.quarantined.values())
    parts = [
        (one.labelled / max(rows_read, 1), one.mixture / max(figures.total.mixture, 1))
        for one in figures.planted
    ]
    most = max((value for pair in parts for value in pair), default=1.0) or 1.0
    rows = [
        Row(
            words(one.kind),
            [("raw", before / most), ("mix", after / most)],
            [f"{one.labelled:,}", f"{one.mixture:,}", share(before, 1), share(after, 1)],
        )
        for one, (before, after) in zip(figures.planted, parts, strict=True)
    ]
    stages = [
        stage for stage in ("quarantine", *STAGES) if any(stage in one.dropped for one in figures.planted)
    ]
    stages = list(dict.fromkeys(stages))
    table = plain_table(
        "Where they were dropped",
        ("kind", "labelled", "found", *(STAGES.get(stage, stage) for stage in stages), "in the mixture"),
        [
            (
                words(one.kind),
                f"{one.labelled:,}",
                f"{one.found:,}",
                *(f"{one.dropped.get(stage, 0):,}" for stage in stages),
                f"{one.mixture:,}",
            )
            for one in figures.planted
        ],
    )
    return section(
        "planted",
        "Labelled documents",
        lead(
            "Documents whose kind is known, and how many of each kind got in. Shares are of all rows of the "
            "input, and of the documents of the mixture."
        ),
        legend(("raw", "share of the input"), ("mix", "share of the mixture")),
        tag(
            "div",
            bar_table("By kind", ("kind", "labelled", "got in", "of input", "of mixture"), rows, "deep"),
            class_="card",
        ),
        below("Where they were dropped", table),
    )
