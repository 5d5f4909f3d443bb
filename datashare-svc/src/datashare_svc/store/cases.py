"""The cases that run, as intake and workflow tell them, and the persons whom each concerns: by these a query is judged.

Rows are found by the application, however early or late each event came; of a case that is over only the end counts.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork, insert
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.tables import matters, metadata


class CaseState(StrEnum):
    """How far a case is."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    CLOSED = "closed"


case_files = sa.Table(
    "case_file",
    metadata,
    sa.Column("application_id", sa.String(36), primary_key=True),
    sa.Column("application_number", sa.String(40), index=True),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("matter_version", sa.Integer, nullable=False),
    sa.Column("applicant_id", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("lead_unit", sa.String(8), nullable=False),
    sa.Column("tasks", Json, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("draft_id", sa.String(36)),
)
"""`draft_id` is what it was before; `unit` is its window's, `tasks` are the keys of its matter's tasks.

All are empty of a case whose end came first.
"""

case_tasks = sa.Table(
    "case_task",
    metadata,
    sa.Column("application_id", sa.String(36), primary_key=True),
    sa.Column("task_key", sa.String(64), primary_key=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
)
"""The tasks that a unit was given, each with the unit that has it now."""

case_persons = sa.Table(
    "case_person",
    metadata,
    sa.Column("application_id", sa.String(36), primary_key=True),
    sa.Column("element", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.String(36), nullable=False),
)
"""Whom a case concerns: as which element of its form each person is named."""

FACTS = ("application_number", "matter_code", "matter_version", "applicant_id", "unit", "lead_unit", "tasks")
_CLOSED: sa.ColumnElement[str] = sa.literal_column(f"'{CaseState.CLOSED.value}'")

_SAVE = insert(case_files)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["application_id"],
    set_={
        **{name: _SAVE.excluded[name] for name in FACTS},
        "state": sa.case((case_files.c.state == _CLOSED, case_files.c.state), else_=_SAVE.excluded.state),
    },
)
_BEGIN = insert(case_files)
_BEGIN = _BEGIN.on_conflict_do_update(
    index_elements=["application_id"],
    set_={"draft_id": sa.func.coalesce(_BEGIN.excluded.draft_id, case_files.c.draft_id)},
)
_CLOSE = insert(case_files)
_CLOSE = _CLOSE.on_conflict_do_update(
    index_elements=["application_id"], set_={name: _CLOSE.excluded[name] for name in ("state", "closed_at")}
)
_LEAD = (
    case_files.update()
    .where(case_files.c.application_id == sa.bindparam("wanted"))
    .values(lead_unit=sa.bindparam("to_unit"))
)


async def save_case(connection: AsyncConnection, told: Mapping[str, Any], state: CaseState) -> None:
    """Keep what intake tells of an application; one that is over stays so."""
    facts = {name: told[name] for name in FACTS}
    row = {"application_id": told["application_id"], **facts, "state": state.value, "closed_at": None}
    await connection.execute(_SAVE, row)


async def begin_case(  # noqa: PLR0913  what is known of it
    connection: AsyncConnection,
    application_id: str,
    *,
    application_number: str,
    applicant_id: str,
    matter_code: str,
    draft_id: str | None,
) -> None:
    """Keep an application of which intake told nothing yet but its persons; of one that is known, its draft."""
    row = {
        "application_id": application_id,
        "application_number": application_number,
        "matter_code": matter_code,
        "applicant_id": applicant_id,
        "draft_id": draft_id,
        "state": CaseState.SUBMITTED.value,
    }
    await connection.execute(_BEGIN, {**UNTOLD, **row})


async def close_case(connection: AsyncConnection, application_id: str, closed_at: datetime) -> None:
    """End a case, whether it was told of or not."""
    ended = {"application_id": application_id, "state": CaseState.CLOSED.value, "closed_at": closed_at}
    await connection.execute(_CLOSE, {**UNTOLD, **ended})


UNTOLD: Mapping[str, Any] = {
    "application_number": None,
    "matter_code": "",
    "matter_version": 0,
    "applicant_id": "",
    "unit": "",
    "lead_unit": "",
    "tasks": [],
    "closed_at": None,
    "draft_id": None,
}


async def change_lead(connection: AsyncConnection, application_id: str, unit: str) -> None:
    """Note that another unit leads a case now."""
    await connection.execute(_LEAD, {"wanted": application_id, "to_unit": unit})


_OPEN = insert(case_tasks)
_OPEN = _OPEN.on_conflict_do_update(
    index_elements=["application_id", "task_key"],
    set_={name: _OPEN.excluded[name] for name in ("unit", "is_open")},
)
_OF_TASKS = (
    case_tasks.c.application_id == sa.bindparam("wanted"),
    case_tasks.c.task_key.in_(sa.bindparam("keys", expanding=True)),
)
_END = case_tasks.update().where(*_OF_TASKS).values(is_open=sa.false())
_HAND_OVER = case_tasks.update().where(*_OF_TASKS).values(unit=sa.bindparam("to_unit"))


async def open_task(connection: AsyncConnection, application_id: str, task_key: str, unit: str) -> None:
    """Note that a unit works on a task."""
    row = {"application_id": application_id, "task_key": task_key, "unit": unit, "is_open": True}
    await connection.execute(_OPEN, row)


async def end_tasks(connection: AsyncConnection, application_id: str, task_keys: Collection[str]) -> None:
    """Note that nobody works on these tasks any more."""
    await connection.execute(_END, {"wanted": application_id, "keys": list(task_keys)})


async def hand_over(connection: AsyncConnection, application_id: str, task_key: str, unit: str) -> None:
    """Note that another unit works on a task."""
    await connection.execute(_HAND_OVER, {"wanted": application_id, "keys": [task_key], "to_unit": unit})


_FORGET = case_persons.delete().where(case_persons.c.application_id == sa.bindparam("wanted"))


async def replace_persons(work: UnitOfWork, application_id: str, persons: Mapping[str, str]) -> None:
    """Keep whom a case concerns, element by element, in place of whom it concerned before."""
    await work.connection.execute(_FORGET, {"wanted": application_id})
    rows = [
        {"application_id": application_id, "element": element, "person_id": person_id}
        for element, person_id in sorted(persons.items())
    ]
    work.add(case_persons, *rows)


_CONCERNS = (
    sa.exists()
    .where(
        case_persons.c.application_id == case_files.c.application_id,
        case_persons.c.person_id == sa.bindparam("person"),
    )
    .label("concerns")
)
_CASE = sa.select(*case_files.columns, matters.c.tasks.label("matter_tasks"), _CONCERNS).select_from(
    case_files.outerjoin(
        matters,
        sa.and_(
            matters.c.matter_code == case_files.c.matter_code, matters.c.matter_version == case_files.c.matter_version
        ),
    )
)
_BY_ID = _CASE.where(case_files.c.application_id == sa.bindparam("wanted"))
_BY_NUMBER = _CASE.where(case_files.c.application_number == sa.bindparam("wanted"))
_TASKS = sa.select(case_tasks.c.task_key, case_tasks.c.unit, case_tasks.c.is_open).where(
    case_tasks.c.application_id == sa.bindparam("wanted")
)


async def find_case(connection: AsyncConnection, *, application_id: str, number: str, person_id: str) -> Any | None:
    """Return a case by its application or, without one, by its number; and whether it concerns a person."""
    chosen, wanted = (_BY_ID, application_id) if application_id else (_BY_NUMBER, number)
    return (await connection.execute(chosen, {"wanted": wanted, "person": person_id})).first()


async def given_tasks(connection: AsyncConnection, application_id: str) -> list[Any]:
    """Return the tasks of a case that units were given."""
    return list(await connection.execute(_TASKS, {"wanted": application_id}))
