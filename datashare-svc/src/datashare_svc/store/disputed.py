"""Disputes as rows: filed once, listed by whoever filed and by the unit that answers, ended once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.tables import metadata, networks, resources, units

Record = dict[str, Any]
"""A row by column name."""
disputes = sa.Table(
    "dispute",
    metadata,
    sa.Column("dispute_id", sa.String(36), primary_key=True),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("application_number", sa.String(40), nullable=False),
    sa.Column("applicant_id", sa.String(100), nullable=False),
    sa.Column("resource", sa.String(64), nullable=False),
    sa.Column("network", sa.String(64), nullable=False),
    sa.Column("source_unit", sa.String(8), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("place", sa.String(10), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("query_id", sa.String(36)),
    sa.Column("shared_value", sa.Text, nullable=False),
    sa.Column("claimed_value", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("filed_at", UtcDateTime, nullable=False),
    sa.Column("calendar", sa.Integer, nullable=False),
    sa.Column("due_at", UtcDateTime),
    sa.Column("derivation", Json),
    sa.Column("rank_at", UtcDateTime, nullable=False),
    sa.Column("overdue_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("answered_by", sa.String(100)),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("corrected_value", sa.Text, nullable=False),
    sa.Index("dispute_of_applicant", "applicant_id", "filed_at", "dispute_id"),
    sa.Index("dispute_of_unit", "unit", "state", "rank_at", "dispute_id"),
)
"""`unit` answers: the source unit, or at the filing its successor. `calendar` is the version under which `due_at` was
reckoned, 0 while none had come; `rank_at` is the due time, or the filing while there is none; `overdue_at` is when it
was told that the due time is past."""
OPEN = disputes.c.state == sa.literal_column("'open'")
UNTOLD = sa.and_(OPEN, disputes.c.overdue_at.is_(None))
"""Written out, so that both databases know the indexes."""
sa.Index("dispute_to_reckon", disputes.c.calendar, postgresql_where=UNTOLD, sqlite_where=UNTOLD)
sa.Index("dispute_to_tell", disputes.c.due_at, postgresql_where=UNTOLD, sqlite_where=UNTOLD)
SEALED = tuple(
    Sealed(disputes.c[name], (disputes.c.dispute_id,), disputes.c.dispute_id)
    for name in ("shared_value", "claimed_value", "reason", "answer", "corrected_value")
)

_SIZE = sa.bindparam("size", type_=sa.Integer)
_OF_ID = disputes.c.dispute_id == sa.bindparam("of_dispute")
_NAMES = (
    (units, units.c.unit_code == disputes.c.unit, "unit_name"),
    (resources, resources.c.resource == disputes.c.resource, "resource_name"),
    (networks, networks.c.network == disputes.c.network, "network_name"),
)
_SHOWN = sa.select(
    disputes,
    *(
        sa.func.coalesce(sa.select(table.c.name).where(same).scalar_subquery(), "").label(name)
        for table, same, name in _NAMES
    ),
)
_FILE = insert(disputes).on_conflict_do_nothing(index_elements=["dispute_id"]).returning(disputes.c.dispute_id)
_FIND = _SHOWN.where(_OF_ID)
_LOCK = sa.select(disputes).where(_OF_ID).with_for_update()
_CHANGE = disputes.update().where(_OF_ID)
_END = disputes.update().where(_OF_ID, OPEN)


async def add_dispute(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """File a dispute; tell whether it is new: one of its id that is there stays as it is."""
    return (await connection.execute(_FILE, row)).scalar() is not None


async def find_dispute(connection: AsyncConnection, dispute_id: str) -> Record | None:
    """Return a dispute with the names of its unit, resource and network."""
    return _record((await connection.execute(_FIND, {"of_dispute": dispute_id})).first())


async def lock_dispute(connection: AsyncConnection, dispute_id: str) -> Record | None:
    """Return a dispute, held until the transaction ends."""
    return _record((await connection.execute(_LOCK, {"of_dispute": dispute_id})).first())


async def change_dispute(connection: AsyncConnection, dispute_id: str, values: Mapping[str, Any]) -> None:
    """Write a dispute that this transaction holds."""
    await connection.execute(_CHANGE, {"of_dispute": dispute_id, **values})


async def end_dispute(connection: AsyncConnection, dispute_id: str, values: Mapping[str, Any]) -> bool:
    """End a dispute that is still open; tell whether it was."""
    return bool((await connection.execute(_END, {"of_dispute": dispute_id, **values})).rowcount)


@cache
def _own(*, on: bool) -> sa.Select[Any]:
    place = sa.tuple_(disputes.c.filed_at, disputes.c.dispute_id)
    before = sa.tuple_(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("before", type_=sa.String))
    wanted = [disputes.c.applicant_id == sa.bindparam("applicant"), *([place < before] if on else [])]
    order = (disputes.c.filed_at.desc(), disputes.c.dispute_id.desc())
    return _SHOWN.where(*wanted).order_by(*order).limit(_SIZE)


async def list_own(
    connection: AsyncConnection, *, applicant: str, after: tuple[datetime, str] | None, size: int
) -> list[Record]:
    """Return a page of an applicant's disputes, the newest first."""
    at, before = after or (None, "")
    given = {"applicant": applicant, "at": at, "before": before, "size": size + 1}
    return [dict(row) for row in (await connection.execute(_own(on=after is not None), given)).mappings()]


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """Which of a unit's disputes are asked for."""

    unit: str
    state: str
    overdue: bool = False


