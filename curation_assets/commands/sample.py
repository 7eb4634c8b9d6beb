"""The command ``curate sample``: pages through real documents, by what decided about them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curation_assets.commands.options import built_lake_option, explained, json_option, print_json
from resources.lake import Lake

if TYPE_CHECKING:
    from curation_assets.inspection.sampling.asking import Request
    from curation_assets.inspection.sampling.example import Sample
    from curation_assets.inspection.sampling.reading import Documents

_STAGES = {
    "cleaning": "clean_documents",
    "dedup": "dedup_clusters",
    "containment": "contained_documents",
    "passages": "repeated_passages",
    "mixture": "mixture_plan",
}
_CHARACTERS = 1500


@click.command()
@built_lake_option
@click.option(
    "--stage", type=click.Choice([*_STAGES, *_STAGES.values()]), help="Documents that a stage dropped."
)
@click.option("--reason", help="Of a rule, a group of rules such as gopher_repetition, or a verdict.")
@click.option(
    "--near", is_flag=True, help="What a rule nearly dropped; of clusters copies near the threshold."
)
@click.option("--clusters", is_flag=True, help="Documents that were kept, beside their copies.")
@click.option("--passages", is_flag=True, help="Documents with repeated passages.")
@click.option("--score", metavar="COLUMN", help="By a column of numbers: --lowest or --highest.")
@click.option("--lowest/--highest", "lowest", default=None, help="Which end of --score.")
@click.option(
    "--disagree",
    nargs=2,
    metavar="COLUMN COLUMN",
    help="Where the ranks by two scores differ most, by language.",
)
@click.option("--densest", is_flag=True, help="In the most crowded neighbourhoods.")
@click.option("--sparsest", is_flag=True, help="In the emptiest neighbourhoods.")
@click.option("--topic", type=int, help="Of a topic.")
@click.option("-n", "count", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@click.option("--random", "by_lot", is_flag=True, help="Any of those that match, not the first.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**62), help="Selects the lots.")
@click.option("--language", help="Only documents of this language.")
@click.option("--source", help="Only of this source; may be a pattern such as 'docs-*'.")
@click.option("--shard", help="Only of this shard; may be a pattern.")
@click.option(
    "--characters",
    default=_CHARACTERS,
    show_default=True,
    type=click.IntRange(0),
    help="Of a text to show, around what is highlighted; 0: all of it.",
)
@json_option
def sample(
    lake: Path,
    stage: str | None,
    reason: str | None,
    near: bool,
    clusters: bool,
    passages: bool,
    score: str | None,
    lowest: bool | None,
    disagree: tuple[str, str] | None,
    densest: bool,
    sparsest: bool,
    topic: int | None,
    count: int,
    by_lot: bool,
    seed: int,
    language: str | None,
    source: str | None,
    shard: str | None,
    characters: int,
    as_json: bool,
) -> None:
    """Page through real documents: what a rule dropped or nearly dropped, copies, scores, topics.

    What a rule counted is highlighted. For example:

    \b
    curate sample --lake data/lake --stage cleaning --reason gopher_repetition -n 20
    curate sample --lake data/lake --reason gopher_stop_words --near
    curate sample --lake data/lake --clusters
    curate sample --lake data/lake --score quality --lowest --language de

    In a terminal one at a time; in a pipe all at once. The same documents for the same lake and seed.
    """
    questions = {
        "--stage or --reason": stage is not None or reason is not None,
        "--clusters": clusters,
        "--passages": passages,
        "--score": score is not None,
        "--disagree": bool(disagree),
        "--densest": densest,
        "--sparsest": sparsest,
        "--topic": topic is not None,
    }
    asked = [name for name, given in questions.items() if given]
    if len(asked) != 1:
        told = f"not {' and '.join(asked)} together" if asked else "none is given"
        raise click.UsageError(f"one question at a time: {', '.join(questions)}; {told}")
    if (lowest is None) != (score is None):
        raise click.UsageError("--score goes with --lowest or --highest")
    from curation_assets.inspection.sampling.asking import Request
    from curation_assets.inspection.sampling.reading import Documents, Filters

    documents = Documents(Lake(lake), Filters(language, source, shard))
    request = Request(count, seed, by_lot, near)
    with explained():
        documents.check()
        if stage or reason:
            found = _verdicts(documents, _STAGES.get(stage or "", stage), reason, request)
        elif clusters or passages:
            found = _copies(documents, request, clusters=clusters)
        elif topic is not None:
            found = _topic(documents, topic, request)
        else:
            column = score or ("density" if densest or sparsest else None)
            found = _scores(documents, column, disagree, request, highest=densest or lowest is False)
    if as_json:
        print_json(found.as_json())
    else:
        _show(found, characters)


def _verdicts(documents: "Documents", stage: str | None, reason: str | None, request: "Request") -> "Sample":
    from curation_assets.inspection.sampling.asking import unknown
    from curation_assets.inspection.sampling.cleaning import cleaning_sample, rule_names
    from curation_assets.inspection.sampling.verdicts import OF_STAGE, verdict_sample

    cleaning = _STAGES["cleaning"]
    later = [name for names in OF_STAGE.values() for name in names]
    if stage is None and reason not in (*rule_names(), *later):
        raise unknown("reason", reason or "", [*later, *sorted(rule_names())])
    if stage == cleaning or (stage is None and reason in rule_names()):
        return cleaning_sample(documents, reason, request)
    if request.near:
        raise click.UsageError("--near goes with the rules of cleaning and with --clusters")
    return verdict_sample(documents, stage, reason, request)


def _copies(documents: "Documents", request: "Request", *, clusters: bool) -> "Sample":
    from curation_assets.inspection.sampling.clusters import cluster_sample
    from curation_assets.inspection.sampling.passages import passage_sample

    return cluster_sample(documents, request) if clusters else passage_sample(documents, request)


def _topic(documents: "Documents", topic: int, request: "Request") -> "Sample":
    from curation_assets.inspection.sampling.topics import topic_sample

    return topic_sample(documents, topic, request)


def _scores(
    documents: "Documents",
    column: str | None,
    disagree: tuple[str, str] | None,
    request: "Request",
    *,
    highest: bool,
) -> "Sample":
    from curation_assets.inspection.sampling.scores import disagreement_sample, score_sample

    if column is not None:
        return score_sample(documents, column, request, highest=highest)
    assert disagree
    return disagreement_sample(documents, *disagree, request)


def _show(found: "Sample", characters: int) -> None:
    """Print the examples; in a terminal wait for a key after each."""
    from rich.console import Console

    from curation_assets.inspection.sampling.showing import heading, shown

    console = Console(highlight=False)
    in_terminal = console.is_terminal
    colour = in_terminal and not console.no_color
    console.print(heading(found), soft_wrap=not in_terminal)
    for place, example in enumerate(found.examples, start=1):
        text = shown(example, f"{place} of {len(found.examples)}", characters, colour=colour)
        console.print(text, soft_wrap=not in_terminal)
        if in_terminal and place < len(found.examples) and not _wants_next():
            break


def _wants_next() -> bool:
    """Ask for a key where somebody can press one; say whether to go on."""
    import sys

    if not sys.stdin.isatty():
        return True
    click.echo("Any key: the next. q: the end.", nl=False, err=True)
    key = click.getchar()
    click.echo(err=True)
    return key not in ("q", "Q", "\x1b", "\x04")
