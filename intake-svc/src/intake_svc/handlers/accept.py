"""Accepting an application at the window."""

from chassis.clock import local
from chassis.database import UnitOfWork
from chassis.identity import Principal
from chassis.outbox import append
from chassis.problems import FieldError

from chassis import audit
from intake_svc import store
from intake_svc.domain.progress import Happening, State, line
from intake_svc.errors import ApplicationNotFound, MaterialsUnchecked, NotSubmitted, OwnApplication
from intake_svc.events import ApplicationAccepted
from intake_svc.handlers.read import application_view
from intake_svc.handlers.submit import task_keys
from intake_svc.handlers.tools import Guide, Intake, needs_of
from intake_svc.schemas import AcceptanceBody, ApplicationView


async def accept_application(
    intake: Intake, work: UnitOfWork, caller: Principal, application_id: str, body: AcceptanceBody
) -> ApplicationView:
    """Accept a submitted application of the clerk's unit; a numbered acceptance paper follows (行政许可法 art. 32).

    Raises ApplicationNotFound for another unit's, OwnApplication, MaterialsUnchecked for each material, NotSubmitted.
    """
    found = await store.find_application(work.connection, application_id, unit=caller.unit)
    if found is None:
        raise ApplicationNotFound(application_id)
    if found.owner == caller.subject:
        raise OwnApplication
    _require_checked(found.guide, body.materials_checked)
    now = work.clock.now()
    year = local(now).year
    number = await store.count(work.connection, f"accept{found.unit}{year}")
    values = {
        "state": State.ACCEPTED.value,
        "accepted_at": now,
        "accepted_by": caller.subject,
        "accept_doc_no": f"郑政务受字〔{year}〕{found.unit}第{number:06d}号",
    }
    moved = await store.move_application(
        work.connection, application_id, caller.unit, state=State.SUBMITTED, values=values
    )
    if moved is None:
        raise NotSubmitted(f"当前状态为 {found.state}")
    text = line(Happening.ACCEPTED, unit=moved.unit_name)
    await store.tell(work.connection, application_id, at=now, kind=Happening.ACCEPTED, text=text, unit=moved.unit)
    kept = ("application_id", "application_number", "matter_code", "matter_version", "unit", "accepted_at")
    event = ApplicationAccepted(
        **{name: getattr(moved, name) for name in kept}, applicant_id=moved.owner, tasks=task_keys(moved.guide)
    )
    await append(work, event, subject=application_id, version=moved.version)
    details = {"accept_doc_no": moved.accept_doc_no, "materials_checked": sorted(body.materials_checked)}
    await audit.record(
        work, actor=caller.subject, action="application.accepted", subject=application_id, details=details
    )
    return application_view(intake, moved, staff=True)


def _require_checked(guide: Guide, checked: list[str]) -> None:
    left = [need for need in needs_of(guide) if need.required and need.material not in checked]
    if left:
        errors = [FieldError("/materials_checked", need.material, f"请核对:{need.name}") for need in left]
        raise MaterialsUnchecked("受理前须核对全部必要材料", errors=errors)
