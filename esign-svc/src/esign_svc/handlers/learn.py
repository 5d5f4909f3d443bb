"""Learning from the catalogue: units."""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from esign_svc.events import UnitPublished
from esign_svc.store import learned


async def store_unit(work: UnitOfWork, received: Received[UnitPublished]) -> None:
    """Keep what is known of a unit now; papers are made with its name of the day."""
    await learned.save_unit(work.connection, received.version, received.data.model_dump())
