"""Requests for grants as rows: taken once, changed under their lock, listed; with their steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.grants import UNDECIDED
from datashare_svc.store.grant_tables import granted, request_steps, requested
from datashare_svc.store.tables import resources, units

Record = dict[str, Any]
"""A row by column name."""
_NOW = sa.bindparam("now", type_=UtcDateTime)
_SIZE = sa.bindparam("size", type_=sa.Integer)
_TAKE = insert(requested).on_conflict_do_nothing(index_elements=["origin"]).returning(requested.c.request_id)
_OF_ID = requested.c.request_id == sa.bindparam("of_request")
_LOCK = sa.select(requested).where(_OF_ID).with_for_update()
_SAVE = requested.update().where(_OF_ID, requested.c.version == sa.bindparam("seen"))
_OF_ORIGIN = sa.select(requested.c.request_id).where(requested.c.origin == sa.bindparam("of_origin"))


async def take_request(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Add a request; tell whether none of its origin was there."""
    return (await connection.execute(_TAKE, row)).first() is not None


async def request_of(connection: AsyncConnection, origin: str) -> str | None:
    """Return the id of the request of an origin."""
    return (await connection.execute(_OF_ORIGIN, {"of_origin": origin})).scalar()


async def lock_request(connection: AsyncConnection, request_id: str) -> Record | None:
    """Return a request, held until the transaction ends."""
    row = (await connection.execute(_LOCK, {"of_request": request_id})).mappings().first()
    return None if row is None else dict(row)


async def save_request(connection: AsyncConnection, request_id: str, seen: int, changed: Mapping[str, Any]) -> bool:
    """Write what changed of a request whose version was seen; tell whether it was still that."""
    return bool((await connection.execute(_SAVE, {"of_request": request_id, "seen": seen, **changed})).rowcount)


def _name(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    found = sa.select(units.c.name).where(units.c.unit_code == column).scalar_subquery()
    return sa.func.coalesce(found, "")


_SHOWN = (
    sa.select(
        *requested.columns,
        resources.c.name.label("resource_name"),
        _name(requested.c.unit).label("unit_name"),
        _name(requested.c.provider).label("provider_name"),
        granted.c.grant_id,
    )
    .join(resources, resources.c.resource == requested.c.resource)
    .outerjoin(granted, granted.c.grant_id == requested.c.request_id)
)
_ONE = _SHOWN.where(_OF_ID)
_OF_STEPS = request_steps.c.request_id == sa.bindparam("of_request")
_STEPS = sa.select(request_steps).where(_OF_STEPS).order_by(request_steps.c.number)


async def show_request(connection: AsyncConnection, request_id: str) -> Record | None:
    """Return a request with the names of what it is about, and the id of its grant if it has one."""
    row = (await connection.execute(_ONE, {"of_request": request_id})).mappings().first()
    return None if row is None else dict(row)


async def steps_of(connection: AsyncConnection, request_id: str) -> list[Record]:
    """Return what was done to a request, in order."""
    return [dict(row) for row in (await connection.execute(_STEPS, {"of_request": request_id})).mappings()]


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests are asked for: of all units, or of one as asker or as provider; an empty text asks for all."""

    unit: str = ""
    as_provider: bool = True
    state: str = ""
    is_overdue: bool = False


@cache
def _listed(*, column: sa.Column[Any] | None, in_state: bool, is_overdue: bool, on: bool) -> sa.Select[Any]:
    wanted: list[sa.ColumnElement[bool]] = [] if column is None else [column == sa.bindparam("of_unit")]
    wanted += [requested.c.state == sa.bindparam("in_state")] if in_state else []
    if is_overdue:
        place = sa.tuple_(requested.c.due_at, requested.c.request_id)
        last = sa.tuple_(sa.bindparam("after_due", type_=UtcDateTime), sa.bindparam("after_id"))
        wanted += [requested.c.due_at <= _NOW, *([place > last] if on else [])]
        return _SHOWN.where(*wanted).order_by(requested.c.due_at, requested.c.request_id).limit(_SIZE)
    wanted += [requested.c.request_id < sa.bindparam("after_id")] if on else []
    return _SHOWN.where(*wanted).order_by(requested.c.request_id.desc()).limit(_SIZE)


async def list_requests(
    connection: AsyncConnection,
    wanted: RequestFilter,
    *,
    now: datetime,
    after: tuple[datetime | None, str] | None,
    size: int,
) -> list[Record]:
    """Return a page of requests: the newest first, or of those whose clock has run out the earliest due first.

    `after` is the last row's due time, which counts among those alone, and its id.
    """
    side = requested.c.provider if wanted.as_provider else requested.c.unit
    query = _listed(
        column=side if wanted.unit else None,
        in_state=bool(wanted.state),
        is_overdue=wanted.is_overdue,
        on=after is not None,
    )
    after_due, after_id = after or (None, "")
    given = {"of_unit": wanted.unit, "in_state": wanted.state, "now": now, "after_due": after_due, "after_id": after_id}
    return [dict(row) for row in (await connection.execute(query, {**given, "size": size + 1})).mappings()]


_FROM_PACK = (
    sa.select(requested.c.request_id)
    .where(
        requested.c.origin.like("pack:%"),
        requested.c.state.in_(sorted(state.value for state in UNDECIDED)),
    )
    .order_by(requested.c.request_id)
)


async def undecided_of_pack(connection: AsyncConnection) -> list[str]:
    """Return the ids of the city pack's requests that wait for a decision, in order."""
    return list((await connection.execute(_FROM_PACK)).scalars())
