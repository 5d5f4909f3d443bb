"""Making wanted documents: gathered, set, sealed, stored, and then in one transaction marked and told.

A crash before that transaction leaves the document wanted, and at most a file that no row knows, which is swept; one
after it leaves all of it. Nothing unsealed goes out: without seal, key, time stamp or store the document waits.
"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

import segno
from chassis.base.clock import local
from chassis.base.crash import crash_point, operation
from chassis.data import audit, outgoing
from chassis.data.database import UnitOfWork
from chassis.data.outgoing import Postponed, Refused
from chassis.events.outbox import append
from chassis.storage.files import Stored
from sealing.pdf_sealing import Place, seal_pdf
from sealing.signing import StampRefused

from esign_svc.domain.documents import DocumentKind, DocumentState
from esign_svc.domain.typesetting import in_figures
from esign_svc.errors import SealNotAllowed, SealUnavailable
from esign_svc.events import DocumentSealed
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.letters import LETTERS
from esign_svc.handlers.licence_papers import LICENCES
from esign_svc.handlers.making import Content, Maker, SealedFile
from esign_svc.handlers.sealing import SealInUse, SealUse, face, record_use, require_usable, seal_in_use, signatory
from esign_svc.outside.press import GlyphMissing, Printed, version_of
from esign_svc.store import papers
from esign_svc.store.papers import MAKING

SELF = "esign"
AT_ONCE = 4
LARGEST_FILE = 20 * 1024 * 1024
MAKERS: Mapping[DocumentKind, Maker] = {**LETTERS, **LICENCES}
"""How each kind of document is made."""


async def keep_made(esign: Esign) -> None:
    """Make what is wanted until cancelled."""
    operation.set("make document")
    await outgoing.Worker(esign.database, "esign", MAKING, partial(make, esign), at_once=AT_ONCE).run()


async def make(esign: Esign, document_id: str) -> None:
    """Make a document, if it is still wanted. Raises Unavailable, Postponed, Refused."""
    async with esign.database.asking() as connection:
        row = await papers.find_document(connection, document_id)
    if row is None or row.state != DocumentState.WANTED.value:
        async with esign.database.unit_of_work() as work:
            await outgoing.finish(work, MAKING, document_id)
        return
    maker = MAKERS.get(DocumentKind(row.kind))
    if maker is None:
        raise Postponed(f"还不会制作 {row.kind}")
    content = await maker.gather(esign, row)
    signer = await _signer(esign, row.unit)
    seal = await _seal_for(esign, row, content, signer)
    code = esign.new_code()
    crash_point("before_render")
    printed = await _print(esign, row, content, f"/api/v1/documents/{document_id}/status?code={code}", signer)
    crash_point("before_seal")
    pdf = await _seal(esign, row, seal, printed)
    crash_point("before_store")
    stored = await esign.storage.put(_whole(pdf), at_most=LARGEST_FILE)
    crash_point("after_store")
    async with esign.database.unit_of_work() as work:
        if kept := await _mark(work, row, content, seal, stored, code):
            await maker.on_sealed(esign, work, row, content, kept)
    if kept is None:  # another process made it meanwhile
        await esign.storage.delete(stored.name)


async def _signer(esign: Esign, unit: str) -> str:
    """Return the name of the day of the unit that signs."""
    async with esign.database.asking() as connection:
        unit_name, _ = await papers.unit_told(connection, unit)
    if not unit_name:
        raise Postponed(f"单位 {unit} 的名称还没有从事项目录收到")
    return unit_name


async def _print(esign: Esign, row: Any, content: Content, status: str, signer: str) -> Printed:
    day = local(row.dated).date()
    code = await asyncio.to_thread(_qr, content.address or esign.public_url + status)
    data = {
        "title": row.title,
        "number": row.number or "",
        "signer": signer,
        "day": [day.year, day.month, day.day],
        "date": in_figures(day),
        "qr": code,
        "verify_at": esign.public_url,
        **content.data,
    }
    try:
        return await esign.press.print(content.template, data, at=esign.clock.now())
    except GlyphMissing as missing:
        raise Refused(f"字体中没有这些字符:{'、'.join(missing.codes)}") from missing


async def _seal_for(esign: Esign, row: Any, content: Content, signer: str) -> SealInUse:
    """Return the seal that a paper gets, before anything is printed in vain. Raises Postponed, Refused.

    A unit that was renamed has a new seal made first (国发〔1999〕25号): until then its papers wait. The seal
    is looked at once more where its use is recorded.
    """
    try:
        async with esign.database.reading() as connection:
            seal = await seal_in_use(connection, row.unit, content.seal, esign.clock.now())
        require_usable(seal, content.approver)
        if seal.unit_name != signer:
            raise Postponed(f"印章上的单位名称({seal.unit_name})与单位现名({signer})不一致,须先换发印章")
    except SealUnavailable as unavailable:
        raise Postponed(str(unavailable)) from unavailable
    except SealNotAllowed as refused:
        raise Refused(str(refused)) from refused
    return seal


async def _seal(esign: Esign, row: Any, seal: SealInUse, printed: Printed) -> bytes:
    """Seal over the middle of the signing line, with the seal's true size. Raises Postponed."""
    drawing = await asyncio.to_thread(face, seal)
    try:
        return await seal_pdf(
            printed.pdf,
            signatory(esign, seal),
            drawing=drawing,
            place=Place(printed.page, printed.x_mm - drawing.width_mm / 2, printed.y_mm - drawing.height_mm / 2),
            stamp=esign.authorities.stamp,
            reason=f"{row.title} {row.number or ''}".strip(),
            at=esign.clock.now(),
        )
    except SealUnavailable as unavailable:
        raise Postponed(str(unavailable)) from unavailable
    except StampRefused as refused:
        raise Postponed("时间戳暂时取不到") from refused


