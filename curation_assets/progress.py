"""How long work says how far it is, without knowing who listens."""

from collections.abc import Callable

Progress = Callable[[int], None]
"""Called with the number of documents finished since the last call."""


def silent(_finished: int) -> None:
    """The listener for callers that do not want to hear of progress."""
