"""Workflow's tables and queries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.domain import FINAL, Task, TaskState

Record = dict[str, Any]
"""A row by column name."""
metadata = sa.MetaData()

definitions = sa.Table(
    "definition",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("matter_version", sa.Integer, primary_key=True),
    sa.Column("document", Json, nullable=False),
    sa.Column("told", sa.Integer, nullable=False, server_default=sa.text("0")),
)

calendars = sa.Table(
    "calendar",
    metadata,
    sa.Column("region", sa.String(6), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", Json, nullable=False),
)

units = sa.Table(
    "unit",
    metadata,
    sa.Column("unit_code", sa.String(8), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("successor", sa.String(8)),
    sa.Column("remedies", Json, nullable=False),
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
    sa.Column("lead_unit_name", sa.String(100), nullable=False),
    sa.Column("applicant_id", sa.String(100), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("outcome", sa.String(20)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("promised_due", UtcDateTime, nullable=False),
    sa.Column("statutory_due", UtcDateTime),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("elapsed_working_minutes", sa.Integer),
    sa.Column("region", sa.String(6)),
    sa.Column("submitted_at", UtcDateTime),
    sa.Column("reckoned_under", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Index("case_to_reckon", "state", "reckoned_under", "case_id"),
    sa.Index("case_led", "lead_unit", "state"),
    sa.Index("case_led_newest", "lead_unit", "case_id"),
    sa.Index("case_own", "applicant_id", "case_id"),
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
    sa.Column("unit_name", sa.String(100), nullable=False),
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
    sa.Column("basis", sa.String(200), nullable=False),  # of decisions from before `sealed_basis`
    sa.Column("result", Json),
    sa.Column("by_applicant", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("receipt", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("clock_start", sa.String(12), nullable=False, server_default=sa.text("'ACCEPTANCE'")),
    sa.Column("task_type", sa.String(8), nullable=False, server_default=sa.text("''")),
    sa.Column("sealed_basis", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("matter_code", sa.String(64), nullable=False, server_default=sa.text("''")),  # its case's, for the inbox
    sa.Column("timed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("case_id", "task_key", name="task_once_a_case"),
    sa.Index("task_of_unit", "unit", "by_applicant", "state", "promised_due", "task_id"),
    sa.Index("task_by_id", "unit", "by_applicant", "state", "task_id"),
    sa.Index("task_of_matter_by_id", "unit", "by_applicant", "state", "matter_code", "task_id"),
    sa.Index("task_in_case", "unit", "case_id", "by_applicant", "task_id"),
    sa.Index("task_of_matter", "unit", "by_applicant", "state", "matter_code", "promised_due", "task_id"),
)
UNFILLED = tasks.c.matter_code == sa.literal_column("''")
"""Was stored by a release that did not keep the matter here; written out, so that both databases know the index."""
sa.Index("task_unfilled", tasks.c.task_id, postgresql_where=UNFILLED, sqlite_where=UNFILLED)
UNTIMED = sa.text("NOT timed")
"""Was not opened by a release that makes timers (store.timing)."""
_OPEN_ONE = (tasks.c.state, tasks.c.by_applicant, tasks.c.task_id)
sa.Index("task_untimed", *_OPEN_ONE, postgresql_where=UNTIMED, sqlite_where=UNTIMED)

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


async def rows_of(
    connection: AsyncConnection, query: sa.Select[Any], given: Mapping[str, Any] | None = None
) -> list[Record]:
    """Return what a query finds."""
    found = await connection.execute(query, given)
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]


async def _row(
    connection: AsyncConnection, query: sa.Select[Any], given: Mapping[str, Any] | None = None
) -> Record | None:
    return next(iter(await rows_of(connection, query, given)), None)


def _name_now(unit: sa.Column[Any], kept: sa.Column[Any]) -> sa.ColumnElement[str]:
    """Return a unit's name as it is today, or the one kept in the row while the catalogue has not told it."""
    known = sa.select(units.c.name).where(units.c.unit_code == unit).scalar_subquery()
    return sa.func.coalesce(known, kept)


CASE = [column for column in cases.columns if column.name != "lead_unit_name"] + [
    sa.case(
        (cases.c.state == "closed", cases.c.lead_unit_name), else_=_name_now(cases.c.lead_unit, cases.c.lead_unit_name)
    ).label("lead_unit_name")
]
"""A case's columns; its unit has today's name while the case is open, then the one it had at the end."""

TASK = [column for column in tasks.columns if column.name not in {"unit_name", "matter_code"}] + [
    sa.case((tasks.c.state.in_(FINAL), tasks.c.unit_name), else_=_name_now(tasks.c.unit, tasks.c.unit_name)).label(
        "unit_name"
    ),
    sa.select(units.c.remedies).where(units.c.unit_code == tasks.c.unit).scalar_subquery().label("unit_remedies"),
]
"""A task's columns; its unit has today's name until the task is final, then the one under which it decided."""


NEWEST = sa.select(sa.func.max(calendars.c.version)).scalar_subquery()
"""The number of the newest calendar."""


