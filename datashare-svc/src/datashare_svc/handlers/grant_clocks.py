"""The clocks of requests for grants, in working time, and what happens when one runs out, or a grant expires.

A due time is reckoned from the newest calendar that was told, and anew when a newer one comes; while a year that it
reaches into has no notice it is not reckoned at all, so that nothing runs out by a guess. A clock fires once: it is
claimed under its request's lock, in the transaction that tells what follows.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.data.pages import keep_paging
from chassis.worktime import Limit, LimitUnit, NoWorkingTime, WorkTime, due

from datashare_svc.domain.grants import Clock, GrantStep, Terms
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.grant_steps import SELF, Taken, take_step
from datashare_svc.store import grant_requests as store
from datashare_svc.store import grant_timers as timers
from datashare_svc.store import grants
from datashare_svc.store.grant_requests import Record
from datashare_svc.store.grant_tables import request_timers

AT_ONCE = 50
PAUSE_SECONDS = 5.0
_UNKNOWN: dict[str, Any] = {"due_at": None, "derivation": None}


def reckoned(calendar: tuple[int, Any] | None, start: datetime, days: int, unit: str) -> dict[str, Any]:
    """Return a clock's columns: under which calendar it was reckoned, when it ends, how that was found."""
    if calendar is None:
        return {"reckoned_under": 0, **_UNKNOWN}
    number, document = calendar
    times = WorkTime.from_json(document)
    try:
        found = due(start, Limit(days, LimitUnit.WORKDAY), times.calendar, times.hours(unit))
    except NoWorkingTime:
        return {"reckoned_under": number, **_UNKNOWN}
    if found.provisional:
        return {"reckoned_under": number, **_UNKNOWN}
    return {"reckoned_under": number, "due_at": found.at, "derivation": found.to_json()}


async def start_clock(work: UnitOfWork, terms: Terms, row: Record, clock: Clock, at: datetime) -> datetime | None:
    """Start a request's clock by the provider's office hours; return when it ends, None while that is not known."""
    days = terms.days(clock)
    found = reckoned(await timers.numbered_calendar(work.connection), at, days, row["provider"])
    work.add(
        request_timers,
        {
            "request_id": row["request_id"],
            "clock": clock.value,
            "unit": row["provider"],
            "working_days": days,
            "status": terms.status,
            "started_at": at,
            **found,
            "ended_at": None,
            "fired_at": None,
        },
    )
    due_at: datetime | None = found["due_at"]
    return due_at


async def keep_granting(datashare: Datashare) -> None:
    """Reckon clocks, let them run out and tell what has expired, page after page, until cancelled."""
    await keep_paging(partial(tend_page, datashare), pause=PAUSE_SECONDS, waits="grants_wait")


async def tend_page(datashare: Datashare) -> int:
    """Do some of what time has brought; return how much. Each request is held alone, so none waits for another."""
    now = datashare.clock.now()
    done = await _each(datashare, partial(timers.timers_behind, size=AT_ONCE), _reckon_anew)
    done += await _each(datashare, partial(timers.timers_out, now=now, size=AT_ONCE), partial(_run_out, datashare))
    done += await _each(datashare, partial(grants.expired_grants, now=now, size=AT_ONCE), _expire)
    return done


async def _each(
    datashare: Datashare,
    found: Callable[[Any], Awaitable[list[str]]],
    does: Callable[[UnitOfWork, Record], Awaitable[bool]],
) -> int:
    """Do something for each of some requests, in a transaction each that holds it; return for how many it was done."""
    done = 0
    async with datashare.database.asking() as connection:
        wanted = await found(connection)
    for request_id in wanted:
        async with datashare.database.unit_of_work() as work:
            row = await store.lock_request(work.connection, request_id)
            done += row is not None and await does(work, row)
    return done


async def _reckon_anew(work: UnitOfWork, row: Record) -> bool:
    """Bring a running clock to the newest calendar."""
    timer = await timers.running_timer(work.connection, row["request_id"])
    calendar = await timers.numbered_calendar(work.connection)
    if timer is None or calendar is None or timer["reckoned_under"] >= calendar[0]:
        return False
    found = reckoned(calendar, timer["started_at"], timer["working_days"], timer["unit"])
    await timers.reckon_timer(work.connection, row["request_id"], found)
    if found["due_at"] != timer["due_at"]:
        await store.save_request(work.connection, row["request_id"], row["version"], {"due_at": found["due_at"]})
        details = {"calendar": calendar[0], "due_at": found["due_at"] and found["due_at"].isoformat()}
        action = "grant.clock_reckoned"
        await audit.record(work, actor=SELF, action=action, subject=row["request_id"], details=details)
    return True


async def _run_out(datashare: Datashare, work: UnitOfWork, row: Record) -> bool:
    """Do what follows when a request's clock has run out: silence on completeness is assent, on the answer it rises."""
    now, timer = work.clock.now(), await timers.running_timer(work.connection, row["request_id"])
    if timer is None or timer["due_at"] is None or timer["due_at"] > now:
        return False
    ran_out: datetime = timer["due_at"]
    await timers.stop_timer(work.connection, row["request_id"], now, fired_at=now)
    if timer["clock"] == Clock.CHECK.value:
        due_at = await start_clock(work, datashare.terms, row, Clock.REPLY, ran_out)
        words = "逾期未核对,视为完整"
        await take_step(work, row, Taken(GrantStep.CHECK, SELF, words=words), due_at=due_at)
        return True
    taken = Taken(GrantStep.ESCALATE, SELF, words="逾期未答复", told={"due_at": ran_out})
    await take_step(work, row, taken)
    return True


async def _expire(work: UnitOfWork, row: Record) -> bool:
    """Tell once that a grant has expired."""
    if not await grants.end_grant(work.connection, row["request_id"], work.clock.now()):
        return False
    await take_step(work, row, Taken(GrantStep.EXPIRE, SELF))
    return True
