"""What another service prints of an application: asked for in its own name, for a purpose, and recorded.

Nobody's eyes but the applicant's rest on what is printed; that a service read it, and why, is told to whoever asks who
looked (个人信息保护法 art. 6, 51, 54).
"""

from collections.abc import Collection
from typing import Any

from chassis.data import audit
from chassis.http.identity import Principal

from intake_svc import store
from intake_svc.domain.applicant import applicant_name
from intake_svc.errors import ApplicationNotFound
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given, unseal
from intake_svc.handlers.words import elements_in_words
from intake_svc.schemas import FactItemView, FactMaterialView, FactsPurpose, FactsView
from intake_svc.siblings import APPLICANT, Guide

KEPT = ("application_id", "application_number", "matter_code", "unit", "unit_name", "submitted_at", "accepted_at")


async def show_facts(
    intake: Intake, caller: Principal, application_id: str, *, purpose: FactsPurpose, elements: Collection[str]
) -> FactsView:
    """Return an application's facts to a service, of its values those asked for. Raises ApplicationNotFound."""
    async with intake.database.asking() as connection:
        row = await store.find_for_service(connection, application_id)
        if row is None:
            raise ApplicationNotFound
        guide = await intake.guides.of(connection, row)
        names = await store.unit_names(connection, {task.unit for task in guide.tasks})
    given = unseal(intake, row.given, table="application", row=application_id)
    view = _facts(intake, row, guide, given, names=names, elements=elements)
    details = {"purpose": purpose, "elements": sorted(elements), "caller": caller.subject}
    await audit.record_look(
        intake.database,
        actor=caller.subject,
        action="application.facts_read",
        subject=application_id,
        details=details,
    )
    return view


def _facts(  # noqa: PLR0913  what a paper's facts are made of
    intake: Intake, row: Any, guide: Guide, given: Given, *, names: dict[str, str], elements: Collection[str]
) -> FactsView:
    asked = [field for field in guide.form_fields if field.element in elements]
    in_words = elements_in_words(asked, given, whole=True)
    return FactsView(
        **{name: getattr(row, name) for name in KEPT},
        matter_name=row.name,
        region=intake.region_code,
        applicant_name=applicant_name(guide.fields, guide.subjects, given.form),
        lead_unit=row.unit,
        lead_unit_name=row.unit_name,
        accept_doc_no=row.accept_doc_no or "",
        promised_due=row.expected_finish,
        materials=[
            FactMaterialView(material=one.material, name=one.name, how=one.obtain_mode)
            for one in guide.materials_at_acceptance
        ],
        items=[
            FactItemView(
                task_key=task.task_key,
                name=task.name,
                item=task.item,
                unit=task.unit,
                unit_name=names.get(task.unit) or guide.unit_name(task.unit),
            )
            for task in guide.tasks
            if task.by != APPLICANT
        ],
        fields={one.element: one.value for one in in_words if one.value},
    )
