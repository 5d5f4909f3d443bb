"""Each caller's share: hits counted in fixed windows; what a window has counted is forgotten with it.

Of more callers in one window than there is room for, the first are forgotten before its end: they get a fresh share,
and nobody else loses his.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from chassis.base.recent import Recent

MOST_CALLERS = 100_000
SECONDS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a window of so many seconds."""

    amount: int
    seconds: int

    @classmethod
    def read(cls, text: str) -> "Rate":
        """Read `n/second|minute|hour`, as routes declare it. Raises ValueError, KeyError."""
        amount, _, unit = text.partition("/")
        return cls(int(amount), SECONDS[unit])


@dataclass(slots=True)
class _Window:
    number: int = -1
    hits: Recent[tuple[str, ...], int] = field(default_factory=lambda: Recent(MOST_CALLERS))


class RateLimits:
    """Counts in memory, at the same cost however many callers there are."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._windows: dict[int, _Window] = {}

    def hit(self, rate: Rate, *key: str) -> int:
        """Count one hit; return how many are left, below zero when this one was too many."""
        hits = self._hits(rate)
        count = (hits.get(key) or 0) + 1
        hits.keep(key, count)
        return rate.amount - count

    def renewed_in(self, rate: Rate) -> int:
        """Return after how many whole seconds the window is over, at least one."""
        return ceil(rate.seconds - self._elapsed() % rate.seconds)

    def _hits(self, rate: Rate) -> Recent[tuple[str, ...], int]:
        number = int(self._elapsed() // rate.seconds)
        window = self._windows.setdefault(rate.seconds, _Window())
        if window.number != number:
            window.number, window.hits = number, Recent(MOST_CALLERS)
        return window.hits
