"""Reading applications: one's own in full, those of the clerk's window with personal data masked.

What staff read is recorded by ids before it is answered (个人信息保护法 art. 51, 54); an empty page shows nobody.
"""

from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Kind, Principal
from chassis.http.paging import Page, decode_cursor, page

from intake_svc import store
from intake_svc.domain.masking import masked
from intake_svc.domain.progress import NEXT, ApplicationState
from intake_svc.errors import ApplicationNotFound
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import ID_NUMBER, id_number_of, unseal, unseal_note
from intake_svc.handlers.words import elements_in_words, reference_of, situation_in_words
from intake_svc.schemas import (
    ApplicationSummary,
    ApplicationView,
    EntryView,
    MaterialCheckView,
    TimelineView,
)
from intake_svc.siblings import Guide

FOUND_AT_MOST = 200
CHECKED = tuple(name for name in MaterialCheckView.model_fields if name != "reference")
SUMMARY = tuple(name for name in ApplicationSummary.model_fields if name != "what_next")


def _unit(caller: Principal) -> str:
    return caller.unit if caller.kind is Kind.STAFF else ""


async def list_applications(
    intake: Intake, caller: Principal, *, state: ApplicationState | None, after: str, size: int
) -> Page[ApplicationSummary]:
    """Return a page of the caller's own applications, or of his unit's, the newest first."""
    (last,) = decode_cursor(after, str) if after else ("",)
    query = store.list_query(subject=caller.subject, unit=_unit(caller), state=state, after=last, size=size)
    async with intake.database.reading() as connection:
        rows = await store.rows_of(connection, query)
    if caller.kind is Kind.STAFF and rows:
        shown = [row.application_id for row in rows[:size]]
        details = {"state": state.value if state else "", "shown": shown}
        await _record_look(intake, caller, "applications.listed", caller.unit, details)
    return page([ApplicationSummary(**_summary(row)) for row in rows], size, key=lambda view: (view.application_id,))


async def search_applications(
    intake: Intake, work: UnitOfWork, caller: Principal, id_number: str
) -> Page[ApplicationSummary]:
    """Return the unit's applications in which a person's ID number stands, the newest 200.

    The search is recorded with what it found (个人信息保护法 art. 51 and 54); without the record there is no answer.
    Raises Malformed for what is no ID number.
    """
    number = id_number_of(intake, id_number, pointer="/id_number")
    digests = intake.lookup.digests(ID_NUMBER, number)
    query = store.search_query(unit=caller.unit, digests=digests, size=FOUND_AT_MOST)
    rows = await store.rows_of(work.connection, query)
    details = {"by": ID_NUMBER, "found": [row.application_id for row in rows]}
    await audit.record(work, actor=caller.subject, action="applications.searched", subject=caller.unit, details=details)
    return Page(items=[ApplicationSummary(**_summary(row)) for row in rows], next=None)


async def show_application(intake: Intake, caller: Principal, application_id: str) -> ApplicationView:
    """Return an application that the caller may see. Raises ApplicationNotFound."""
    async with intake.database.reading() as connection:
        row = await store.find_application(connection, application_id, subject=caller.subject, unit=_unit(caller))
    if row is None:
        raise ApplicationNotFound(application_id)
    if caller.kind is Kind.STAFF:
        await _record_look(intake, caller, "application.shown", application_id)
    return application_view(intake, row, staff=caller.kind is Kind.STAFF)


async def _record_look(
    intake: Intake, caller: Principal, action: str, subject: str, details: dict[str, Any] | None = None
) -> None:
    await audit.record_look(intake.database, actor=caller.subject, action=action, subject=subject, details=details)


def _summary(row: Any) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in SUMMARY}, "what_next": NEXT[ApplicationState(row.state)]}


def application_view(intake: Intake, row: Any, *, staff: bool) -> ApplicationView:
    """Return an application's row as a reply; staff see personal data masked."""
    guide = Guide.model_validate(row.guide)
    given = unseal(intake, row.given, table="application", row=row.application_id)
    materials = [
        MaterialCheckView(
            **{name: getattr(material, name) for name in CHECKED},
            reference=reference_of(material.material, given, whole=not staff),
        )
        for material in guide.materials_at_acceptance
    ]
    return ApplicationView(
        **_summary(row),
        answers=guide.answers,
        situation=situation_in_words(guide),
        form=masked(guide.fields, given.form) if staff else given.form,
        elements=elements_in_words(guide.form_fields, given, whole=not staff),
        materials=materials,
        accept_note=unseal_note(intake, row.accept_note, row=row.application_id) if staff else "",
    )


async def show_timeline(intake: Intake, caller: Principal, application_id: str) -> TimelineView:
    """Return an application's timeline and progress. Raises ApplicationNotFound."""
    async with intake.database.reading() as connection:
        row = await store.find_progress(connection, application_id, subject=caller.subject, unit=_unit(caller))
        if row is None:
            raise ApplicationNotFound(application_id)
        entries = await store.entries_of(connection, application_id)
    if caller.kind is Kind.STAFF:
        await _record_look(intake, caller, "timeline.shown", application_id)
    views = [EntryView(**{name: getattr(entry, name) for name in EntryView.model_fields}) for entry in entries]
    kept = [name for name in TimelineView.model_fields if name not in {"entries", "what_next"}]
    known = {name: getattr(row, name) for name in kept}
    return TimelineView(**known, what_next=NEXT[ApplicationState(row.state)], entries=views)
