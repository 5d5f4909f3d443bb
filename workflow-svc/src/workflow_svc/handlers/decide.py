"""Deciding a task: grant, or refuse with reason and legal basis."""

from typing import Any

from chassis.database import UnitOfWork
from chassis.identity import Principal
from chassis.worktime import elapsed

from chassis import audit
from workflow_svc import store
from workflow_svc.domain import Change, Outcome, State, decide
from workflow_svc.errors import OwnCase, TaskNotFound
from workflow_svc.events import CaseClosed, TaskDecided
from workflow_svc.handlers.read import task_view
from workflow_svc.handlers.tools import CaseEvents, Workflow, WorkTime, open_task, rule, work_time
from workflow_svc.schemas import DecisionBody, TaskView


async def decide_task(
    workflow: Workflow, work: UnitOfWork, caller: Principal, task_id: str, decision: DecisionBody
) -> TaskView:
    """Record a unit's decision, open what it frees, and close the case when nothing is left.

    The case's row is locked first, so that the last decisions of several units join once. Raises TaskNotFound for
    another unit's task, OwnCase, TaskNotOpen.
    """
    found = await store.find_task(work.connection, task_id, caller.unit)
    if found is None:
        raise TaskNotFound(task_id)
    if found.applicant_id == caller.subject:
        raise OwnCase
    case = (await store.lock_case(work.connection, found.case_id))._asdict()
    rows = {row.task_key: row for row in await store.tasks_of(work.connection, found.case_id)}
    granted = decision.outcome == "grant"
    change = decide([rule(row) for row in rows.values()], found.task_key, granted=granted)
    await _store_decision(workflow, work, caller, task_id, decision)
    await _follow(work, case, rows, change, found.task_key)
    details = {"outcome": decision.outcome, "case_id": found.case_id}
    await audit.record(work, actor=caller.subject, action="task.decided", subject=task_id, details=details)
    return await task_view(workflow, work.connection, await store.find_task(work.connection, task_id, caller.unit))


async def _store_decision(
    workflow: Workflow, work: UnitOfWork, caller: Principal, task_id: str, decision: DecisionBody
) -> None:
    state = State.GRANTED if decision.outcome == "grant" else State.REFUSED
    reason = workflow.cipher.encrypt(decision.reason, table="task", column="reason", row=task_id)
    values = {"state": state.value, "decided_at": work.clock.now(), "decided_by": caller.subject, "reason": reason}
    await store.update_task(work.connection, task_id, {**values, "basis": decision.basis})


async def _follow(work: UnitOfWork, case: dict[str, Any], rows: dict[str, Any], change: Change, key: str) -> None:
    """Tell the decision, open what it frees, drop what it makes needless, close the case at its end."""
    case_id, now = case["case_id"], work.clock.now()
    times = await work_time(work.connection)
    events = CaseEvents(work, case_id, case["version"])
    decided = next(task for task in change.tasks if task.key == key)
    await events.append(
        TaskDecided(
            case_id=case_id,
            application_id=case["application_id"],
            task_id=rows[key].task_id,
            task_key=key,
            name=rows[key].name,
            unit=rows[key].unit,
            outcome="granted" if decided.state is State.GRANTED else "refused",
            decided_at=now,
            not_needed=list(change.dropped),
        )
    )
    for name in change.dropped:
        await store.update_task(work.connection, rows[name].task_id, {"state": State.NOT_NEEDED.value})
    for name in change.opened:
        await open_task(work, times, case, rows[name], events)
    values: dict[str, Any] = {}
    if change.outcome is not None:
        values = await _close(work, case, times, change.outcome, events)
    await store.update_case(work.connection, case_id, {**values, "version": events.version})


async def _close(
    work: UnitOfWork, case: dict[str, Any], times: WorkTime, outcome: Outcome, events: CaseEvents
) -> dict[str, Any]:
    now = work.clock.now()
    spent = elapsed(case["opened_at"], now, times.calendar, times.hours(case["lead_unit"]))
    minutes = int(spent.total_seconds() // 60)
    await events.append(
        CaseClosed(
            case_id=case["case_id"],
            application_id=case["application_id"],
            outcome=outcome.value,
            closed_at=now,
            elapsed_working_minutes=minutes,
        )
    )
    return {"state": "closed", "outcome": outcome.value, "closed_at": now, "elapsed_working_minutes": minutes}
