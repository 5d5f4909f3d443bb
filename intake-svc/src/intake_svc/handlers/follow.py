"""Following the case: workflow's events become the applicant's timeline and progress.

Each handler holds the application's row first, so that entries get their places one after another.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis.base.clock import local
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from intake_svc import store
from intake_svc.domain.progress import ApplicationState, Happening, line, moved, require_move
from intake_svc.errors import ApplicationUnknown
from intake_svc.events import (
    CaseClosed,
    CaseOpened,
    DeadlineRecomputed,
    TaskCompleted,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
)
from intake_svc.siblings import APPLICANT, Guide
from intake_svc.store.opened import drop_tasks, hand_task_over, open_task


async def follow_case_opened(work: UnitOfWork, received: Received[CaseOpened]) -> None:
    """Show the case, how many tasks it has and when it is expected to end. Raises ApplicationUnknown."""
    case = received.data
    await _hold(work, case.application_id)
    values = {
        "case_id": case.case_id,
        "expected_finish": case.promised_due,
        "provisional": case.provisional,
        "tasks_total": case.tasks,
    }
    await store.follow_application(work.connection, case.application_id, values)
    kind = Happening.CASE_OPENED
    text = line(kind, tasks=case.tasks)
    await store.tell(work.connection, case.application_id, at=received.time, kind=kind, text=text)


async def follow_task_opened(work: UnitOfWork, received: Received[TaskOpened]) -> None:
    """Tell that a unit has begun, and let it see what its item asked for; or tell her of a step of her own.

    Raises ApplicationUnknown.
    """
    task = received.data
    row = await _hold(work, task.application_id)
    if task.by == APPLICANT:
        until = local(task.promised_due).date() if task.promised_due else None
        how = Guide.model_validate(row.guide).steps.get(task.task_key, "")
        await _tell_step(work, received, Happening.STEP_OPENED, until=until, how=how)
        return
    kept = {name: getattr(task, name) for name in ("task_id", "application_id", "task_key", "unit")}
    item = task.item or Guide.model_validate(row.guide).item_of(task.task_key)
    await open_task(work.connection, {**kept, "item": item})
    await _tell_task(work, row, received, Happening.TASK_OPENED)


async def follow_task_completed(work: UnitOfWork, received: Received[TaskCompleted]) -> None:
    """Tell that the applicant did a step of her own, perhaps after the end. Raises ApplicationUnknown."""
    await _hold(work, received.data.application_id)
    await _tell_step(work, received, Happening.STEP_COMPLETED)


async def follow_task_decided(work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Tell a decision and count it, with the units' tasks it made needless. Raises ApplicationUnknown."""
    task = received.data
    row = await _hold(work, task.application_id)
    guide = Guide.model_validate(row.guide)
    done = row.tasks_done + 1 + sum(key not in guide.steps for key in task.not_needed)
    dropped = [*(row.tasks_dropped or ()), *task.not_needed]
    values = {"tasks_done": done, "tasks_dropped": dropped}
    await store.follow_application(work.connection, task.application_id, values)
    await drop_tasks(work.connection, task.application_id, task.not_needed)
    kind = Happening.TASK_GRANTED if task.outcome == "granted" else Happening.TASK_REFUSED
    await _tell_task(work, row, received, kind, dropped=guide.task_names(task.not_needed))


async def follow_task_transferred(work: UnitOfWork, received: Received[TaskTransferred]) -> None:
    """Tell that another unit works on a task now, since the one before has ended, and let it see what that one saw.

    A step of the applicant's own is worked on by no unit: nothing is told of it.
    Raises ApplicationUnknown.
    """
    task, kind = received.data, Happening.TASK_TRANSFERRED
    row = await _hold(work, task.application_id)
    if task.task_key in Guide.model_validate(row.guide).steps:
        return
    await hand_task_over(work.connection, task.task_id, task.unit)
    before, unit = await _unit_name(work, row, task.from_unit), await _unit_name(work, row, task.unit)
    text = line(kind, unit=unit, before=before, task=task.name)
    told: dict[str, Any] = {"at": received.time, "unit": task.unit, "task_key": task.task_key}
    await store.tell(work.connection, task.application_id, kind=kind, text=text, **told)


async def follow_deadline_recomputed(work: UnitOfWork, received: Received[DeadlineRecomputed]) -> None:
    """Show the case's new expected finish, and say why if it is another one; that of a task alone changes nothing here.

    Raises ApplicationUnknown.
    """
    case = received.data
    await _hold(work, case.application_id)
    if case.task_key is not None:
        return
    values = {"expected_finish": case.promised_due, "provisional": case.provisional}
    await store.follow_application(work.connection, case.application_id, values)
    if case.promised_due == case.old_promised_due:
        return
    kind = Happening.DEADLINE_RECOMPUTED
    change = moved(case.old_promised_due, case.promised_due, provisional=case.provisional)
    text = line(kind, reason=case.cause, moved=change)
    await store.tell(work.connection, case.application_id, at=received.time, kind=kind, text=text)


async def follow_case_closed(work: UnitOfWork, received: Received[CaseClosed]) -> None:
    """Close the application with the case's outcome. Raises ApplicationUnknown, NotAccepted."""
    case = received.data
    row = await _hold(work, case.application_id)
    require_move(ApplicationState(row.state), ApplicationState.CLOSED)
    values = {
        "state": ApplicationState.CLOSED.value,
        "outcome": case.outcome,
        "closed_at": case.closed_at,
        "elapsed_working_minutes": case.elapsed_working_minutes,
    }
    await store.follow_application(work.connection, case.application_id, values)
    kind = Happening.CLOSED
    text = line(kind, outcome=case.outcome)
    await store.tell(work.connection, case.application_id, at=received.time, kind=kind, text=text)


async def _hold(work: UnitOfWork, application_id: str) -> Any:
    row = await store.hold_application(work.connection, application_id)
    if row is None:
        raise ApplicationUnknown(application_id)
    return row


async def _tell_step(
    work: UnitOfWork,
    received: Received[TaskOpened] | Received[TaskCompleted],
    kind: Happening,
    *,
    until: date | None = None,
    how: str = "",
) -> None:
    step = received.data
    text = line(kind, task=step.name, until=until, how=how)
    at, key = received.time, step.task_key
    await store.tell(work.connection, step.application_id, at=at, kind=kind, text=text, task_key=key)


async def _unit_name(work: UnitOfWork, row: Any, unit: str) -> str:
    return await store.unit_name(work.connection, unit) or Guide.model_validate(row.guide).unit_name(unit)


async def _tell_task(
    work: UnitOfWork,
    row: Any,
    received: Received[TaskOpened] | Received[TaskDecided],
    kind: Happening,
    *,
    dropped: Sequence[str] = (),
) -> None:
    task = received.data
    name = await _unit_name(work, row, task.unit)
    task_type = task.task_type if isinstance(task, TaskDecided) else None
    await store.tell(
        work.connection,
        task.application_id,
        at=received.time,
        kind=kind,
        text=line(kind, unit=name, task=task.name, dropped=dropped, task_type=task_type or ""),
        unit=task.unit,
        task_key=task.task_key,
    )
