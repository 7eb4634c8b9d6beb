"""Who is told how a run goes: the terminal when there is one, otherwise Dagster's log alone."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Protocol

from curation_assets.progress import Progress, silent
from curation_assets.runner import StageSummary


class Reporter(Protocol):
    """Listens to a run: each stage's start, its progress in documents, its summary."""

    def stage(self, name: str, documents: int | None) -> contextlib.AbstractContextManager[Progress]: ...

    def finished(self, summary: StageSummary) -> None: ...


class SilentReporter:
    """Says nothing."""

    @contextlib.contextmanager
    def stage(self, name: str, documents: int | None) -> Iterator[Progress]:
        yield silent

    def finished(self, summary: StageSummary) -> None:
        return


_NOBODY: Reporter = SilentReporter()
REPORTER: ContextVar[Reporter] = ContextVar("reporter", default=_NOBODY)
"""The listener of this process; the command line sets its own before it starts a run."""
