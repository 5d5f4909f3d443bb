"""Learning from the catalogue: matters in versions, calendars, and what a new calendar changes."""

from collections.abc import Iterator
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received
from chassis.worktime import WorkTime

from workflow_svc import store
from workflow_svc.domain import TaskState
from workflow_svc.events import CalendarPublished, MatterPublished
from workflow_svc.handlers.clocks import Clocks, case_clocks, deadline_rows, task_clocks
from workflow_svc.handlers.collaborators import SELF

CASES_AT_ONCE = 200


async def store_definition(work: UnitOfWork, received: Received[MatterPublished]) -> None:
    """Keep a matter's version; cases under way keep theirs."""
    await store.save_definition(work.connection, received.data.model_dump(mode="json"))


async def store_calendar(work: UnitOfWork, received: Received[CalendarPublished]) -> None:
    """Keep a calendar's version, and reckon the clocks of open cases and open tasks anew where it changes them.

    The old derivation stays beside the new one. Cases being opened are waited for, and open cases are locked, so that
    none is left on the old calendar; the audit rows come last, since their lock stops every other writer. Source: the
    TaskState Council publishes each year's days off in the November before; until then that year is provisional.
    """
    document = received.data.model_dump(mode="json")
    await store.replace_calendar(work.connection, received.version, document)
    times = WorkTime.from_json(document)
    changed: dict[str, Clocks] = {}
    last = ""
    while cases := await store.lock_open_cases(work.connection, after=last, size=CASES_AT_ONCE):
        changed |= await _reckon_anew(work, times, cases, cause=f"calendar {received.data.calendar_version}")
        last = cases[-1]["case_id"]
    for subject, clocks in changed.items():
        details = {
            "calendar_version": received.data.calendar_version,
            **{kind: clock.at.isoformat() for kind, clock in clocks.by_kind.items()},
        }
        await audit.record(work, actor=SELF, action="deadline.recomputed", subject=subject, details=details)


async def _reckon_anew(
    work: UnitOfWork, times: WorkTime, cases: list[dict[str, Any]], *, cause: str
) -> dict[str, Clocks]:
    """Store what differs from the newest derivation of each clock; return the clocks of what was changed."""
    rows = await store.tasks_of(work.connection, *(case["case_id"] for case in cases))
    reckoned = dict(_clocks(times, cases, rows))
    stored = await store.newest_deadlines(work.connection, list(reckoned))
    changed: dict[str, Clocks] = {}
    appended: list[dict[str, Any]] = []
    for subject, clocks in reckoned.items():
        numbers = {
            kind: stored[subject, kind]["number"] + 1
            for kind, clock in clocks.by_kind.items()
            if not clock.says_what(stored[subject, kind]["derivation"])
        }
        if numbers:
            changed[subject] = clocks
            appended += deadline_rows(work, subject, clocks, cause=cause, numbers=numbers)
    await store.add_deadlines(work.connection, appended)
    tasks = {row["task_id"] for row in rows}
    for subject, clocks in changed.items():
        if subject in tasks:
            await store.update_tasks(work.connection, [subject], clocks.columns)
        else:
            await store.update_case(work.connection, subject, clocks.columns)
    return changed


def _clocks(times: WorkTime, cases: list[dict[str, Any]], rows: list[dict[str, Any]]) -> Iterator[tuple[str, Clocks]]:
    """Yield the clocks of each case, and of each of its open tasks, under a calendar."""
    by_case: dict[str, list[dict[str, Any]]] = {case["case_id"]: [] for case in cases}
    for row in rows:
        by_case[row["case_id"]].append(row)
    for case in cases:
        yield case["case_id"], case_clocks(times, case["opened_at"], by_case[case["case_id"]])
    for row in rows:
        if row["state"] == TaskState.OPEN.value:
            yield row["task_id"], task_clocks(times, row["opened_at"], row)
