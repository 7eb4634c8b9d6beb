"""The command ``curate contamination``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curation_assets.commands.options import (
    config_option,
    explained,
    json_option,
    lake_option,
    open_workplace,
    print_all,
    same_inbox_option,
)
from curation_assets.written_out import visible_json

if TYPE_CHECKING:
    from rich.table import Table

    from curation_assets.inspection.contamination_report import Report


@click.command()
@same_inbox_option
@lake_option
@config_option
@json_option
@click.option(
    "--common",
    default=10,
    show_default=True,
    type=click.IntRange(1),
    help="Tell of n-grams that more documents than this have.",
)
def contamination(inbox: Path | None, lake: Path, config: Path | None, as_json: bool, common: int) -> None:
    """Tell how much of the evaluation sets (contamination.files) the documents of a lake hold.

    By set: items, those of them that are in a document, documents, the longest match in words, and the items
    that most documents have. N-grams that many documents have are hardly a leaked item, but a quotation, an
    instruction or boilerplate: look at them, and put those into contamination.ignore.
    """
    from curation_assets.inspection.contamination_report import contamination_report

    with explained():
        report = contamination_report(open_workplace(inbox, lake, config), common)
    if as_json:
        click.echo(visible_json(report.as_json(), indent=1))
        return
    print_all(_sets(report), *_words(report))


def _sets(report: "Report") -> "Table":
    from curation_assets.inspection.reports import plain_table

    table = plain_table(
        "set", "items", "unusable", "unreadable rows", "items hit", "share", "documents", "share", "longest"
    )
    for one in report.sets:
        table.add_row(
            one.name,
            *map(str, (one.items, one.unusable, one.unreadable, one.items_hit)),
            f"{one.items_hit_share:.2%}",
            str(one.documents),
            f"{one.documents_share:.3%}",
            str(one.longest or ""),
        )
    return table


def _words(report: "Report") -> list[str]:
    told = [
        f"{report.contaminated} of {report.documents} documents ({report.share:.3%}) are contaminated: they "
        f"have {report.words} words in a row of an item, or a shorter text of it, of at least "
        f"{report.shortest} words, as a whole, as often as the settings ask for.",
        "What is said in other words, or in another language, is not found: no hit is no proof.",
    ]
    told += [
        f"{hit.item} in {hit.documents} documents: {hit.ngram}" for one in report.sets for hit in one.top
    ]
    if report.common:
        told.append(
            f"In more than {report.common_documents} documents, so perhaps no leak; contamination.ignore "
            "takes such texts out:"
        )
        told += [f"{one.documents} documents: {one.words}" for one in report.common]
    return told
