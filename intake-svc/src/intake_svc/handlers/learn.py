"""Learning from the catalogue: units, and which version of a matter is in force."""

from datetime import date

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from intake_svc.events import MatterPublished, MatterWithdrawn, UnitPublished
from intake_svc.store.learned import save_matter, save_unit


async def store_matter(work: UnitOfWork, received: Received[MatterPublished]) -> None:
    """Keep which version of a matter is in force; drafts of an older one say so, those of an ended one no longer."""
    await _save(work, received, None)


async def end_matter(work: UnitOfWork, received: Received[MatterWithdrawn]) -> None:
    """Keep from when a matter is no longer offered; its drafts say so."""
    await _save(work, received, received.data.withdrawn_from)


async def _save(
    work: UnitOfWork, received: Received[MatterPublished] | Received[MatterWithdrawn], withdrawn_from: date | None
) -> None:
    code, version = received.data.matter_code, received.data.matter_version
    await save_matter(work.connection, code, received.version, matter_version=version, withdrawn_from=withdrawn_from)


async def store_unit(work: UnitOfWork, received: Received[UnitPublished]) -> None:
    """Keep what is known of a unit now; open applications show its new name at once."""
    await save_unit(work.connection, received.version, received.data.model_dump())
