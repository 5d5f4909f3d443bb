"""Following the case: workflow's events become the applicant's timeline and progress.

Each handler's first statement holds the application, changes it and gives the place of the entry, one after another.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis.base.clock import local
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from intake_svc.domain.progress import ApplicationState, Happening, line, moved, require_move
from intake_svc.errors import ApplicationUnknown, NotAccepted
from intake_svc.events import (
    CaseClosed,
    CaseOpened,
    DeadlineRecomputed,
    TaskCompleted,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
)
from intake_svc.handlers.guides import Guides
from intake_svc.siblings import APPLICANT
from intake_svc.store.opened import close_tasks, hand_task_over, open_task
from intake_svc.store.timelines import (
    close_application,
    drop_tasks,
    follow_application,
    hold_application,
    state_of,
    tell,
)


async def follow_case_opened(work: UnitOfWork, received: Received[CaseOpened]) -> None:
    """Show the case, how many tasks it has and when it is expected to end. Raises ApplicationUnknown."""
    case = received.data
    values = {
        "case_id": case.case_id,
        "expected_finish": case.promised_due,
        "provisional": case.provisional,
        "tasks_total": case.tasks,
    }
    row = _known(case.application_id, await follow_application(work.connection, case.application_id, values))
    kind = Happening.CASE_OPENED
    text = line(kind, tasks=case.tasks)
    tell(work, case.application_id, row.place, at=received.time, kind=kind, text=text)


async def follow_task_opened(guides: Guides, work: UnitOfWork, received: Received[TaskOpened]) -> None:
    """Tell that a unit has begun, and let it see what its item asked for; or tell her of a step of her own.

    Raises ApplicationUnknown.
    """
    task = received.data
    row = _known(task.application_id, await hold_application(work.connection, task.application_id, acting=task.unit))
    if task.by == APPLICANT:
        until = local(task.promised_due).date() if task.promised_due else None
        how = (await guides.of(work.connection, row)).steps.get(task.task_key, "")
        _tell_step(work, received, row.place, Happening.STEP_OPENED, until=until, how=how)
        return
    kept = {name: getattr(task, name) for name in ("task_id", "application_id", "task_key", "unit")}
    item = task.item or (await guides.of(work.connection, row)).item_of(task.task_key)
    await open_task(work.connection, {**kept, "item": item})
    name = await _called(guides, work, row, task.unit, row.acting_name)
    _tell_task(work, received, row.place, Happening.TASK_OPENED, name=name)


async def follow_task_completed(work: UnitOfWork, received: Received[TaskCompleted]) -> None:
    """Tell that the applicant did a step of her own, perhaps after the end. Raises ApplicationUnknown."""
    application_id = received.data.application_id
    row = _known(application_id, await hold_application(work.connection, application_id))
    _tell_step(work, received, row.place, Happening.STEP_COMPLETED)


async def follow_task_decided(guides: Guides, work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Tell a decision and count it, with the units' tasks it made needless. Raises ApplicationUnknown."""
    task = received.data
    changed = await follow_application(work.connection, task.application_id, {}, acting=task.unit, done=1)
    row = _known(task.application_id, changed)
    dropped: list[str] = []
    if task.not_needed:
        guide = await guides.of(work.connection, row)
        needless = [*(row.tasks_dropped or ()), *task.not_needed]
        of_units = sum(key not in guide.steps for key in task.not_needed)
        await drop_tasks(work.connection, task.application_id, needless, done=of_units)
        await close_tasks(work.connection, task.application_id, task.not_needed)
        dropped = guide.task_names(task.not_needed)
    kind = Happening.TASK_GRANTED if task.outcome == "granted" else Happening.TASK_REFUSED
    name = await _called(guides, work, row, task.unit, row.acting_name)
    _tell_task(work, received, row.place, kind, name=name, dropped=dropped)


