"""Following cases: what intake and workflow tell of them, as far as a query is held against it."""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from datashare_svc.events import (
    ApplicationAccepted,
    ApplicationSubmitted,
    CaseClosed,
    CaseTransferred,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
)
from datashare_svc.store import cases
from datashare_svc.store.cases import CaseState

UNIT = "UNIT"


async def follow_submitted(work: UnitOfWork, received: Received[ApplicationSubmitted]) -> None:
    """Keep an application from its submission on: its window may verify what it says."""
    told = received.data
    row = {**told.model_dump(), "lead_unit": told.lead_unit or told.unit}
    await cases.save_case(work.connection, row, CaseState.SUBMITTED)


async def follow_accepted(work: UnitOfWork, received: Received[ApplicationAccepted]) -> None:
    """Note that an application was accepted."""
    told = received.data
    row = {**told.model_dump(), "lead_unit": told.lead_unit or told.unit}
    await cases.save_case(work.connection, row, CaseState.ACCEPTED)


async def follow_task_opened(work: UnitOfWork, received: Received[TaskOpened]) -> None:
    """Note that a unit works on a task; a step of the applicant's own is no unit's."""
    task = received.data
    if task.by == UNIT:
        await cases.open_task(work.connection, task.application_id, task.task_key, task.unit)


async def follow_task_decided(work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Note that the work on a task is over, and on those that it made needless."""
    task = received.data
    await cases.end_tasks(work.connection, task.application_id, [task.task_key, *task.not_needed])


async def follow_task_transferred(work: UnitOfWork, received: Received[TaskTransferred]) -> None:
    """Note that another unit works on a task, since the one before has ended."""
    task = received.data
    await cases.hand_over(work.connection, task.application_id, task.task_key, task.unit)


async def follow_case_transferred(work: UnitOfWork, received: Received[CaseTransferred]) -> None:
    """Note that another unit leads a case, since the one before has ended."""
    case = received.data
    if case.lead_unit:
        await cases.change_lead(work.connection, case.application_id, case.lead_unit)


async def follow_case_closed(work: UnitOfWork, received: Received[CaseClosed]) -> None:
    """Note that a case is over: it is no reason to ask for anything any more."""
    case = received.data
    await cases.close_case(work.connection, case.application_id, case.closed_at)
