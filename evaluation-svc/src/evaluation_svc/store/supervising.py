"""Supervisions as rows with their steps, running tasks by their lights, and first answers that are overdue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.keyring import Sealed
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.supervision import LAST_SENT
from evaluation_svc.store.cases import case_tasks
from evaluation_svc.store.clocks import timers
from evaluation_svc.store.tables import matters, metadata, units

ANSWER = "supervision_answer"
"""The kind of the clock of an answer."""
supervisions = sa.Table(
    "supervision",
    metadata,
    sa.Column("supervision_id", sa.String(36), primary_key=True),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("application_number", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(36), nullable=False),
    sa.Column("light", sa.String(8), nullable=False),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("content", sa.String(100), nullable=False),
    sa.Column("letter_id", sa.String(36), nullable=False, unique=True),
    sa.Column("number", sa.String(80)),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("state_at", UtcDateTime, nullable=False),
    sa.Column("steps", sa.Integer, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("warned_at", UtcDateTime),
    sa.Column("escalated_at", UtcDateTime),
    sa.UniqueConstraint("application_id", "unit", name="supervision_once"),
    sa.Index("supervision_of_unit", "unit", "rank", "supervision_id"),
    sa.Index("supervision_ranked", "rank", "supervision_id"),
)
"""A supervision by GB/T 39046 table 11: 办件编号, 督办内容 (`content`), 督办编号 (`number`: that of the sealed letter),
发出时间, 规则编号, 预警类型 (`light`), 状态时间, 责任部门 (`unit`); 结果 is what its closing step says.

`subject` is the task, or of a first answer the application; `steps` counts them.
"""
supervision_steps = sa.Table(
    "supervision_step",
    metadata,
    sa.Column("step_id", sa.String(36), primary_key=True),
    sa.Column("supervision_id", sa.String(36), sa.ForeignKey("supervision.supervision_id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("action", sa.String(12), nullable=False),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.UniqueConstraint("supervision_id", "number", name="supervision_step_in_order"),
)
late_answers = sa.Table(
    "late_answer",
    metadata,
    sa.Column("application_id", sa.String(36), primary_key=True),
    sa.Column("application_number", sa.String(40), nullable=False),
    sa.Column("matter_name", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("overdue_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime),
)
"""First answers (受理、不予受理或者一次性告知) that were not given in time; open while `answered_at` is empty."""
SEALED = (Sealed(supervision_steps.c.words, (supervision_steps.c.step_id,), supervision_steps.c.step_id),)

RUNNING: sa.ColumnElement[bool] = sa.literal_column("case_task.is_open")
UNANSWERED: sa.ColumnElement[bool] = sa.literal_column("late_answer.answered_at IS NULL")
_OPEN: dict[str, Any] = {"sqlite_where": sa.text("is_open"), "postgresql_where": sa.text("is_open")}
_LATE: dict[str, Any] = {
    "sqlite_where": sa.text("answered_at IS NULL"),
    "postgresql_where": sa.text("answered_at IS NULL"),
}
sa.Index("case_task_running_of_unit", case_tasks.c.unit, case_tasks.c.promised_due, case_tasks.c.task_id, **_OPEN)
sa.Index("case_task_running", case_tasks.c.promised_due, case_tasks.c.task_id, **_OPEN)
sa.Index("late_answer_of_unit", late_answers.c.unit, late_answers.c.due_at, late_answers.c.application_id, **_LATE)
sa.Index("late_answer_due", late_answers.c.due_at, late_answers.c.application_id, **_LATE)

_OF_ID = supervisions.c.supervision_id == sa.bindparam("of_supervision")
_ADD = insert(supervisions).on_conflict_do_nothing(index_elements=["application_id", "unit"])
_ADD_RETURNING = _ADD.returning(supervisions.c.supervision_id)
_ADD_STEP = supervision_steps.insert()
_LOCK = sa.select(supervisions).where(_OF_ID).with_for_update()
_LOCK_OF_LETTER = sa.select(supervisions).where(supervisions.c.letter_id == sa.bindparam("of_letter")).with_for_update()
_CHANGE = supervisions.update().where(_OF_ID)
_CLOCK = sa.and_(
    timers.c.kind == ANSWER, timers.c.subject == supervisions.c.supervision_id, timers.c.ended_at.is_(None)
)
_SHOWN = (
    sa.select(
        supervisions,
        sa.func.coalesce(units.c.name, "").label("unit_name"),
        timers.c.due_at,
        sa.or_(case_tasks.c.is_open.is_(sa.false()), late_answers.c.answered_at.is_not(None)).label("is_done"),
    )
    .outerjoin(units, units.c.unit_code == supervisions.c.unit)
    .outerjoin(timers, _CLOCK)
    .outerjoin(case_tasks, case_tasks.c.task_id == supervisions.c.subject)
    .outerjoin(late_answers, late_answers.c.application_id == supervisions.c.subject)
)
_MINE: sa.BindParameter[Any] = sa.bindparam("mine", expanding=True)
_FIND = _SHOWN.where(_OF_ID)
_FIND_THEIRS = _FIND.where(supervisions.c.unit.in_(_MINE), supervisions.c.rank <= LAST_SENT)
_STEPS = (
    sa.select(supervision_steps)
    .where(supervision_steps.c.supervision_id == sa.bindparam("of_supervision"))
    .order_by(supervision_steps.c.number)
    .limit(1000)
)
_SIZE = sa.bindparam("size", type_=sa.Integer)


async def add_supervision(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Add a supervision; tell whether it is new: a case has one with a unit."""
    return (await connection.execute(_ADD_RETURNING, row)).scalar() is not None


