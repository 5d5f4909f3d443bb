"""Deciding a task: grant, or refuse with reason and legal basis."""

from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.worktime import WorkTime, elapsed

from workflow_svc import store
from workflow_svc.domain import Change, Outcome, TaskState, decide
from workflow_svc.errors import OwnCase, TaskNotFound
from workflow_svc.events import CaseClosed, TaskDecided
from workflow_svc.handlers.case_events import CaseEvents
from workflow_svc.handlers.clocks import work_time
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.handlers.read import Written, task_view
from workflow_svc.handlers.start import start
from workflow_svc.handlers.timers import end_timers
from workflow_svc.schemas import DecisionBody, TaskView


async def decide_task(
    workflow: Workflow, work: UnitOfWork, caller: Principal, task_id: str, decision: DecisionBody
) -> TaskView:
    """Record a unit's decision, open what it frees, and close the case when nothing is left.

    The case's row is locked first, so that the last decisions of several units join once. Raises TaskNotFound for
    another unit's task, as it is under the lock, OwnCase, CaseAlreadyClosed, TaskNotOpen.
    """
    case = await store.lock_case_of(work.connection, task_id, caller.unit)
    if case is None:
        raise TaskNotFound(task_id)
    if case["applicant_id"] == caller.subject:
        raise OwnCase
    rows = {row["task_key"]: row for row in await store.tasks_beside(work.connection, case["case_id"], task_id)}
    row = rows[case["task_key"]]
    if row["unit"] != caller.unit:  # it went over while the case's lock was waited for
        raise TaskNotFound(task_id)
    change = decide(
        [store.task_rule(one) for one in rows.values()], row["task_key"], granted=decision.outcome == "grant"
    )
    times = await work_time(workflow, work.connection, row["calendar"])
    row |= _decided(workflow, work, caller, task_id, decision)
    for name in change.dropped:
        rows[name]["state"] = TaskState.NOT_NEEDED.value
    await end_timers(work, [row, *(rows[name] for name in change.dropped)])
    await _follow(workflow, work, times, case, rows, change)
    await store.save_tasks(work.connection, [rows[name] for name in (row["task_key"], *change.dropped, *change.opened)])
    await store.save_cases(work.connection, [case])
    details = {"outcome": decision.outcome, "case_id": case["case_id"]}
    await audit.record(work, actor=caller.subject, action="task.decided", subject=task_id, details=details)
    return task_view(row, case, Written(decision.reason, decision.basis))


def _decided(
    workflow: Workflow, work: UnitOfWork, caller: Principal, task_id: str, decision: DecisionBody
) -> dict[str, Any]:
    state = TaskState.GRANTED if decision.outcome == "grant" else TaskState.REFUSED
    words = {"reason": decision.reason, "sealed_basis": decision.basis}
    sealed = {
        column: workflow.cipher.encrypt(text, table="task", column=column, row=task_id)
        for column, text in words.items()
        if text
    }
    return {"state": state.value, "decided_at": work.clock.now(), "decided_by": caller.subject, **sealed}


async def _follow(  # noqa: PLR0913, PLR0917  what a decision moves
    workflow: Workflow,
    work: UnitOfWork,
    times: WorkTime,
    case: store.Record,
    rows: dict[str, store.Record],
    change: Change,
) -> None:
    """Tell the decision, open what it frees, close the case at its end."""
    events = CaseEvents(work, case, rows.values(), case["version"])
    row = rows[case["task_key"]]
    await events.append(
        TaskDecided(
            **events.facts_of(row),
            promised_due=row["promised_due"],
            outcome=row["state"],
            decided_at=row["decided_at"],
            not_needed=list(change.dropped),
            decided_by=row["decided_by"],
        )
    )
    await start(work, times, case, [rows[name] for name in change.opened], events, near=workflow.near)
    if change.outcome is not None:
        case |= await _close(work, case, times, change.outcome, events)
    case["version"] = events.version


async def _close(
    work: UnitOfWork, case: store.Record, times: WorkTime, outcome: Outcome, events: CaseEvents
) -> dict[str, Any]:
    now = work.clock.now()
    spent = elapsed(case["opened_at"], now, times.calendar, times.hours(case["lead_unit"]))
    minutes = int(spent.total_seconds() // 60)
    await events.append(
        CaseClosed(
            **events.facts,
            outcome=outcome.value,
            closed_at=now,
            elapsed_working_minutes=minutes,
        )
    )
    return {"state": "closed", "outcome": outcome.value, "closed_at": now, "elapsed_working_minutes": minutes}
