"""What another service prints of a decision: asked for in its own name, for a purpose, and recorded."""

from chassis.data import audit
from chassis.http.identity import Principal

from workflow_svc import store
from workflow_svc.errors import DecisionNotFound
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.handlers.read import of_decision, task_view
from workflow_svc.schemas import DecisionPurpose, DecisionView, ResultView

OF_TASK = (
    *("task_id", "case_id", "application_id", "application_number", "matter_code", "task_key", "name"),
    *("item", "unit", "unit_name", "decision", "reason", "basis", "remedies", "decided_at"),
)


async def show_decision(
    workflow: Workflow, caller: Principal, task_id: str, *, purpose: DecisionPurpose
) -> DecisionView:
    """Return a decision to a service. Raises DecisionNotFound."""
    async with workflow.database.asking() as connection:
        row = await store.find_decided(connection, task_id)
    if row is None:
        raise DecisionNotFound(task_id)
    told = task_view({**row, **dict.fromkeys(("promised_clock", "statutory_clock"))}, row, of_decision(workflow, row))
    result = row["result"]
    view = DecisionView(
        **{name: getattr(told, name) for name in OF_TASK},
        task_type=row["task_type"],
        outcome=row["state"],
        decided_by=row["decided_by"],
        result=ResultView(name=result["name"], type=result["type"]) if result else None,
    )
    details = {"purpose": purpose, "case_id": view.case_id, "caller": caller.subject}
    await audit.record_look(
        workflow.database, actor=caller.subject, action="task.decision_read", subject=task_id, details=details
    )
    return view
