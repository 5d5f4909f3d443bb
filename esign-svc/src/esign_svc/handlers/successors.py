"""Whose work is a clerk's: that of his unit, and that of units which ended and whom it follows."""

from datetime import datetime

from chassis.base import succession
from chassis.base.clock import local
from chassis.http.identity import Kind, Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.store import papers


async def units_of(connection: AsyncConnection, caller: Principal, now: datetime) -> list[str]:
    """Return a clerk's unit and those that ended whose work is its own now; of others than staff none."""
    if caller.kind is not Kind.STAFF:
        return []
    heirs = succession.heirs(await papers.unit_terms(connection), local(now).date())
    return [caller.unit, *(unit for unit, heir in heirs.items() if heir == caller.unit)]


async def does_work_of(connection: AsyncConnection, caller: Principal, unit: str, now: datetime) -> bool:
    """Tell whether a unit's work is the clerk's."""
    return unit == caller.unit or unit in await units_of(connection, caller, now)
