"""Completing a step that is the applicant's own act (申请人环节), as paying a contribution is."""

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal

from workflow_svc import store
from workflow_svc.domain import TaskState, complete
from workflow_svc.errors import TaskNotFound
from workflow_svc.events import TaskCompleted
from workflow_svc.handlers.case_events import CaseEvents
from workflow_svc.handlers.clocks import work_time
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.handlers.read import Written, task_view
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
    rows = {row["task_key"]: row for row in await store.tasks_beside(work.connection, case["case_id"], task_id)}
    row = rows[case["task_key"]]
    change = complete([store.task_rule(one) for one in rows.values()], row["task_key"])
    times = await work_time(workflow, work.connection, row["calendar"])
    now = work.clock.now()
    receipt = workflow.cipher.encrypt(body.receipt, table="task", column="receipt", row=task_id) if body.receipt else ""
    row |= {"state": TaskState.COMPLETED.value, "decided_at": now, "decided_by": caller.subject, "receipt": receipt}
    events = CaseEvents(work, case, rows.values(), case["version"])
    await events.append(TaskCompleted(**events.facts_of(row), promised_due=row["promised_due"], completed_at=now))
    await start(work, times, case, [rows[name] for name in change.opened], events, near=workflow.near)
    case["version"] = events.version
    await store.save_tasks(work.connection, [rows[name] for name in (row["task_key"], *change.opened)])
    await store.save_cases(work.connection, [case])
    details = {"case_id": case["case_id"]}
    await audit.record(work, actor=caller.subject, action="task.completed", subject=task_id, details=details)
    return task_view(row, case, Written(receipt=body.receipt))
