"""Lists and counts of tasks and cases, each read along an index.

Where one index cannot serve, two bounded walks along two of them find the ids of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.domain import TaskState
from workflow_svc.store import CASE, INBOX, OF_ITS_UNITS, OF_UNIT, OWN, UNFILLED, Record, cases, rows_of, tasks

DUE_STATES = frozenset({TaskState.OPEN, TaskState.GRANTED, TaskState.REFUSED, TaskState.COMPLETED})
_SIZE = sa.bindparam("size", type_=sa.Integer)


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which of a unit's tasks are asked for; an empty text asks for all."""

    state: TaskState
    matter_code: str = ""
    application_number: str = ""

    @property
    def by_due(self) -> bool:
        """Whether each of these tasks has a due time to be listed by: a waiting or needless one may have none."""
        return self.state in DUE_STATES


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Whose cases are asked for: a subject's own, or a unit's if one is named; of one application, or all."""

    subject: str
    unit: str = ""
    application_id: str = ""


def _among(column: sa.Column[Any], *walks: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """Say that an id is among what some bounded walks find."""
    return column.in_(sa.union_all(*(sa.select(walk.subquery().c[column.name]) for walk in walks)))


def _after(order: Sequence[sa.Column[Any]]) -> sa.ColumnElement[bool]:
    given = (sa.bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(order))
    return sa.tuple_(*order) > sa.tuple_(*given)


@cache
def _tasks(*, by_due: bool, of_matter: bool, of_number: bool, on: bool) -> sa.Select[Any]:
    """Return the query for a page of a unit's tasks: from its first, or on after a place."""
    order = (tasks.c.promised_due, tasks.c.task_id) if by_due else (tasks.c.task_id,)
    wanted = [tasks.c.state == sa.bindparam("state"), *([_after(order)] if on else [])]
    ordered = INBOX.order_by(*order).limit(_SIZE)
    its_matter = cases.c.matter_code == sa.bindparam("matter")
    walk = sa.select(tasks.c.task_id).where(*OF_UNIT)
    if of_number:
        number = cases.c.application_number == sa.bindparam("number")
        its_case = sa.select(cases.c.case_id).where(number, *([its_matter] if of_matter else [])).limit(1)
        of_case = walk.where(tasks.c.case_id == its_case.scalar_subquery())
        return ordered.where(_among(tasks.c.task_id, of_case), *wanted)
    if of_matter:
        kept = walk.where(*wanted, tasks.c.matter_code == sa.bindparam("matter"))
        unfilled = walk.join(cases, cases.c.case_id == tasks.c.case_id).where(*wanted, UNFILLED, its_matter)
        walks = (one.order_by(*order).limit(_SIZE) for one in (kept, unfilled))
        return ordered.where(_among(tasks.c.task_id, *walks))
    return ordered.where(*OF_UNIT, *wanted)


async def list_tasks(
    connection: AsyncConnection, unit: str, wanted: TaskFilter, *, after: tuple[Any, ...] | None, size: int
) -> list[Record]:
    """Return a unit's tasks in one state: the earliest due first, those without a clock by their id.

    `after` is the last row's place in that order: its due time and id, or its id alone.
    """
    query = _tasks(
        by_due=wanted.by_due,
        of_matter=bool(wanted.matter_code),
        of_number=bool(wanted.application_number),
        on=bool(after),
    )
    given = {"unit": unit, "state": wanted.state.value, "size": size + 1}
    given |= {"matter": wanted.matter_code, "number": wanted.application_number}
    return await rows_of(connection, query, given | {f"after_{place}": one for place, one in enumerate(after or ())})


@cache
def _cases(*, of_unit: bool, of_application: bool, on: bool) -> sa.Select[Any]:
    """Return the query for a page of the cases that a caller may see, the newest first; on before an id."""
    newest = cases.c.case_id.desc()
    query = sa.select(*CASE).order_by(newest).limit(_SIZE)

    def walk(column: sa.Column[Any], *chosen: sa.ColumnElement[bool]) -> sa.Select[Any]:
        before = [column < sa.bindparam("before")] if on else []
        return sa.select(column).where(*chosen, *before).distinct().order_by(column.desc()).limit(_SIZE)

    if of_application:
        query = query.where(cases.c.application_id == sa.bindparam("application"))
    if on:
        query = query.where(cases.c.case_id < sa.bindparam("before"))
    if not of_unit:
        return query.where(OWN)
    if of_application:
        return query.where(OF_ITS_UNITS)
    led = walk(cases.c.case_id, cases.c.lead_unit == sa.bindparam("unit"))
    return query.where(_among(cases.c.case_id, led, walk(tasks.c.case_id, *OF_UNIT)))


async def list_cases(connection: AsyncConnection, wanted: CaseFilter, *, after: str, size: int) -> list[Record]:
    """Return the cases that the caller may see, the newest first."""
    query = _cases(of_unit=bool(wanted.unit), of_application=bool(wanted.application_id), on=bool(after))
    given = {"subject": wanted.subject, "unit": wanted.unit, "application": wanted.application_id}
    return await rows_of(connection, query, {**given, "before": after, "size": size + 1})


_STATES = sa.select(tasks.c.state, sa.func.count()).where(*OF_UNIT).group_by(tasks.c.state)


async def count_by_state(connection: AsyncConnection, unit: str) -> dict[str, int]:
    """Return how many tasks a unit has in each state; along an index, without their rows."""
    return {row[0]: row[1] for row in await connection.execute(_STATES, {"unit": unit})}


_NOW = sa.bindparam("now", type_=tasks.c.promised_due.type)
_DUE = sa.select(
    sa.func.count(sa.case((tasks.c.promised_due < _NOW, 1))), sa.func.count(sa.case((tasks.c.promised_due >= _NOW, 1)))
).where(
    *OF_UNIT,
    tasks.c.state == TaskState.OPEN.value,
    tasks.c.promised_due <= sa.bindparam("near", type_=tasks.c.promised_due.type),
)


async def count_by_due(connection: AsyncConnection, unit: str, *, now: datetime, near: datetime) -> tuple[int, int]:
    """Return how many open tasks of a unit are past their promised time, and how many will be by `near`."""
    row = (await connection.execute(_DUE, {"unit": unit, "now": now, "near": near})).one()
    return int(row[0]), int(row[1])


_ITS_MATTER = sa.select(cases.c.matter_code).where(cases.c.case_id == tasks.c.case_id).scalar_subquery()
_UNFILLED = sa.select(tasks.c.task_id).where(UNFILLED).limit(_SIZE).with_for_update(skip_locked=True)
_FILL = tasks.update().where(tasks.c.task_id.in_(_UNFILLED)).values(matter_code=_ITS_MATTER)
_ANY_UNFILLED = sa.select(sa.exists().where(UNFILLED))


async def any_unfilled(connection: AsyncConnection) -> bool:
    """Tell whether a release that did not keep its matter in a task has stored one."""
    return bool((await connection.execute(_ANY_UNFILLED)).scalar())


async def fill_matters(connection: AsyncConnection, size: int) -> int:
    """Give some such tasks their cases' matters, none that another transaction holds; return how many."""
    return (await connection.execute(_FILL, {"size": size})).rowcount
