"""Telling that a task's due time is near, and that it is past: page by page, beside the requests.

Each is told once and never early: in the transaction that marks the timer, under the lock of the case, whose events it
numbers on. So a process that is killed goes on where it was, and several take different cases. What was not told while
nobody worked is told late; a warning that has become pointless is not told at all (decision 72).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.data.pages import keep_paging
from chassis.worktime import WorkTime, elapsed

from workflow_svc import store
from workflow_svc.domain import TaskState
from workflow_svc.events import DeadlineOverdue, DeadlineWarned
from workflow_svc.handlers.case_events import CaseEvents
from workflow_svc.handlers.clocks import work_time
from workflow_svc.handlers.collaborators import SELF, Workflow
from workflow_svc.handlers.timers import next_at
from workflow_svc.store import timing

CASES_AT_ONCE = 25
PAUSE_SECONDS = 5.0


async def keep_deadlines(workflow: Workflow) -> None:
    """Tell page after page until cancelled."""
    await keep_paging(partial(deadline_page, workflow), pause=PAUSE_SECONDS, waits="deadlines_wait")


async def deadline_page(workflow: Workflow) -> int:
    """Tell what the timers of some cases have to tell; return of how many cases.

    What a decision holds just now, and what is still to be reckoned under a newer calendar, is left to a later page.
    """
    now = workflow.clock.now()
    async with workflow.database.asking() as connection:
        if not await timing.any_due(connection, now):
            return 0
    async with workflow.database.unit_of_work() as work:
        cases = await timing.lock_cases_due(work.connection, now, size=CASES_AT_ONCE)
        if not cases:
            return 0
        times = await work_time(workflow, work.connection, cases[0]["calendar"])
        rows = await store.tasks_of(work.connection, *(case["case_id"] for case in cases))
        due = await _due(work, {row["task_id"]: row for row in rows})
        for case in cases:
            mine = [row for row in rows if row["case_id"] == case["case_id"]]
            await _tell(work, times, case, mine, due)
        await timing.save_timers(work.connection, due)
        await store.save_cases(work.connection, cases)
    return len(cases)


async def _due(work: UnitOfWork, tasks: Mapping[str, Mapping[str, Any]]) -> list[store.Record]:
    """Return the timers that have something to tell, as they are under the lock; put away those that have not.

    An older release that runs beside this one decides tasks without ending their timers, and moves due times without
    moving them.
    """
    now = work.clock.now()
    found = await timing.timers_of(work.connection, tasks.keys())
    due = [row for row in found if row["next_at"] and row["next_at"] <= now]
    over = {row["task_id"] for row in due if tasks[row["task_id"]]["state"] != TaskState.OPEN.value}
    moved = {row["task_id"] for row in due if row["due_at"] != tasks[row["task_id"]][f"{row['kind']}_due"]} - over
    await timing.end_timers(work.connection, over)
    await timing.forget_timers(work.connection, moved)
    return [row for row in due if row["task_id"] not in over | moved]


async def _tell(
    work: UnitOfWork, times: WorkTime, case: store.Record, rows: Sequence[store.Record], due: Sequence[store.Record]
) -> None:
    tasks = {row["task_id"]: row for row in rows}
    events = CaseEvents(work, case, rows, case["version"])
    for timer in due:
        if task := tasks.get(timer["task_id"]):
            await _tell_one(work, times, events, task, timer)
    case["version"] = events.version


async def _tell_one(
    work: UnitOfWork, times: WorkTime, events: CaseEvents, task: store.Record, timer: store.Record
) -> None:
    """Tell that a task's time is over, or else that it is near, and mark it in the timer."""
    now, due_at = work.clock.now(), timer["due_at"]
    facts = {**events.facts_of(task), "kind": timer["kind"], "due_at": due_at}
    over = now >= due_at
    since, until = (due_at, now) if over else (now, due_at)
    minutes = int(elapsed(since, until, times.calendar, times.hours(task["unit"])).total_seconds() // 60)
    if over:
        timer["overdue_at"] = now
        await events.append(DeadlineOverdue(**facts, overdue_at=now, working_minutes_over=minutes))
    else:
        timer["warned_at"] = now
        await events.append(DeadlineWarned(**facts, warned_at=now, working_minutes_left=minutes))
    timer["next_at"] = next_at(timer)
    details = {"case_id": task["case_id"], "kind": timer["kind"], "due_at": due_at.isoformat()}
    action = "deadline.overdue" if over else "deadline.warned"
    await audit.record(work, actor=SELF, action=action, subject=task["task_id"], details=details)
