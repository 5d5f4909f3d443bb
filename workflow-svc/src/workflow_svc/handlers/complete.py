"""Completing a step that is the applicant's own act (申请人环节), as paying a contribution is."""

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal

from workflow_svc import store
from workflow_svc.domain import TaskState, complete
from workflow_svc.errors import TaskNotFound
from workflow_svc.events import TaskCompleted
from workflow_svc.handlers.case_events import CaseEvents
from workflow_svc.handlers.clocks import calendar_in_force
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.handlers.read import step_view
from workflow_svc.handlers.start import start
from workflow_svc.schemas import CompletionBody, TaskView


async def complete_task(
    workflow: Workflow, work: UnitOfWork, caller: Principal, task_id: str, body: CompletionBody
) -> TaskView:
    """Note that the applicant did her step, and open what waited for it; also after her case has ended.

    Raises TaskNotFound for what is not a step of the caller's own, TaskNotOpen.
    """
    case = await store.lock_case_of_step(work.connection, task_id, caller.subject)
    if case is None:
        raise TaskNotFound(task_id)
    rows = {row["task_key"]: row for row in await store.tasks_of(work.connection, case["case_id"])}
    row = rows[case["task_key"]]
    change = complete([store.task_rule(one) for one in rows.values()], row["task_key"])
    now = work.clock.now()
    receipt = workflow.cipher.encrypt(body.receipt, table="task", column="receipt", row=task_id) if body.receipt else ""
    values = {"state": TaskState.COMPLETED.value, "decided_at": now, "decided_by": caller.subject, "receipt": receipt}
    await store.update_tasks(work.connection, [task_id], values)
    _, times = await calendar_in_force(work.connection)
    events = CaseEvents(work, case, rows.values(), case["version"])
    await events.append(TaskCompleted(**events.facts_of(row), promised_due=row["promised_due"], completed_at=now))
    await start(work, times, case, [rows[name] for name in change.opened], events)
    await store.update_case(work.connection, case["case_id"], {"version": events.version})
    details = {"case_id": case["case_id"]}
    await audit.record(work, actor=caller.subject, action="task.completed", subject=task_id, details=details)
    return await step_view(workflow, work.connection, {**row, **values}, case, caller)
