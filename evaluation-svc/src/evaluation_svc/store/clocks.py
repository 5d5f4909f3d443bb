"""Clocks as rows: each runs from a moment, is reckoned anew, warns once, and runs out once or is stopped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import calendars, metadata

Record = dict[str, Any]
"""A row by column name."""
timers = sa.Table(
    "timer",
    metadata,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("limit_unit", sa.String(16), nullable=False),
    sa.Column("warn", sa.Integer, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("reckoned_under", sa.Integer, nullable=False),
    sa.Column("warn_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime),
    sa.Column("derivation", Json),
    sa.Column("warned_at", UtcDateTime),
    sa.Column("fired_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
)
"""`warn` is how much of the limit is left when it warns (0: never); `ended_at` is when it stopped or ran out."""
RUNNING: sa.ColumnElement[bool] = sa.literal_column("timer.ended_at IS NULL")
_PARTLY: dict[str, Any] = {"sqlite_where": sa.text("ended_at IS NULL"), "postgresql_where": sa.text("ended_at IS NULL")}
sa.Index("timer_due", timers.c.due_at, **_PARTLY)
sa.Index("timer_warns", timers.c.warn_at, **_PARTLY)
sa.Index("timer_reckoned", timers.c.reckoned_under, **_PARTLY)

_ONE = (timers.c.kind == sa.bindparam("of_kind"), timers.c.subject == sa.bindparam("of_subject"))
_NOW = sa.bindparam("now", type_=UtcDateTime)
_SIZE = sa.bindparam("size", type_=sa.Integer)
_NEWEST = sa.select(sa.func.max(calendars.c.version)).scalar_subquery()
_KEYS = (timers.c.kind, timers.c.subject)
_BEHIND = sa.select(*_KEYS).where(RUNNING, timers.c.reckoned_under < _NEWEST).order_by(timers.c.reckoned_under)
_SOME_BEHIND = _BEHIND.limit(_SIZE)
_NEAR = sa.select(*_KEYS).where(RUNNING, timers.c.warned_at.is_(None), timers.c.warn_at <= _NOW)
_SOME_NEAR = _NEAR.order_by(timers.c.warn_at).limit(_SIZE)
_SOME_OUT = sa.select(*_KEYS).where(RUNNING, timers.c.due_at <= _NOW).order_by(timers.c.due_at).limit(_SIZE)
_HELD = sa.select(timers).where(*_ONE, RUNNING).with_for_update()
_CHANGE = timers.update().where(*_ONE, RUNNING)
_FIND = sa.select(timers).where(*_ONE)


async def running_timer(connection: AsyncConnection, kind: str, subject: str) -> Record | None:
    """Return a clock that runs, held until the transaction ends."""
    row = (await connection.execute(_HELD, {"of_kind": kind, "of_subject": subject})).mappings().first()
    return None if row is None else dict(row)


async def find_timer(connection: AsyncConnection, kind: str, subject: str) -> Record | None:
    """Return a clock, whether it runs or not."""
    row = (await connection.execute(_FIND, {"of_kind": kind, "of_subject": subject})).mappings().first()
    return None if row is None else dict(row)


async def change_timer(connection: AsyncConnection, kind: str, subject: str, changed: Mapping[str, Any]) -> int:
    """Change columns of a clock that runs; return whether there was one."""
    given = {"of_kind": kind, "of_subject": subject, **changed}
    return (await connection.execute(_CHANGE, given)).rowcount


async def timers_behind(connection: AsyncConnection, *, size: int) -> list[tuple[str, str]]:
    """Return some clocks that were not reckoned under the newest calendar."""
    return [(row.kind, row.subject) for row in await connection.execute(_SOME_BEHIND, {"size": size})]


async def timers_near(connection: AsyncConnection, now: datetime, *, size: int) -> list[tuple[str, str]]:
    """Return some clocks that have come near their end and have not warned."""
    return [(row.kind, row.subject) for row in await connection.execute(_SOME_NEAR, {"now": now, "size": size})]


async def timers_out(connection: AsyncConnection, now: datetime, *, size: int) -> list[tuple[str, str]]:
    """Return some clocks that have run out, the earliest first."""
    return [(row.kind, row.subject) for row in await connection.execute(_SOME_OUT, {"now": now, "size": size})]
