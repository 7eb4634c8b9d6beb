"""The commands about mixtures that were: ``curate versions`` and ``curate diff``."""

import itertools
from pathlib import Path

import click

from curation_assets.commands.options import (
    built_lake_option,
    check_outside,
    explained,
    json_option,
    print_all,
    print_json,
)
from resources.lake import Lake


@click.command()
@built_lake_option
@json_option
def versions(lake: Path, as_json: bool) -> None:
    """List the mixtures that the lake has had, the oldest first.

    Each run that changes the mixture keeps it as a version: its manifest, and what became of every document.
    The settings changed are those since the version before.
    """
    from curation_assets.inspection import reports
    from curation_assets.inspection.versions import changed_values, kept, manifest_of

    place = Lake(lake)
    with explained():
        if not lake.is_dir():
            raise LookupError(f"there is no lake {lake}: curate run makes one")
        found = kept(place)
        configs = [manifest_of(place, version)["config"] for version in found]
    changes = [list(changed_values(*pair)) for pair in itertools.pairwise([*configs[:1], *configs])]
    if as_json:
        rows = zip(found, changes, strict=True)
        print_json([{**vars(version), "changed": keys} for version, keys in rows])
    elif found:
        print_all(reports.versions_table(found, changes))
    else:
        print_all("No version is kept yet; a run keeps one.")


@click.command()
@click.argument("old")
@click.argument("new")
@built_lake_option
@json_option
@click.option("-n", "rows", default=3, show_default=True, type=click.IntRange(0), help="Documents a reason.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write it as a page that opens from the disk; it is replaced.",
)
def diff(old: str, new: str, lake: Path, as_json: bool, rows: int, page: Path | None) -> None:
    """Show which documents came into the mixture and went, from version OLD to NEW, and why.

    OLD and NEW are ids as "curate versions" lists them, or their beginning, or latest, latest~1, latest~2:
    the last one, the one before it, ... For example: curate diff latest~1 latest --lake data/lake
    """
    from curation_assets.inspection import reports
    from curation_assets.inspection.version_diff import difference
    from curation_assets.inspection.versions import find

    place = Lake(lake)
    if page:
        check_outside(page, lake)
    with explained():
        found = difference(place, find(place, old), find(place, new))
        if page:
            from curation_assets.report.difference_page import difference_page
            from resources.files import write_bytes_atomically

            write_bytes_atomically(page, difference_page(found, rows).encode())
    if as_json:
        print_json(reports.difference_json(found, rows))
    else:
        print_all(*reports.difference_words(found, rows), reports.sources_table(found))
