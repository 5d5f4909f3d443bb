"""Learning from the catalogue: units, matters in versions, calendars."""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from evaluation_svc.events.read import CalendarPublished, MatterPublished, UnitPublished
from evaluation_svc.handlers.journal import About, note
from evaluation_svc.store import learned

OF_MATTER = frozenset({"matter_code", "matter_version", "name", "lead_unit"})


async def store_unit(work: UnitOfWork, received: Received[UnitPublished]) -> None:
    """Keep what is known of a unit now."""
    await learned.save_unit(work.connection, received.version, received.data.model_dump())


async def store_matter(work: UnitOfWork, received: Received[MatterPublished]) -> None:
    """Keep a matter's version with its tasks, items and units."""
    matter = received.data
    note(work, received, About.MATTER, matter.matter_code, only=OF_MATTER)
    row = matter.model_dump(include=set(OF_MATTER))
    tasks = [{word: task[word] for word in ("task_key", "name", "item", "unit")} for task in matter.tasks]
    await learned.save_matter(work.connection, received.version, {**row, "tasks": tasks})


async def store_calendar(work: UnitOfWork, received: Received[CalendarPublished]) -> None:
    """Keep a calendar's version; from now on clocks are reckoned under it."""
    await learned.save_calendar(work.connection, received.version, received.data.model_dump(mode="json"))
