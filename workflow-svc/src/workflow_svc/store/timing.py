"""Timers of the units' open tasks as rows: when each warns and runs out, and whether it has.

A timer is only written while its task's case is locked, so that two processes never tell the same.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from chassis.data.database import UnitOfWork, insert
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.domain import TaskState
from workflow_svc.store import CASE, NEWEST, Record, cases, metadata, rows_of, tasks

timers = sa.Table(
    "deadline_timer",
    metadata,
    sa.Column("task_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("warn_at", UtcDateTime),
    sa.Column("warned_at", UtcDateTime),
    sa.Column("overdue_at", UtcDateTime),
    sa.Column("next_at", UtcDateTime),
)
"""`kind` is that of the clock, `next_at` when there is something to tell: never, where that has been or must wait."""
_RUNS = "next_at IS NOT NULL"
sa.Index("timer_next", timers.c.next_at, sqlite_where=sa.text(_RUNS), postgresql_where=sa.text(_RUNS))

_NOW = sa.bindparam("now", type_=UtcDateTime)
_SIZE, _LOOKED = (sa.bindparam(name, type_=sa.Integer) for name in ("size", "looked"))
_UNTIMED: Sequence[sa.ColumnElement[bool]] = (
    tasks.c.state == sa.literal_column(f"'{TaskState.OPEN.value}'"),
    tasks.c.by_applicant.is_(sa.false()),
    sa.literal_column("NOT task.timed"),
)
_ANY_UNTIMED = sa.select(sa.exists().where(*_UNTIMED))
_ANY_DUE = sa.select(sa.exists().where(timers.c.next_at <= _NOW))
_CURRENT = sa.or_(cases.c.state != "open", cases.c.reckoned_under >= NEWEST)
"""Is reckoned under the newest calendar, or will not be any more."""
_DUE = (
    sa.select(tasks.c.case_id)
    .join(timers, timers.c.task_id == tasks.c.task_id)
    .join(cases, cases.c.case_id == tasks.c.case_id)
    .where(timers.c.next_at <= _NOW, _CURRENT)
    .order_by(timers.c.next_at)
    .limit(_LOOKED)
)
_LOCK = sa.select(*CASE, NEWEST.label("calendar")).limit(_SIZE).with_for_update(of=cases, skip_locked=True)
_LOCK_DUE = _LOCK.where(cases.c.case_id.in_(_DUE))
_LOCK_UNTIMED = _LOCK.where(cases.c.case_id.in_(sa.select(tasks.c.case_id).where(*_UNTIMED).limit(_LOOKED)))
LOOKED_AT = 20
"""So many timers or tasks for each case that is wanted: some are of one case, some cases are held by others."""


async def any_due(connection: AsyncConnection, now: datetime) -> bool:
    """Tell whether a timer has something to tell."""
    return bool((await connection.execute(_ANY_DUE, {"now": now})).scalar())


async def any_untimed(connection: AsyncConnection) -> bool:
    """Tell whether a release that kept no timers has opened a unit's task that is still open."""
    return bool((await connection.execute(_ANY_UNTIMED)).scalar())


async def lock_cases_due(connection: AsyncConnection, now: datetime, *, size: int) -> list[Record]:
    """Return some cases with timers that have something to tell, locked; none that another holds.

    One that is still to be reckoned under the newest calendar is left until it has been: its due times may move.
    `calendar` is that calendar's number.
    """
    return await rows_of(connection, _LOCK_DUE, {"now": now, "size": size, "looked": size * LOOKED_AT})


async def lock_cases_untimed(connection: AsyncConnection, *, size: int) -> list[Record]:
    """Return some cases with open tasks that have no timers, locked; none that another holds."""
    return await rows_of(connection, _LOCK_UNTIMED, {"size": size, "looked": size * LOOKED_AT})


_OF_TASKS = timers.c.task_id.in_(sa.bindparam("task_ids", expanding=True))
_OF = sa.select(timers).where(_OF_TASKS).order_by(timers.c.next_at, timers.c.task_id, timers.c.kind)


async def timers_of(connection: AsyncConnection, task_ids: Collection[str]) -> list[Record]:
    """Return the timers of some tasks, in the order in which they have something to tell."""
    return await rows_of(connection, _OF, {"task_ids": list(task_ids)}) if task_ids else []


def add_timers(work: UnitOfWork, rows: Sequence[Record]) -> None:
    """Add the timers of tasks that open."""
    work.add(timers, *rows)


_ADD_MISSING = insert(timers).on_conflict_do_nothing()
_MARK_TIMED = tasks.update().where(tasks.c.task_id == sa.bindparam("of_task")).values(timed=sa.bindparam("is_timed"))


async def add_missing(connection: AsyncConnection, rows: Sequence[Record], task_ids: Collection[str]) -> None:
    """Add the timers of tasks that are open already, as far as they have none; note of all that they were looked at."""
    if rows:
        await connection.execute(_ADD_MISSING, rows)
    if task_ids:
        await connection.execute(_MARK_TIMED, [{"of_task": task_id, "is_timed": True} for task_id in task_ids])


_ONE = (timers.c.task_id == sa.bindparam("of_task"), timers.c.kind == sa.bindparam("of_kind"))
_SAVE = timers.update().where(*_ONE)
_CHANGING = ("due_at", "warn_at", "warned_at", "overdue_at", "next_at")


async def save_timers(connection: AsyncConnection, rows: Sequence[Record]) -> None:
    """Write what may have changed of some timers."""
    given = [
        {**{name: row[name] for name in _CHANGING}, "of_task": row["task_id"], "of_kind": row["kind"]} for row in rows
    ]
    if given:
        await connection.execute(_SAVE, given)


_END = timers.update().where(_OF_TASKS, timers.c.next_at.is_not(None)).values(next_at=None)
_FORGET = timers.delete().where(_OF_TASKS)


async def end_timers(connection: AsyncConnection, task_ids: Collection[str]) -> None:
    """Stop the timers of tasks that nobody works on any more; what they told stays."""
    if task_ids:
        await connection.execute(_END, {"task_ids": list(task_ids)})


async def forget_timers(connection: AsyncConnection, task_ids: Collection[str]) -> None:
    """Take away the timers of tasks whose due times an older release has moved; they are made anew."""
    if task_ids:
        await connection.execute(_FORGET, {"task_ids": list(task_ids)})
        await connection.execute(_MARK_TIMED, [{"of_task": task_id, "is_timed": False} for task_id in task_ids])
