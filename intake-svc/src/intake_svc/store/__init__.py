"""Intake's tables and queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import ApplicationState, Happening

metadata = sa.MetaData()

drafts = sa.Table(
    "draft",
    metadata,
    sa.Column("draft_id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("matter_version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("guide", Json, nullable=False),
    sa.Column("answers", Json),
    sa.Column("given", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False, index=True),
    sa.Index("draft_own", "owner", "draft_id"),
)

matters = sa.Table(
    "matter",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("told", sa.Integer, nullable=False, server_default="0"),
    sa.Column("matter_version", sa.Integer, nullable=False),
    sa.Column("withdrawn_from", sa.Date),
)

units = sa.Table(
    "unit",
    metadata,
    sa.Column("unit_code", sa.String(8), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("successor", sa.String(8)),
    sa.Column("acceptance_word", sa.String(50), nullable=False),
)

applications = sa.Table(
    "application",
    metadata,
    sa.Column("application_id", sa.String(36), primary_key=True),
    sa.Column("application_number", sa.String(40), nullable=False, unique=True),
    sa.Column("draft_id", sa.String(36), index=True),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("matter_version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("unit_name", sa.String(100), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("outcome", sa.String(20)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("guide", Json, nullable=False),
    sa.Column("given", sa.Text, nullable=False),
    sa.Column("submitted_at", UtcDateTime, nullable=False),
    sa.Column("accepted_at", UtcDateTime),
    sa.Column("accepted_by", sa.String(100)),
    sa.Column("accept_doc_no", sa.String(50)),
    sa.Column("accept_note", sa.Text),
    sa.Column("case_id", sa.String(36)),
    sa.Column("expected_finish", UtcDateTime),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("tasks_total", sa.Integer, nullable=False),
    sa.Column("tasks_done", sa.Integer, nullable=False),
    sa.Column("tasks_dropped", Json),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("elapsed_working_minutes", sa.Integer),
    sa.Index("application_own", "owner", "application_id"),
    sa.Index("application_unit", "unit", "application_id"),
    sa.Index("application_window", "unit", "state", "application_id"),
)

persons = sa.Table(
    "person",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
)

tasks = sa.Table(
    "task",
    metadata,
    sa.Column("task_id", sa.String(36), primary_key=True),
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), nullable=False),
    sa.Column("task_key", sa.String(64), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("needed", sa.Boolean, nullable=False),
    sa.Index("task_of_application", "application_id", "task_key"),
)

counters = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
    sa.Column("counted_at", UtcDateTime, index=True),
)

timeline = sa.Table(
    "timeline",
    metadata,
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("text", sa.String(500), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("task_key", sa.String(64), nullable=False),
)

SEALED = (
    Sealed(applications.c.given, (applications.c.application_id,), applications.c.application_id),
    Sealed(drafts.c.given, (drafts.c.draft_id,), drafts.c.draft_id),
)
SECRET = frozenset({"given", "accept_note"})
BULKY = SECRET | {"guide"}


def brief(columns: Iterable[sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
    """Return the columns that a list or a progress needs: neither the guide nor what is encrypted."""
    return [column for column in columns if getattr(column, "name", "") not in BULKY]


def _name_now(unit: sa.Column[Any], kept: sa.Column[Any]) -> sa.ColumnElement[str]:
    """Return a unit's name as it is today, or the one kept in the row while the catalogue has not told it."""
    known = sa.select(units.c.name).where(units.c.unit_code == unit).scalar_subquery()
    return sa.func.coalesce(known, kept)


async def unit_names(connection: AsyncConnection, unit_codes: Collection[str]) -> dict[str, str]:
    """Return today's names of those of some units that the catalogue has told."""
    query = sa.select(units.c.unit_code, units.c.name).where(units.c.unit_code.in_(unit_codes))
    return {row.unit_code: row.name for row in await connection.execute(query)}


async def unit_name(connection: AsyncConnection, unit: str) -> str:
    """Return a unit's name of today; empty while the catalogue has not told it."""
    return (await connection.execute(sa.select(units.c.name).where(units.c.unit_code == unit))).scalar() or ""


NAME_NOW = _name_now(applications.c.unit, applications.c.unit_name)

APPLICATION: list[sa.ColumnElement[Any]] = [
    *(column for column in applications.columns if column.name != "unit_name"),
    sa.case((applications.c.state == ApplicationState.CLOSED.value, applications.c.unit_name), else_=NAME_NOW).label(
        "unit_name"
    ),
]
"""An application's columns; its unit has today's name until it is closed, then the one it had at the end."""


async def count(connection: AsyncConnection, name: str, at: datetime, by: int = 1) -> int:
    """Count a counter up and return it; its row is locked until the transaction ends, so let that be a short one.

    When it was last counted says when it has had its time.
    """
    change = insert(counters, connection).values(name=name, value=by, counted_at=at)
    counted = {"value": counters.c.value + by, "counted_at": at}
    up = change.on_conflict_do_update(index_elements=["name"], set_=counted)
    return int((await connection.execute(up.returning(counters.c.value))).scalar_one())


async def add_application(connection: AsyncConnection, row: Mapping[str, Any], digests: Iterable[str]) -> None:
    """Store a new application, findable by the given digests."""
    await connection.execute(applications.insert().values(**row))
    rows = [{"digest": digest, "application_id": row["application_id"]} for digest in sorted(set(digests))]
    if rows:
        await connection.execute(persons.insert(), rows)


