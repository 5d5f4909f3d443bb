"""Notices (督办函、通报、约谈通知): letters that people of another service approved, sealed for their addressee.

A notice is of no application: what it says comes with the event, and nothing is asked of a sibling.
"""

from collections.abc import Mapping
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.data.outgoing import Postponed
from chassis.events.inbox import Received
from chassis.events.outbox import Event
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page

from esign_svc.domain.documents import LABELS, DocumentKind, DocumentState, Format
from esign_svc.domain.seals import Approver, Capacity, SealKind
from esign_svc.errors import DocumentNotReady, NotExported, NoticeNotFound
from esign_svc.events import LetterApproved, NoticeSealed
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.documents import Wanted, want
from esign_svc.handlers.letters import as_printed
from esign_svc.handlers.making import Content, Maker, SealedFile
from esign_svc.handlers.read_documents import DocumentFile
from esign_svc.handlers.successors import units_of
from esign_svc.schemas.documents import SealedNoticeView
from esign_svc.store import exports, noticing, papers

CLOSINGS: Mapping[str, str] = {
    "SUPERVISION": "特此督办。",
    "COMMENDATION": "特此通报。",
    "CRITICISM": "特此通报。",
    "INTERVIEW": "特此通知。",
}
"""The last words of a letter, by its kind."""
MADE = frozenset({"unit_name", "to_unit_name", "label", "sha256"})


async def want_notice(work: UnitOfWork, received: Received[LetterApproved]) -> None:
    """Want the paper of an approved letter, in the name of the person who approved it, with its sender's seal."""
    told = received.data
    wanted = Wanted(
        kind=DocumentKind.NOTICE,
        subject=told.letter_id,
        title=told.title,
        application_id="",
        matter_code="",
        applicant_id="",
        unit=told.from_unit,
        approver=told.approved_by,
        dated=told.approved_at,
    )
    document_id = await want(work, wanted)
    said = {"letter_id": told.letter_id, "letter_kind": told.kind, "paragraphs": told.paragraphs}
    to = {"unit": told.from_unit, "to_unit": told.unit}
    await noticing.add_notice(work.connection, {"document_id": document_id, **said, **to})


async def notice(esign: Esign, row: Any) -> Content:
    """Return a notice: the approved paragraphs under its sender's own seal. Raises Postponed."""
    async with esign.database.asking() as connection:
        said = await noticing.notice_of(connection, row.document_id)
        addressee, _ = await papers.unit_told(connection, said.to_unit)
    if not addressee:
        raise Postponed(f"单位 {said.to_unit} 的名称还没有从事项目录收到")
    data = {
        "addressee": addressee,
        "paragraphs": list(said.paragraphs),
        "closing": CLOSINGS.get(said.letter_kind, "特此函告。"),
    }
    approver = Approver(row.approver, row.unit, Capacity.EVALUATION_OFFICER)
    return Content("notice", as_printed(data), SealKind.UNIT_NAME, approver, made_from=said)


def notice_sealed(row: Any, content: Content, sealed: SealedFile) -> Event:
    """Return what is told of a notice that is sealed."""
    said = content.made_from
    return NoticeSealed(
        document_id=row.document_id,
        letter_id=said.letter_id,
        letter_kind=said.letter_kind,
        title=row.title,
        number=row.number,
        unit=said.unit,
        to_unit=said.to_unit,
        sealed_at=sealed.sealed_at,
        sha256=sealed.sha256,
    )


NOTICES: Mapping[DocumentKind, Maker] = {DocumentKind.NOTICE: Maker(notice, told=notice_sealed)}
"""How a notice is made."""


async def list_notices(esign: Esign, caller: Principal, way: str, *, after: str, size: int) -> Page[SealedNoticeView]:
    """Return a page of the notices that the caller's unit sent or received, the newest first. Raises Malformed."""
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with esign.database.asking() as connection:
        mine = await units_of(connection, caller, esign.clock.now())
        rows = await noticing.list_notices(connection, mine, way, after=last, size=size)
    return page([_view(row) for row in rows], size, key=lambda view: (view.document_id,))


async def read_notice(esign: Esign, caller: Principal, document_id: str) -> DocumentFile:
    """Return a notice's file to its sender's or addressee's staff. Raises NoticeNotFound, DocumentNotReady."""
    row = await _readable(esign, caller, document_id)
    await _record_look(esign, caller, document_id, Format.PDF)
    digest = row.extended_sha256 or row.sha256
    return DocumentFile(esign.storage.read(row.file_name), f"{row.title}{row.number}.pdf", row.size, digest)


async def read_notice_export(esign: Esign, caller: Principal, document_id: str) -> DocumentFile:
    """Return a notice's OFD. Raises as `read_notice`, and NotExported where it has none."""
    row = await _readable(esign, caller, document_id)
    async with esign.database.asking() as connection:
        found = await exports.find_export(connection, document_id)
    if found is None:
        raise NotExported
    await _record_look(esign, caller, document_id, Format.OFD)
    return DocumentFile(esign.storage.read(found.file_name), f"{row.title}{row.number}.ofd", found.size, found.sha256)


async def _readable(esign: Esign, caller: Principal, document_id: str) -> Any:
    async with esign.database.asking() as connection:
        mine = await units_of(connection, caller, esign.clock.now())
        row = await noticing.readable_notice(connection, document_id, mine)
    if row is None:
        raise NoticeNotFound
    if row.file_name is None:
        raise DocumentNotReady(headers={"Retry-After": "5"})
    return row


async def _record_look(esign: Esign, caller: Principal, document_id: str, form: Format) -> None:
    details = {"format": form.value}
    await audit.record_look(
        esign.database, actor=caller.subject, action="notice.read", subject=document_id, details=details
    )


def _view(row: Any) -> SealedNoticeView:
    return SealedNoticeView(
        **{name: getattr(row, name) for name in SealedNoticeView.model_fields if name not in MADE},
        unit_name=row.unit_name or "",
        to_unit_name=row.to_unit_name or "",
        label=LABELS[DocumentState(row.state)],
        sha256=row.extended_sha256 or row.sha256 or "",
    )
