"""Reckoning the clocks of open cases anew under a newer calendar: page by page, beside the requests.

Each open case says under which calendar it was last reckoned; a page takes some that are behind. So a process that is
killed goes on where it was, several take different cases, and a case that was opened, or left out because a decision
held it, while a calendar came is found later. Source: the State Council publishes each year's days off in the November
before; until then that year is provisional.
"""

from collections.abc import Iterator
from functools import partial

from chassis.base import telemetry
from chassis.base.clock import local
from chassis.data import audit
from chassis.data.database import DatabaseUnavailable, UnitOfWork
from chassis.data.pages import keep_paging
from chassis.worktime import WorkTime

from workflow_svc import store
from workflow_svc.domain import TaskState, why_anew
from workflow_svc.handlers.case_events import CaseEvents
from workflow_svc.handlers.clocks import (
    Clocks,
    calendar_of,
    case_clocks,
    deadline_rows,
    start_of,
    task_clocks,
    work_time,
)
from workflow_svc.handlers.collaborators import SELF, Workflow
from workflow_svc.handlers.timers import move_timers

CASES_AT_ONCE = 25
PAUSE_SECONDS = 1.0


async def keep_reckoned(workflow: Workflow) -> None:
    """Reckon page after page until cancelled."""
    await keep_paging(partial(reckon_page, workflow), pause=PAUSE_SECONDS, waits="reckoning_waits")


async def reckon_page(workflow: Workflow) -> int:
    """Bring some of the open cases that are behind to the newest calendar; return how many.

    The old derivation stays beside the new one; what a decision holds just now is left to a later page. Where one of
    them cannot be reckoned, they are taken one by one, so that it holds up no other.
    """
    async with workflow.database.asking() as connection:
        if not await store.any_case_behind(connection):
            return 0
    taken: list[tuple[str, int]] = []
    try:
        return await _reckon(workflow, CASES_AT_ONCE, taken)
    except DatabaseUnavailable:
        raise
    except Exception:
        if not taken:  # not for a case's sake
            raise
    return sum([await _reckon_one(workflow) for _ in taken])


async def _reckon_one(workflow: Workflow) -> int:
    """Bring one case to the newest calendar; one that cannot be is told and left as it is until the next calendar."""
    taken: list[tuple[str, int]] = []
    try:
        return await _reckon(workflow, 1, taken)
    except DatabaseUnavailable:
        raise
    except Exception as error:
        if not taken:
            raise
        ((case_id, version),) = taken
        telemetry.FAILURES.labels("workflow").inc()
        telemetry.log.error("case_not_reckoned", case_id=case_id, calendar=version, exc_info=error)
        async with workflow.database.unit_of_work() as work:
            await store.mark_reckoned(work.connection, case_id, version)
            details = {"calendar": version, "reason": type(error).__name__}
            await audit.record(work, actor=SELF, action="deadline.not_recomputed", subject=case_id, details=details)
        return 1


async def _reckon(workflow: Workflow, size: int, taken: list[tuple[str, int]]) -> int:
    """Reckon at most so many cases in one transaction; note in `taken` which, and under which calendar's number."""
    async with workflow.database.unit_of_work() as work:
        cases = await store.lock_cases_behind(work.connection, size=size)
        taken += [(case["case_id"], case["calendar"]) for case in cases]
        if not cases:
            return 0
        times = await work_time(workflow, work.connection, cases[0]["calendar"])
        rows: dict[str, list[store.Record]] = {case["case_id"]: [] for case in cases}
        for row in await store.tasks_of(work.connection, *rows):
            rows[row["case_id"]].append(row)
        changed = await _reckon_anew(work, times, cases, rows)
        await _tell(workflow, work, times, cases, rows, changed)
        moved = await _save(work, cases, rows, changed)
        await move_timers(work, workflow.near, times, moved, changed)
        for subject, clocks in changed.items():
            details = {
                "calendar_version": times.calendar.version,
                **{kind: clock.at.isoformat() for kind, clock in clocks.by_kind.items()},
            }
            await audit.record(work, actor=SELF, action="deadline.recomputed", subject=subject, details=details)
    return len(cases)


async def _reckon_anew(
    work: UnitOfWork, times: WorkTime, cases: list[store.Record], rows: dict[str, list[store.Record]]
) -> dict[str, Clocks]:
    """Append what differs from the newest derivation of each clock; return the clocks of what was changed."""
    reckoned = dict(_clocks(times, cases, rows))
    stored = await store.newest_deadlines(work.connection, list(reckoned))
    changed: dict[str, Clocks] = {}
    appended: list[store.Record] = []
    for subject, clocks in reckoned.items():
        numbers = {
            kind: stored[subject, kind]["number"] + 1
            for kind, clock in clocks.by_kind.items()
            if not clock.says_what(stored[subject, kind]["derivation"])
        }
        if numbers:
            changed[subject] = clocks
            cause = f"calendar {times.calendar.version}"
            appended += deadline_rows(work, subject, clocks, cause=cause, numbers=numbers)
    store.add_deadlines(work, appended)
    return changed


async def _save(
    work: UnitOfWork, cases: list[store.Record], rows: dict[str, list[store.Record]], changed: dict[str, Clocks]
) -> list[store.Record]:
    """Write the clocks of what was changed, and under which calendar each case was reckoned; return the tasks moved."""
    moved = [row for case in cases for row in rows[case["case_id"]] if row["task_id"] in changed]
    for row in moved:
        row.update(changed[row["task_id"]].columns)
    for case in cases:
        found = changed.get(case["case_id"])
        case.update(found.columns if found else {}, reckoned_under=case["calendar"])
    await store.save_tasks(work.connection, moved)
    await store.save_cases(work.connection, cases)
    return moved


def _clocks(
    times: WorkTime, cases: list[store.Record], rows: dict[str, list[store.Record]]
) -> Iterator[tuple[str, Clocks]]:
    """Yield the clocks of each case, and of each of its open tasks, under a calendar."""
    for case in cases:
        yield case["case_id"], case_clocks(times, case, rows[case["case_id"]])
        for row in rows[case["case_id"]]:
            if row["state"] == TaskState.OPEN.value:
                yield row["task_id"], task_clocks(times, start_of(row, row["opened_at"], case["submitted_at"]), row)


async def _tell(  # noqa: PLR0913, PLR0917  what a page is made of
    workflow: Workflow,
    work: UnitOfWork,
    times: WorkTime,
    cases: list[store.Record],
    rows: dict[str, list[store.Record]],
    changed: dict[str, Clocks],
) -> None:
    """Tell of each case and task whose due times, or whose being provisional, are others now, and why."""
    for case in cases:
        mine = rows[case["case_id"]]
        events = CaseEvents(work, case, mine, case["version"])
        before = await calendar_of(workflow, work.connection, case["reckoned_under"])
        for row in (case, *mine):
            clocks = changed.get(row["task_id"] if "task_id" in row else case["case_id"])
            if clocks and any(row[name] != value for name, value in clocks.columns.items()):
                days = [local(moment).date() for moment in (row["opened_at"], row["promised_due"], clocks.promised.at)]
                cause = why_anew(before.calendar if before else None, times.calendar, min(days), max(days))
                await events.tell_recomputed(row, clocks, cause=cause, calendar_version=times.calendar.version)
        case["version"] = events.version
