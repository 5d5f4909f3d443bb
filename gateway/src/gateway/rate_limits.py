"""Each caller's share: hits counted in fixed windows; what a window has counted is forgotten with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

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
    hits: dict[tuple[str, ...], int] = field(default_factory=dict)


class RateLimits:
    """Counts in memory, at the same cost however many callers there are."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._windows: dict[int, _Window] = {}

    def hit(self, rate: Rate, *key: str) -> int:
        """Count one hit; return how many are left, below zero when this one was too many."""
        hits = self._hits(rate)
        hits[key] = hits.get(key, 0) + 1
        return rate.amount - hits[key]

    def left(self, rate: Rate, *key: str) -> int:
        """Return how many are left."""
        return rate.amount - self._hits(rate).get(key, 0)

    def renewed_in(self, rate: Rate) -> int:
        """Return after how many whole seconds the window is over, at least one."""
        return ceil(rate.seconds - self._elapsed() % rate.seconds)

    def _hits(self, rate: Rate) -> dict[tuple[str, ...], int]:
        number = int(self._elapsed() // rate.seconds)
        window = self._windows.setdefault(rate.seconds, _Window())
        if window.number != number:
            window.number, window.hits = number, {}
        return window.hits
