"""Learning from the catalogue: units, and which version of a matter is in force."""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from intake_svc import store
from intake_svc.events import MatterPublished, MatterWithdrawn, UnitPublished


async def store_matter(work: UnitOfWork, received: Received[MatterPublished]) -> None:
    """Keep which version of a matter is the newest; drafts of an older one say so."""
    await store.save_matter(work.connection, received.data.matter_code, received.data.matter_version)


async def end_matter(work: UnitOfWork, received: Received[MatterWithdrawn]) -> None:
    """Keep from when a matter is no longer offered; its drafts say so."""
    told = received.data
    await store.save_matter(work.connection, told.matter_code, told.matter_version, told.withdrawn_from)


async def store_unit(work: UnitOfWork, received: Received[UnitPublished]) -> None:
    """Keep what is known of a unit now; open applications show its new name at once."""
    await store.save_unit(work.connection, received.version, received.data.model_dump())
