"""The command ``curate explain``: why one document is in the mixture, or is not."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curation_assets.commands.options import built_lake_option, explained, json_option, print_json
from resources.lake import Lake

if TYPE_CHECKING:
    from rich.tree import Tree

    from curation_assets.inspection.explaining.finding import Found
    from curation_assets.inspection.explaining.tree import Node

_STYLES = {"good": "green", "bad": "red", "dim": "dim", "plain": ""}


@click.command()
@click.argument("doc_id", required=False)
@built_lake_option
@click.option("--text", "start", metavar="WORDS", help="The document that starts with these words.")
@click.option("--url", help="The document with this address.")
@click.option("--shard", help="Of a record that lies in several shards, the row in this one.")
@click.option("--rules", "every_rule", is_flag=True, help="Every rule of cleaning, not the closest only.")
@json_option
def explain(
    doc_id: str | None,
    lake: Path,
    start: str | None,
    url: str | None,
    shard: str | None,
    every_rule: bool,
    as_json: bool,
) -> None:
    """Tell the whole way of one document: where it was read, what each stage found, and what decided.

    DOC_ID may be the beginning of one, as long as it is the only one, or the id that the record had in its
    own file (record_id); or name the document with --text or --url. Thresholds are those that the tables were
    built with. What stands in the documents is shown with terminal escapes and other control characters
    written out. The excerpt "as read" is not masked.
    """
    if sum(given is not None for given in (doc_id, start, url)) != 1:
        raise click.UsageError("give one of DOC_ID, --text and --url")
    from curation_assets.inspection.explaining.explanation import explain as explain_document
    from curation_assets.inspection.explaining.whole import tree_of

    place = Lake(lake)
    with explained():
        found = _found(place, doc_id, start, url, _sound(shard))
        told = explain_document(place, found)
    if as_json:
        print_json(told)
    else:
        _print(tree_of(told, every_rule))


def _found(lake: Lake, doc_id: str | None, start: str | None, url: str | None, shard: str | None) -> "Found":
    from curation_assets.inspection.explaining import finding

    if start is None:
        find = finding.document_by_id if url is None else finding.document_by_url
        return find(lake, _sound(doc_id or url or "") or "", shard)
    if not sys.stderr.isatty():
        return finding.document_by_text(lake, _sound(start) or "", shard)
    shards = len(lake.recorded_shards("clean_documents"))
    with click.progressbar(length=shards, label="Looking through the texts", file=sys.stderr) as bar:
        return finding.document_by_text(lake, _sound(start) or "", shard, bar.update)


def _sound(argument: str | None) -> str | None:
    """Return an argument without the surrogates that stand for bytes which are no UTF-8."""
    return None if argument is None else argument.encode("utf-8", "replace").decode("utf-8")


def _print(node: "Node") -> None:
    """Print the tree in colours, its lines broken where the terminal ends; in a pipe no line is broken."""
    if not sys.stdout.isatty():
        click.echo("\n".join(node.lines()))
        return
    from rich.console import Console

    Console().print(_coloured(node))


def _coloured(node: "Node") -> "Tree":
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(node.label, style=_STYLES[node.tone]))
    for child in node.children:
        tree.children.append(_coloured(child))
    return tree
