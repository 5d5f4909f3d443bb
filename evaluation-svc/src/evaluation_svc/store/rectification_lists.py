"""Rectifications as units, 市政务办, raters and everybody see them: never to a rated person, always in pages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.clocks import timers
from evaluation_svc.store.rectifications import Record, kept_from, published, rectifications
from evaluation_svc.store.tables import matters, units

CLOCK_KIND = "rectification."
"""What the names of the loop's clocks begin with."""
_SIZE = sa.bindparam("size", type_=sa.Integer)


def _unit_name(code: sa.ColumnElement[str]) -> sa.Label[str]:
    found = sa.select(units.c.name).where(units.c.unit_code == code).scalar_subquery()
    return sa.func.coalesce(found, code).label("unit_name")


def _matter_name(code: sa.ColumnElement[str]) -> sa.Label[str]:
    found = sa.select(sa.func.max(matters.c.name)).where(matters.c.matter_code == code).scalar_subquery()
    return sa.func.coalesce(found, code).label("matter_name")


_C = rectifications.c
_KIND = sa.literal_column(f"'{CLOCK_KIND}'", sa.String) + _C.clock
_TIMER = sa.and_(timers.c.kind == _KIND, timers.c.subject == _C.rectification_id)
_SHOWN = sa.select(
    rectifications, _unit_name(_C.unit), _matter_name(_C.matter_code), timers.c.due_at, timers.c.derivation
).select_from(rectifications.outerjoin(timers, _TIMER))
_NOT_RATED = ~sa.exists().where(
    kept_from.c.rectification_id == _C.rectification_id, kept_from.c.person == sa.bindparam("person")
)
_NOT_RATER = _C.rater_id != sa.bindparam("person")
_ID = _C.rectification_id == sa.bindparam("of_rectification")
_SEEN = sa.or_(_C.unit.in_(sa.bindparam("of_units", expanding=True)), sa.bindparam("sees_all", type_=sa.Boolean))
_FOR_STAFF = _SHOWN.where(_ID, _NOT_RATED, _NOT_RATER, _SEEN)
_ONE = _SHOWN.where(_ID)


async def find_for_staff(
    connection: AsyncConnection, rectification_id: str, *, person: str, of_units: Collection[str], sees_all: bool
) -> Record | None:
    """Return a rectification of one of these units, or of any where all are seen; none to a person rated in it."""
    given = {
        "of_rectification": rectification_id,
        "person": person,
        "of_units": sorted(of_units),
        "sees_all": sees_all,
    }
    row = (await connection.execute(_FOR_STAFF, given)).mappings().first()
    return None if row is None else dict(row)


async def find_rectification(connection: AsyncConnection, rectification_id: str) -> Record | None:
    """Return a rectification with its names and the due time of its clock, whoever asks."""
    row = (await connection.execute(_ONE, {"of_rectification": rectification_id})).mappings().first()
    return None if row is None else dict(row)


Place = tuple[int, datetime, str]


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which rectifications are asked for; an empty unit or state is any."""

    unit: str = ""
    state: str = ""
    overdue: bool = False


@cache
def _inbox(*, of_unit: bool, in_state: bool, overdue: bool, on: bool) -> sa.Select[Any]:
    wanted: list[sa.ColumnElement[bool]] = [_NOT_RATED, _NOT_RATER]
    if of_unit:
        wanted.append(_C.unit == sa.bindparam("of_unit"))
    if in_state:
        wanted.append(_C.state == sa.bindparam("in_state"))
    if overdue:
        wanted.append(_C.rank == sa.literal_column("0"))
    place: tuple[sa.Column[Any], ...] = (_C.opened_at, _C.rectification_id)
    last: tuple[sa.BindParameter[Any], ...] = (
        sa.bindparam("at", type_=UtcDateTime),
        sa.bindparam("last", type_=sa.String),
    )
    if not overdue:
        place, last = (_C.rank, *place), (sa.bindparam("rank_of", type_=sa.Integer), *last)
    if on:
        wanted.append(sa.tuple_(*place) > sa.tuple_(*last))
    return _SHOWN.where(*wanted).order_by(*place).limit(_SIZE)


async def list_inbox(
    connection: AsyncConnection, wanted: InboxFilter, *, person: str, after: Place | None, size: int
) -> list[Record]:
    """Return a page of rectifications: overdue ones first, then near ones, then the oldest."""
    rank, at, last = after or (0, None, "")
    given = {
        "person": person,
        "of_unit": wanted.unit,
        "in_state": wanted.state,
        "rank_of": rank,
        "at": at,
        "last": last,
        "size": size + 1,
    }
    query = _inbox(of_unit=bool(wanted.unit), in_state=bool(wanted.state), overdue=wanted.overdue, on=after is not None)
    return [dict(row) for row in (await connection.execute(query, given)).mappings()]


@cache
def _own(*, on: bool) -> sa.Select[Any]:
    place = sa.tuple_(_C.opened_at, _C.rectification_id)
    wanted = [_C.rater_id == sa.bindparam("rater")]
    if on:
        wanted.append(place < sa.tuple_(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("last", type_=sa.String)))
    order = (_C.opened_at.desc(), _C.rectification_id.desc())
    return _SHOWN.where(*wanted).order_by(*order).limit(_SIZE)


async def list_own(
    connection: AsyncConnection, *, rater: str, after: tuple[datetime, str] | None, size: int
) -> list[Record]:
    """Return a page of what became of a rater's bad ratings, the newest first."""
    at, last = after or (None, "")
    given = {"rater": rater, "at": at, "last": last, "size": size + 1}
    return [dict(row) for row in (await connection.execute(_own(on=after is not None), given)).mappings()]


@cache
def _public(*, of_unit: bool, on: bool) -> sa.Select[Any]:
    columns = published.c
    wanted: list[sa.ColumnElement[bool]] = [columns.month.is_not(None)]
    if of_unit:
        wanted.append(columns.unit == sa.bindparam("of_unit"))
    place = sa.tuple_(columns.month, columns.publication_id)
    if on:
        wanted.append(
            place < sa.tuple_(sa.bindparam("in_month", type_=sa.String), sa.bindparam("last", type_=sa.String))
        )
    shown = sa.select(published, _unit_name(columns.unit), _matter_name(columns.matter_code))
    return shown.where(*wanted).order_by(columns.month.desc(), columns.publication_id.desc()).limit(_SIZE)


async def list_published(
    connection: AsyncConnection, *, unit: str, after: tuple[str, str] | None, size: int
) -> list[Record]:
    """Return a page of what is public, the newest month first; within a month the order tells nothing."""
    month, last = after or ("", "")
    given = {"of_unit": unit, "in_month": month, "last": last, "size": size + 1}
    query = _public(of_unit=bool(unit), on=after is not None)
    return [dict(row) for row in (await connection.execute(query, given)).mappings()]
