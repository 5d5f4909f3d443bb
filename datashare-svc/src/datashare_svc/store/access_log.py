"""Who asked for whose data (留痕): a row for each query, written before a network is asked and ended by its outcome.

What was shared out lately is counted along the same rows' indexes, so that no counter can say otherwise than the log.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.answering import AccessState
from datashare_svc.store.tables import metadata

accesses = sa.Table(
    "access",
    metadata,
    sa.Column("query_id", sa.String(36), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("person_id", sa.String(36), nullable=False),
    sa.Column("resource", sa.String(64), nullable=False),
    sa.Column("network", sa.String(64), nullable=False),
    sa.Column("provider", sa.String(8), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("officer", sa.String(100), nullable=False),
    sa.Column("officer_kind", sa.String(10), nullable=False),
    sa.Column("purpose", sa.String(12), nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("case_id", sa.String(36), nullable=False),
    sa.Column("is_draft", sa.Boolean, nullable=False),
    sa.Column("application_number", sa.String(40), nullable=False),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("depth", sa.String(8), nullable=False),
    sa.Column("is_unmasked", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("is_cached", sa.Boolean, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("answer_sha256", sa.String(64), nullable=False),
    sa.Column("salt", sa.String(300), nullable=False),
    sa.Index("access_by_person", "person_id", "at", "query_id"),
    sa.Index("access_by_case", "case_id", "at", "query_id"),
    sa.Index("access_by_officer", "officer", "at"),
    sa.Index("access_by_network", "network", "at"),
)
"""`provider` is the unit of the resource, `unit` the one that uses the answer; `case_id` an application or a draft.

`answer_sha256` is taken over the answer with a salt, which is kept encrypted: the digest alone tells nothing.
"""

SEALED = (Sealed(accesses.c.salt, (accesses.c.query_id,), accesses.c.query_id),)

_END = (
    accesses.update()
    .where(accesses.c.query_id == sa.bindparam("wanted"))
    .values({name: sa.bindparam(f"to_{name}") for name in ("state", "is_cached", "ended_at", "answer_sha256", "salt")})
)


def add_access(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write down a query that is about to be made."""
    work.add(accesses, {**row, "is_cached": False, "ended_at": None, "answer_sha256": "", "salt": ""})


async def end_access(connection: AsyncConnection, query_id: str, **outcome: Any) -> None:
    """Write down what came of a query."""
    await connection.execute(_END, {"wanted": query_id, **{f"to_{name}": value for name, value in outcome.items()}})


_OUT: sa.ColumnElement[str] = sa.literal_column(f"'{AccessState.OUT.value}'")


def _spent(column: sa.Column[Any], name: str, *more: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the query how many rows of one there are since a moment, and when the oldest of them was.

    What a network did not answer is not spent: it is asked again on and on, and must not leave her without a quota.
    """
    since = (column == sa.bindparam(name), accesses.c.at > sa.bindparam(f"{name}_since"), accesses.c.state != _OUT)
    columns: list[sa.ColumnElement[Any]] = [
        sa.literal_column(f"'{name}'").label("name"),
        sa.func.count(),
        sa.func.min(accesses.c.at),
    ]
    return sa.select(*columns).where(*since, *more)


_BY_STAFF: sa.ColumnElement[bool] = accesses.c.officer_kind == sa.literal_column("'STAFF'")
_SPENT = sa.union_all(
    _spent(accesses.c.officer, "officer"),
    _spent(accesses.c.case_id, "case"),
    _spent(accesses.c.person_id, "person", sa.bindparam("by_staff", type_=sa.Boolean) == _BY_STAFF),
)


async def spent(
    connection: AsyncConnection, whose: Mapping[str, str], since: Mapping[str, datetime], *, by_staff: bool
) -> dict[str, tuple[int, datetime | None]]:
    """Return of an officer, a case and a person how many queries each had since a moment, and when the oldest was.

    Of a person those by officials are counted apart from all others: no applicant spends what officials may ask.
    """
    named = {**whose, "by_staff": by_staff, **{f"{name}_since": moment for name, moment in since.items()}}
    return {name: (count, oldest) for name, count, oldest in await connection.execute(_SPENT, named)}


async def list_accesses(  # noqa: PLR0913  one keyword per filter
    connection: AsyncConnection,
    *,
    persons: Sequence[str] = (),
    cases: Sequence[str] = (),
    unit: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    size: int,
) -> list[Any]:
    """Return a page of the queries about persons, or in cases: the newest first, on before a row; one more than that.

    `until` is the first moment that is not wanted any more.
    """
    query = sa.select(*SHOWN)
    if persons:
        query = query.where(accesses.c.person_id.in_(persons))
    if cases:
        query = query.where(accesses.c.case_id.in_(cases))
    if unit:
        query = query.where(accesses.c.unit == unit)
    if since is not None:
        query = query.where(accesses.c.at >= since)
    if until is not None:
        query = query.where(accesses.c.at < until)
    if before is not None:
        at, query_id = before
        later = sa.or_(accesses.c.at < at, accesses.c.query_id < query_id)
        query = query.where(accesses.c.at <= at, later)
    query = query.order_by(accesses.c.at.desc(), accesses.c.query_id.desc())
    return list(await connection.execute(query.limit(size + 1)))


SHOWN = [column for column in accesses.columns if column.name != "salt"]
