"""Accepting an application at the window."""

from dataclasses import dataclass
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc import store
from intake_svc.domain.form import unchecked
from intake_svc.domain.progress import BEFORE, ApplicationState, Happening, line, require_move
from intake_svc.errors import ApplicationNotFound, MaterialsUnchecked, NotSubmitted, OwnApplication
from intake_svc.events import ApplicationAccepted
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import seal_note
from intake_svc.handlers.read import application_view
from intake_svc.handlers.submit import told_of
from intake_svc.schemas import AcceptanceBody, ApplicationView
from intake_svc.siblings import Guide
from intake_svc.store.windows import acceptance_word


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A checked acceptance with its paper's number, ready to be written."""

    application_id: str
    body: AcceptanceBody
    paper: str


async def plan_acceptance(intake: Intake, caller: Principal, application_id: str, body: AcceptanceBody) -> Acceptance:
    """Check the application before any transaction, and number its paper. Raises as `accept_application` does."""
    async with intake.database.reading() as connection:
        found = await _acceptable(connection, caller, application_id, body)
    return Acceptance(application_id, body, await _paper(intake, found.unit))


async def accept_application(
    intake: Intake, work: UnitOfWork, caller: Principal, acceptance: Acceptance
) -> ApplicationView:
    """Accept a submitted application of the clerk's unit; a numbered acceptance paper follows (行政许可法 art. 32).

    Raises ApplicationNotFound for another unit's, OwnApplication, NotSubmitted, MaterialsUnchecked for each material.
    """
    application_id, body = acceptance.application_id, acceptance.body
    found = await _acceptable(work.connection, caller, application_id, body)
    guide = Guide.model_validate(found.guide)
    now = work.clock.now()
    values = {
        "state": ApplicationState.ACCEPTED.value,
        "accepted_at": now,
        "accepted_by": caller.subject,
        "accept_note": seal_note(intake, body.note, row=application_id),
        "accept_doc_no": acceptance.paper,
    }
    moved = await store.move_application(
        work.connection, application_id, caller.unit, state=BEFORE[ApplicationState.ACCEPTED], values=values
    )
    if moved is None:
        raise NotSubmitted
    text = line(Happening.ACCEPTED, unit=moved.unit_name)
    await store.tell(work.connection, application_id, at=now, kind=Happening.ACCEPTED, text=text, unit=moved.unit)
    kept = (
        "application_id",
        "application_number",
        "matter_code",
        "matter_version",
        "unit",
        "submitted_at",
        "accepted_at",
    )
    event = ApplicationAccepted(
        **{name: getattr(moved, name) for name in kept}, applicant_id=moved.owner, **told_of(intake, guide, moved.unit)
    )
    await append(work, event, subject=application_id, version=moved.version)
    details = {"accept_doc_no": moved.accept_doc_no, "materials_checked": sorted(set(body.materials_checked))}
    await audit.record(
        work, actor=caller.subject, action="application.accepted", subject=application_id, details=details
    )
    return await application_view(intake, work.connection, moved, unit=caller.unit)


async def _acceptable(connection: AsyncConnection, caller: Principal, application_id: str, body: AcceptanceBody) -> Any:
    found = await store.find_application(connection, application_id, unit=caller.unit)
    if found is None:
        raise ApplicationNotFound
    if found.owner == caller.subject:
        raise OwnApplication
    require_move(ApplicationState(found.state), ApplicationState.ACCEPTED)
    _require_checked(Guide.model_validate(found.guide), body.materials_checked)
    return found


async def _paper(intake: Intake, unit: str) -> str:
    """Return the next number of a unit's acceptance papers (受理文书编号), which begin anew each year.

    It begins with the unit's own word (郑卫受字), or until the catalogue told that with the city's and the unit's code.
    """
    year = local(intake.database.clock.now()).year
    number = await intake.numbers.next(f"accept{unit}{year}")
    async with intake.database.reading() as connection:
        word = await acceptance_word(connection, unit)
    return f"{word}〔{year}〕第{number:06d}号" if word else f"{intake.acceptance_word}〔{year}〕{unit}第{number:06d}号"


def _require_checked(guide: Guide, checked: list[str]) -> None:
    faults = unchecked(guide.needs, checked)
    if faults:
        errors = [FieldError(fault.pointer, fault.code, fault.detail) for fault in faults]
        raise MaterialsUnchecked("受理前须核对全部必要材料", errors=errors)
