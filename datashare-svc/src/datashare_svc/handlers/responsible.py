"""Whose a dispute is: the applicant's who filed it, and that of the unit that answers for the source."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.base import succession
from chassis.base.clock import local
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.errors import DisputeNotFound, OwnDispute
from datashare_svc.store import learned


def require_own(caller: Principal, row: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a dispute's row to whoever filed it. Raises DisputeNotFound for all others, and where there is none."""
    if row is None or row["applicant_id"] != caller.subject:
        raise DisputeNotFound
    return row


async def does_work_of(connection: AsyncConnection, caller: Principal, unit: str, now: datetime) -> bool:
    """Tell whether a unit's work is the caller's unit's: its own, or that of one that ended and that it follows."""
    if unit == caller.unit:
        return True
    return succession.in_force(await learned.unit_terms(connection), unit, local(now).date()) == caller.unit


async def require_theirs(
    connection: AsyncConnection, caller: Principal, row: Mapping[str, Any] | None, now: datetime
) -> Mapping[str, Any]:
    """Return a dispute's row to the unit that answers it.

    Raises DisputeNotFound for another unit's, and where there is none; OwnDispute where the caller filed it.
    """
    if row is None or not await does_work_of(connection, caller, row["unit"], now):
        raise DisputeNotFound
    if row["applicant_id"] == caller.subject:
        raise OwnDispute
    return row