def _clock(kind: str) -> sa.ColumnElement[Any]:
    newest = sa.select(deadlines.c.derivation).where(deadlines.c.subject == tasks.c.task_id, deadlines.c.kind == kind)
    return newest.order_by(deadlines.c.number.desc()).limit(1).scalar_subquery()


CLOCKS = [_clock(kind).label(f"{kind}_clock") for kind in ("promised", "statutory")]
"""How a task's clocks were reckoned last."""


def add_case(work: UnitOfWork, row: Record, task_rows: Sequence[Record]) -> None:
    """Add a new case with its tasks. A second case of one application fails the transaction (IntegrityError)."""
    work.add(cases, row)
    work.add(tasks, *task_rows)


_LOCK_CASE_OF = (
    sa.select(*CASE, tasks.c.task_key)
    .join(tasks, tasks.c.case_id == cases.c.case_id)
    .where(tasks.c.task_id == sa.bindparam("task_id"), tasks.c.unit == sa.bindparam("unit"), ~tasks.c.by_applicant)
    .with_for_update(of=cases)
)


async def lock_case_of(connection: AsyncConnection, task_id: str, unit: str) -> Record | None:
    """Return the case of a unit's task and the task's key, the case locked until the transaction ends."""
    return await _row(connection, _LOCK_CASE_OF, {"task_id": task_id, "unit": unit})


_LOCK_CASE_OF_STEP = (
    sa.select(*CASE, tasks.c.task_key)
    .join(tasks, tasks.c.case_id == cases.c.case_id)
    .where(
        tasks.c.task_id == sa.bindparam("task_id"),
        tasks.c.by_applicant,
        cases.c.applicant_id == sa.bindparam("applicant_id"),
    )
    .with_for_update(of=cases)
)


async def lock_case_of_step(connection: AsyncConnection, task_id: str, applicant_id: str) -> Record | None:
    """Return the case of an applicant's own step and the step's key, the case locked until the transaction ends."""
    return await _row(connection, _LOCK_CASE_OF_STEP, {"task_id": task_id, "applicant_id": applicant_id})


_BEHIND = sa.and_(cases.c.state == "open", cases.c.reckoned_under < NEWEST)
_ANY_CASE_BEHIND = sa.select(cases.c.case_id).where(_BEHIND).limit(1)


async def any_case_behind(connection: AsyncConnection) -> bool:
    """Tell whether an open case was last reckoned under an older calendar than the newest."""
    return (await connection.execute(_ANY_CASE_BEHIND)).first() is not None


_LOCK_CASES_BEHIND = (
    sa.select(*CASE, NEWEST.label("calendar"))
    .where(_BEHIND)
    .order_by(cases.c.reckoned_under, cases.c.case_id)
    .limit(sa.bindparam("size"))
    .with_for_update(of=cases, skip_locked=True)
)


async def lock_cases_behind(connection: AsyncConnection, *, size: int) -> list[Record]:
    """Return some open cases reckoned under an older calendar than the newest, locked; none that another holds.

    `calendar` is the newest one's number.
    """
    return await rows_of(connection, _LOCK_CASES_BEHIND, {"size": size})


_CHANGING_CASE = (
    *("lead_unit", "lead_unit_name", "state", "outcome", "version", "promised_due", "statutory_due", "provisional"),
    *("closed_at", "elapsed_working_minutes", "reckoned_under"),
)
_SAVE_CASE = cases.update().where(cases.c.case_id == sa.bindparam("of_case"))


async def save_cases(connection: AsyncConnection, rows: Sequence[Record]) -> None:
    """Write what may have changed of some cases that are locked; each keeps its unit's name as it was read."""
    given = [{**{name: row[name] for name in _CHANGING_CASE}, "of_case": row["case_id"]} for row in rows]
    if given:
        await connection.execute(_SAVE_CASE, given)


_MARK_RECKONED = cases.update().where(cases.c.case_id == sa.bindparam("of_case"))


async def mark_reckoned(connection: AsyncConnection, case_id: str, version: int) -> None:
    """Write down that a case is done with under a calendar, whatever became of it."""
    await connection.execute(_MARK_RECKONED, {"of_case": case_id, "reckoned_under": version})


_TASKS_OF = (
    sa.select(*TASK)
    .where(tasks.c.case_id.in_(sa.bindparam("case_ids", expanding=True)))
    .order_by(tasks.c.case_id, tasks.c.place)
)


async def tasks_of(connection: AsyncConnection, *case_ids: str) -> list[Record]:
    """Return the cases' tasks, each case's in the matter's order."""
    return await rows_of(connection, _TASKS_OF, {"case_ids": case_ids})


_TASKS_BESIDE = (
    sa.select(
        *TASK,
        *(sa.case((tasks.c.task_id == sa.bindparam("task_id"), clock.element)).label(clock.name) for clock in CLOCKS),
        NEWEST.label("calendar"),
    )
    .where(tasks.c.case_id == sa.bindparam("case_id"))
    .order_by(tasks.c.place)
)


