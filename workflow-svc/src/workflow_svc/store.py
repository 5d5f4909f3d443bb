"""Workflow's tables and queries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.database import insert
from chassis.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.domain import State

metadata = sa.MetaData()

definitions = sa.Table(
    "definition",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("matter_version", sa.Integer, primary_key=True),
    sa.Column("document", Json, nullable=False),
)

calendars = sa.Table(
    "calendar",
    metadata,
    sa.Column("region", sa.String(6), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", Json, nullable=False),
)

cases = sa.Table(
    "case_file",
    metadata,
    sa.Column("case_id", sa.String(36), primary_key=True),
    sa.Column("application_id", sa.String(36), nullable=False, unique=True),
    sa.Column("application_number", sa.String(40), nullable=False, index=True),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("matter_version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("lead_unit", sa.String(8), nullable=False),
    sa.Column("applicant_id", sa.String(100), nullable=False, index=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("outcome", sa.String(20)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("promised_due", UtcDateTime, nullable=False),
    sa.Column("statutory_due", UtcDateTime),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("elapsed_working_minutes", sa.Integer),
)

tasks = sa.Table(
    "task",
    metadata,
    sa.Column("task_id", sa.String(36), primary_key=True),
    sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.case_id"), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("task_key", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("after", Json, nullable=False),
    sa.Column("hard", sa.Boolean, nullable=False),
    sa.Column("promise", Json, nullable=False),
    sa.Column("statutory", Json),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("opened_at", UtcDateTime),
    sa.Column("promised_due", UtcDateTime),
    sa.Column("statutory_due", UtcDateTime),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.UniqueConstraint("case_id", "task_key", name="task_once_a_case"),
    sa.Index("task_inbox", "unit", "state", "promised_due", "task_id"),
)

deadlines = sa.Table(
    "deadline",
    metadata,
    sa.Column("subject", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("derivation", Json, nullable=False),
    sa.Column("cause", sa.String(100), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
)


async def save_definition(connection: AsyncConnection, document: Mapping[str, Any]) -> None:
    """Store a matter's version; one that is there stays as it is."""
    row = {"matter_code": document["matter_code"], "matter_version": document["matter_version"]}
    change = insert(definitions, connection).values(**row, document=dict(document))
    await connection.execute(change.on_conflict_do_nothing())


async def find_definition(connection: AsyncConnection, matter_code: str, matter_version: int) -> Any | None:
    """Return a matter's version as it was published."""
    query = sa.select(definitions.c.document)
    chosen = (definitions.c.matter_code == matter_code, definitions.c.matter_version == matter_version)
    return (await connection.execute(query.where(*chosen))).scalar()


async def save_calendar(connection: AsyncConnection, version: int, document: Mapping[str, Any]) -> None:
    """Store a version of a region's calendar."""
    row = {"region": document["region"], "version": version, "document": dict(document)}
    await connection.execute(insert(calendars, connection).values(**row).on_conflict_do_nothing())


async def newest_calendar(connection: AsyncConnection) -> Any | None:
    """Return the newest calendar's document."""
    query = sa.select(calendars.c.document).order_by(calendars.c.version.desc()).limit(1)
    return (await connection.execute(query)).scalar()


async def add_case(connection: AsyncConnection, row: Mapping[str, Any], task_rows: Sequence[Mapping[str, Any]]) -> None:
    """Store a new case with its tasks. Raises IntegrityError for a second case of one application."""
    await connection.execute(cases.insert().values(**row))
    await connection.execute(tasks.insert(), [dict(task) for task in task_rows])


async def lock_case(connection: AsyncConnection, case_id: str) -> Any:
    """Return a case's row, locked until the transaction ends."""
    query = sa.select(cases).where(cases.c.case_id == case_id).with_for_update()
    return (await connection.execute(query)).one()


async def update_case(connection: AsyncConnection, case_id: str, values: Mapping[str, Any]) -> None:
    """Change a case."""
    await connection.execute(cases.update().where(cases.c.case_id == case_id).values(**values))


async def tasks_of(connection: AsyncConnection, case_id: str) -> list[Any]:
    """Return a case's tasks in the matter's order."""
    query = sa.select(tasks).where(tasks.c.case_id == case_id).order_by(tasks.c.place)
    return list(await connection.execute(query))


