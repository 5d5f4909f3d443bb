"""Visits (到访): each trip to a window written down by its clerk, counted in its case and rated once (一次一评)."""

from typing import Any

from chassis.base.clock import local
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, moment_in, page

from evaluation_svc.errors.ratings import CaseOfVisitNotFound, VisitRegistered
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.invitations import INVITATION, invite
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.schemas.visits import OpenRatingView, VisitBody, VisitView
from evaluation_svc.store import rated, visiting

MADE = "evaluation.visit.made"


async def register_visit(evaluation: Evaluation, work: UnitOfWork, caller: Principal, body: VisitBody) -> VisitView:
    """Write down a visit; in a case it counts as a trip and may be rated. Raises CaseOfVisitNotFound, VisitRegistered.

    A visit without a case is counted only: nobody could be held to have made it.
    """
    now = work.clock.now()
    case = None
    if body.application_number:
        case = await visiting.find_case_of_unit(work.connection, body.application_number, caller.unit)
        if case is None:
            raise CaseOfVisitNotFound
    row: dict[str, Any] = {
        "visit_id": evaluation.random_id(),
        "application_id": case.application_id if case else None,
        "window_code": body.window,
        "unit": caller.unit,
        "purpose": body.purpose,
        "registered_by": caller.subject,
        "visited_at": now,
        "day": local(now).date().isoformat(),
    }
    if not await visiting.add_visit(work.connection, row):
        raise VisitRegistered
    await rated.know_staff(work.connection, caller.subject, caller.unit)
    if case is not None:
        version = await visiting.trips_in(work.connection, case.application_id)
        told = {name: row[name] for name in ("visit_id", "unit", "purpose")}
        key = case.application_id
        note_own(work, About.CASE, key, type_=MADE, version=version, at=now, data=told)
        await invite(
            work,
            row["visit_id"],
            application_id=key,
            applicant_id=case.applicant_id,
            unit=caller.unit,
            at=now,
            visit_id=row["visit_id"],
        )
    details = {"application_id": row["application_id"], "window": body.window}
    await audit.record(work, actor=caller.subject, action="visit.registered", subject=row["visit_id"], details=details)
    kept = {name: row[name] for name in ("visit_id", "unit", "purpose", "visited_at")}
    return VisitView(**kept, application_number=body.application_number, window=body.window)


async def list_open_ratings(
    evaluation: Evaluation, caller: Principal, *, after: str, size: int
) -> Page[OpenRatingView]:
    """Return a page of what the caller may rate, the oldest first. Raises Malformed for a wrong cursor."""
    place = None
    if after:
        at, last = decode_cursor(after, str, str)
        place = moment_in(at), id_in(last)
    async with evaluation.database.asking() as connection:
        rows = await visiting.list_open_invitations(
            connection,
            applicant=caller.subject,
            clock=INVITATION,
            now=evaluation.clock.now(),
            after=place,
            size=size,
        )
    views = [
        OpenRatingView(
            **{name: row[name] for name in OpenRatingView.model_fields if name not in {"application_number", "unit"}}
            | {"matter_code": row["matter_code"] or ""},
            application_number=row["application_number"] or "",
            unit=row["unit"] or "ZWB",
        )
        for row in rows
    ]
    return page(views, size, key=lambda view: (view.invited_at.isoformat(), view.visit_id or view.application_id))
