"""Opening a case for an accepted application."""

from datetime import datetime
from typing import Any

from chassis.database import UnitOfWork
from chassis.inbox import Received
from chassis.worktime import CriticalPath, Limit, Node, critical_path

from chassis import audit
from workflow_svc import store
from workflow_svc.domain import State, Task, begin
from workflow_svc.errors import DefinitionUnknown
from workflow_svc.events import ApplicationAccepted, CaseOpened
from workflow_svc.handlers.tools import CaseEvents, WorkTime, open_task, work_time

SELF = "workflow"


async def open_case(work: UnitOfWork, received: Received[ApplicationAccepted]) -> None:
    """Open the case with the tasks of its situation; those that wait for nothing are opened at once.

    Raises DefinitionUnknown or CalendarUnknown when the catalogue's events have not arrived yet.
    """
    accepted = received.data
    definition = await store.find_definition(work.connection, accepted.matter_code, accepted.matter_version)
    if definition is None:
        raise DefinitionUnknown(f"{accepted.matter_code} version {accepted.matter_version}")
    times = await work_time(work.connection)
    chosen = _restrict(definition["tasks"], accepted.tasks)
    promised = _path(chosen, "promise", times, accepted.accepted_at)
    statutory = _path(chosen, "statutory", times, accepted.accepted_at)
    case = _case_row(work, accepted, definition, promised, statutory)
    rows = [_task_row(work, case["case_id"], place, task) for place, task in enumerate(chosen)]
    change = begin(Task(row["task_key"], tuple(row["after"]), row["hard"]) for row in rows)
    events = CaseEvents(work, case["case_id"], 0)
    case["version"] = 1 + len(change.opened)
    await store.add_case(work.connection, case, rows)
    await _record_path(work, case["case_id"], "promised", promised)
    await _record_path(work, case["case_id"], "statutory", statutory)
    await events.append(
        CaseOpened(
            case_id=case["case_id"],
            application_id=accepted.application_id,
            matter_code=accepted.matter_code,
            matter_version=accepted.matter_version,
            tasks=len(rows),
            promised_due=case["promised_due"],
            statutory_due=case["statutory_due"],
            provisional=case["provisional"],
        )
    )
    for row in await store.tasks_of(work.connection, case["case_id"]):
        if row.task_key in change.opened:
            await open_task(work, times, case, row, events)
    details = {"application_id": accepted.application_id}
    await audit.record(work, actor=SELF, action="case.opened", subject=case["case_id"], details=details)


def _restrict(tasks: list[dict[str, Any]], keys: list[str]) -> list[dict[str, Any]]:
    """Return the chosen tasks; one that waited for an absent task waits for what that one waited for."""
    known = {task["task_key"]: task for task in tasks}

    def gates(names: list[str]) -> list[str]:
        found = [gate for name in names for gate in ([name] if name in keys else gates(known[name]["after"]))]
        return list(dict.fromkeys(found))

    return [{**task, "after": gates(task["after"])} for task in tasks if task["task_key"] in keys]


def _path(tasks: list[dict[str, Any]], kind: str, times: WorkTime, start: datetime) -> CriticalPath | None:
    """Return the critical path of promises, or of statutory limits (a promise where a task has none)."""
    if kind == "statutory" and not any(task["statutory"] for task in tasks):
        return None
    nodes = {
        task["task_key"]: Node(
            tuple(task["after"]), Limit.from_json(task[kind] or task["promise"]), times.hours(task["unit"])
        )
        for task in tasks
    }
    return critical_path(nodes, start, times.calendar)


def _case_row(
    work: UnitOfWork,
    accepted: ApplicationAccepted,
    definition: dict[str, Any],
    promised: CriticalPath | None,
    statutory: CriticalPath | None,
) -> dict[str, Any]:
    if promised is None:
        raise ValueError("a case needs a task")
    return {
        "case_id": work.ids(),
        "application_id": accepted.application_id,
        "application_number": accepted.application_number,
        "matter_code": accepted.matter_code,
        "matter_version": accepted.matter_version,
        "name": definition["name"],
        "lead_unit": definition["lead_unit"],
        "applicant_id": accepted.applicant_id,
        "state": "open",
        "opened_at": accepted.accepted_at,
        "promised_due": promised.finish,
        "statutory_due": statutory.finish if statutory else None,
        "provisional": promised.provisional or bool(statutory and statutory.provisional),
    }


def _task_row(work: UnitOfWork, case_id: str, place: int, task: dict[str, Any]) -> dict[str, Any]:
    kept = ("task_key", "name", "item", "unit", "after", "promise", "statutory")
    return {
        **{name: task[name] for name in kept},
        "task_id": work.ids(),
        "case_id": case_id,
        "place": place,
        "hard": task["on_refusal"] == "HARD",
        "state": State.WAITING.value,
        "provisional": False,
        "reason": "",
        "basis": "",
    }


async def _record_path(work: UnitOfWork, case_id: str, kind: str, path: CriticalPath | None) -> None:
    if path is None:
        return
    links = [{"task_key": key, **link.to_json()} for key, link in zip(path.keys, path.dues, strict=True)]
    await store.add_deadline(
        work.connection,
        case_id,
        kind,
        due_at=path.finish,
        derivation=links,
        cause="opened",
        made_at=work.clock.now(),
    )
