"""Opening a case for an accepted application."""

from typing import Any

from chassis.base.clock import local
from chassis.base.succession import in_force
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received
from chassis.worktime import WorkTime

from workflow_svc import store
from workflow_svc.domain import ClockStart, TaskState, begin, restrict
from workflow_svc.errors import DefinitionUnknown
from workflow_svc.events import ApplicationAccepted, CaseOpened, MatterPublished
from workflow_svc.handlers.case_events import APPLICANT, CaseEvents
from workflow_svc.handlers.clocks import Clocks, case_clocks, deadline_rows, start_of, task_clocks, work_time
from workflow_svc.handlers.collaborators import SELF, Workflow
from workflow_svc.handlers.timers import of_clocks, timer_rows
from workflow_svc.store import learned, timing

KEPT = ("task_key", "name", "item", "unit", "unit_name", "promise", "statutory")
LATER = ("opened_at", "promised_due", "statutory_due", "decided_at", "decided_by")


async def open_case(workflow: Workflow, work: UnitOfWork, received: Received[ApplicationAccepted]) -> None:
    """Open the case with the tasks of its situation; those that wait for nothing are open from the acceptance on.

    However late the event comes, the clocks start when the application was received or accepted, as each item says.
    Raises DefinitionUnknown or CalendarUnknown while the catalogue's events have not arrived, TasksUnknown for a task
    that the matter's version does not have.
    """
    accepted = received.data
    known = await learned.known_of(work.connection, accepted.matter_code, accepted.matter_version)
    if known is None:
        name = f"{accepted.matter_code} version {accepted.matter_version}"
        raise DefinitionUnknown(name, topic=MatterPublished.topic, subject=accepted.matter_code)
    times = await work_time(workflow, work.connection, known.calendar)
    definition = await _definition(workflow, work, accepted, known.told)
    case_id, today = work.ids(), local(work.clock.now()).date()
    rows = _task_rows(work, case_id, definition, accepted.tasks)
    for row in rows:
        row["unit"] = in_force(known.terms, row["unit"], today)
    clocks = _open_first(times, accepted, rows)
    moments = {"opened_at": accepted.accepted_at, "submitted_at": accepted.submitted_at}
    path = case_clocks(times, moments, rows)
    case = _case_row(case_id, accepted, definition, path, version=1 + len(clocks))
    case |= {"lead_unit": in_force(known.terms, definition["lead_unit"], today), "reckoned_under": known.calendar}
    store.add_case(work, case, rows)
    dues = [deadline_rows(work, subject, one, cause="opened") for subject, one in {case_id: path, **clocks}.items()]
    store.add_deadlines(work, [row for found in dues for row in found])
    opened = [row for row in rows if row["task_id"] in clocks]
    timers = [timer_rows(workflow.near, times, row, of_clocks(clocks[row["task_id"]])) for row in opened]
    timing.add_timers(work, [row for found in timers for row in found])
    await _tell(work, case, rows, path, clocks)
    details = {"application_id": accepted.application_id}
    await audit.record(work, actor=SELF, action="case.opened", subject=case_id, details=details)


async def _definition(workflow: Workflow, work: UnitOfWork, accepted: ApplicationAccepted, told: int) -> Any:
    """Return the matter's version, in the words in which it was told last."""
    version = (accepted.matter_code, accepted.matter_version)
    definition = workflow.definitions.get((*version, told))
    if definition is None:
        definition = await learned.find_definition(work.connection, *version)
        workflow.definitions.keep((*version, told), definition)
    return definition


def _open_first(times: WorkTime, accepted: ApplicationAccepted, rows: list[dict[str, Any]]) -> dict[str, Clocks]:
    """Open the tasks that wait for nothing in their rows; return their clocks."""
    clocks: dict[str, Clocks] = {}
    change = begin(store.task_rule(row) for row in rows)
    for row in rows:
        if row["task_key"] in change.opened:
            started = start_of(row, accepted.accepted_at, accepted.submitted_at)
            clocks[row["task_id"]] = found = task_clocks(times, started, row)
            row |= {"state": TaskState.OPEN.value, "opened_at": accepted.accepted_at, **found.columns}
            row["timed"] = True
    return clocks


async def _tell(
    work: UnitOfWork, case: dict[str, Any], rows: list[dict[str, Any]], path: Clocks, clocks: dict[str, Clocks]
) -> None:
    events = CaseEvents(work, case, rows, 0)
    units = sum(not row["by_applicant"] for row in rows)
    await events.append(CaseOpened(**events.facts, tasks=units, **path.columns))
    for row in rows:
        if row["task_id"] in clocks:
            await events.tell_opened(row, clocks[row["task_id"]])


def _case_row(
    case_id: str, accepted: ApplicationAccepted, definition: dict[str, Any], path: Clocks, *, version: int
) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "application_id": accepted.application_id,
        "application_number": accepted.application_number,
        "matter_code": accepted.matter_code,
        "matter_version": accepted.matter_version,
        "name": definition["name"],
        "lead_unit_name": definition["lead_unit_name"],
        "applicant_id": accepted.applicant_id,
        "region": accepted.region or definition.get("region"),
        "state": "open",
        "version": version,
        "opened_at": accepted.accepted_at,
        "submitted_at": accepted.submitted_at,
        **path.columns,
    }


def _task_rows(work: UnitOfWork, case_id: str, definition: dict[str, Any], keys: list[str]) -> list[dict[str, Any]]:
    published = {task["task_key"]: task for task in definition["tasks"]}
    chosen = restrict({key: task["after"] for key, task in published.items()}, keys)
    return [
        {
            **{name: published[key][name] for name in KEPT},
            # a version that an older release kept does not have these
            "result": published[key].get("result"),
            "clock_start": published[key].get("clock_start") or ClockStart.ACCEPTANCE.value,
            "task_type": published[key].get("task_type") or "",
            **dict.fromkeys(LATER),
            "task_id": work.ids(),
            "case_id": case_id,
            "matter_code": definition["matter_code"],
            "place": place,
            "after": list(after),
            "hard": published[key]["on_refusal"] == "HARD",
            "by_applicant": published[key].get("by") == APPLICANT,
            "state": TaskState.WAITING.value,
            "provisional": False,
            "reason": "",
            "basis": "",
            "receipt": "",
            "timed": False,
        }
        for place, (key, after) in enumerate(chosen.items())
    ]
