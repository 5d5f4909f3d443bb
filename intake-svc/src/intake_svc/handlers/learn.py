"""Learning from the catalogue: units."""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from intake_svc import store
from intake_svc.events import UnitPublished


async def store_unit(work: UnitOfWork, received: Received[UnitPublished]) -> None:
    """Keep what is known of a unit now; open applications show its new name at once."""
    await store.save_unit(work.connection, received.version, received.data.model_dump())
