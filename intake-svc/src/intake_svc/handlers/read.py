"""Reading applications: one's own in full, those of the clerk's window with personal data masked.

What staff read is recorded by ids before it is answered (个人信息保护法 art. 51, 54); an empty page shows nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.data import audit
from chassis.http.identity import Kind, Principal
from chassis.http.paging import Page, decode_cursor, page
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc import store
from intake_svc.domain.booking import Booked
from intake_svc.domain.masking import masked
from intake_svc.domain.progress import ApplicationState
from intake_svc.errors import ApplicationNotFound
from intake_svc.handlers.attach import documents_shown
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.duplicates import duplicates_shown, others_of
from intake_svc.handlers.find import application_number_of
from intake_svc.handlers.given import Given, unseal, unseal_note, warnings_of
from intake_svc.handlers.ledger import checks_shown, disputed_in, warnings_of_sources
from intake_svc.handlers.words import elements_in_words, reference_of, situation_in_words, summary, summary_view
from intake_svc.schemas import (
    ApplicationSummary,
    ApplicationView,
    MaterialCheckView,
    SealedDocumentView,
)
from intake_svc.siblings import Guide
from intake_svc.store import licences
from intake_svc.store.booking import booked_of

CHECKED = tuple(name for name in MaterialCheckView.model_fields if name not in {"reference", "licence_id", "checked"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which applications are asked for: of a state, with a number as it was typed, or all."""

    state: ApplicationState | None = None
    application_number: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """An application: its row by name, its guide, what was given, others alike, licences used, what was sealed.

    `booked` are the ledger's lines that rest on a source.
    """

    row: Mapping[str, Any]
    guide: Guide
    given: Given
    others: Sequence[Any]
    licences: Mapping[str, str] = field(default_factory=dict)
    documents: Sequence[SealedDocumentView] = ()
    booked: Sequence[Booked] = ()


def _unit(caller: Principal) -> str:
    return caller.unit if caller.kind is Kind.STAFF else ""


async def list_applications(
    intake: Intake, caller: Principal, wanted: Wanted, *, after: str, size: int
) -> Page[ApplicationSummary]:
    """Return a page of the caller's own applications, or of his unit's, the newest first.

    Raises Malformed for a number that is none.
    """
    (last,) = decode_cursor(after, str) if after else ("",)
    number = application_number_of(wanted.application_number, pointer="/application_number")
    async with intake.database.asking() as connection:
        rows = await store.list_applications(
            connection,
            subject=caller.subject,
            unit=_unit(caller),
            state=wanted.state,
            number=number,
            after=last,
            size=size,
        )
    if caller.kind is Kind.STAFF and rows:
        shown = [row.application_id for row in rows[:size]]
        details = {"state": wanted.state.value if wanted.state else "", "shown": shown}
        await _record_look(intake, caller, "applications.listed", caller.unit, details)
    return page([summary_view(row) for row in rows], size, key=lambda view: (view.application_id,))


async def show_application(intake: Intake, caller: Principal, application_id: str) -> ApplicationView:
    """Return an application that the caller may see. Raises ApplicationNotFound."""
    async with intake.database.asking() as connection:
        row = await store.find_application(connection, application_id, subject=caller.subject, unit=_unit(caller))
        if row is None:
            raise ApplicationNotFound
        guide = await intake.guides.of(connection, row)
        given = unseal(intake, row.given, table="application", row=application_id)
    async with intake.database.asking() as connection:
        others = await others_of(intake, connection, application_id, guide, given)
    async with intake.database.asking() as connection:
        documents = await documents_shown(connection, application_id)
    async with intake.database.asking() as connection:
        used = await licences_shown(connection, application_id, guide)
    async with intake.database.asking() as connection:
        lines = await booked_of(connection, application_id)
    whole = Whole(row._asdict(), guide, given, others, used, documents, lines)
    if caller.kind is Kind.STAFF:
        await _record_look(intake, caller, "application.shown", application_id)
    note = unseal_note(intake, row.accept_note, row=application_id) if caller.kind is Kind.STAFF else ""
    return application_view(intake, whole, unit=_unit(caller), note=note)


async def licences_shown(connection: AsyncConnection, application_id: str, guide: Guide) -> Mapping[str, str]:
    """Return the licences that were used as materials, by material; asked only where a material may be one."""
    if not any(need.needs_reference for need in guide.needs):
        return {}
    return await licences.used_in(connection, application_id)


async def _record_look(
    intake: Intake, caller: Principal, action: str, subject: str, details: dict[str, Any] | None = None
) -> None:
    await audit.record_look(intake.database, actor=caller.subject, action=action, subject=subject, details=details)


def application_view(intake: Intake, whole: Whole, *, unit: str, note: str = "") -> ApplicationView:
    """Return an application as a reply to its applicant, or to a unit's staff: personal data masked, with the note."""
    staff = bool(unit)
    guide, given = whole.guide, whole.given
    checks = checks_shown(whole.booked)
    materials = [
        MaterialCheckView(
            **{name: getattr(material, name) for name in CHECKED},
            reference=reference_of(material, given, whole=not staff),
            licence_id=whole.licences.get(material.material),
            checked=checks.get(material.material),
        )
        for material in guide.materials_at_acceptance
    ]
    return ApplicationView(
        **summary(whole.row),
        answers=guide.answers,
        situation=situation_in_words(guide, None),
        form=masked(guide.fields, given.form) if staff else given.form,
        elements=elements_in_words(guide.form_fields, given, whole=not staff, disputed=disputed_in(whole.booked)),
        materials=materials,
        warnings=[*warnings_of(intake, guide, given), *warnings_of_sources(guide, whole.booked)],
        accept_note=note,
        possible_duplicates=duplicates_shown(whole.row["owner"], whole.others, unit=unit),
        documents=list(whole.documents),
    )
