"""Learning from the catalogue: matters in versions, calendars, and what a new calendar changes."""

from chassis.database import UnitOfWork
from chassis.inbox import Received
from chassis.worktime import Due, Limit

from chassis import audit
from workflow_svc import store
from workflow_svc.events import CalendarPublished, MatterPublished
from workflow_svc.handlers.tools import WorkTime, read_work_time, record_dues

SELF = "workflow"


async def store_definition(work: UnitOfWork, received: Received[MatterPublished]) -> None:
    """Keep a matter's version; cases under way keep theirs."""
    await store.save_definition(work.connection, received.data.model_dump(mode="json"))


async def store_calendar(work: UnitOfWork, received: Received[CalendarPublished]) -> None:
    """Keep a calendar's version, and reckon the clocks of open tasks anew where it changes them.

    The old derivation stays beside the new one. Source: the State Council publishes each year's days off in the
    November before; until then that year is provisional.
    """
    document = received.data.model_dump(mode="json")
    await store.save_calendar(work.connection, received.version, document)
    times = read_work_time(document)
    for row in await store.open_tasks(work.connection):
        promised = times.due(row.opened_at, Limit.from_json(row.promise), row.unit)
        statutory = _statutory(times, row.opened_at, row.statutory, row.unit)
        provisional = promised.provisional or bool(statutory and statutory.provisional)
        new = (promised.at, statutory.at if statutory else None, provisional)
        if new == (row.promised_due, row.statutory_due, row.provisional):
            continue
        cause = f"calendar {received.data.calendar_version}"
        await record_dues(work, row.task_id, promised, statutory, cause=cause)
        values = {"promised_due": new[0], "statutory_due": new[1], "provisional": provisional}
        await store.update_task(work.connection, row.task_id, values)
        details = {"calendar_version": received.data.calendar_version, "promised_due": promised.at.isoformat()}
        await audit.record(work, actor=SELF, action="deadline.recomputed", subject=row.task_id, details=details)


def _statutory(times: WorkTime, start: object, limit: object, unit: str) -> Due | None:
    return times.due(start, Limit.from_json(limit), unit) if limit else None  # type: ignore[arg-type]  # a row's values
