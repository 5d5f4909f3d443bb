"""Numbers for applications and papers: unique among all processes, given without a row that others wait for.

A process takes a block of a counter's numbers in a transaction of its own, before the use case's, and gives them one by
one. The first block is one number, each further one twice as large: a quiet unit's numbers follow each other, a busy
unit's writers do not queue. Numbers of a process that stops, and of a request that is refused after all, are not given
again: there may be gaps, and of two processes the later number may be given first.
"""

import asyncio
from collections import deque

from chassis.data.database import Database

from intake_svc import store

LARGEST_BLOCK = 32
COUNTERS_KEPT = 1000


class Numbers:
    """Gives the next number of a counter."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._left: dict[str, deque[int]] = {}
        self._size: dict[str, int] = {}
        self._taking = asyncio.Lock()

    async def next(self, counter: str) -> int:
        """Return a number that nobody else is given. Never called inside a transaction: it may need one of its own."""
        while not (left := self._left.get(counter)):
            async with self._taking:
                if not self._left.get(counter):  # else another request has taken a block meanwhile
                    await self._take(counter)
        return left.popleft()

    async def _take(self, counter: str) -> None:
        if len(self._left) > COUNTERS_KEPT:  # of days that are over
            self._left.clear()
            self._size.clear()
        size = min(2 * self._size.get(counter, 0) or 1, LARGEST_BLOCK)
        async with self._database.unit_of_work() as work:
            last = await store.count(work.connection, counter, work.clock.now(), size)
        self._left[counter], self._size[counter] = deque(range(last - size + 1, last + 1)), size
