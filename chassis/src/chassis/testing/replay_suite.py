"""The same key sent to two processes of a service at once: whatever one has already done, both give one answer.

The second process is at the end of a slow line: it is stopped before its first, second, third… visit to the database,
the first does the whole request meanwhile, and the second goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.data.database import Database, UnitOfWork
from chassis.http.upstream import Reply
from chassis.testing.client import Client

VISITS = 6


class SlowLine(Database):
    """A database that is reached, after some more visits, only when the line is mended."""

    _left: int | None = None

    def cut(self, *, after: int) -> None:
        """Let so many more visits through."""
        self._left, self.reached, self._mended = after, asyncio.Event(), asyncio.Event()

    def mend(self) -> None:
        """Let all through, those that wait among them."""
        self._left = None
        self._mended.set()

    async def _pass(self) -> None:
        if self._left is None:
            return
        if self._left == 0:
            self.reached.set()
            await self._mended.wait()
            return
        self._left -= 1

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """Open the one transaction of a use case, when the line lets it through."""
        await self._pass()
        async with super().unit_of_work() as work:
            yield work

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a snapshot, when the line lets it through."""
        await self._pass()
        async with super().reading() as connection:
            yield connection

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for one statement, when the line lets it through."""
        await self._pass()
        async with super().asking() as connection:
            yield connection


async def both(  # noqa: PLR0913  two processes, a line, a request, and when
    first: Client,
    second: Client,
    line: SlowLine,
    parts: dict[str, Any],
    *,
    after: int,
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[Reply, Reply]:
    """Stop the second process after some visits, let the first do the request, then the second go on."""
    line.cut(after=after)
    sending = asyncio.create_task(second.post(**parts))
    reached = asyncio.create_task(line.reached.wait())
    await asyncio.wait({sending, reached}, return_when=asyncio.FIRST_COMPLETED)
    meanwhile()
    one = await first.post(**parts)
    line.mend()
    other = await sending
    reached.cancel()
    return one, other


async def two_processes_give_one_answer(
    first: Client, second: Client, line: SlowLine, request: Callable[[], Awaitable[dict[str, Any]]]
) -> None:
    """Send fresh requests, the parts of a keyed POST each, to both: both say 201 and the same."""
    for visits in range(VISITS):
        one, other = await both(first, second, line, await request(), after=visits)
        assert (one.status, other.status) == (201, 201), f"stopped after {visits}: {one.body!r} {other.body!r}"
        assert one.body == other.body
