"""Intake's tables and queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork, insert
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import ApplicationState

metadata = sa.MetaData()

guides = sa.Table(
    "guide",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

drafts = sa.Table(
    "draft",
    metadata,
    sa.Column("draft_id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("matter_version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("guide", sa.Text, nullable=False),
    sa.Column("guide_digest", sa.String(64)),
    sa.Column("digest_version", sa.Integer),
    sa.Column("answers", Json),
    sa.Column("given", sa.Text, nullable=False),
    sa.Column("shared", sa.Text),
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
    sa.Column("guide", sa.Text, nullable=False),
    sa.Column("guide_digest", sa.String(64)),
    sa.Column("place", sa.Integer, nullable=False, server_default="0"),
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
    sa.Index("application_own_state", "owner", "state", "application_id"),
    sa.Index("application_unit", "unit", "application_id"),
    sa.Index("application_window", "unit", "state", "application_id"),
)

persons = sa.Table(
    "person",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
    sa.Index("person_of_application", "application_id"),
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

known_licences = sa.Table(
    "licence",
    metadata,
    sa.Column("licence_id", sa.String(36), primary_key=True),
    sa.Column("identifier", sa.String(100), nullable=False, unique=True),
    sa.Column("number", sa.String(60), nullable=False),
    sa.Column("licence_type", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("holder_id", sa.String(100), nullable=False),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("valid_until", sa.Date),
    sa.Column("materials", Json, nullable=False),
    sa.Column("subject", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("licence_of_number", "number"),
)

used_licences = sa.Table(
    "application_licence",
    metadata,
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
    sa.Column("material", sa.String(64), primary_key=True),
    sa.Column("licence_id", sa.String(36), nullable=False),
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

documents = sa.Table(
    "document",
    metadata,
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
    sa.Column("document_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("title", sa.String(100), nullable=False),
    sa.Column("number", sa.String(80), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("task_id", sa.String(36)),
    sa.Column("sealed_at", UtcDateTime, nullable=False),
)

shared = sa.Table(
    "shared",
    metadata,
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

booked = sa.Table(
    "booked",
    metadata,
    sa.Column("application_id", sa.String(36), sa.ForeignKey("application.application_id"), primary_key=True),
    sa.Column("place", sa.String(10), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("how", sa.String(12), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("unit_name", sa.String(100), nullable=False),
    sa.Column("network_name", sa.String(100), nullable=False),
    sa.Column("resource", sa.String(64), nullable=False),
    sa.Column("resource_name", sa.String(100), nullable=False),
    sa.Column("use", sa.String(64), nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("query_id", sa.String(36)),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("outcome", sa.String(12), nullable=False),
    sa.Column("answered_at", UtcDateTime),
)

SEALED = (
    Sealed(applications.c.given, (applications.c.application_id,), applications.c.application_id),
    Sealed(drafts.c.given, (drafts.c.draft_id,), drafts.c.draft_id),
    Sealed(drafts.c.shared, (drafts.c.draft_id,), drafts.c.draft_id),
    Sealed(shared.c.document, (shared.c.application_id,), shared.c.application_id),
)
SECRET = frozenset({"given", "shared", "accept_note"})
BULKY = SECRET | {"guide"}


def brief(columns: Iterable[sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
    """Return the columns that a list or a progress needs: neither the guide nor what is encrypted."""
    return [column for column in columns if getattr(column, "name", "") not in BULKY]


def name_of(unit: sa.ColumnElement[str]) -> sa.ScalarSelect[str]:
    """Return the name that a unit has today; none while the catalogue has not told it."""
    return sa.select(units.c.name).where(units.c.unit_code == unit).scalar_subquery()


NAME_NOW = sa.func.coalesce(name_of(applications.c.unit), applications.c.unit_name)

APPLICATION: list[sa.ColumnElement[Any]] = [
    *(column for column in applications.columns if column.name not in {"unit_name", "guide"}),
    # IS NULL is wrong in RETURNING on SQLite 3.40
    sa.case((sa.func.coalesce(applications.c.guide_digest, "") == "", applications.c.guide)).label("guide"),
    sa.case((applications.c.state == ApplicationState.CLOSED.value, applications.c.unit_name), else_=NAME_NOW).label(
        "unit_name"
    ),
]
"""An application's columns; its unit has today's name until it is closed, then the one it had at the end.

Its guide is read only where the row names none by its digest: the release before wrote it.
"""
GUIDED = [column for column in APPLICATION if getattr(column, "name", "") not in SECRET]


async def unit_names(connection: AsyncConnection, unit_codes: Collection[str]) -> dict[str, str]:
    """Return today's names of those of some units that the catalogue has told."""
    found = await connection.execute(_UNIT_NAMES, {"unit_codes": list(unit_codes)})
    return {row.unit_code: row.name for row in found}


_UNIT_NAMES = sa.select(units.c.unit_code, units.c.name).where(
    units.c.unit_code.in_(sa.bindparam("unit_codes", expanding=True))
)


async def count(connection: AsyncConnection, name: str, at: datetime, by: int = 1) -> int:
    """Count a counter up and return it; its row is locked until the transaction ends, so let that be a short one.

    When it was last counted says when it has had its time.
    """
    row = {"name": name, "value": by, "counted_at": at}
    return int((await connection.execute(_COUNT, row)).scalar_one())