async def update_task(connection: AsyncConnection, task_id: str, values: Mapping[str, Any]) -> None:
    """Change a task."""
    await connection.execute(tasks.update().where(tasks.c.task_id == task_id).values(**values))


async def find_task(connection: AsyncConnection, task_id: str, unit: str) -> Any | None:
    """Return a unit's task with its case's number and matter; None for another unit's."""
    query = _inbox().where(tasks.c.task_id == task_id, tasks.c.unit == unit)
    return (await connection.execute(query)).first()


def _inbox() -> sa.Select[Any]:
    more = (cases.c.application_number, cases.c.matter_code, cases.c.applicant_id)
    return sa.select(tasks, *more).join(cases, cases.c.case_id == tasks.c.case_id)


async def list_tasks(  # noqa: PLR0913  one keyword per filter
    connection: AsyncConnection,
    *,
    unit: str,
    state: State,
    application_number: str,
    after: tuple[datetime, str] | None,
    size: int,
) -> list[Any]:
    """Return a unit's tasks in one state, the earliest due first."""
    query = _inbox().where(tasks.c.unit == unit, tasks.c.state == state.value)
    if application_number:
        query = query.where(cases.c.application_number == application_number)
    if after:
        due, task_id = after
        later = sa.and_(tasks.c.promised_due == due, tasks.c.task_id > task_id)
        query = query.where(sa.or_(tasks.c.promised_due > due, later))
    query = query.order_by(tasks.c.promised_due, tasks.c.task_id).limit(size + 1)
    return list(await connection.execute(query))


def _visible(subject: str, unit: str) -> sa.ColumnElement[bool]:
    """Say which cases a caller may see: his own, and those his unit has a task in or leads."""
    if not unit:
        return cases.c.applicant_id == subject
    has_task = sa.exists().where(tasks.c.case_id == cases.c.case_id, tasks.c.unit == unit)
    return sa.or_(cases.c.lead_unit == unit, has_task)


async def find_case(connection: AsyncConnection, case_id: str, *, subject: str, unit: str) -> Any | None:
    """Return a case that the caller may see."""
    query = sa.select(cases).where(cases.c.case_id == case_id, _visible(subject, unit))
    return (await connection.execute(query)).first()


async def list_cases(  # noqa: PLR0913  one keyword per filter
    connection: AsyncConnection, *, subject: str, unit: str, application_id: str, after: str, size: int
) -> list[Any]:
    """Return the cases that the caller may see, the newest first."""
    query = sa.select(cases).where(_visible(subject, unit))
    if application_id:
        query = query.where(cases.c.application_id == application_id)
    if after:
        query = query.where(cases.c.case_id < after)
    return list(await connection.execute(query.order_by(cases.c.case_id.desc()).limit(size + 1)))


async def add_deadline(  # noqa: PLR0913  a derivation's facts
    connection: AsyncConnection,
    subject: str,
    kind: str,
    *,
    due_at: datetime,
    derivation: Any,
    cause: str,
    made_at: datetime,
) -> None:
    """Append a derivation; the newest of a subject and kind counts, the older ones stay."""
    query = sa.select(sa.func.coalesce(sa.func.max(deadlines.c.number), 0))
    chosen = (deadlines.c.subject == subject, deadlines.c.kind == kind)
    number = (await connection.execute(query.where(*chosen))).scalar_one() + 1
    row = {"subject": subject, "kind": kind, "number": number, "due_at": due_at, "derivation": derivation}
    await connection.execute(deadlines.insert().values(**row, cause=cause, made_at=made_at))


async def derivations(connection: AsyncConnection, subjects: Sequence[str]) -> dict[tuple[str, str], Any]:
    """Return the newest derivation of each subject and kind."""
    query = sa.select(deadlines).where(deadlines.c.subject.in_(subjects)).order_by(deadlines.c.number)
    return {(row.subject, row.kind): row.derivation for row in await connection.execute(query)}


async def open_tasks(connection: AsyncConnection) -> list[Any]:
    """Return all open tasks."""
    return list(await connection.execute(sa.select(tasks).where(tasks.c.state == State.OPEN.value)))
