"""What a run looks like in a terminal: a bar for each stage, and the table at the end."""

import contextlib
import time
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bar,
)
from rich.table import Table

from curation_assets.progress import Progress
from curation_assets.runner import StageSummary


class TerminalReporter:
    """Draws a progress bar for each stage; in a file or a pipe, a line for each instead."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.summaries: list[StageSummary] = []

    @contextlib.contextmanager
    def stage(self, name: str, documents: int | None) -> Iterator[Progress]:
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        if not self.console.is_terminal:
            yield _Lines(self.console, name, documents)
            return
        with Bar(*columns, console=self.console) as bar:
            task = bar.add_task(name, total=documents)
            yield lambda finished: bar.advance(task, finished)
            done = bar.tasks[0].completed
            bar.update(task, total=done, completed=done)

    def finished(self, summary: StageSummary) -> None:
        self.summaries.append(summary)
        if not self.console.is_terminal:
            self.console.print(
                f"{summary.stage}: {summary.counts.rows_in} documents in, {summary.counts.kept} kept, "
                f"{summary.seconds:.1f} s of work",
                highlight=False,
            )


class _Lines:
    """Says every half a minute how far a stage is, where no bar can be drawn."""

    def __init__(self, console: Console, name: str, documents: int | None, every_seconds: float = 30) -> None:
        self.console, self.name, self.documents, self.every = console, name, documents, every_seconds
        self.done, self.began = 0, time.monotonic()
        self.told = self.began

    def __call__(self, finished: int) -> None:
        self.done += finished
        if time.monotonic() - self.told >= self.every:
            self.told = time.monotonic()
            of = f" of {self.documents}" if self.documents else ""
            since = f"after {self.told - self.began:.0f} s"
            self.console.print(f"{self.name}: {self.done}{of} documents {since}", highlight=False)


def summary_table(summaries: Sequence[StageSummary]) -> Table:
    """Return one row a stage: shards, documents in, kept, dropped, quarantined, seconds, throughput."""
    table = Table(
        title="What the run did", title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False
    )
    table.add_column("stage", no_wrap=True)
    for heading in ("shards", "built", "in", "kept", "dropped", "quarantined", "seconds", "MB/s", "docs/s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for summary in summaries:
        counts, rate = summary.counts, summary.megabytes_per_second
        table.add_row(
            summary.stage,
            str(summary.shards),
            str(summary.built),
            *[str(number) for number in (counts.rows_in, counts.kept, sum(counts.dropped.values()))],
            str(counts.quarantined),
            f"{summary.seconds:.1f}",
            "" if rate is None else f"{rate:.2f}",
            "" if rate is None else f"{summary.documents_in / summary.seconds:.1f}",
        )
    return table


def reasons_table(summaries: Sequence[StageSummary]) -> Table:
    """Return why documents were dropped, most frequent reason first, for the stages that decide.

    The ledger's line is left out: it repeats the verdicts of the others.
    """
    table = Table(title="Dropped, by reason", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("stage", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("documents", justify="right")
    for summary in summaries:
        reasons = sorted(summary.counts.dropped.items(), key=lambda item: (-item[1], item[0]))
        for position, (reason, count) in enumerate(reasons if summary.stage != "ledger" else []):
            table.add_row("" if position else summary.stage, reason, str(count))
    return table