@cache
def _of_unit(*, overdue: bool, on: bool) -> sa.Select[Any]:
    now = sa.bindparam("now", type_=UtcDateTime)
    wanted = [disputes.c.unit == sa.bindparam("of_unit"), disputes.c.state == sa.bindparam("in_state")]
    if overdue:
        wanted += [disputes.c.rank_at < now, disputes.c.due_at < sa.func.coalesce(disputes.c.ended_at, now)]
    if on:
        place = sa.tuple_(disputes.c.rank_at, disputes.c.dispute_id)
        wanted.append(place > sa.tuple_(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("last", type_=sa.String)))
    return _SHOWN.where(*wanted).order_by(disputes.c.rank_at, disputes.c.dispute_id).limit(_SIZE)


async def list_of_unit(
    connection: AsyncConnection, wanted: DisputeFilter, *, now: datetime, after: tuple[datetime, str] | None, size: int
) -> list[Record]:
    """Return a page of the disputes in a unit's inbox, the one that is due first at the top."""
    at, last = after or (None, "")
    given = {"of_unit": wanted.unit, "in_state": wanted.state, "now": now, "at": at, "last": last, "size": size + 1}
    query = _of_unit(overdue=wanted.overdue, on=after is not None)
    return [dict(row) for row in (await connection.execute(query, given)).mappings()]


_BEHIND = (UNTOLD, disputes.c.calendar < sa.bindparam("calendar", type_=sa.Integer))
_ANY_BEHIND = sa.select(disputes.c.dispute_id).where(*_BEHIND).limit(1)
_LOCK_BEHIND = sa.select(disputes).where(*_BEHIND).limit(_SIZE).with_for_update(skip_locked=True)
_PAST = (UNTOLD, disputes.c.due_at < sa.bindparam("now", type_=UtcDateTime))
_ANY_PAST = sa.select(disputes.c.dispute_id).where(*_PAST).limit(1)
_LOCK_PAST = sa.select(disputes).where(*_PAST).limit(_SIZE).with_for_update(skip_locked=True)


async def any_behind(connection: AsyncConnection, calendar: int) -> bool:
    """Tell whether an open dispute's due time was reckoned under an older calendar, or under none."""
    return (await connection.execute(_ANY_BEHIND, {"calendar": calendar})).first() is not None


async def lock_behind(connection: AsyncConnection, calendar: int, *, size: int) -> list[Record]:
    """Return some such disputes, held until the transaction ends, none that another transaction holds."""
    return [
        dict(row) for row in (await connection.execute(_LOCK_BEHIND, {"calendar": calendar, "size": size})).mappings()
    ]


async def any_past(connection: AsyncConnection, now: datetime) -> bool:
    """Tell whether an open dispute's due time is past and nobody was told."""
    return (await connection.execute(_ANY_PAST, {"now": now})).first() is not None


async def lock_past(connection: AsyncConnection, now: datetime, *, size: int) -> list[Record]:
    """Return some such disputes, held until the transaction ends, none that another transaction holds."""
    return [dict(row) for row in (await connection.execute(_LOCK_PAST, {"now": now, "size": size})).mappings()]


def _record(row: Any | None) -> Record | None:
    return None if row is None else dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it
