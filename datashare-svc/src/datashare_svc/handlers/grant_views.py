"""Reading requests for grants and grants: the caller's unit's, as asker or as provider; the authority sees all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, moment_in, page
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.errors import GrantNotFound, GrantRequestNotFound
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.stewardship import MANAGER, units_of
from datashare_svc.schemas.grants import (
    GrantClockView,
    GrantLineView,
    GrantRequestSummary,
    GrantRequestView,
    GrantStepView,
    GrantView,
)
from datashare_svc.store import grant_requests, grant_timers, grants
from datashare_svc.store.grant_requests import RequestFilter
from datashare_svc.store.grants import GrantFilter

Row = Mapping[str, Any]
SUMMARY = tuple(name for name in GrantRequestSummary.model_fields if name != "is_overdue")
GRANT = tuple(name for name in GrantView.model_fields if name not in {"is_in_force", "as_of"})


def may_see(caller: Principal, units: frozenset[str], row: Row) -> bool:
    """Tell whether a request or a grant is the caller's to see."""
    return MANAGER in caller.roles or not units.isdisjoint({row["unit"], row["provider"]})


async def unit_asked_for(connection: AsyncConnection, caller: Principal, unit: str, now: datetime) -> str | None:
    """Return whose list a caller is shown: an empty text is all units', None a unit's whose work is not his."""
    if MANAGER in caller.roles:
        return unit
    if not unit or unit == caller.unit:
        return caller.unit
    return unit if unit in await units_of(connection, caller, now) else None


def _summary(row: Row, now: datetime) -> dict[str, Any]:
    is_overdue = row["due_at"] is not None and row["due_at"] <= now
    return {**{name: row[name] for name in SUMMARY}, "is_overdue": is_overdue}


async def request_view(connection: AsyncConnection, row: Row, now: datetime) -> GrantRequestView:
    """Return a request that is shown with its lines, clocks and steps."""
    request_id = row["request_id"]
    timers = await grant_timers.timers_of(connection, request_id)
    steps = await grant_requests.steps_of(connection, request_id)
    return GrantRequestView(
        **_summary(row, now),
        lines=[GrantLineView(**line) for line in row["lines"]],
        clocks=[
            GrantClockView(
                **{name: one[name] for name in ("clock", "working_days", "started_at", "due_at", "ended_at", "status")},
                has_run_out=one["fired_at"] is not None,
            )
            for one in timers
        ],
        steps=[
            GrantStepView(by=one["actor"], **{name: one[name] for name in GrantStepView.model_fields if name != "by"})
            for one in steps
        ],
        grant_id=row["grant_id"],
    )


async def show_own_request(connection: AsyncConnection, request_id: str, now: datetime) -> GrantRequestView:
    """Return a request that was just changed. Raises GrantRequestNotFound."""
    row = await grant_requests.show_request(connection, request_id)
    if row is None:
        raise GrantRequestNotFound(request_id)
    return await request_view(connection, row, now)


async def show_grant_request(datashare: Datashare, caller: Principal, request_id: str) -> GrantRequestView:
    """Return a request. Raises GrantRequestNotFound, for another unit's too."""
    now = datashare.clock.now()
    async with datashare.database.reading() as connection:
        row = await grant_requests.show_request(connection, request_id)
        if row is None or not may_see(caller, await units_of(connection, caller, now), row):
            raise GrantRequestNotFound(request_id)
        return await request_view(connection, row, now)


async def list_grant_requests(
    datashare: Datashare, caller: Principal, wanted: RequestFilter, *, after: str, size: int
) -> Page[GrantRequestSummary]:
    """Return a page of requests: the newest first, overdue ones the earliest due first. Raises Malformed."""
    now, last = datashare.clock.now(), _place(after, by_due=wanted.is_overdue)
    async with datashare.database.reading() as connection:
        unit = await unit_asked_for(connection, caller, wanted.unit, now)
        if unit is None:
            return Page(items=[], next=None)
        mine = RequestFilter(unit, wanted.as_provider, wanted.state, wanted.is_overdue)
        rows = await grant_requests.list_requests(connection, mine, now=now, after=last, size=size)
    views = [GrantRequestSummary(**_summary(row, now)) for row in rows]

    def key(view: GrantRequestSummary) -> tuple[str, ...]:
        due_at = (view.due_at.isoformat(),) if wanted.is_overdue and view.due_at else ()
        return (*due_at, view.request_id)

    return page(views, size, key=key)


def _place(after: str, *, by_due: bool) -> tuple[datetime | None, str] | None:
    if not after:
        return None
    if not by_due:
        return None, id_in(*decode_cursor(after, str))
    due_at, request_id = decode_cursor(after, str, str)
    return moment_in(due_at), id_in(request_id)


def grant_view(row: Row, now: datetime) -> GrantView:
    """Return a grant as it is at a moment."""
    is_in_force = row["ended_at"] is None and (row["until"] is None or row["until"] > now)
    return GrantView(**{name: row[name] for name in GRANT}, is_in_force=is_in_force, as_of=now)


async def show_grant(datashare: Datashare, caller: Principal, grant_id: str) -> GrantView:
    """Return a grant. Raises GrantNotFound, for another unit's too."""
    now = datashare.clock.now()
    async with datashare.database.reading() as connection:
        row = await grants.show_grant(connection, grant_id)
        if row is None or not may_see(caller, await units_of(connection, caller, now), row):
            raise GrantNotFound(grant_id)
    return grant_view(row, now)


async def list_grants(
    datashare: Datashare, caller: Principal, wanted: GrantFilter, *, after: str, size: int
) -> Page[GrantView]:
    """Return a page of grants, the newest first. Raises Malformed."""
    now = datashare.clock.now()
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with datashare.database.reading() as connection:
        unit = await unit_asked_for(connection, caller, wanted.unit, now)
        if unit is None:
            return Page(items=[], next=None)
        mine = GrantFilter(unit, wanted.as_provider, wanted.resource, wanted.grantee, wanted.in_force)
        rows = await grants.list_grants(connection, mine, now=now, after=last, size=size)
    return page([grant_view(row, now) for row in rows], size, key=lambda view: (view.grant_id,))
