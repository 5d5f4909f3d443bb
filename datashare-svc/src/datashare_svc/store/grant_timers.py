"""The clocks of requests for grants as rows: each runs, is reckoned anew, and ends once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.grant_tables import RUNNING, request_timers
from datashare_svc.store.tables import calendars

Record = dict[str, Any]
"""A row by column name."""
_OF = request_timers.c.request_id
_NOW = sa.bindparam("now", type_=UtcDateTime)
_SIZE = sa.bindparam("size", type_=sa.Integer)
_ALL = sa.select(request_timers).where(sa.bindparam("of_request") == _OF).order_by(request_timers.c.started_at)
_CALENDAR = sa.select(calendars.c.version, calendars.c.document).order_by(calendars.c.version.desc()).limit(1)
_NEWEST = sa.select(sa.func.max(calendars.c.version)).scalar_subquery()
_RUNS = (sa.bindparam("of_request") == _OF, RUNNING)
_CHANGE = request_timers.update().where(*_RUNS)
_BEHIND = (RUNNING, request_timers.c.reckoned_under < _NEWEST)
_SOME_BEHIND = sa.select(_OF).where(*_BEHIND).order_by(request_timers.c.reckoned_under).limit(_SIZE)
_RAN_OUT = (RUNNING, request_timers.c.due_at <= _NOW)
_SOME_RAN_OUT = sa.select(_OF).where(*_RAN_OUT).order_by(request_timers.c.due_at).limit(_SIZE)
_HELD = sa.select(request_timers).where(*_RUNS).with_for_update()


async def numbered_calendar(connection: AsyncConnection) -> tuple[int, Any] | None:
    """Return the newest calendar's number and the calendar as it was published; None while none was told."""
    row = (await connection.execute(_CALENDAR)).first()
    return None if row is None else (row.version, row.document)


async def running_timer(connection: AsyncConnection, request_id: str) -> Record | None:
    """Return the clock that runs for a request, held until the transaction ends."""
    row = (await connection.execute(_HELD, {"of_request": request_id})).mappings().first()
    return None if row is None else dict(row)


async def stop_timer(connection: AsyncConnection, request_id: str, at: datetime, *, fired_at: datetime | None) -> None:
    """Stop the clock that runs for a request, if one does; with `fired_at` because it ran out."""
    await connection.execute(_CHANGE, {"of_request": request_id, "ended_at": at, "fired_at": fired_at})


async def reckon_timer(connection: AsyncConnection, request_id: str, reckoned: Mapping[str, Any]) -> None:
    """Write when the clock that runs for a request ends, and how that was reckoned."""
    await connection.execute(_CHANGE, {"of_request": request_id, **reckoned})


async def timers_behind(connection: AsyncConnection, *, size: int) -> list[str]:
    """Return the requests of some clocks that were not reckoned under the newest calendar."""
    return list((await connection.execute(_SOME_BEHIND, {"size": size})).scalars())


async def timers_out(connection: AsyncConnection, now: datetime, *, size: int) -> list[str]:
    """Return the requests of some clocks that have run out, the earliest first."""
    return list((await connection.execute(_SOME_RAN_OUT, {"now": now, "size": size})).scalars())


async def timers_of(connection: AsyncConnection, request_id: str) -> list[Record]:
    """Return the clocks of a request, in order."""
    return [dict(row) for row in (await connection.execute(_ALL, {"of_request": request_id})).mappings()]
