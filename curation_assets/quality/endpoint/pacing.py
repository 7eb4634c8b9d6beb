"""When the next request may go out: a rate limit, and waits after failures."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class RateLimit:
    """Spaces requests evenly; threads may share it.

    Args:
        per_minute: None spaces nothing.
        clock: seconds that only grow.
    """

    def __init__(self, per_minute: float | None, clock: Callable[[], float]) -> None:
        self._spacing = 60.0 / per_minute if per_minute else 0.0
        self._clock = clock
        self._next = clock()
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take the next place, and return the seconds until it comes."""
        with self._lock:
            now = self._clock()
            mine = max(self._next, now)
            self._next = mine + self._spacing
        return mine - now


def backoff(attempt: int, first: float, longest: float) -> float:
    """Return the seconds to wait after the failed attempt of this number, from 0; always the same ones."""
    return min(longest, first * 2.0**attempt)


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or a date (RFC 9110, 10.2.3)."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
