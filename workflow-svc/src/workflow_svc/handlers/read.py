"""Reading tasks and cases: a department's inbox, one task with its derivation, a case with all its tasks.

What staff read is recorded by ids before it is answered (个人信息保护法 art. 51, 54); an empty page shows nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chassis.data import audit
from chassis.http.identity import Kind, Principal
from chassis.http.paging import Page, decode_cursor, id_in, moment_in, page

from workflow_svc import store
from workflow_svc.domain import TaskState, remedies, words_of
from workflow_svc.errors import CaseNotFound, TaskNotFound
from workflow_svc.handlers.case_events import APPLICANT, UNIT
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.schemas import CaseSummary, CaseView, DueView, TaskSummary, TaskView
from workflow_svc.store import listing
from workflow_svc.store.listing import CaseFilter, TaskFilter

SUMMARY = (*TaskSummary.model_fields,)
CASE = (*CaseSummary.model_fields,)
OF_ITS_CASE = ("application_id", "application_number", "matter_code")


async def list_tasks(
    workflow: Workflow, caller: Principal, wanted: TaskFilter, *, after: str, size: int
) -> Page[TaskSummary]:
    """Return a page of the caller's unit's tasks: the earliest due first, those without a clock by their id.

    Raises Malformed for a cursor of another list.
    """
    last = _task_cursor(after, wanted) if after else None
    async with workflow.database.asking() as connection:
        rows = await listing.list_tasks(connection, caller.unit, wanted, after=last, size=size)
    views = [TaskSummary(**{name: row[name] for name in SUMMARY}) for row in rows]
    if rows:
        details = {"state": wanted.state.value, "shown": [row["task_id"] for row in rows[:size]]}
        await _record_look(workflow, caller, "tasks.listed", caller.unit, details)

    def key(view: TaskSummary) -> tuple[str, ...]:
        due = (view.promised_due.isoformat(),) if wanted.by_due and view.promised_due else ()
        return (*due, view.task_id)

    return page(views, size, key=key)


def _task_cursor(after: str, wanted: TaskFilter) -> tuple[Any, ...]:
    if not wanted.by_due:
        return (id_in(*decode_cursor(after, str)),)
    due, task_id = decode_cursor(after, str, str)
    return moment_in(due), id_in(task_id)


async def show_task(workflow: Workflow, caller: Principal, task_id: str) -> TaskView:
    """Return a task of the caller's unit. Raises TaskNotFound."""
    async with workflow.database.asking() as connection:
        row = await store.find_task(connection, task_id, caller.unit)
    if row is None:
        raise TaskNotFound(task_id)
    view = task_view(row, row, _written(workflow, caller, row))
    await _record_look(workflow, caller, "task.shown", task_id, {"case_id": view.case_id})
    return view


async def _record_look(
    workflow: Workflow, caller: Principal, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    await audit.record_look(workflow.database, actor=caller.subject, action=action, subject=subject, details=details)


@dataclass(frozen=True, slots=True)
class Written:
    """What people wrote of a task, in clear."""

    reason: str = ""
    basis: str = ""
    receipt: str = ""


def _written(workflow: Workflow, caller: Principal, row: Mapping[str, Any]) -> Written:
    """Open what is sealed of a task, as far as it is the caller's to see."""
    receipt = _opened(workflow, row, "receipt") if caller.kind is Kind.CITIZEN else ""
    return replace(of_decision(workflow, row), receipt=receipt)


def of_decision(workflow: Workflow, row: Mapping[str, Any]) -> Written:
    """Open what a unit wrote of its decision."""
    return Written(_opened(workflow, row, "reason"), _opened(workflow, row, "sealed_basis") or row["basis"])


def _opened(workflow: Workflow, row: Mapping[str, Any], column: str) -> str:
    sealed = row[column]
    return workflow.cipher.decrypt(sealed, table="task", column=column, row=row["task_id"]) if sealed else ""


def task_view(row: Mapping[str, Any], case: Mapping[str, Any], written: Written) -> TaskView:
    """Return a task of a case, with its clocks, as a reply."""
    granted, refused = (row["state"] == state for state in (TaskState.GRANTED.value, TaskState.REFUSED.value))
    words = words_of(row["task_type"])
    return TaskView(
        **{name: (case if name in OF_ITS_CASE else row)[name] for name in SUMMARY},
        promised=DueView(**row["promised_clock"]) if row["promised_clock"] else None,
        statutory=DueView(**row["statutory_clock"]) if row["statutory_clock"] else None,
        item=row["item"],
        by=APPLICANT if row["by_applicant"] else UNIT,
        receipt=written.receipt,
        reason=written.reason,
        basis=written.basis,
        decision=words.granted if granted else words.refused if refused else "",
        remedies=remedies(row["task_type"], row["unit_remedies"] or {}) if refused else "",
    )


def _without_reason(view: TaskView) -> TaskView:
    """Return a task as a unit sees it that neither decided it nor leads the case: refused or not, but not why."""
    return view.model_copy(update={"reason": "", "basis": "", "remedies": ""})


def _unit(caller: Principal) -> str:
    return caller.unit if caller.kind is Kind.STAFF else ""


async def list_cases(
    workflow: Workflow, caller: Principal, *, application_id: str, after: str, size: int
) -> Page[CaseSummary]:
    """Return a page of the cases that the caller may see, the newest first. Raises Malformed for a wrong cursor."""
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with workflow.database.asking() as connection:
        wanted = CaseFilter(caller.subject, _unit(caller), application_id)
        rows = await listing.list_cases(connection, wanted, after=last, size=size)
    if caller.kind is Kind.STAFF and rows:
        details = {"application_id": application_id, "shown": [row["case_id"] for row in rows[:size]]}
        await _record_look(workflow, caller, "cases.listed", caller.unit, details)
    views = [CaseSummary(**{name: row[name] for name in CASE}) for row in rows]
    return page(views, size, key=lambda view: (view.case_id,))


async def show_case(workflow: Workflow, caller: Principal, case_id: str) -> CaseView:
    """Return a case to its applicant, or to staff of a unit in it. Raises CaseNotFound for everyone else.

    Why a task was refused is for the applicant, the unit that decided, and the one that leads (行政许可法 art. 38;
    个人信息保护法 art. 6).
    """
    async with workflow.database.asking() as connection:
        found = await store.find_case(connection, case_id, subject=caller.subject, unit=_unit(caller))
    if found is None:
        raise CaseNotFound(case_id)
    case, rows = found
    tasks = [task_view(row, case, _written(workflow, caller, row)) for row in rows]
    if caller.kind is Kind.STAFF:
        await _record_look(workflow, caller, "case.shown", case_id)
        if caller.unit != case["lead_unit"]:
            tasks = [task if task.unit == caller.unit else _without_reason(task) for task in tasks]
    return CaseView(**{name: case[name] for name in CASE}, tasks=tasks)
