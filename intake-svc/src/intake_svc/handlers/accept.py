"""Accepting an application at the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data import audit, outgoing
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal

from intake_svc.domain.booking import Booked, How
from intake_svc.domain.form import unchecked
from intake_svc.domain.progress import ApplicationState, Happening, line, require_move
from intake_svc.errors import ApplicationNotFound, MaterialsUnchecked, NotSubmitted, OwnApplication
from intake_svc.events import ApplicationAccepted
from intake_svc.handlers.attach import documents_shown
from intake_svc.handlers.booking import TELLING
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.duplicates import others_of
from intake_svc.handlers.given import seal_note, unseal
from intake_svc.handlers.ledger import ledger_counts
from intake_svc.handlers.read import Whole, application_view, licences_shown
from intake_svc.handlers.reverify import at_the_window, check_again
from intake_svc.handlers.submit import told_of
from intake_svc.handlers.verify import NOTHING, Checked, verifiable
from intake_svc.schemas import AcceptanceBody, ApplicationView
from intake_svc.siblings import Guide
from intake_svc.store import timelines
from intake_svc.store.booking import booked_of, rebook
from intake_svc.store.windows import find_at_window

KEPT = (
    *("application_id", "application_number", "matter_code", "matter_version", "unit"),
    *("submitted_at", "accepted_at", "accepted_by", "accept_doc_no"),
)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A checked acceptance with its paper's number, ready to be written."""

    application_id: str
    body: AcceptanceBody
    guide: Guide
    paper: str
    lines: Sequence[Booked] = ()
    checked: Checked = NOTHING


async def plan_acceptance(intake: Intake, caller: Principal, application_id: str, body: AcceptanceBody) -> Acceptance:
    """Check the application before any transaction, and number its paper. Raises as `accept_application` does.

    What sources did not answer yet is asked once more; the window waits for none.
    """
    async with intake.database.asking() as connection:
        found = _acceptable(caller, await find_at_window(connection, application_id, caller.unit))
        guide = await intake.guides.of(connection, found)
    _require_checked(guide, body.materials_checked)
    async with intake.database.asking() as connection:
        lines = await booked_of(connection, application_id)
    left = {one.key for one in lines if one.how is How.TO_VERIFY}
    materials = [one for one in verifiable(guide) if one.material in left]
    checked = await check_again(intake, found, guide, materials)
    paper = await _paper(intake, found.unit, found.acceptance_word)
    return Acceptance(application_id, body, guide, paper, lines, checked)


async def accept_application(
    intake: Intake, work: UnitOfWork, caller: Principal, acceptance: Acceptance
) -> ApplicationView:
    """Accept a submitted application of the clerk's unit; a numbered acceptance paper follows (行政许可法 art. 32).

    Its materials were checked, its owner is known, and neither changes. Raises ApplicationNotFound for another unit's,
    OwnApplication, NotSubmitted, MaterialsUnchecked for each material.
    """
    application_id, body, guide = acceptance.application_id, acceptance.body, acceptance.guide
    now = work.clock.now()
    values = {
        "accepted_at": now,
        "accepted_by": caller.subject,
        "accept_note": seal_note(intake, body.note, row=application_id),
        "accept_doc_no": acceptance.paper,
    }
    row = await timelines.accept_application(work.connection, application_id, caller.unit, values)
    if row is None:
        _acceptable(caller, await find_at_window(work.connection, application_id, caller.unit))
        raise NotSubmitted
    given = unseal(intake, row.given, table="application", row=application_id)
    others = await others_of(intake, work.connection, application_id, guide, given)
    kind = Happening.ACCEPTED
    text = line(kind, unit=row.unit_name)
    timelines.tell(work, application_id, row.place, at=now, kind=kind, text=text, unit=row.unit)
    lines = await _settle(work, acceptance)
    told = told_of(intake, guide, row.unit) | ledger_counts(guide, given.form, lines, row.submitted_at)
    event = ApplicationAccepted(**{name: getattr(row, name) for name in KEPT}, applicant_id=row.owner, **told)
    await append(work, event, subject=application_id, version=row.version)
    if not lines:  # perhaps it was submitted to a process of the release before, which tells datashare nothing
        await outgoing.ask_again(work, TELLING, application_id)
    details = {"accept_doc_no": row.accept_doc_no, "materials_checked": sorted(set(body.materials_checked))}
    if by_hand := [one.key for one in lines if one.how is How.BY_HAND]:
        details["by_hand"] = by_hand
    await audit.record(
        work, actor=caller.subject, action="application.accepted", subject=application_id, details=details
    )
    documents = await documents_shown(work.connection, application_id)
    used = await licences_shown(work.connection, application_id, guide)
    whole = Whole(row._asdict(), guide, given, others, used, documents, lines)
    return application_view(intake, whole, unit=caller.unit, note=body.note)


async def _settle(work: UnitOfWork, acceptance: Acceptance) -> Sequence[Booked]:
    """Write what became of what was still to be verified; return the ledger's lines."""
    settled = at_the_window(acceptance.lines, acceptance.checked, work.clock.now())
    if not settled:
        return acceptance.lines
    for before, after in settled:
        await rebook(work.connection, acceptance.application_id, after, before=before.how)
    return await booked_of(work.connection, acceptance.application_id)


def _acceptable(caller: Principal, found: Any | None) -> Any:
    if found is None:
        raise ApplicationNotFound
    if found.owner == caller.subject:
        raise OwnApplication
    require_move(ApplicationState(found.state), ApplicationState.ACCEPTED)
    return found


async def _paper(intake: Intake, unit: str, word: str | None) -> str:
    """Return the next number of a unit's acceptance papers (受理文书编号), which begin anew each year.

    It begins with the unit's own word (郑卫受字), or until the catalogue told that with the city's and the unit's code.
    """
    year = local(intake.database.clock.now()).year
    number = await intake.numbers.next(f"accept{unit}{year}")
    return f"{word}〔{year}〕第{number:06d}号" if word else f"{intake.acceptance_word}〔{year}〕{unit}第{number:06d}号"


def _require_checked(guide: Guide, checked: list[str]) -> None:
    faults = unchecked(guide.needs, checked)
    if faults:
        errors = [FieldError(fault.pointer, fault.code, fault.detail) for fault in faults]
        raise MaterialsUnchecked("受理前须核对全部必要材料", errors=errors)
