"""Which items and matters are offered, until when, and how many events told of each."""

from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc.store import code_of, items


async def count_told(connection: AsyncConnection, table: sa.Table, code: str) -> int:
    """Count one more event of an item or a matter and return its number."""
    told = int((await connection.execute(_told(table), {"code": code})).scalar() or 0) + 1
    await connection.execute(_count_told(table), {"code": code, "told": told})
    return told


@cache
def _told(table: sa.Table) -> sa.Select[Any]:
    return sa.select(sa.func.max(table.c.told)).where(code_of(table) == sa.bindparam("code"))


@cache
def _count_told(table: sa.Table) -> sa.Update:
    return table.update().where(code_of(table) == sa.bindparam("code"), table.c.current)


_UNTOLD = sa.select(items.c.task_code).group_by(items.c.task_code).having(sa.func.max(items.c.told).is_(None))


async def untold_items(connection: AsyncConnection) -> set[str]:
    """Return the codes of the items of which nothing was told yet."""
    return set((await connection.execute(_UNTOLD)).scalars())


async def offered(connection: AsyncConnection, table: sa.Table) -> dict[str, date | None]:
    """Return the codes of the items, or the matters, that are there, and from when one is not offered any more."""
    return {row[0]: row[1] for row in await connection.execute(_there(table))}


@cache
def _there(table: sa.Table) -> sa.Select[Any]:
    return sa.select(code_of(table), table.c.withdrawn_from).where(table.c.current).order_by(code_of(table))


async def set_withdrawn(connection: AsyncConnection, table: sa.Table, code: str, since: date | None) -> bool:
    """End an item or a matter from a day on, or offer it again; tell whether that changed anything."""
    return bool((await connection.execute(_withdraw(table), {"code": code, "since": since})).rowcount)


@cache
def _withdraw(table: sa.Table) -> sa.Update:
    since = sa.bindparam("since", type_=sa.Date)
    chosen = (code_of(table) == sa.bindparam("code"), table.c.current, table.c.withdrawn_from.is_distinct_from(since))
    return table.update().where(*chosen).values(withdrawn_from=since)