async def tasks_beside(connection: AsyncConnection, case_id: str, task_id: str) -> list[Record]:
    """Return all tasks of a case in the matter's order: one of them with its clocks' derivations.

    `calendar` is the newest one's number: where the case is locked it must be read after the lock was taken, as here.
    """
    return await rows_of(connection, _TASKS_BESIDE, {"case_id": case_id, "task_id": task_id})


SEALED = (
    Sealed(tasks.c.reason, (tasks.c.task_id,), tasks.c.task_id),
    Sealed(tasks.c.sealed_basis, (tasks.c.task_id,), tasks.c.task_id),
    Sealed(tasks.c.receipt, (tasks.c.task_id,), tasks.c.task_id),
)


def task_rule(row: Mapping[str, Any]) -> Task:
    """Return a task's row as the rules see it."""
    return Task(row["task_key"], tuple(row["after"]), row["hard"], TaskState(row["state"]), row["by_applicant"])


_CHANGING_TASK = (
    *("unit", "unit_name", "state", "opened_at", "promised_due", "statutory_due", "provisional"),
    *("decided_at", "decided_by", "reason", "sealed_basis", "receipt", "timed"),
)
_SAVE_TASK = tasks.update().where(tasks.c.task_id == sa.bindparam("of_task"))


async def save_tasks(connection: AsyncConnection, rows: Sequence[Record]) -> None:
    """Write what may have changed of some tasks whose case is locked; each keeps its unit's name as it was read."""
    given = [{**{name: row[name] for name in _CHANGING_TASK}, "of_task": row["task_id"]} for row in rows]
    if given:
        await connection.execute(_SAVE_TASK, given)


OF_UNIT = (tasks.c.unit == sa.bindparam("unit"), ~tasks.c.by_applicant)
"""Is a task of a unit's own, not a step of its applicant."""
INBOX = sa.select(*TASK, cases.c.application_id, cases.c.application_number, cases.c.matter_code).join(
    cases, cases.c.case_id == tasks.c.case_id
)
"""Tasks with their cases' number and matter."""
_TASK_OF_UNIT = INBOX.add_columns(*CLOCKS).where(*OF_UNIT, tasks.c.task_id == sa.bindparam("task_id"))


async def find_task(connection: AsyncConnection, task_id: str, unit: str) -> Record | None:
    """Return a unit's task with its clocks, and its case's number and matter; None for another unit's."""
    return await _row(connection, _TASK_OF_UNIT, {"task_id": task_id, "unit": unit})


_DECIDED = INBOX.where(
    tasks.c.task_id == sa.bindparam("task_id"), tasks.c.decided_by.is_not(None), ~tasks.c.by_applicant
)


async def find_decided(connection: AsyncConnection, task_id: str) -> Record | None:
    """Return a task that a unit decided, with its case's number and matter, to one of our services."""
    return await _row(connection, _DECIDED, {"task_id": task_id})


OWN = cases.c.applicant_id == sa.bindparam("subject")
OF_ITS_UNITS = sa.or_(
    cases.c.lead_unit == sa.bindparam("unit"),
    sa.exists().where(tasks.c.case_id == cases.c.case_id, *OF_UNIT).correlate(cases),
)
"""Is led by a unit, or the unit has a task in it."""
_CASE = (
    sa.select(*CASE, *TASK, *CLOCKS)
    .join(tasks, tasks.c.case_id == cases.c.case_id)
    .where(cases.c.case_id == sa.bindparam("case_id"))
    .order_by(tasks.c.place)
)
_OWN_CASE, _CASE_OF_UNIT = _CASE.where(OWN), _CASE.where(OF_ITS_UNITS)


async def find_case(
    connection: AsyncConnection, case_id: str, *, subject: str, unit: str
) -> tuple[Record, list[Record]] | None:
    """Return a case that the caller may see, and its tasks in the matter's order, with their clocks."""
    given = {"case_id": case_id, "subject": subject, "unit": unit}
    rows = list(await connection.execute(_CASE_OF_UNIT if unit else _OWN_CASE, given))
    if not rows:
        return None
    return _named(CASE, rows[0]), [_named((*TASK, *CLOCKS), row[len(CASE) :]) for row in rows]


def _named(columns: Iterable[sa.ColumnElement[Any]], values: Iterable[Any]) -> Record:
    return {column.name: value for column, value in zip(columns, values, strict=False)}


def add_deadlines(work: UnitOfWork, rows: Sequence[Record]) -> None:
    """Add derivations; the newest of a subject and kind counts, the older ones stay."""
    work.add(deadlines, *rows)


_DEADLINES_OF = (
    sa.select(deadlines)
    .where(deadlines.c.subject.in_(sa.bindparam("subjects", expanding=True)))
    .order_by(deadlines.c.number)
)


async def newest_deadlines(connection: AsyncConnection, subjects: Sequence[str]) -> dict[tuple[str, str], Record]:
    """Return the newest derivation of each subject and kind."""
    rows = await rows_of(connection, _DEADLINES_OF, {"subjects": subjects})
    return {(row["subject"], row["kind"]): row for row in rows}
