"""Lights as they stand: running tasks and overdue first answers, counted by unit and listed."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.supervision import LightColour
from evaluation_svc.store.cases import case_files, case_tasks
from evaluation_svc.store.supervising import RUNNING, UNANSWERED, late_answers
from evaluation_svc.store.tables import units

_IS = {
    LightColour.RED: case_tasks.c.overdue_at.is_not(None),
    LightColour.YELLOW: sa.and_(case_tasks.c.overdue_at.is_(None), case_tasks.c.warned_at.is_not(None)),
    LightColour.GREEN: sa.and_(case_tasks.c.overdue_at.is_(None), case_tasks.c.warned_at.is_(None)),
}
"""A task's light goes by what workflow told of its promised time."""
_MINE: sa.BindParameter[Any] = sa.bindparam("mine", expanding=True)
_RUNNING = sa.select(
    case_tasks.c.unit, *(sa.func.sum(sa.case((is_so, 1), else_=0)).label(light.value) for light, is_so in _IS.items())
).where(RUNNING)
_COUNT_ALL = _RUNNING.group_by(case_tasks.c.unit)
_COUNT_MINE = _RUNNING.where(case_tasks.c.unit.in_(_MINE)).group_by(case_tasks.c.unit)
_LATE = sa.select(late_answers.c.unit, sa.func.count().label(LightColour.PURPLE.value)).where(UNANSWERED)
_LATE_ALL = _LATE.group_by(late_answers.c.unit)
_LATE_MINE = _LATE.where(late_answers.c.unit.in_(_MINE)).group_by(late_answers.c.unit)
_NAMES = sa.select(units.c.unit_code, units.c.name)


async def count_lights(connection: AsyncConnection, mine: Collection[str] | None) -> dict[str, dict[LightColour, int]]:
    """Return how many lights of each colour each of these units has now, or each of all."""
    found: dict[str, dict[LightColour, int]] = {}
    given = {} if mine is None else {"mine": list(mine)}
    for query in (_COUNT_ALL, _LATE_ALL) if mine is None else (_COUNT_MINE, _LATE_MINE):
        for row in (await connection.execute(query, given)).mappings():
            counts = {LightColour(name): int(value) for name, value in row.items() if name != "unit"}
            found.setdefault(row["unit"], {}).update(counts)
    return found


async def unit_names(connection: AsyncConnection) -> dict[str, str]:
    """Return the names of all units."""
    return {row.unit_code: row.name for row in await connection.execute(_NAMES)}


@cache
def _tasks(*, unit: bool, on: bool, light: LightColour) -> sa.Select[Any]:
    place = sa.tuple_(case_tasks.c.promised_due, case_tasks.c.task_id)
    wanted = [
        RUNNING,
        _IS[light],
        *([case_tasks.c.unit.in_(_MINE)] if unit else []),
        *([place > _place()] if on else []),
    ]
    return (
        sa.select(
            case_tasks.c.task_id.label("subject"),
            case_tasks.c.application_id,
            sa.func.coalesce(case_files.c.application_number, "").label("application_number"),
            case_tasks.c.name,
            case_tasks.c.unit,
            sa.func.coalesce(units.c.name, "").label("unit_name"),
            case_tasks.c.promised_due.label("due_at"),
        )
        .outerjoin(case_files, case_files.c.application_id == case_tasks.c.application_id)
        .outerjoin(units, units.c.unit_code == case_tasks.c.unit)
        .where(*wanted)
        .order_by(case_tasks.c.promised_due, case_tasks.c.task_id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


@cache
def _answers(*, unit: bool, on: bool) -> sa.Select[Any]:
    place = sa.tuple_(late_answers.c.due_at, late_answers.c.application_id)
    wanted = [
        UNANSWERED,
        *([late_answers.c.unit.in_(_MINE)] if unit else []),
        *([place > _place()] if on else []),
    ]
    return (
        sa.select(
            late_answers.c.application_id.label("subject"),
            late_answers.c.application_id,
            late_answers.c.application_number,
            late_answers.c.matter_name.label("name"),
            late_answers.c.unit,
            sa.func.coalesce(units.c.name, "").label("unit_name"),
            late_answers.c.due_at,
        )
        .outerjoin(units, units.c.unit_code == late_answers.c.unit)
        .where(*wanted)
        .order_by(late_answers.c.due_at, late_answers.c.application_id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


def _place() -> Any:
    return sa.tuple_(sa.bindparam("at", type_=UtcDateTime()), sa.bindparam("last", type_=sa.String))


async def list_lights(
    connection: AsyncConnection,
    mine: Collection[str] | None,
    light: LightColour,
    *,
    after: tuple[datetime, str] | None,
    size: int,
) -> list[Any]:
    """Return a page and one more of what has a light, of these units or of all, what is due first at the top."""
    unit, on = mine is not None, after is not None
    query = _answers(unit=unit, on=on) if light is LightColour.PURPLE else _tasks(unit=unit, on=on, light=light)
    at, last = after or (None, "")
    return list(await connection.execute(query, {"mine": list(mine or ()), "at": at, "last": last, "size": size + 1}))
