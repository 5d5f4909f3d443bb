"""The bus: append by key, read by group, in order per key, at least once. Two implementations, one behaviour suite."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class BusUnavailable(Exception):  # noqa: N818  named after the fact
    """The bus does not answer, or not in time; what was not acknowledged is to be published again."""


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


class Subscription(Protocol):
    """One member of a group that reads topics."""

    async def start(self) -> None:
        """Join the group."""
        ...

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ASYNC109  the bus' own wait
        """Return the next records, [] after `timeout` seconds; what was not committed comes again after a crash."""
        ...

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit the offsets after these records. Raises BusUnavailable."""
        ...

    async def lag(self) -> int:
        """Return how many records the group has not committed."""
        ...

    def stalled(self, seconds: float) -> bool:
        """Tell whether there is lag and nothing has moved for so many seconds."""
        ...

    async def close(self) -> None:
        """Leave the group; bounded."""
        ...


class Bus(Protocol):
    """A durable log of topics."""

    async def start(self) -> None:
        """Open; raises BusUnavailable."""
        ...

    async def ensure_topics(self, topics: Sequence[str]) -> None:
        """Create the topics that are missing."""
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when all messages are durable; raises BusUnavailable when some may not be."""
        ...

    def subscription(self, group: str, topics: Sequence[str]) -> Subscription:
        """Return a member-to-be of a group."""
        ...

    async def ready(self) -> None:
        """Probe the bus, bounded; raises BusUnavailable."""
        ...

    async def close(self) -> None:
        """Close; bounded."""
        ...
