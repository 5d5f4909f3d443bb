"""What a unit issued, as its staff see it: holders masked, each look recorded (个人信息保护法 art. 51, 54)."""

from chassis.data import audit
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, page

from esign_svc.domain.licences import licence_type
from esign_svc.errors import LicenceNotFound
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.licence_facts import masked, opened_face, summary_of, whole_of
from esign_svc.handlers.licence_steps import step_view
from esign_svc.handlers.successors import does_work_of
from esign_svc.schemas.licences import IssuedLicenceView, LicenceSummary
from esign_svc.store import licence_types, licences
from esign_svc.store.licences import LicenceFilter


async def list_issued(
    esign: Esign, caller: Principal, wanted: LicenceFilter, *, after: str, size: int
) -> Page[LicenceSummary]:
    """Return a page of the licences of the caller's unit, or of one that it follows, the newest first.

    Of any other unit there are none. Raises Malformed for a wrong cursor.
    """
    last = decode_cursor(after, str)[0] if after else ""
    async with esign.database.reading() as connection:
        is_theirs = await does_work_of(connection, caller, wanted.unit, esign.clock.now())
        rows = await licences.list_of_unit(connection, wanted, after=last, size=size) if is_theirs else []
    if rows:
        details = {"type": wanted.type, "state": wanted.state, "shown": [row["licence_id"] for row in rows[:size]]}
        await audit.record_look(
            esign.database, actor=caller.subject, action="licences.listed", subject=wanted.unit, details=details
        )
    views = [summary_of(esign, row, masked(opened_face(esign, row))) for row in rows]
    return page(views, size, key=lambda view: (view.licence_id,))


async def show_issued(esign: Esign, caller: Principal, licence_id: str) -> IssuedLicenceView:
    """Return a licence of the caller's unit, or of one that it follows, with all that was done to it.

    Raises LicenceNotFound.
    """
    async with esign.database.reading() as connection:
        row = await licences.find_licence(connection, licence_id)
        if row is None or not await does_work_of(connection, caller, row["unit"], esign.clock.now()):
            raise LicenceNotFound
        steps = await licences.steps_of(connection, licence_id)
        kind = licence_type(await licence_types.find_type(connection, row["type"]))
        newer = await licences.superseded_by(connection, row)
    await audit.record_look(esign.database, actor=caller.subject, action="licence.shown", subject=licence_id)
    face = masked(opened_face(esign, row))
    done = [step_view(esign, step) for step in steps]
    return IssuedLicenceView(**whole_of(esign, row, face, kind, newer), steps=done)