async def add_step(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Add a step of a supervision that this transaction holds."""
    await connection.execute(_ADD_STEP, row)


async def lock_supervision(connection: AsyncConnection, supervision_id: str) -> Any | None:
    """Return a supervision, held until the transaction ends."""
    return (await connection.execute(_LOCK, {"of_supervision": supervision_id})).first()


async def lock_of_letter(connection: AsyncConnection, letter_id: str) -> Any | None:
    """Return the supervision of a letter, held until the transaction ends."""
    return (await connection.execute(_LOCK_OF_LETTER, {"of_letter": letter_id})).first()


async def change_supervision(connection: AsyncConnection, supervision_id: str, values: Mapping[str, Any]) -> None:
    """Write a supervision that this transaction holds."""
    await connection.execute(_CHANGE, {"of_supervision": supervision_id, **values})


async def find_supervision(
    connection: AsyncConnection, supervision_id: str, mine: Collection[str] | None
) -> Any | None:
    """Return a supervision with its unit's name and until when it is to be answered; of these units, or of all."""
    given = {"of_supervision": supervision_id, "mine": list(mine or ())}
    return (await connection.execute(_FIND if mine is None else _FIND_THEIRS, given)).first()


async def steps_of(connection: AsyncConnection, supervision_id: str) -> list[Any]:
    """Return the steps of a supervision in their order."""
    return list(await connection.execute(_STEPS, {"of_supervision": supervision_id}))


@dataclass(frozen=True, slots=True)
class SupervisionFilter:
    """Which supervisions are asked for; what is empty narrows nothing."""

    state: str = ""
    unit: str = ""


@cache
def _listed(*, theirs: bool, unit: bool, state: bool, on: bool) -> sa.Select[Any]:
    place = sa.tuple_(supervisions.c.rank, supervisions.c.supervision_id)
    last = sa.tuple_(sa.bindparam("rank", type_=sa.Integer), sa.bindparam("last", type_=sa.String))
    wanted = [
        *([supervisions.c.unit.in_(_MINE), supervisions.c.rank <= LAST_SENT] if theirs else []),
        *([supervisions.c.unit == sa.bindparam("of_unit")] if unit else []),
        *([supervisions.c.state == sa.bindparam("in_state")] if state else []),
        *([place > last] if on else []),
    ]
    return _SHOWN.where(*wanted).order_by(supervisions.c.rank, supervisions.c.supervision_id).limit(_SIZE)


async def list_supervisions(
    connection: AsyncConnection,
    mine: Collection[str] | None,
    wanted: SupervisionFilter,
    *,
    after: tuple[int, str] | None,
    size: int,
) -> list[Any]:
    """Return a page and one more: of what was sent to these units, or of all; what was escalated comes first."""
    rank, last = after or (0, "")
    given = {"mine": list(mine or ()), "of_unit": wanted.unit, "in_state": wanted.state, "rank": rank, "last": last}
    query = _listed(theirs=mine is not None, unit=bool(wanted.unit), state=bool(wanted.state), on=after is not None)
    return list(await connection.execute(query, {**given, "size": size + 1}))


_TASK = sa.select(case_tasks).where(case_tasks.c.task_id == sa.bindparam("of_task"))
_MATTER = sa.select(matters.c.name).where(
    matters.c.matter_code == sa.bindparam("code"), matters.c.matter_version == sa.bindparam("version")
)


async def find_task(connection: AsyncConnection, task_id: str) -> Any | None:
    """Return a task of a unit."""
    return (await connection.execute(_TASK, {"of_task": task_id})).first()


async def matter_name(connection: AsyncConnection, code: str | None, version: int | None) -> str:
    """Return what a matter is called; its code while that was not told."""
    name = (await connection.execute(_MATTER, {"code": code or "", "version": version or 0})).scalar()
    return str(name or code or "")


_ADD_LATE = insert(late_answers).on_conflict_do_nothing()
_FIND_LATE = sa.select(late_answers).where(late_answers.c.application_id == sa.bindparam("of_application"))
_ANSWER = late_answers.update().where(
    late_answers.c.application_id == sa.bindparam("of_application"), late_answers.c.answered_at.is_(None)
)


async def find_late(connection: AsyncConnection, application_id: str) -> Any | None:
    """Return a first answer that was overdue."""
    return (await connection.execute(_FIND_LATE, {"of_application": application_id})).first()


async def add_late(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep that a first answer is overdue; one that is kept stays as it is."""
    await connection.execute(_ADD_LATE, row)


async def end_late(connection: AsyncConnection, application_id: str, at: datetime) -> None:
    """Keep that an overdue first answer was given."""
    await connection.execute(_ANSWER, {"of_application": application_id, "answered_at": at})
