"""Learning which materials the networks serve: the guide promises no other."""

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from catalog_svc.events import SharingChanged
from catalog_svc.store import serving

DATASHARE = "datashare"


async def store_served(work: UnitOfWork, received: Received[SharingChanged]) -> None:
    """Keep what is served of a matter now; its audit row makes another edition, so that no kept answer outlives it."""
    told = received.data
    if await serving.keep_served(work.connection, told.matter_code, received.version, told.served):
        details = {"version": received.version, "served": sorted(told.served)}
        await audit.record(work, actor=DATASHARE, action="served.told", subject=told.matter_code, details=details)