def _visible(subject: str, unit: str) -> sa.ColumnElement[bool]:
    return applications.c.unit == unit if unit else applications.c.owner == subject


async def find_application(
    connection: AsyncConnection, application_id: str, *, subject: str = "", unit: str = ""
) -> Any | None:
    """Return an application that the caller may see: his own, or one of his unit's window."""
    query = sa.select(*APPLICATION).where(applications.c.application_id == application_id, _visible(subject, unit))
    return (await connection.execute(query)).first()


async def application_of(connection: AsyncConnection, application_id: str) -> Any:
    """Return the application of a task that a caller may see."""
    query = sa.select(*APPLICATION).where(applications.c.application_id == application_id)
    return (await connection.execute(query)).one()


async def find_progress(connection: AsyncConnection, application_id: str, *, subject: str, unit: str) -> Any | None:
    """Return an application without its guide and what is encrypted to a caller who may see it."""
    query = sa.select(*brief(APPLICATION))
    chosen = query.where(applications.c.application_id == application_id, _visible(subject, unit))
    return (await connection.execute(chosen)).first()


async def find_guided(connection: AsyncConnection, application_id: str, *, subject: str, unit: str) -> Any | None:
    """Return an application with its guide, without what is encrypted, to a caller who may see it."""
    query = sa.select(*(column for column in APPLICATION if getattr(column, "name", "") not in SECRET))
    chosen = query.where(applications.c.application_id == application_id, _visible(subject, unit))
    return (await connection.execute(chosen)).first()


async def guide_of(connection: AsyncConnection, application_id: str) -> Any:
    """Return the guide of an application that a caller may see."""
    query = sa.select(applications.c.guide).where(applications.c.application_id == application_id)
    return (await connection.execute(query)).scalar_one()


def list_query(  # noqa: PLR0913  one keyword per filter
    *, subject: str, unit: str, state: ApplicationState | None = None, number: str = "", after: str = "", size: int
) -> sa.Select[Any]:
    """Return the query for a page of the applications that the caller may see, in brief, the newest first.

    Ids are UUIDv7 made with the application, so their order is that of `submitted_at`, without ties.
    """
    query = sa.select(*brief(APPLICATION)).where(_visible(subject, unit))
    if state is not None:
        query = query.where(applications.c.state == state.value)
    if number:
        query = query.where(applications.c.application_number == number)
    if after:
        query = query.where(applications.c.application_id < after)
    return query.order_by(applications.c.application_id.desc()).limit(size + 1)


async def count_by_state(connection: AsyncConnection, *, subject: str, unit: str) -> dict[str, int]:
    """Return how many applications the caller may see, by state; along an index, a unit's without their rows."""
    query = sa.select(applications.c.state, sa.func.count()).where(_visible(subject, unit))
    return {row[0]: row[1] for row in await connection.execute(query.group_by(applications.c.state))}


async def rows_of(connection: AsyncConnection, query: sa.Select[Any]) -> list[Any]:
    """Return the rows of one of the queries above."""
    return list(await connection.execute(query))


async def move_application(
    connection: AsyncConnection, application_id: str, unit: str, *, state: ApplicationState, values: Mapping[str, Any]
) -> Any | None:
    """Change a unit's application that is in a state; return its new row, None when it is not in that state."""
    chosen = (
        applications.c.application_id == application_id,
        applications.c.unit == unit,
        applications.c.state == state.value,
    )
    named = {"unit_name": NAME_NOW, **values, "version": applications.c.version + 1}
    change = applications.update().where(*chosen).values(**named)
    return (await connection.execute(change.returning(applications))).first()


async def hold_application(connection: AsyncConnection, application_id: str) -> Any | None:
    """Return an application for its case's events, locked until the transaction ends."""
    query = sa.select(*APPLICATION).where(applications.c.application_id == application_id).with_for_update()
    return (await connection.execute(query)).first()


async def follow_application(connection: AsyncConnection, application_id: str, values: Mapping[str, Any]) -> None:
    """Change an application as workflow's events tell, and keep its unit's name as it is now."""
    change = applications.update().where(applications.c.application_id == application_id)
    await connection.execute(change.values(**{"unit_name": NAME_NOW, **values}))


async def tell(  # noqa: PLR0913  an entry's facts
    connection: AsyncConnection,
    application_id: str,
    *,
    at: datetime,
    kind: Happening,
    text: str,
    unit: str = "",
    task_key: str = "",
) -> None:
    """Add an entry to the timeline."""
    query = sa.select(sa.func.coalesce(sa.func.max(timeline.c.place), 0))
    place = (await connection.execute(query.where(timeline.c.application_id == application_id))).scalar_one() + 1
    row = {"application_id": application_id, "place": place, "at": at, "kind": kind.value, "text": text}
    await connection.execute(timeline.insert().values(**row, unit=unit, task_key=task_key))


async def entries_of(connection: AsyncConnection, application_id: str) -> list[Any]:
    """Return an application's timeline in order."""
    query = sa.select(timeline).where(timeline.c.application_id == application_id).order_by(timeline.c.place)
    return list(await connection.execute(query))


async def last_places(connection: AsyncConnection, application_ids: Sequence[str]) -> dict[str, int]:
    """Return how far the timelines of some applications go."""
    query = sa.select(timeline.c.application_id, sa.func.max(timeline.c.place).label("place"))
    chosen = query.where(timeline.c.application_id.in_(application_ids)).group_by(timeline.c.application_id)
    return {row.application_id: row.place for row in await connection.execute(chosen)}
