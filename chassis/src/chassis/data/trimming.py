"""Takes away what has had its time, in small steps: each a short transaction of its own, with a pause after it.

So nobody waits for it: on SQLite one writer at a time is let in, and half a million rows in one go held it for seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from chassis.data.database import Database, UnitOfWork

Trim = Callable[[Database], Awaitable[int]]
"""Takes away what has had its time, in small steps, and returns how much."""
AT_ONCE = 500
PAUSE_SECONDS = 0.05


Tell = Callable[[UnitOfWork, int], Awaitable[None]]
"""Notes, in the transaction of a step, how many rows it took away."""


def older(
    table: sa.Table,
    moment: sa.Column[Any],
    kept: timedelta,
    *only: sa.ColumnElement[bool],
    tell: Tell | None = None,
) -> Trim:
    """Return the trim of the rows whose moment is past longer than the period; `moment` is an indexed column."""
    key = list(table.primary_key)

    async def trim(database: Database) -> int:
        old = sa.select(*key).where(moment < database.clock.now() - kept, *only).order_by(moment).limit(AT_ONCE)
        chosen = sa.tuple_(*key).in_(old) if len(key) > 1 else key[0].in_(old)
        return await in_steps(database, table.delete().where(chosen), tell)

    return trim


async def in_steps(database: Database, delete: sa.Delete, tell: Tell | None = None) -> int:
    """Repeat a deletion that takes at most `AT_ONCE` rows until it finds fewer; return how many went."""
    taken = 0
    while True:
        async with database.unit_of_work() as work:
            count = (await work.connection.execute(delete)).rowcount
            if tell and count:
                await tell(work, count)
        taken += count
        if count < AT_ONCE:
            return taken
        await asyncio.sleep(PAUSE_SECONDS)
