"""Draws what differs between two versions of a mixture: a page of the same kind as the report."""

import json

import polars as pl

from curation_assets.inspection.version_diff import Difference, reasons
from curation_assets.inspection.versions import Version
from curation_assets.report.bars import Row, bar_table, below, legend, plain_table
from curation_assets.report.markup import Html, brief, counted, joined, moment, share, tag, told_text, words
from curation_assets.report.sankey import Flow, tall, wide
from curation_assets.report.sections import lead, section
from curation_assets.report.shell import page

_MOST_REASONS, _MOST_SOURCES, _MOST_LETTERS = 6, 60, 200
_FOOTER = "All figures are counts of two ledgers and two manifests that the lake keeps: nothing is a sample."


def difference_page(found: Difference, rows: int) -> str:
    """Return the page, with ``rows`` documents of each reason."""
    old, new = found.old, found.new
    told = joined(
        tag("p", f"From version {_named(old)} to version {_named(new)}.", class_="lead"),
        tag("div", *_headlines(found), class_="headlines"),
    )
    parts = [
        ("went", "Went", _part("went", "What went", found.went, "drop", rows, _flow(found))),
        ("came", "Came", _part("came", "What came", found.came, "mix", rows)),
        ("sources", "Sources", _sources(found)),
        ("settings", "Settings", _settings(found)),
    ]
    return page("What changed in the mixture", [told], parts, tag("p", _FOOTER))


def _named(version: Version) -> str:
    return f"{version.mixture_id[:8]} ({moment(version.time)})"


def _headlines(found: Difference) -> list[Html]:
    old, new = found.old, found.new
    told = [
        (f"{new.documents:,}", "documents", f"{new.documents - old.documents:+,} from {old.documents:,}"),
        (f"{new.tokens:,}", "tokens", f"{new.tokens - old.tokens:+,} from {old.tokens:,}"),
        (f"{found.came.height:,}", "came", f"{share(found.came.height, new.documents)} of the new version"),
        (f"{found.went.height:,}", "went", f"{share(found.went.height, old.documents)} of the old version"),
    ]
    return [
        tag("div", tag("strong", value), tag("span", what), tag("small", told), class_="headline")
        for value, what, told in told
    ]


def _flow(found: Difference) -> Html:
    """What became of the documents of the old version."""
    parts = [(words(why), part.height) for why, part in reasons(found.went)]
    shown, rest = parts[:_MOST_REASONS], parts[_MOST_REASONS:]
    if rest:
        shown.append((f"{len(rest)} more reasons", sum(count for _, count in rest)))
    stay = found.old.documents - found.went.height
    nodes = [Flow("in the old version", found.old.documents, shown), Flow("in both", stay)]
    label = f"Of {counted(found.old.documents)} of the old version {stay:,} are in the new one"
    moved = (
        tag("p", f"{counted(found.moved)} in both are taken from another shard now.", class_="note")
        if found.moved
        else None
    )
    return joined(tag("figure", wide(nodes, label), tall(nodes, label)), moved)


def _part(place: str, title: str, table: pl.DataFrame, kind: str, rows: int, *before: Html) -> Html:
    parts = reasons(table)
    most = max((part.height for _, part in parts), default=1)
    bars = [
        Row(words(why), [(kind, part.height / most)], [f"{part.height:,}", share(part.height, table.height)])
        for why, part in parts
    ]
    examples = [
        plain_table(
            words(why),
            ("document", "shard", "what is known"),
            [
                (
                    tag("code", row["doc_id"]),
                    told_text(row["shard"]),
                    told_text((row["detail"] or "")[:_MOST_LETTERS]),
                )
                for row in part.head(rows).iter_rows(named=True)
            ],
            left=3,
        )
        for why, part in parts
        if rows
    ]
    if not parts:
        return section(place, title, lead("Nothing."), *before)
    return section(
        place,
        title,
        lead(f"{counted(table.height)}, by why."),
        *before,
        tag(
            "div",
            bar_table("Why, the most frequent first", ("why", "documents", "share"), bars),
            class_="card",
        ),
        below("Some documents of each", *examples) if examples else None,
    )


def _sources(found: Difference) -> Html:
    most = max((amount for one in found.sources.values() for amount in one.documents), default=1) or 1
    by_size = sorted(found.sources.items(), key=lambda item: (-max(item[1].documents), item[0] or ""))
    rows = [
        Row(
            brief(name),
            [("prev", one.documents[0] / most), ("mix", one.documents[1] / most)],
            [*(f"{amount:,}" for amount in one.documents), *_changes(one.documents, one.tokens)],
        )
        for name, one in by_size[:_MOST_SOURCES]
    ]
    headings = ("source", "before", "now", "change", "tokens")
    rest = len(by_size) - len(rows)
    return section(
        "sources",
        "By source",
        legend(("prev", "the old version"), ("mix", "the new version")),
        tag("div", bar_table("Documents by source", headings, rows, "deep"), class_="card"),
        tag("p", f"{rest:,} smaller sources are left out.", class_="note") if rest else None,
    )


def _changes(*pairs: tuple[int, int]) -> list[Html]:
    changes = [new - old for old, new in pairs]
    kinds = ["up" if change > 0 else "down" if change < 0 else "same" for change in changes]
    return [
        tag("span", f"{change:+,}", class_=f"factor {kind}")
        for change, kind in zip(changes, kinds, strict=True)
    ]


def _settings(found: Difference) -> Html:
    if not found.config:
        return section("settings", "Settings", lead("The two versions were made with the same settings."))
    rows = [
        (
            key,
            *(
                tag("code", brief(json.dumps(value, ensure_ascii=False, default=str), "", 200))
                for value in pair
            ),
        )
        for key, pair in found.config.items()
    ]
    return section(
        "settings", "Settings", plain_table("What differs", ("key", "before", "now"), rows, left=3)
    )
