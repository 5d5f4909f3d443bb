"""Learning from esign which licences there are and in what state, so that one can be offered as material."""

from datetime import date
from typing import Any

from chassis.base.shapes import LONG_TERM
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from intake_svc.errors import LicenceUnknown
from intake_svc.events import LicenceIssued, OfLicence
from intake_svc.store import licences

KEPT = ("licence_id", "identifier", "number", "licence_type", "name", "holder_id", "application_id", "state")


async def store_licence(work: UnitOfWork, received: Received[LicenceIssued]) -> None:
    """Keep a licence that was issued; nothing of its holder but the caller's id."""
    told = received.data
    row: dict[str, Any] = {name: getattr(told, name) for name in KEPT}
    row |= {"valid_until": _until(told.valid_until), "materials": told.materials, "subject": told.subject}
    await licences.save_licence(work.connection, {**row, "version": received.version})


async def follow_licence(work: UnitOfWork, received: Received[Any]) -> None:
    """Keep a licence's state as it was told last. Raises LicenceUnknown."""
    told: OfLicence = received.data
    values = {"state": told.state, "valid_until": _until(told.valid_until), "version": received.version}
    if not await licences.change_licence(work.connection, told.licence_id, values):
        raise LicenceUnknown(told.licence_id)


def _until(told: str) -> date | None:
    return None if told == LONG_TERM else date.fromisoformat(told)
