"""Learning from the catalogue: matters in versions, calendars, and units."""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from workflow_svc.events import CalendarPublished, MatterPublished, UnitPublished
from workflow_svc.store import learned


async def store_definition(work: UnitOfWork, received: Received[MatterPublished]) -> None:
    """Keep a matter's version, and its new words when it is told again; cases under way keep theirs."""
    await learned.save_definition(work.connection, received.version, received.data.model_dump(mode="json"))


async def store_calendar(work: UnitOfWork, received: Received[CalendarPublished]) -> None:
    """Keep a calendar's version; from now on clocks start under it, and those that run are reckoned anew in pages."""
    await learned.save_calendar(work.connection, received.version, received.data.model_dump(mode="json"))


async def store_unit(work: UnitOfWork, received: Received[UnitPublished]) -> None:
    """Keep what is known of a unit now; open work shows its new name at once."""
    await learned.save_unit(work.connection, received.version, received.data.model_dump())