_COUNTING = insert(counters)
_COUNT = _COUNTING.on_conflict_do_update(
    index_elements=["name"],
    set_={"value": counters.c.value + _COUNTING.excluded.value, "counted_at": _COUNTING.excluded.counted_at},
).returning(counters.c.value)


def add_application(work: UnitOfWork, row: Mapping[str, Any], digests: Iterable[str]) -> None:
    """Store a new application, findable by the given digests."""
    work.add(applications, row)
    work.add(persons, *({"digest": one, "application_id": row["application_id"]} for one in sorted(set(digests))))


def _visible(subject: str, unit: str) -> sa.ColumnElement[bool]:
    return applications.c.unit == unit if unit else applications.c.owner == subject


def _seen(columns: Sequence[sa.ColumnElement[Any]]) -> dict[bool, sa.Select[Any]]:
    """Return the queries for an application that the caller may see: his own, or (True) one of his unit's window."""
    query = sa.select(*columns).where(applications.c.application_id == sa.bindparam("wanted"))
    return {
        False: query.where(applications.c.owner == sa.bindparam("by")),
        True: query.where(applications.c.unit == sa.bindparam("by")),
    }


async def find_application(
    connection: AsyncConnection, application_id: str, *, subject: str = "", unit: str = ""
) -> Any | None:
    """Return an application that the caller may see: his own, or one of his unit's window."""
    return await _find(connection, _WHOLE, application_id, subject=subject, unit=unit)


async def find_guided(connection: AsyncConnection, application_id: str, *, subject: str, unit: str) -> Any | None:
    """Return an application with its guide, without what is encrypted, to a caller who may see it."""
    return await _find(connection, _GUIDED, application_id, subject=subject, unit=unit)


_WHOLE, _GUIDED = _seen(APPLICATION), _seen(GUIDED)


async def _find(
    connection: AsyncConnection, queries: Mapping[bool, sa.Select[Any]], application_id: str, *, subject: str, unit: str
) -> Any | None:
    chosen = {"wanted": application_id, "by": unit or subject}
    return (await connection.execute(queries[bool(unit)], chosen)).first()


_FOR_SERVICE = sa.select(*APPLICATION).where(applications.c.application_id == sa.bindparam("wanted"))


async def find_for_service(connection: AsyncConnection, application_id: str) -> Any | None:
    """Return an application to one of our services, whoever's it is; the route says which may ask."""
    return (await connection.execute(_FOR_SERVICE, {"wanted": application_id})).first()


@cache
def _listed(*, of_unit: bool, in_state: bool, of_number: bool, on: bool) -> sa.Select[Any]:
    """Return the query for a page of a window's applications, or of an owner's: the newest first, on before an id."""
    mine = applications.c.unit == sa.bindparam("of_unit") if of_unit else applications.c.owner == sa.bindparam("by")
    query = sa.select(*brief(APPLICATION)).where(mine)
    if in_state:
        query = query.where(applications.c.state == sa.bindparam("in_state"))
    if of_number:
        query = query.where(applications.c.application_number == sa.bindparam("number"))
    if on:
        query = query.where(applications.c.application_id < sa.bindparam("before"))
    return query.order_by(applications.c.application_id.desc()).limit(sa.bindparam("size", type_=sa.Integer))


async def list_applications(  # noqa: PLR0913  one keyword per filter
    connection: AsyncConnection,
    *,
    subject: str,
    unit: str,
    state: ApplicationState | None = None,
    number: str = "",
    after: str = "",
    size: int,
) -> list[Any]:
    """Return a page of the applications that the caller may see, in brief, the newest first.

    Ids are UUIDv7 made with the application, so their order is that of `submitted_at`, without ties.
    """
    query = _listed(of_unit=bool(unit), in_state=state is not None, of_number=bool(number), on=bool(after))
    given = {"of_unit": unit, "by": subject, "in_state": state, "number": number, "before": after, "size": size + 1}
    return list(await connection.execute(query, given))


_COUNTED = sa.select(applications.c.state, sa.func.count()).group_by(applications.c.state)
_COUNTED_OF_UNIT = _COUNTED.where(applications.c.unit == sa.bindparam("of_unit"))
_COUNTED_OWN = _COUNTED.where(applications.c.owner == sa.bindparam("by"))


async def count_by_state(connection: AsyncConnection, *, subject: str, unit: str) -> dict[str, int]:
    """Return how many applications the caller may see, by state; along an index, without their rows."""
    found = await connection.execute(_COUNTED_OF_UNIT if unit else _COUNTED_OWN, {"of_unit": unit, "by": subject})
    return {row[0]: row[1] for row in found}


async def guide_text(connection: AsyncConnection, digest: str) -> str:
    """Return a guide by its digest."""
    return str((await connection.execute(_GUIDE, {"wanted": digest})).scalar_one())


_GUIDE = sa.select(guides.c.document).where(guides.c.digest == sa.bindparam("wanted"))


async def keep_guide(connection: AsyncConnection, digest: str, document: str) -> None:
    """Keep a guide that rows are to name by its digest, once."""
    await connection.execute(_KEEP_GUIDE, {"digest": digest, "document": document})


_KEEP_GUIDE = insert(guides).on_conflict_do_nothing()
