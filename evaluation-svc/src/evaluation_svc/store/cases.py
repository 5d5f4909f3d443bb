"""The cases that citizens rate and figures count, as intake and workflow tell them, early or late."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import metadata

case_files = sa.Table(
    "case_file",
    metadata,
    sa.Column("application_id", sa.String(36), primary_key=True),
    sa.Column("application_number", sa.String(40), index=True),
    sa.Column("matter_code", sa.String(64)),
    sa.Column("matter_version", sa.Integer),
    sa.Column("applicant_id", sa.String(100)),
    sa.Column("unit", sa.String(8)),
    sa.Column("lead_unit", sa.String(8)),
    sa.Column("units", Json),
    sa.Column("region", sa.String(64)),
    sa.Column("submitted_at", UtcDateTime),
    sa.Column("accepted_at", UtcDateTime),
    sa.Column("accepted_by", sa.String(100)),
    sa.Column("promised_due", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("outcome", sa.String(16)),
    sa.Index("case_file_of_applicant", "applicant_id", "matter_code", "closed_at"),
    sa.Index("case_file_of_matter", "matter_code", "closed_at"),
)
"""`unit` is the window's; each column is empty until the event that tells it has come."""

case_tasks = sa.Table(
    "case_task",
    metadata,
    sa.Column("task_id", sa.String(36), primary_key=True),
    sa.Column("application_id", sa.String(36), nullable=False, index=True),
    sa.Column("task_key", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("item", sa.String(64)),
    sa.Column("promised_due", UtcDateTime),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("outcome", sa.String(16)),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("warned_at", UtcDateTime),
    sa.Column("overdue_at", UtcDateTime),
)
"""The tasks that units were given, each with the unit that has it now.

`warned_at` and `overdue_at` are of the promised time that it has now: when workflow told that it is near, and past.
"""

_OF_CASE = tuple(column.name for column in case_files.columns if not column.primary_key)
_OF_TASK = tuple(column.name for column in case_tasks.columns if not column.primary_key)
_SAVE = insert(case_files)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["application_id"],
    set_={name: sa.func.coalesce(_SAVE.excluded[name], case_files.c[name]) for name in _OF_CASE},
)
_BY_WORKFLOW = ("lead_unit",)
"""What workflow may have told of a case since it was submitted: that stays, however late intake's word is read."""
_SAVE_SUBMITTED = insert(case_files)
_SAVE_SUBMITTED = _SAVE_SUBMITTED.on_conflict_do_update(
    index_elements=["application_id"],
    set_={
        name: sa.func.coalesce(case_files.c[name], _SAVE_SUBMITTED.excluded[name])
        if name in _BY_WORKFLOW
        else sa.func.coalesce(_SAVE_SUBMITTED.excluded[name], case_files.c[name])
        for name in _OF_CASE
    },
)
_SAVE_TASK = insert(case_tasks)
_SAVE_TASK = _SAVE_TASK.on_conflict_do_update(
    index_elements=["task_id"],
    set_={name: sa.func.coalesce(_SAVE_TASK.excluded[name], case_tasks.c[name]) for name in _OF_TASK},
)
_END = (
    case_tasks.update()
    .where(
        case_tasks.c.application_id == sa.bindparam("wanted"),
        case_tasks.c.task_key.in_(sa.bindparam("keys", expanding=True)),
    )
    .values(is_open=sa.false())
)


async def save_case(connection: AsyncConnection, told: Mapping[str, Any]) -> None:
    """Keep what an event tells of an application; what it does not tell stays as it was."""
    row = {name: told.get(name) for name in _OF_CASE}
    await connection.execute(_SAVE, {"application_id": told["application_id"], **row})


async def save_submitted(connection: AsyncConnection, told: Mapping[str, Any]) -> None:
    """Keep what intake tells of an application; a unit that leads it by workflow's word stays."""
    row = {name: told.get(name) for name in _OF_CASE}
    await connection.execute(_SAVE_SUBMITTED, {"application_id": told["application_id"], **row})


async def save_task(connection: AsyncConnection, told: Mapping[str, Any]) -> None:
    """Keep what an event tells of a unit's task."""
    row = {name: told.get(name) for name in _OF_TASK}
    await connection.execute(_SAVE_TASK, {"task_id": told["task_id"], **row})


async def end_tasks(connection: AsyncConnection, application_id: str, task_keys: Collection[str]) -> None:
    """Note that nobody works on these tasks any more."""
    if task_keys:
        await connection.execute(_END, {"wanted": application_id, "keys": list(task_keys)})


_WANTED = case_tasks.update().where(case_tasks.c.task_id == sa.bindparam("wanted"))
_TO, _AT = (sa.bindparam(name, type_=UtcDateTime()) for name in ("to", "moment"))
_STILL_PAST = _TO <= _AT
_MOVE = _WANTED.values(
    promised_due=_TO,
    warned_at=sa.case((_STILL_PAST, case_tasks.c.warned_at)),
    overdue_at=sa.case((_STILL_PAST, case_tasks.c.overdue_at)),
)
_WARN, _OVERDUE = _WANTED.values(warned_at=_AT), _WANTED.values(overdue_at=_AT)


async def move_due(connection: AsyncConnection, task_id: str, promised_due: datetime, *, at: datetime) -> None:
    """Keep until when a task is promised now; one that ends after `at`, when that was told, is not near nor past."""
    await connection.execute(_MOVE, {"wanted": task_id, "to": promised_due, "moment": at})


async def note_warned(connection: AsyncConnection, task_id: str, at: datetime) -> None:
    """Keep when a task's promised time was told to be near."""
    await connection.execute(_WARN, {"wanted": task_id, "moment": at})


async def note_overdue(connection: AsyncConnection, task_id: str, at: datetime) -> None:
    """Keep when a task's promised time was told to be past."""
    await connection.execute(_OVERDUE, {"wanted": task_id, "moment": at})


_BY_ID = sa.select(case_files).where(case_files.c.application_id == sa.bindparam("wanted"))
_TASKS = sa.select(case_tasks).where(case_tasks.c.application_id == sa.bindparam("wanted"))


_UNIT = sa.bindparam("of_unit", type_=sa.String)
_APPLICANTS = (
    sa.select(case_files.c.applicant_id)
    .where(
        case_files.c.matter_code == sa.bindparam("of_matter"),
        case_files.c.closed_at > sa.bindparam("since", type_=UtcDateTime()),
        case_files.c.closed_at <= sa.bindparam("until", type_=UtcDateTime()),
        sa.or_(
            case_files.c.unit == _UNIT,
            case_files.c.lead_unit == _UNIT,
            sa.exists().where(case_tasks.c.application_id == case_files.c.application_id, case_tasks.c.unit == _UNIT),
        ),
    )
    .distinct()
    .limit(sa.bindparam("size", type_=sa.Integer))
)


async def applicants_ended(
    connection: AsyncConnection, unit: str, matter: str, span: tuple[datetime, datetime], *, most: int
) -> int:
    """Return how many persons' cases of a matter, in which a unit worked, ended in some time; `most` at most."""
    given = {"of_unit": unit, "of_matter": matter, "since": span[0], "until": span[1], "size": most}
    return len((await connection.execute(_APPLICANTS, given)).all())


async def find_case(connection: AsyncConnection, application_id: str) -> Any | None:
    """Return what is known of an application; None where nothing is."""
    return (await connection.execute(_BY_ID, {"wanted": application_id})).first()


async def tasks_of(connection: AsyncConnection, application_id: str) -> list[Any]:
    """Return the tasks of a case that units were given."""
    return list(await connection.execute(_TASKS, {"wanted": application_id}))
