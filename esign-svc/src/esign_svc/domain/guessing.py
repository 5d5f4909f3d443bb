"""Guessing of check codes: after some wrong ones an identifier takes no more for a while, and each time for longer."""

from datetime import datetime, timedelta

from chassis.base.recent import Recent

FREE = 5
FIRST, LONGEST = timedelta(seconds=2), timedelta(minutes=15)
REMEMBERED = 20_000


class Guesses:
    """The wrong codes of late, by identifier, in this process; those of no licence are counted alike.

    A code has 130 random bits, so that guessing is hopeless anyway; this keeps it from being tried, and from costing.
    """

    def __init__(self) -> None:
        self._wrong: Recent[str, tuple[int, datetime]] = Recent(REMEMBERED)

    def wait(self, identifier: str, now: datetime) -> int:
        """Return for how many more seconds an identifier takes no wrong code."""
        _, until = self._wrong.get(identifier) or (0, now)
        return max(0, -((now - until) // timedelta(seconds=1)))

    def wrong(self, identifier: str, now: datetime) -> None:
        """Count a wrong code."""
        count = (self._wrong.get(identifier) or (0, now))[0] + 1
        pause = min(FIRST * 2 ** min(count - FREE, 20), LONGEST) if count >= FREE else timedelta()
        self._wrong.keep(identifier, (count, now + pause))

    def right(self, identifier: str) -> None:
        """Forget an identifier whose code was right."""
        self._wrong.take(identifier)
