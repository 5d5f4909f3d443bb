"""What a unit, or the window, sees of an application to work on it: masked by default, opened on purpose.

A task's unit sees what the task's item asked for and nothing else; the lead unit's window sees the application. Each
look leaves an audit row of the application: by whom, of which task, which fields, why (个人信息保护法 art. 6, 51, 54).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc import store
from intake_svc.domain.progress import ApplicationState
from intake_svc.errors import ApplicationNotFound, NotToBeSeen, OwnApplication, PurposeServed, TaskNotFound
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import unseal
from intake_svc.handlers.ledger import checks_shown, disputed_in
from intake_svc.handlers.words import elements_in_words, reference_of, situation_in_words
from intake_svc.schemas import DisclosureBody, DisclosureView, DossierMaterialView, DossierView, ReferenceView
from intake_svc.siblings import Guide, GuideField, GuideMaterial
from intake_svc.store.booking import booked_of
from intake_svc.store.opened import find_task

KEPT = (
    *("task_id", "task_key", "item"),
    *("application_id", "application_number", "matter_code", "matter_version", "name"),
)
WHILE_OPEN = frozenset({"check", "decide"})
"""The purposes that end with the decision; answering and filing come after it (个人信息保护法 art. 6)."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What of an application may be seen: its fields and materials, and of which task."""

    row: Any
    guide: Guide
    fields: Sequence[GuideField]
    materials: Sequence[GuideMaterial]
    task_id: str = ""


async def show_dossier(intake: Intake, caller: Principal, task_id: str) -> DossierView:
    """Return what the item of a task of the caller's unit asked for, personal values masked. Raises TaskNotFound."""
    async with intake.database.asking() as connection:
        sight = await _of_task(intake, connection, caller, task_id)
    async with intake.database.asking() as connection:
        lines = await booked_of(connection, sight.row.application_id)
    row, guide, checks = sight.row, sight.guide, checks_shown(lines)
    given = unseal(intake, row.given, table="application", row=row.application_id)
    view = DossierView(
        **{name: getattr(row, name) for name in KEPT},
        unit=row.task_unit,
        task_name="、".join(guide.task_names([row.task_key])),
        item_name=guide.item_name(row.item),
        situation=situation_in_words(guide, row.item),
        elements=elements_in_words(sight.fields, given, whole=False, disputed=disputed_in(lines)),
        materials=[
            DossierMaterialView(
                **{name: getattr(one, name) for name in ("material", "name", "required", "obtain_mode")},
                accept_standard=one.accept_standard,
                reference=reference_of(one, given, whole=False),
                checked=checks.get(one.material),
            )
            for one in sight.materials
        ],
    )
    details = {"task_id": task_id, "item": row.item}
    await audit.record_look(
        intake.database, actor=caller.subject, action="dossier.shown", subject=row.application_id, details=details
    )
    return view


async def disclose_task(
    intake: Intake, work: UnitOfWork, caller: Principal, task_id: str, body: DisclosureBody
) -> DisclosureView:
    """Open values of a task's item to its unit, and record it.

    Raises TaskNotFound, OwnApplication, PurposeServed, NotToBeSeen.
    """
    sight = await _of_task(intake, work.connection, caller, task_id)
    _require_purpose(body, ended=sight.row.is_decided or sight.row.state == ApplicationState.CLOSED)
    return await _disclose(intake, work, caller, sight, body)


async def disclose_application(
    intake: Intake, work: UnitOfWork, caller: Principal, application_id: str, body: DisclosureBody
) -> DisclosureView:
    """Open values of an application to the window that leads it, and record it.

    Raises ApplicationNotFound, OwnApplication, PurposeServed, NotToBeSeen.
    """
    row = await store.find_application(work.connection, application_id, unit=caller.unit)
    if row is None:
        raise ApplicationNotFound
    _require_purpose(body, ended=row.state == ApplicationState.CLOSED)
    guide = await intake.guides.of(work.connection, row)
    sight = Sight(row, guide, guide.form_fields, guide.materials_at_acceptance)
    return await _disclose(intake, work, caller, sight, body)


async def _of_task(intake: Intake, connection: AsyncConnection, caller: Principal, task_id: str) -> Sight:
    row = await find_task(connection, task_id, caller.unit)
    if row is None:
        raise TaskNotFound
    guide = await intake.guides.of(connection, row)
    item = row.item
    fields = [field for field in guide.form_fields if item and item in field.used_by]
    materials = [material for material in guide.materials if item and item in material.used_by]
    return Sight(row, guide, fields, materials, task_id)


async def _disclose(
    intake: Intake, work: UnitOfWork, caller: Principal, sight: Sight, body: DisclosureBody
) -> DisclosureView:
    application_id = sight.row.application_id
    if sight.row.owner == caller.subject:
        raise OwnApplication
    _require_in_sight(sight, body)
    given = unseal(intake, sight.row.given, table="application", row=application_id)
    chosen = [field for field in sight.fields if field.element in body.fields]
    named = [material for material in sight.materials if material.material in body.materials]
    details = {
        "fields": [field.element for field in chosen],
        "materials": [material.material for material in named],
        "purpose": body.purpose,
        "task_id": sight.task_id,
    }
    await audit.record(
        work,
        actor=caller.subject,
        action="values.disclosed",
        subject=application_id,
        details={name: value for name, value in details.items() if value}
        | audit.sealed_note(work, body.note, subject=application_id),
    )
    return DisclosureView(
        application_id=application_id,
        elements=elements_in_words(chosen, given, whole=True),
        materials=[
            ReferenceView(material=one.material, name=one.name, reference=reference_of(one, given, whole=True))
            for one in named
        ],
    )


def _require_purpose(body: DisclosureBody, *, ended: bool) -> None:
    """Raise PurposeServed for what is over."""
    if ended and body.purpose in WHILE_OPEN:
        raise PurposeServed("办理已有结果;确因答复咨询或归档需要查看的,请改选相应的目的")


def _require_in_sight(sight: Sight, body: DisclosureBody) -> None:
    """Raise NotToBeSeen with a pointer to each thing that is not to be seen here, or when nothing was named."""
    elements = {field.element for field in sight.fields}
    materials = {material.material for material in sight.materials}
    errors = [
        FieldError(f"/{place}/{index}", "not_to_be_seen", "不在可调阅的范围内")
        for place, asked, known in (("fields", body.fields, elements), ("materials", body.materials, materials))
        for index, one in enumerate(asked)
        if one not in known
    ]
    if not (body.fields or body.materials):
        errors = [FieldError("/fields", "required", "请选择要调阅的内容")]
    if errors:
        raise NotToBeSeen("请只调阅办理所需的内容", errors=errors)
