"""Whose work is a member of staff's: that of the own unit, and that of units which ended and whom it follows."""

from datetime import datetime

from chassis.base import succession
from chassis.base.clock import local
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.letters import AUTHORITY, OFFICER
from evaluation_svc.errors import NotAuthority
from evaluation_svc.store import learned


async def units_of(connection: AsyncConnection, caller: Principal, now: datetime) -> list[str]:
    """Return the caller's unit and those that ended whose work is its own now."""
    heirs = succession.heirs(await learned.unit_terms(connection), local(now).date())
    return [caller.unit, *(unit for unit, heir in heirs.items() if heir == caller.unit)]


def leads(caller: Principal) -> bool:
    """Tell whether the caller manages evaluation at the authority, and so sees that of all units."""
    return caller.unit == AUTHORITY and OFFICER in caller.roles


def require_lead(caller: Principal) -> None:
    """Raise NotAuthority for everybody else."""
    if not leads(caller):
        raise NotAuthority
