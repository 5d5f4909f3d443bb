"""Visits to a window as rows, and what an applicant may rate."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.cases import case_files, case_tasks
from evaluation_svc.store.clocks import timers
from evaluation_svc.store.rating_tables import invitations, visits
from evaluation_svc.store.tables import matters

Record = dict[str, Any]
"""A row by column name."""
_UNIT: sa.BindParameter[Any] = sa.bindparam("of_unit")
_WORKS_IN_IT = sa.exists().where(case_tasks.c.application_id == case_files.c.application_id, case_tasks.c.unit == _UNIT)
_CASE_OF_UNIT = sa.select(case_files).where(
    case_files.c.application_number == sa.bindparam("wanted"),
    sa.or_(case_files.c.unit == _UNIT, case_files.c.lead_unit == _UNIT, _WORKS_IN_IT),
)
_ADD = insert(visits).on_conflict_do_nothing()
_TRIPS = sa.select(sa.func.count()).select_from(visits).where(visits.c.application_id == sa.bindparam("wanted"))
_RECENT = (
    sa.select(visits, invitations.c.ended_at)
    .join(invitations, invitations.c.rated_key == visits.c.visit_id)
    .where(
        visits.c.window_code == sa.bindparam("at_window"),
        visits.c.visited_at >= sa.bindparam("since", type_=UtcDateTime),
    )
    .order_by(visits.c.visited_at.desc(), visits.c.visit_id.desc())
    .limit(sa.bindparam("size", type_=sa.Integer))
)


async def find_case_of_unit(connection: AsyncConnection, application_number: str, unit: str) -> Any | None:
    """Return the case of a number if a unit has to do with it; None otherwise."""
    return (await connection.execute(_CASE_OF_UNIT, {"wanted": application_number, "of_unit": unit})).first()


async def add_visit(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Write down a visit; tell whether it is the case's first at its window on its day."""
    return bool((await connection.execute(_ADD, row)).rowcount)


async def trips_in(connection: AsyncConnection, application_id: str) -> int:
    """Return how many visits a case has had."""
    return (await connection.execute(_TRIPS, {"wanted": application_id})).scalar_one()


async def recent_visits(connection: AsyncConnection, window: str, since: datetime, *, size: int) -> list[Any]:
    """Return the visits in cases at a window since a moment, the newest first; `ended_at` of those rated already."""
    return list(await connection.execute(_RECENT, {"at_window": window, "since": since, "size": size}))


@cache
def _list_open(*, on: bool) -> sa.Select[Any]:
    place = sa.tuple_(invitations.c.shown_from, invitations.c.rated_key)
    after = sa.tuple_(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("last", type_=sa.String))
    of_matter = (
        matters.c.matter_code == case_files.c.matter_code,
        matters.c.matter_version == case_files.c.matter_version,
    )
    name = sa.select(matters.c.name).where(*of_matter).scalar_subquery()
    until = (
        sa.select(timers.c.due_at)
        .where(timers.c.kind == sa.bindparam("clock"), timers.c.subject == invitations.c.rated_key)
        .scalar_subquery()
    )
    visited = sa.select(visits.c.unit).where(visits.c.visit_id == invitations.c.visit_id).scalar_subquery()
    return (
        sa.select(
            invitations.c.rated_key,
            invitations.c.application_id,
            invitations.c.visit_id,
            invitations.c.shown_from.label("invited_at"),
            case_files.c.application_number,
            case_files.c.matter_code,
            sa.func.coalesce(name, "").label("matter_name"),
            sa.func.coalesce(visited, case_files.c.lead_unit, case_files.c.unit).label("unit"),
            until.label("until"),
        )
        .join(case_files, case_files.c.application_id == invitations.c.application_id)
        .where(
            invitations.c.applicant_id == sa.bindparam("applicant"),
            sa.literal_column("invitation.ended_at IS NULL"),
            invitations.c.shown_from <= sa.bindparam("now", type_=UtcDateTime),
            *([place > after] if on else []),
        )
        .order_by(invitations.c.shown_from, invitations.c.rated_key)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


async def list_open_invitations(  # noqa: PLR0913  what narrows it
    connection: AsyncConnection,
    *,
    applicant: str,
    clock: str,
    now: datetime,
    after: tuple[datetime, str] | None,
    size: int,
) -> list[Record]:
    """Return a page of what an applicant may rate now, the oldest first."""
    at, last = after or (None, "")
    given = {"applicant": applicant, "clock": clock, "now": now, "at": at, "last": last, "size": size + 1}
    return [dict(row) for row in (await connection.execute(_list_open(on=after is not None), given)).mappings()]
