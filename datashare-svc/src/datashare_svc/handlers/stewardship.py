"""Whose data and whose requests are a steward's: those of his unit, and of units that ended and whom it follows."""

from datetime import datetime

from chassis.base import succession
from chassis.base.clock import local
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store import learned

MANAGER = "data_manager"
"""The role of the sharing authority (数据共享主管部门)."""


async def units_of(connection: AsyncConnection, caller: Principal, now: datetime) -> frozenset[str]:
    """Return a caller's unit and those that ended whose work is its own now."""
    heirs = succession.heirs(await learned.unit_terms(connection), local(now).date())
    return frozenset({caller.unit, *(unit for unit, heir in heirs.items() if heir == caller.unit)})
