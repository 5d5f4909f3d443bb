"""Numbers for applications and papers: unique among all processes, given without a row that others wait for.

A process takes a block of a counter's numbers in a transaction of its own, before the use case's, and gives them one by
one. The first block is one number, each further one twice as large: a quiet unit's numbers follow each other, a busy
unit's writers do not queue. Numbers of a process that stops, and of a request that is refused after all, are not given
again: there may be gaps, and of two processes the later number may be given first.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from chassis.base.recent import Recent
from chassis.data.database import Database

from intake_svc import store

LARGEST_BLOCK = 32
COUNTERS_KEPT = 1000
"""Counters are of a day: the oldest, which go first, are of days that are over."""


@dataclass(slots=True)
class Block:
    """What this process has left of a counter, and how much it took the last time."""

    left: deque[int] = field(default_factory=deque)
    size: int = 0
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Numbers:
    """Gives the next number of a counter."""

    def __init__(self, database: Database, *, kept: int = COUNTERS_KEPT) -> None:
        self._database = database
        self._blocks: Recent[str, Block] = Recent(kept)

    async def next(self, counter: str) -> int:
        """Return a number that nobody else is given. Never called inside a transaction: it may need one of its own."""
        block = self._blocks.get(counter)
        if block is None:
            block = Block()
            self._blocks.keep(counter, block)
        while not block.left:
            async with block.taking:
                if not block.left:  # else another request has taken a block meanwhile
                    await self._take(counter, block)
        return block.left.popleft()

    async def _take(self, counter: str, block: Block) -> None:
        size = min(2 * block.size or 1, LARGEST_BLOCK)
        async with self._database.unit_of_work() as work:
            last = await store.count(work.connection, counter, work.clock.now(), size)
        block.left.extend(range(last - size + 1, last + 1))
        block.size = size
