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
from workflow_svc.handlers.clocks import calendar_in_force
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.handlers.read import task_view
from workflow_svc.handlers.start import start
from workflow_svc.schemas import DecisionBody, TaskView


async def decide_task(
    workflow: Workflow, work: UnitOfWork, caller: Principal, task_id: str, decision: DecisionBody
) -> TaskView:
    """Record a unit's decision, open what it frees, and close the case when nothing is left.

    The case's row is locked first, so that the last decisions of several units join once. Raises TaskNotFound for
    another unit's task, OwnCase, CaseAlreadyClosed, TaskNotOpen.
    """
    case = await store.lock_case_of(work.connection, task_id, caller.unit)
    if case is None:
        raise TaskNotFound(task_id)
    if case["applicant_id"] == caller.subject:
        raise OwnCase
    rows = {row["task_key"]: row for row in await store.tasks_of(work.connection, case["case_id"])}
    key = case["task_key"]
    change = decide([store.task_rule(row) for row in rows.values()], key, granted=decision.outcome == "grant")
    await _store_decision(workflow, work, caller, task_id, decision)
    await _follow(work, case, rows, change, key)
    details = {"outcome": decision.outcome, "case_id": case["case_id"]}
    await audit.record(work, actor=caller.subject, action="task.decided", subject=task_id, details=details)
    return await task_view(workflow, work.connection, task_id, caller)


async def _store_decision(
    workflow: Workflow, work: UnitOfWork, caller: Principal, task_id: str, decision: DecisionBody
) -> None:
    state = TaskState.GRANTED if decision.outcome == "grant" else TaskState.REFUSED
    words = {"reason": decision.reason, "sealed_basis": decision.basis}
    sealed = {
        column: workflow.cipher.encrypt(text, table="task", column=column, row=task_id)
        for column, text in words.items()
        if text
    }
    values = {"state": state.value, "decided_at": work.clock.now(), "decided_by": caller.subject}
    await store.update_tasks(work.connection, [task_id], {**values, **sealed})


async def _follow(work: UnitOfWork, case: dict[str, Any], rows: dict[str, Any], change: Change, key: str) -> None:
    """Tell the decision, open what it frees, drop what it makes needless, close the case at its end."""
    now = work.clock.now()
    _, times = await calendar_in_force(work.connection)
    events = CaseEvents(work, case, rows.values(), case["version"])
    decided = next(task for task in change.tasks if task.key == key)
    await events.append(
        TaskDecided(
            **events.facts_of(rows[key]),
            promised_due=rows[key]["promised_due"],
            outcome="granted" if decided.state is TaskState.GRANTED else "refused",
            decided_at=now,
            not_needed=list(change.dropped),
        )
    )
    dropped = [rows[name]["task_id"] for name in change.dropped]
    await store.update_tasks(work.connection, dropped, {"state": TaskState.NOT_NEEDED.value})
    await start(work, times, case, [rows[name] for name in change.opened], events)
    values: dict[str, Any] = {}
    if change.outcome is not None:
        values = await _close(work, case, times, change.outcome, events)
    await store.update_case(work.connection, case["case_id"], {**values, "version": events.version})


async def _close(
    work: UnitOfWork, case: dict[str, Any], times: WorkTime, outcome: Outcome, events: CaseEvents
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
