"""The commands around quality scores: ``curate doctor``, ``curate train`` and ``curate pick``."""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from curation_assets.commands.options import (
    config_option,
    explained,
    folder,
    json_option,
    lake_option,
    open_workplace,
    print_all,
    same_inbox_option,
)
from curation_assets.config import load_config
from curation_assets.written_out import visible_json
from resources.lake import Lake

SAMPLED = 120
TRAINERS = {
    "probe": ("quality.train_probe", "linear read-out of a language model, from labelled texts"),
    "ngram": (
        "quality.perplexity.train",
        "n-gram model for perplexity, from texts that are like what is wanted",
    ),
    "classifier": (
        "quality.classifiers.train",
        "hashed, fasttext, dsir or embedding, from good and other texts",
    ),
    "student": ("quality.student.train", "fast imitation of a scorer, from the scores that it gave"),
}
"""By kind: the module with a ``main(arguments, prog)``, and what it trains."""


@click.command()
@config_option
@click.option("--lake", type=folder, help="Say how long each column takes for this lake.")
@same_inbox_option
@json_option
@click.option(
    "--texts",
    "count",
    default=SAMPLED,
    show_default=True,
    type=click.IntRange(0),
    help="Labelled texts to judge on, half of them junk, of each kind about as many; 0: all.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Other labelled texts: JSON lines with text, label (1 or 0), kind, perhaps language. Default: the "
    "bundled ones, short and in English.",
)
@click.option("--all", "every", is_flag=True, help="Judge other ways to ask the packaged model, too.")
def doctor(
    config: Path | None,
    lake: Path | None,
    inbox: Path | None,
    as_json: bool,
    count: int,
    labels: Path | None,
    every: bool,
) -> None:
    """Tell whether the quality scores are any good, and what they cost.

    Each column of scores is judged on labelled texts: AUC (0.5 is chance), agreement with the others,
    speed on this machine, and with --lake the time for its documents that have no score yet. An endpoint is
    sent the labelled texts, but nothing of the lake. Nothing is written to the lake.

    Exit code 0: the column that the mixture goes by (quality.use) is fine. 4: its AUC is below 0.7. 1: it
    cannot score. Other columns are warned of only.
    """
    from rich.console import Console

    from curation_assets.inspection import doctor_report
    from curation_assets.inspection.scoring_time import LakeWork
    from curation_assets.quality.doctor import examine, subjects
    from curation_assets.quality.labelled import PACKAGED_LABELS, evenly, read_labelled, without_shots
    from curation_assets.terminal import TerminalReporter
    from resources.files import hash_file

    if inbox and not lake:
        raise click.UsageError("--inbox goes with --lake")
    with explained():
        workplace = open_workplace(inbox, lake, config).remembering() if lake else None
        quality = (workplace.config if workplace else load_config(config)).quality
        work = LakeWork(workplace) if workplace else None
        file = labels or PACKAGED_LABELS
        known = without_shots(read_labelled(file))
        examples = evenly(known, count or 2 * len(known))
        amounts = {word: sum(one.label == label for one in examples) for word, label in _LABELS.items()}
        if not all(amounts.values()):
            raise ValueError(f"{file}: texts of both labels are needed, 1 and 0")
        labels_hash, reporter = hash_file(file), TerminalReporter(Console(stderr=True))
        findings = []
        for subject in subjects(quality, every=every):
            with reporter.stage(subject.name, len(examples)) as progress:
                findings.append(examine(subject, examples, labels_hash, quality.tokenizer, work, progress))
        told = {"file": str(file), "hash": labels_hash, "texts": len(examples), **amounts}
        report = doctor_report.Report(findings, told, work)
        if as_json:
            click.echo(json.dumps(doctor_report.doctor_json(report), indent=1))
        else:
            print_all(*doctor_report.everything(report))
    sys.exit(report.exit_code)


_LABELS = {"informative": 1, "junk": 0}


class _Trainers(click.Group):
    """A command a trainer, in the order of ``TRAINERS``."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(TRAINERS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in TRAINERS:
            return None
        module, about = TRAINERS[name]

        def call(arguments: Sequence[str]) -> None:
            trainer = importlib.import_module(f"curation_assets.{module}")
            sys.exit(trainer.main(list(arguments), prog=f"curate train {name}"))

        passed_on = click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)
        settings = {"ignore_unknown_options": True, "help_option_names": []}
        return click.Command(name, settings, call, [passed_on], short_help=about)


@click.command(cls=_Trainers, context_settings={"help_option_names": ["-h", "--help"]})
def train() -> None:
    """Train a scorer for quality.scorers, or a probe for quality.probe.

    "curate train KIND --help" lists what each takes. Judge what comes out on kinds of text that it was not
    trained on: curate doctor --labels FILE.
    """


@click.command()
@lake_option
@click.option("-n", "count", default=20, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--column", default="quality", show_default=True, help="The score: a column of quality_scores.")
@click.option("--threshold", default=0.5, show_default=True, help="Where good and bad part on its scale.")
@click.option(
    "--labelled",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON lines with doc_id: what has a label already.",
)
def pick(lake: Path, count: int, column: str, threshold: float, labelled: Path | None) -> None:
    """Print the documents that would teach a scorer most if you labelled them, as JSON lines.

    Add "label": 1 or 0 and a "kind" to each, and train with them: curate train probe --help
    """
    from curation_assets.inspection.to_label import texts_to_label

    with explained():
        for row in texts_to_label(Lake(lake), column, threshold, count, labelled):
            click.echo(visible_json(row))
