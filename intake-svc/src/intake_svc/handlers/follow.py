"""Following the case: workflow's events become the applicant's timeline and progress."""

from collections.abc import Mapping
from typing import Any

from chassis.database import UnitOfWork
from chassis.inbox import Received

from intake_svc import store
from intake_svc.domain.progress import Happening, State, line
from intake_svc.errors import ApplicationUnknown
from intake_svc.events import CaseClosed, CaseOpened, TaskDecided, TaskOpened
from intake_svc.handlers.tools import unit_name


async def _follow(work: UnitOfWork, application_id: str, values: Mapping[str, Any]) -> Any:
    row = await store.follow_application(work.connection, application_id, values)
    if row is None:
        raise ApplicationUnknown(application_id)
    return row


async def follow_case_opened(work: UnitOfWork, received: Received[CaseOpened]) -> None:
    """Show the case, how many tasks it has and when it is expected to end. Raises ApplicationUnknown."""
    case = received.data
    values = {"case_id": case.case_id, "expected_finish": case.promised_due, "provisional": case.provisional}
    await _follow(work, case.application_id, {**values, "tasks_total": case.tasks})
    kind = Happening.CASE_OPENED
    text = line(kind, tasks=case.tasks)
    await store.tell(work.connection, case.application_id, at=received.time, kind=kind, text=text)


async def follow_task_opened(work: UnitOfWork, received: Received[TaskOpened]) -> None:
    """Tell that a unit has begun. Raises ApplicationUnknown."""
    task = received.data
    row = await _follow(work, task.application_id, {"provisional": store.applications.c.provisional})
    kind = Happening.TASK_OPENED
    text = line(kind, unit=unit_name(row.guide, task.unit), task=task.name)
    await store.tell(
        work.connection,
        task.application_id,
        at=received.time,
        kind=kind,
        text=text,
        unit=task.unit,
        task_key=task.task_key,
    )


async def follow_task_decided(work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Tell a decision and count it, with the tasks it made needless. Raises ApplicationUnknown."""
    task = received.data
    done = store.applications.c.tasks_done + 1 + len(task.not_needed)
    row = await _follow(work, task.application_id, {"tasks_done": done})
    kind = Happening.TASK_GRANTED if task.outcome == "granted" else Happening.TASK_REFUSED
    text = line(kind, unit=unit_name(row.guide, task.unit), task=task.name)
    await store.tell(
        work.connection,
        task.application_id,
        at=received.time,
        kind=kind,
        text=text,
        unit=task.unit,
        task_key=task.task_key,
    )


async def follow_case_closed(work: UnitOfWork, received: Received[CaseClosed]) -> None:
    """Close the application with the case's outcome. Raises ApplicationUnknown."""
    case = received.data
    values = {
        "state": State.CLOSED.value,
        "outcome": case.outcome,
        "closed_at": case.closed_at,
        "elapsed_working_minutes": case.elapsed_working_minutes,
    }
    await _follow(work, case.application_id, values)
    kind = Happening.CLOSED
    text = line(kind, outcome=case.outcome)
    await store.tell(work.connection, case.application_id, at=received.time, kind=kind, text=text)
