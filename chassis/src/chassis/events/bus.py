"""The bus: append by key, read by group, in order per key, at least once. Two implementations, one behaviour suite."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class BusUnavailable(Exception):  # noqa: N818  named after the fact
    """The bus does not answer, or not in time; what was not acknowledged is to be published again."""


class Keeps(StrEnum):
    """What a topic keeps of its records; how long is said in `chassis.data.periods`."""

    PERIOD = "period"
    """Each for the period."""

    LAST_WORD = "last_word"
    """The last one of each key for good, superseded ones for the period."""

    HISTORY = "history"
    """Each for the period on the bus, and for good in the publisher's outbox: all can be published again, ever."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: messages of one key keep their order."""

    topic: str
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """What is read: a message at its place."""

    topic: str
    key: str
    value: bytes
    partition: int
    offset: int


class Progress:
    """How far behind a member was last known to be, and since when nothing has moved, on the monotonic clock."""

    def __init__(self) -> None:
        self.lag = 0
        self._moved = time.monotonic()

    def fetched(self, count: int) -> None:
        """Note that so many records came; until they are committed the member is behind by at least these."""
        if count:
            self._moved = time.monotonic()
            self.lag = max(self.lag, count)

    def committed(self, count: int) -> None:
        """Note that so many records were committed."""
        self._moved = time.monotonic()
        self.lag = max(self.lag - count, 0)

    def measured(self, lag: int) -> None:
        """Note what the log itself says; a member that was not behind begins to wait only now."""
        if not self.lag:
            self._moved = time.monotonic()
        self.lag = lag

    def stalled(self, seconds: float) -> bool:
        """Tell whether the member is behind and nothing has moved for so many seconds."""
        return self.lag > 0 and time.monotonic() - self._moved > seconds


class Subscription(Protocol):
    """One member of a group that reads topics, driven by one task."""

    async def start(self) -> None:
        """Begin; the group is joined at the first fetch, so an absent bus keeps no service from starting."""
        ...

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ASYNC109  the bus' own wait
        """Return the next records, in order per key, or [] after `timeout` seconds.

        What was not committed comes again after a crash, a cancelled fetch or a failed commit. Raises BusUnavailable.
        """
        ...

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit the offsets after these records.

        Raises BusUnavailable, also when another member has them by now; the next fetch begins where the group stands.
        """
        ...

    async def lag(self) -> int:
        """Return how many records of this member's topics or partitions are not committed. Raises BusUnavailable."""
        ...

    def stalled(self, seconds: float) -> bool:
        """Tell whether there is lag and nothing has moved for so many seconds; never waits."""
        ...

    async def close(self) -> None:
        """Stop reading, uncommitted records stay the group's; bounded, and a second call does nothing."""
        ...


NOTHING: Mapping[str, Keeps] = {}


class Bus(Protocol):
    """A durable log of topics."""

    async def start(self) -> None:
        """Open; raises BusUnavailable."""
        ...

    async def ensure_topics(self, topics: Sequence[str], keeps: Mapping[str, Keeps] = NOTHING) -> None:
        """Create the topics that are missing, and let those in `keeps` keep just that. Raises BusUnavailable."""
        ...

    async def trim(self, keeps: Mapping[str, Keeps]) -> int:
        """Take away what these topics keep no longer and every group has read; return how many records.

        A broker does that by itself. Raises BusUnavailable.
        """
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when all messages are durable.

        Raises BusUnavailable when some may not be; publishing them again doubles those that were.
        """
        ...

    def subscription(self, group: str, topics: Sequence[str]) -> Subscription:
        """Return a member-to-be of a group."""
        ...

    async def ready(self) -> None:
        """Probe the bus, bounded; raises BusUnavailable."""
        ...

    async def close(self) -> None:
        """Close; bounded, and a second call does nothing."""
        ...