async def _mark(  # noqa: PLR0913, PLR0917  all that is known of it
    work: UnitOfWork, row: Any, content: Content, seal: SealInUse, stored: Stored, code: str
) -> SealedFile | None:
    """Mark a document sealed, with the use of the seal and the event; None where that was done meanwhile."""
    now = work.clock.now()
    if not await outgoing.finish(work, MAKING, row.document_id):
        return None
    made = {
        "template": content.template,
        "template_version": version_of(content.template),
        "seal_id": seal.seal_id,
        "sealed_at": now,
        "sha256": stored.sha256,
        "size": stored.size,
        "file_name": stored.name,
        "code_digest": hashlib.sha256(code.encode()).hexdigest(),
    }
    if not await papers.mark_sealed(work.connection, row.document_id, made):
        return None
    use = SealUse(
        document_id=row.document_id,
        document_kind=row.kind,
        application_id=row.application_id,
        approver=content.approver,
        sha256=stored.sha256,
        at=now,
        case_id=row.case_id or "",
        task_id=row.task_id or "",
    )
    try:
        await record_use(work, seal, use)
    except SealUnavailable as unavailable:
        raise Postponed(str(unavailable)) from unavailable
    told = {name: getattr(row, name) for name in TOLD}
    event = DocumentSealed(**told, applicant_id=row.applicant_id or None, sealed_at=now, sha256=stored.sha256)
    await append(work, event, subject=row.document_id, version=1)
    details = {"kind": row.kind, "number": row.number, "template_version": made["template_version"]}
    await audit.record(work, actor=SELF, action="document.sealed", subject=row.document_id, details=details)
    return SealedFile(row.document_id, stored.name, stored.sha256, stored.size, now)


TOLD = (
    "document_id",
    "kind",
    "title",
    "number",
    "subject",
    "application_id",
    "case_id",
    "task_id",
    "matter_code",
    "unit",
)


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _qr(address: str) -> str:
    """Return a QR code (ISO/IEC 18004, level M) as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
