"""Clocks in working time: started and stopped by use cases, reckoned anew with the calendar, warning and firing once.

A clock whose end rests on a year without a notice does not fire: nothing runs out by a guess. Nor does one that a newer
calendar may have moved, until it is reckoned under it. Each is held alone, in the transaction that writes what follows;
one that fails is told in the log and tried again, and the others go on.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from chassis.data.database import UnitOfWork, insert
from chassis.data.pages import alone, keep_paging
from chassis.worktime import LimitUnit, NoWorkingTime, WorkTime, due

from evaluation_svc.domain.terms import Term
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.store import clocks as store
from evaluation_svc.store import learned
from evaluation_svc.store.clocks import Record, timers

AT_ONCE = 50
PAUSE_SECONDS = 5.0
_UNKNOWN: Mapping[str, Any] = {"warn_at": None, "due_at": None, "derivation": None}
Act = Callable[[Evaluation, UnitOfWork, Record], Awaitable[None]]
Does = Callable[[UnitOfWork, Record], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Acts:
    """What follows when a clock of a kind comes near its end, and when it runs out.

    `holds` holds what the clock is of before the clock itself, as use cases do: then none waits for the other in a
    circle.
    """

    fired: Act
    warned: Act | None = None
    holds: Callable[[UnitOfWork, str], Awaitable[object]] | None = None


def reckoned(numbered: tuple[int, Any], start: datetime, term: Term, unit: str) -> dict[str, Any]:
    """Return a clock's columns under a calendar: when it warns and ends by the unit's hours."""
    number, document = numbered
    if document is None:
        return {"reckoned_under": 0, **_UNKNOWN}
    times = WorkTime.from_json(document)
    try:
        end = due(start, term.limit, times.calendar, times.hours(unit))
        near = term.warns and due(start, term.warns, times.calendar, times.hours(unit))
    except NoWorkingTime:
        return {"reckoned_under": number, **_UNKNOWN}
    if end.provisional:
        return {"reckoned_under": number, **_UNKNOWN}
    return {
        "reckoned_under": number,
        "warn_at": near.at if near else None,
        "due_at": end.at,
        "derivation": end.to_json(),
    }


_START = insert(timers)
_START = _START.on_conflict_do_update(
    index_elements=["kind", "subject"],
    set_={column.name: _START.excluded[column.name] for column in timers.columns if not column.primary_key},
)


async def start_timer(  # noqa: PLR0913  what a clock is
    work: UnitOfWork, kind: str, subject: str, *, unit: str, at: datetime, term: Term
) -> datetime | None:
    """Start a clock, anew where it ran before; return when it ends, None while that is not known."""
    found = reckoned(await learned.numbered_calendar(work.connection), at, term, unit)
    row = {
        "kind": kind,
        "subject": subject,
        "unit": unit,
        "amount": term.amount,
        "limit_unit": term.unit.value,
        "warn": term.warn,
        "started_at": at,
        "warned_at": None,
        "fired_at": None,
        "ended_at": None,
        **found,
    }
    await work.connection.execute(_START, row)
    due_at: datetime | None = found["due_at"]
    return due_at


async def stop_timer(work: UnitOfWork, kind: str, subject: str) -> bool:
    """Stop a clock; tell whether it ran."""
    return bool(await store.change_timer(work.connection, kind, subject, {"ended_at": work.clock.now()}))


async def keep_timers(evaluation: Evaluation, acts: Mapping[str, Acts]) -> None:
    """Reckon, warn and fire, page after page, until cancelled."""
    await keep_paging(partial(timer_page, evaluation, acts), pause=PAUSE_SECONDS, waits="timers_wait")


async def timer_page(evaluation: Evaluation, acts: Mapping[str, Acts]) -> int:
    """Do some of what time has brought; return how much.

    A clock whose doing fails is told in the log and stays as it is, so that the others run; it is tried again.
    """
    now = evaluation.clock.now()
    async with evaluation.database.asking() as connection:
        behind = await store.timers_behind(connection, size=AT_ONCE)
        near = await store.timers_near(connection, now, size=AT_ONCE)
        out = await store.timers_out(connection, now, size=AT_ONCE)
    done = 0
    for found, does in (
        (behind, _reckon_anew),
        (near, partial(_warn, evaluation, acts)),
        (out, partial(_fire, evaluation, acts)),
    ):
        for kind, subject in found:
            with alone("clock_failed", kind=kind, subject=subject):
                done += await _do(evaluation, acts, kind, subject, does)
    return done


async def _do(evaluation: Evaluation, acts: Mapping[str, Acts], kind: str, subject: str, does: Does) -> bool:
    async with evaluation.database.unit_of_work() as work:
        if kind in acts and (holds := acts[kind].holds) is not None:
            await holds(work, subject)
        row = await store.running_timer(work.connection, kind, subject)
        return row is not None and (await _reckon_anew(work, row) or await does(work, row))


async def _reckon_anew(work: UnitOfWork, row: Record) -> bool:
    numbered = await learned.numbered_calendar(work.connection)
    if row["reckoned_under"] >= numbered[0]:
        return False
    term = Term(row["amount"], LimitUnit(row["limit_unit"]), row["warn"])
    found = reckoned(numbered, row["started_at"], term, row["unit"])
    await store.change_timer(work.connection, row["kind"], row["subject"], found)
    return True


async def _warn(evaluation: Evaluation, acts: Mapping[str, Acts], work: UnitOfWork, row: Record) -> bool:
    now = work.clock.now()
    if row["warned_at"] is not None or row["warn_at"] is None or row["warn_at"] > now:
        return False
    await store.change_timer(work.connection, row["kind"], row["subject"], {"warned_at": now})
    if (act := acts[row["kind"]].warned) is not None:
        await act(evaluation, work, row)
    return True


async def _fire(evaluation: Evaluation, acts: Mapping[str, Acts], work: UnitOfWork, row: Record) -> bool:
    now = work.clock.now()
    if row["due_at"] is None or row["due_at"] > now:
        return False
    await store.change_timer(work.connection, row["kind"], row["subject"], {"fired_at": now, "ended_at": now})
    await acts[row["kind"]].fired(evaluation, work, row)
    return True
