"""The timers of a unit's open task, one for each of its clocks: made when it opens, moved with its due times.

Each due time is warned of once and told overdue once. One that rests on a year without a notice tells nothing until it
is firm; one that moves to a later moment than now is another one, and begins anew; one that stays past has been told.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from chassis.data.database import UnitOfWork
from chassis.data.pages import keep_paging
from chassis.worktime import WorkTime

from workflow_svc import store
from workflow_svc.domain import TaskState
from workflow_svc.domain.near import Near
from workflow_svc.handlers.clocks import Clocks, work_time
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.store import timing

CASES_AT_ONCE = 25
PAUSE_SECONDS = 30.0
KINDS = ("promised", "statutory")


def timer_rows(
    near: Near, times: WorkTime, task: Mapping[str, Any], derivations: Mapping[str, Any]
) -> list[store.Record]:
    """Return the timers of a task that a unit works on, by the derivations of its clocks; none for the applicant's."""
    if task["by_applicant"]:
        return []
    return [_timer(near, times, task, kind, derivation) for kind, derivation in derivations.items()]


def of_clocks(clocks: Clocks) -> dict[str, Any]:
    """Return the derivations of a task's clocks by their kinds."""
    return {kind: clock.derivation for kind, clock in clocks.by_kind.items()}


def _timer(near: Near, times: WorkTime, task: Mapping[str, Any], kind: str, derivation: Any) -> store.Record:
    start, due_at = (datetime.fromisoformat(derivation[name]) for name in ("start", "at"))
    warn_at = near.begins(start, due_at, times.calendar, times.hours(task["unit"]))
    row = {"task_id": task["task_id"], "kind": kind, "due_at": due_at, "warn_at": warn_at}
    row |= {"warned_at": None, "overdue_at": None}
    return {**row, "next_at": None if derivation["provisional"] else next_at(row)}


def next_at(timer: Mapping[str, Any]) -> datetime | None:
    """Return when a firm timer has something to tell; None once it has told all."""
    if timer["overdue_at"]:
        return None
    moment: datetime = timer["due_at"] if timer["warned_at"] or not timer["warn_at"] else timer["warn_at"]
    return moment


async def move_timers(
    work: UnitOfWork,
    near: Near,
    times: WorkTime,
    moved: Sequence[Mapping[str, Any]],
    changed: Mapping[str, Clocks],
) -> None:
    """Move the timers of some tasks to the due times that their clocks have now."""
    now = work.clock.now()
    reckoned = {
        (row["task_id"], row["kind"]): row
        for task in moved
        for row in timer_rows(near, times, task, of_clocks(changed[task["task_id"]]))
    }
    kept = await timing.timers_of(work.connection, [task["task_id"] for task in moved])
    rows = [_moved(row, reckoned[row["task_id"], row["kind"]], now) for row in kept]
    await timing.save_timers(work.connection, rows)


def _moved(old: Mapping[str, Any], new: store.Record, now: datetime) -> store.Record:
    if new["due_at"] == old["due_at"] or new["due_at"] <= now:
        new |= {name: old[name] for name in ("warned_at", "overdue_at")}
    return {**new, "next_at": new["next_at"] and next_at(new)}


async def keep_timed(workflow: Workflow) -> None:
    """Give timers to what an older release has opened, page after page until cancelled."""
    await keep_paging(partial(time_page, workflow), pause=PAUSE_SECONDS, waits="timing_waits")


async def time_page(workflow: Workflow) -> int:
    """Give timers to the open tasks of some cases that have none; return how many cases."""
    async with workflow.database.asking() as connection:
        if not await timing.any_untimed(connection):
            return 0
    async with workflow.database.unit_of_work() as work:
        cases = await timing.lock_cases_untimed(work.connection, size=CASES_AT_ONCE)
        if not cases:
            return 0
        times = await work_time(workflow, work.connection, cases[0]["calendar"])
        rows = await store.tasks_of(work.connection, *(case["case_id"] for case in cases))
        found = [row for row in rows if _is_untimed(row)]
        task_ids = [row["task_id"] for row in found]
        newest = await store.newest_deadlines(work.connection, task_ids)
        made = [timer for row in found for timer in timer_rows(workflow.near, times, row, _stored(row, newest))]
        await timing.add_missing(work.connection, made, task_ids)
    return len(cases)


def _is_untimed(row: Mapping[str, Any]) -> bool:
    return row["state"] == TaskState.OPEN.value and not row["by_applicant"] and not row["timed"]


def _stored(row: Mapping[str, Any], newest: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    found = {kind: newest.get((row["task_id"], kind)) for kind in KINDS}
    return {kind: deadline["derivation"] for kind, deadline in found.items() if deadline}


async def end_timers(work: UnitOfWork, tasks: Collection[Mapping[str, Any]]) -> None:
    """Stop the timers of tasks that are done with."""
    await timing.end_timers(work.connection, [task["task_id"] for task in tasks if not task["by_applicant"]])
