"""How much a network is used (使用量): counted along the rows of who asked, so that no counter can say otherwise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.access_log import accesses

DAYS = 7
"""So many days are shown, today's too."""


def _of_day(number: int) -> sa.Select[Any]:
    within = (accesses.c.at >= sa.bindparam(f"day_{number}"), accesses.c.at < sa.bindparam(f"day_{number + 1}"))
    day: sa.ColumnElement[Any] = sa.literal_column(str(number)).label("day")
    counted = sa.select(day, accesses.c.state, accesses.c.is_cached, sa.func.count().label("queries"))
    of_network = accesses.c.network == sa.bindparam("wanted")
    return counted.where(of_network, *within).group_by(accesses.c.state, accesses.c.is_cached)


_USAGE = sa.union_all(*(_of_day(number) for number in range(DAYS)))


async def usage_of(
    connection: AsyncConnection, network: str, midnights: Sequence[datetime]
) -> list[tuple[int, str, bool, int]]:
    """Return how many queries of a network ended how: which day, state, whether from the cache, how many.

    `midnights` are the beginnings of the days, in order, and the end of the last.
    """
    given = {f"day_{number}": moment for number, moment in enumerate(midnights)}
    rows = await connection.execute(_USAGE, {"wanted": network, **given})
    return [(row.day, row.state, row.is_cached, row.queries) for row in rows]
