"""Following cases and items: each event is written into the journal, and what it tells is kept."""

from typing import Any

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from evaluation_svc.events.read import (
    ApplicationAccepted,
    ApplicationSubmitted,
    CaseClosed,
    CaseOpened,
    CaseTransferred,
    DeadlineOverdue,
    DeadlineRecomputed,
    DeadlineWarned,
    ItemPublished,
    ItemWithdrawn,
    LicenceIssued,
    NetworkChanged,
    TaskCompleted,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
)
from evaluation_svc.handlers.invitations import invite
from evaluation_svc.handlers.journal import About, note
from evaluation_svc.handlers.supervision import await_first_answer, end_first_answer, task_ended, task_overdue
from evaluation_svc.store import cases, items, rated

UNIT = "UNIT"
PROMISED = "promised"


async def follow_submitted(work: UnitOfWork, received: Received[ApplicationSubmitted]) -> None:
    """Keep an application from its submission on."""
    told = received.data
    note(work, received, About.CASE, told.application_id)
    await cases.save_submitted(work.connection, {**told.model_dump(), "lead_unit": told.lead_unit or told.unit})
    case = await _invite_to(work, told.application_id)
    await await_first_answer(work, told, case)


async def follow_accepted(work: UnitOfWork, received: Received[ApplicationAccepted]) -> None:
    """Keep that the window accepted an application."""
    told = received.data
    await rated.know_staff(work.connection, told.accepted_by, told.unit)
    note(work, received, About.CASE, told.application_id)
    await cases.save_submitted(work.connection, {**told.model_dump(), "lead_unit": told.lead_unit or told.unit})
    await end_first_answer(work, told)


async def follow_case_opened(work: UnitOfWork, received: Received[CaseOpened]) -> None:
    """Keep until when a case is promised."""
    note(work, received, About.CASE, received.data.application_id)
    await cases.save_case(work.connection, received.data.model_dump())


async def follow_case_transferred(work: UnitOfWork, received: Received[CaseTransferred]) -> None:
    """Keep that another unit leads a case."""
    note(work, received, About.CASE, received.data.application_id)
    await cases.save_case(work.connection, received.data.model_dump())


async def follow_case_closed(work: UnitOfWork, received: Received[CaseClosed]) -> None:
    """Keep that a case ended, and invite its applicant to rate it."""
    told = received.data
    note(work, received, About.CASE, told.application_id)
    await cases.save_case(work.connection, told.model_dump())
    await _invite_to(work, told.application_id)
    minutes = told.elapsed_working_minutes
    await rated.leave_to_judge(
        work.connection, told.application_id, "case", at=work.clock.now(), working_minutes=minutes
    )


async def _invite_to(work: UnitOfWork, application_id: str) -> Any | None:
    """Invite the applicant of a case that ended, and return the case; its end may be read before who she is."""
    kept = await cases.find_case(work.connection, application_id)
    if kept is not None and kept.closed_at is not None:
        await invite(
            work,
            application_id,
            application_id=application_id,
            applicant_id=kept.applicant_id,
            unit=kept.lead_unit,
            at=kept.closed_at,
        )
    return kept


async def follow_task_opened(work: UnitOfWork, received: Received[TaskOpened]) -> None:
    """Keep that a unit works on a task; a step of the applicant's own is no unit's."""
    task = received.data
    note(work, received, About.CASE, task.application_id)
    if task.by == UNIT:
        await cases.save_task(work.connection, {**task.model_dump(), "is_open": True})


async def follow_task_decided(work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Keep how a task was decided, and that those which it made needless are over."""
    task = received.data
    note(work, received, About.CASE, task.application_id)
    await rated.know_staff(work.connection, task.decided_by, task.unit)
    await cases.save_task(work.connection, {**task.model_dump(), "is_open": False})
    await cases.end_tasks(work.connection, task.application_id, task.not_needed)
    await task_ended(work, task.task_id)


async def follow_task_completed(work: UnitOfWork, received: Received[TaskCompleted]) -> None:
    """Write down that the applicant did a step of her own."""
    note(work, received, About.CASE, received.data.application_id)


async def follow_task_transferred(work: UnitOfWork, received: Received[TaskTransferred]) -> None:
    """Keep that another unit works on a task."""
    task = received.data
    note(work, received, About.CASE, task.application_id)
    await cases.save_task(work.connection, {**task.model_dump(), "is_open": True})


async def follow_recomputed(work: UnitOfWork, received: Received[DeadlineRecomputed]) -> None:
    """Keep a due time that was reckoned anew, of a task or of the case.

    A task's that moves to a later moment than that begins anew: it is near or past once workflow says so again.
    """
    told = received.data
    note(work, received, About.CASE, told.application_id)
    if told.task_id is None:
        await cases.save_case(work.connection, told.model_dump())
    else:
        await cases.move_due(work.connection, told.task_id, told.promised_due, at=received.time)


async def follow_warned(work: UnitOfWork, received: Received[DeadlineWarned]) -> None:
    """Keep that a task's promised time is near; that of the law is only written down."""
    told = received.data
    note(work, received, About.CASE, told.application_id)
    if told.kind == PROMISED:
        await cases.note_warned(work.connection, told.task_id, told.warned_at)


async def follow_overdue(work: UnitOfWork, received: Received[DeadlineOverdue]) -> None:
    """Keep that a task's promised time is past; that of the law is only written down."""
    told = received.data
    note(work, received, About.CASE, told.application_id)
    if told.kind == PROMISED:
        await cases.note_overdue(work.connection, told.task_id, told.overdue_at)
        await task_overdue(work, told)


async def follow_item(work: UnitOfWork, received: Received[ItemPublished]) -> None:
    """Keep what the city promises of an item."""
    note(work, received, About.ITEM, received.data.item)
    await items.save_item(work.connection, received.version, received.data.model_dump())


async def follow_item_withdrawn(work: UnitOfWork, received: Received[ItemWithdrawn]) -> None:
    """Keep from when an item is not offered any more."""
    told = received.data
    note(work, received, About.ITEM, told.item)
    await items.end_item(work.connection, received.version, told.item, told.withdrawn_from)


async def follow_network(work: UnitOfWork, received: Received[NetworkChanged]) -> None:
    """Write down how far a network is connected."""
    note(work, received, About.NETWORK, received.data.network)


async def follow_licence(work: UnitOfWork, received: Received[LicenceIssued]) -> None:
    """Write down that a licence was issued in a case."""
    note(work, received, About.CASE, received.data.application_id)
