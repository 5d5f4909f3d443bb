"""Reading tasks and cases: a department's inbox, one task with its derivation, a case with all its tasks."""

from datetime import datetime
from typing import Any

from chassis.identity import Kind, Principal
from chassis.paging import Page, decode_cursor, page
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc import store
from workflow_svc.domain import REMEDIES, State
from workflow_svc.errors import CaseNotFound, TaskNotFound
from workflow_svc.handlers.tools import Workflow
from workflow_svc.schemas import CaseSummary, CaseView, DueView, TaskSummary, TaskView

SUMMARY = (*TaskSummary.model_fields,)
CASE = (*CaseSummary.model_fields,)


async def list_tasks(  # noqa: PLR0913  one keyword per filter
    workflow: Workflow, caller: Principal, *, state: State, application_number: str, after: str, size: int
) -> Page[TaskSummary]:
    """Return a page of the caller's unit's tasks, the earliest due first."""
    last = None
    if after:
        due, task_id = decode_cursor(after, str, str)
        last = (datetime.fromisoformat(due), task_id)
    async with workflow.database.reading() as connection:
        rows = await store.list_tasks(
            connection,
            unit=caller.unit,
            state=state,
            application_number=application_number,
            after=last,
            size=size,
        )
    views = [TaskSummary(**{name: getattr(row, name) for name in SUMMARY}) for row in rows]
    return page(
        views, size, key=lambda view: (view.promised_due.isoformat() if view.promised_due else "", view.task_id)
    )


async def show_task(workflow: Workflow, caller: Principal, task_id: str) -> TaskView:
    """Return a task of the caller's unit. Raises TaskNotFound."""
    async with workflow.database.reading() as connection:
        row = await store.find_task(connection, task_id, caller.unit)
        if row is None:
            raise TaskNotFound(task_id)
        return await task_view(workflow, connection, row)


async def task_view(workflow: Workflow, connection: AsyncConnection, row: Any) -> TaskView:
    """Return a task's row with its derivations as a reply."""
    return _view(workflow, row, await store.derivations(connection, [row.task_id]))


def _view(workflow: Workflow, row: Any, found: dict[tuple[str, str], Any], **more: Any) -> TaskView:
    refused = row.state == State.REFUSED.value
    reason = workflow.cipher.decrypt(row.reason, table="task", column="reason", row=row.task_id) if row.reason else ""
    promised, statutory = found.get((row.task_id, "promised")), found.get((row.task_id, "statutory"))
    summary = {name: more[name] if name in more else getattr(row, name) for name in SUMMARY}
    return TaskView(
        **summary,
        item=row.item,
        promised=DueView(**promised) if promised else None,
        statutory=DueView(**statutory) if statutory else None,
        reason=reason,
        basis=row.basis,
        remedies=REMEDIES if refused else "",
    )


def _unit(caller: Principal) -> str:
    return caller.unit if caller.kind is Kind.STAFF else ""


async def list_cases(
    workflow: Workflow, caller: Principal, *, application_id: str, after: str, size: int
) -> Page[CaseSummary]:
    """Return a page of the cases that the caller may see, the newest first."""
    (last,) = decode_cursor(after, str) if after else ("",)
    async with workflow.database.reading() as connection:
        rows = await store.list_cases(
            connection,
            subject=caller.subject,
            unit=_unit(caller),
            application_id=application_id,
            after=last,
            size=size,
        )
    views = [CaseSummary(**{name: getattr(row, name) for name in CASE}) for row in rows]
    return page(views, size, key=lambda view: (view.case_id,))


async def show_case(workflow: Workflow, caller: Principal, case_id: str) -> CaseView:
    """Return a case to its applicant, or to staff of a unit in it. Raises CaseNotFound for everyone else."""
    async with workflow.database.reading() as connection:
        case = await store.find_case(connection, case_id, subject=caller.subject, unit=_unit(caller))
        if case is None:
            raise CaseNotFound(case_id)
        rows = await store.tasks_of(connection, case_id)
        found = await store.derivations(connection, [row.task_id for row in rows])
    more = {"application_number": case.application_number, "matter_code": case.matter_code}
    return CaseView(
        **{name: getattr(case, name) for name in CASE}, tasks=[_view(workflow, row, found, **more) for row in rows]
    )