async def follow_task_transferred(guides: Guides, work: UnitOfWork, received: Received[TaskTransferred]) -> None:
    """Tell that another unit works on a task now, since the one before has ended, and let it see what that one saw.

    A step of the applicant's own is worked on by no unit: nothing is told of it.
    Raises ApplicationUnknown.
    """
    task, kind = received.data, Happening.TASK_TRANSFERRED
    held = await hold_application(work.connection, task.application_id, acting=task.unit, before=task.from_unit)
    row = _known(task.application_id, held)
    if task.task_key in (await guides.of(work.connection, row)).steps:
        return
    await hand_task_over(work.connection, task.task_id, task.unit)
    before = await _called(guides, work, row, task.from_unit, row.before_name)
    unit = await _called(guides, work, row, task.unit, row.acting_name)
    text = line(kind, unit=unit, before=before, task=task.name)
    told: dict[str, Any] = {"at": received.time, "unit": task.unit, "task_key": task.task_key}
    tell(work, task.application_id, row.place, kind=kind, text=text, **told)


async def follow_deadline_recomputed(work: UnitOfWork, received: Received[DeadlineRecomputed]) -> None:
    """Show the case's new expected finish, and say why if it is another one; that of a task alone changes nothing here.

    Raises ApplicationUnknown.
    """
    case = received.data
    if case.task_key is not None:
        return
    values = {"expected_finish": case.promised_due, "provisional": case.provisional}
    row = _known(case.application_id, await follow_application(work.connection, case.application_id, values))
    if case.promised_due == case.old_promised_due:
        return
    kind = Happening.DEADLINE_RECOMPUTED
    change = moved(case.old_promised_due, case.promised_due, provisional=case.provisional)
    text = line(kind, reason=case.cause, moved=change)
    tell(work, case.application_id, row.place, at=received.time, kind=kind, text=text)


async def follow_case_closed(work: UnitOfWork, received: Received[CaseClosed]) -> None:
    """Close the application with the case's outcome. Raises ApplicationUnknown, NotAccepted."""
    case = received.data
    values = {
        "outcome": case.outcome,
        "closed_at": case.closed_at,
        "elapsed_working_minutes": case.elapsed_working_minutes,
    }
    row = await close_application(work.connection, case.application_id, values)
    if row is None:
        state = _known(case.application_id, await state_of(work.connection, case.application_id))
        require_move(state, ApplicationState.CLOSED)
        raise NotAccepted
    kind = Happening.CLOSED
    text = line(kind, outcome=case.outcome)
    tell(work, case.application_id, row.place, at=received.time, kind=kind, text=text)


def _known(application_id: str, found: Any) -> Any:
    if found is None:
        raise ApplicationUnknown(application_id)
    return found


async def _called(guides: Guides, work: UnitOfWork, row: Any, unit: str, told: str | None) -> str:
    """Return a unit's name as it was told, or as the guide has it while it was not."""
    return told or (await guides.of(work.connection, row)).unit_name(unit)


def _tell_step(  # noqa: PLR0913  an entry's facts
    work: UnitOfWork,
    received: Received[TaskOpened] | Received[TaskCompleted],
    place: int,
    kind: Happening,
    *,
    until: date | None = None,
    how: str = "",
) -> None:
    step = received.data
    text = line(kind, task=step.name, until=until, how=how)
    at, key = received.time, step.task_key
    tell(work, step.application_id, place, at=at, kind=kind, text=text, task_key=key)


def _tell_task(  # noqa: PLR0913  as above
    work: UnitOfWork,
    received: Received[TaskOpened] | Received[TaskDecided],
    place: int,
    kind: Happening,
    *,
    name: str,
    dropped: Sequence[str] = (),
) -> None:
    task = received.data
    task_type = task.task_type if isinstance(task, TaskDecided) else None
    tell(
        work,
        task.application_id,
        place,
        at=received.time,
        kind=kind,
        text=line(kind, unit=name, task=task.name, dropped=dropped, task_type=task_type or ""),
        unit=task.unit,
        task_key=task.task_key,
    )
