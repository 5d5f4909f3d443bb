"""The clock of a dispute: until when the unit answers, reckoned under the newest calendar, told once when it is past.

A dispute that is filed before a calendar has come, or whose calendar was renewed while it was open, is reckoned anew
here; its filing never waits for that.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.data.pages import keep_paging
from chassis.events.outbox import append
from chassis.worktime import Limit, LimitUnit, WorkTime, due

from datashare_svc.events import DisputeOverdue
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.store import disputed, learned

SELF = "datashare"
"""The actor of what no person did."""
AT_ONCE = 100
PAUSE_SECONDS = 30.0


def clock_of(calendar: int, document: Any, *, filed_at: datetime, unit: str, workdays: int) -> dict[str, Any]:
    """Return the columns of a dispute's clock under a calendar; without one, those that say that there is none."""
    if document is None:
        return {"calendar": 0, "due_at": None, "derivation": None, "rank_at": filed_at}
    times = WorkTime.from_json(document)
    reckoned = due(filed_at, Limit(workdays, LimitUnit.WORKDAY), times.calendar, times.hours(unit))
    return {
        "calendar": calendar,
        "due_at": reckoned.at,
        "derivation": reckoned.to_json(),
        "rank_at": reckoned.at,
    }


async def keep_disputes(datashare: Datashare) -> None:
    """Reckon and tell, page after page, until cancelled."""
    await keep_paging(partial(dispute_page, datashare), pause=PAUSE_SECONDS, waits="disputes_wait")


async def dispute_page(datashare: Datashare) -> int:
    """Reckon some due times that rest on no calendar or an older one, then tell some that are past; return how many."""
    return await _reckon(datashare) or await _tell(datashare)


async def _reckon(datashare: Datashare) -> int:
    async with datashare.database.reading() as connection:
        calendar, document = await learned.numbered_calendar(connection)
        if not await disputed.any_behind(connection, calendar):
            return 0
    async with datashare.database.unit_of_work() as work:
        rows = await disputed.lock_behind(work.connection, calendar, size=AT_ONCE)
        for row in rows:
            given = {"filed_at": row["filed_at"], "unit": row["unit"], "workdays": datashare.dispute_workdays}
            clock = clock_of(calendar, document, **given)
            await disputed.change_dispute(work.connection, row["dispute_id"], clock)
    return len(rows)


async def _tell(datashare: Datashare) -> int:
    now = datashare.clock.now()
    async with datashare.database.asking() as connection:
        if not await disputed.any_past(connection, now):
            return 0
    async with datashare.database.unit_of_work() as work:
        rows = await disputed.lock_past(work.connection, now, size=AT_ONCE)
        for row in rows:
            await _tell_one(work, row, now)
    return len(rows)


async def _tell_one(work: UnitOfWork, row: Mapping[str, Any], now: datetime) -> None:
    changed = {"overdue_at": now, "version": row["version"] + 1}
    await disputed.change_dispute(work.connection, row["dispute_id"], changed)
    names = ("dispute_id", "application_id", "resource", "unit", "place", "key", "due_at")
    event = DisputeOverdue(**{name: row[name] for name in names})
    await append(work, event, subject=row["dispute_id"], version=changed["version"])
    await audit.record(work, actor=SELF, action="dispute.overdue", subject=row["dispute_id"])
