"""The part of the report about quantity, quality and coverage, and about what changed since last time."""

from collections.abc import Callable, Mapping, Sequence

from curation_assets.report.bars import Row, bar_table
from curation_assets.report.figures import Figures, Side
from curation_assets.report.markup import NOT_KNOWN, Html, counted, joined, moment, number, share, tag, words
from curation_assets.report.sections import section

_NOTE = (
    "A dash is what is not known: scores, tokens and topics are taken of candidates only, and of an earlier "
    "version only its ledger and manifest are kept."
)


def axes(figures: Figures) -> Html:
    """Quantity, quality and coverage of the input, the candidates, the mixture and the one before."""
    sides = figures.sides

    def whole(value: float | None) -> str:
        return number(None if value is None else int(value))

    def plain(
        values: Callable[[Side], float | None], told: Callable[[float | None], str] = number
    ) -> list[tuple[float | None, str]]:
        return [(values(side), told(values(side))) for side in sides]

    def varied(values: Callable[[Side], tuple[int, float] | None]) -> list[tuple[float | None, str]]:
        found = [values(side) for side in sides]
        return [(one[1], f"{number(one[1])} of {one[0]:,}") if one else (None, NOT_KNOWN) for one in found]

    columns = (
        (
            "Quantity",
            "How much there is.",
            {
                "Documents": plain(lambda side: side.documents, whole),
                "Characters, after cleaning": plain(lambda side: side.characters, whole),
                "Tokens": plain(lambda side: side.tokens, whole),
            },
        ),
        (
            "Quality",
            "What the rules and the score say of it.",
            {
                "Pass the rules of cleaning": plain(
                    lambda side: side.passed, lambda value: NOT_KNOWN if value is None else share(value, 1)
                ),
                "Mean score": plain(lambda side: side.mean_quality),
                "Median score": plain(lambda side: side.median_quality),
            },
        ),
        (
            "Coverage",
            "How varied it is: the effective number of kinds (exp of the entropy), of how many.",
            {
                "Sources": varied(lambda side: side.sources),
                "Languages": varied(lambda side: side.languages),
                "Topics": varied(lambda side: side.topics),
                "Median density (less is rarer)": plain(lambda side: side.median_density),
            },
        ),
    )
    cards = [
        tag(
            "div",
            tag("h3", title),
            tag("p", told),
            *(_measure(sides, name, values) for name, values in measures.items()),
            class_="card",
        )
        for title, told, measures in columns
    ]
    note, size = _NOTE, figures.effective_sample_size
    if size is not None:
        note += (
            f" The weights of the draw ({words(figures.sampler)}) are worth {size:,.0f} equally weighted "
            "candidates (Kish's effective sample size)."
        )
    return section(
        "axes",
        "Three axes of curation",
        tag("div", *cards, class_="cards"),
        tag("p", note, class_="note"),
        _change(figures),
    )


def _measure(sides: Sequence[Side], name: str, values: Sequence[tuple[float | None, str]]) -> Html:
    most = max((abs(value) for value, _ in values if value is not None), default=0.0) or 1.0
    kinds = ("raw", "cand", "mix", "prev")
    rows = [
        Row(side.name, [(kind, abs(value or 0.0) / most)], [told])
        for side, kind, (value, told) in zip(sides, kinds, values, strict=False)
    ]
    return bar_table(name, ("of", "value"), rows, "measure")


def _change(figures: Figures) -> Html | None:
    change = figures.change
    if change is None:
        return tag("p", "No earlier version of this mixture is kept, so none is beside it.", class_="note")
    settings = f" Settings that differ: {', '.join(change.settings)}." if change.settings else ""
    tables = [_reasons(word, parts) for word, parts in (("Came", change.came), ("Went", change.went))]
    return joined(
        tag("h3", "Since the previous version"),
        tag("p", f"Version {change.previous[:8]} of {moment(change.time)}.{settings}"),
        tag("div", *tables, class_="cards"),
    )


def _reasons(word: str, parts: Mapping[str, int]) -> Html:
    most = max(parts.values(), default=1)
    kind = "mix" if word == "Came" else "drop"
    rows = [Row(words(why), [(kind, amount / most)], [f"{amount:,}"]) for why, amount in parts.items()]
    return tag(
        "div", bar_table(f"{word}: {counted(sum(parts.values()))}", ("why", "documents"), rows), class_="card"
    )
