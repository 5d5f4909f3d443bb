"""Making wanted documents: gathered, set, sealed, stored, and then in one transaction marked and told.

A crash before that transaction leaves the document wanted, and at most a file that no row knows, which is swept; one
after it leaves all of it. Nothing unsealed goes out: without seal, key, time stamp or store the document waits.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from chassis.base.clock import local
from chassis.base.crash import crash_point, operation
from chassis.data import audit, outgoing
from chassis.data.database import UnitOfWork
from chassis.data.outgoing import Postponed, Refused
from chassis.events.outbox import append
from chassis.storage.files import Stored
from sealing.pdf_sealing import Place, seal_pdf
from sealing.signing import StampRefused

from esign_svc.domain.documents import DocumentKind, DocumentState, Format
from esign_svc.domain.typesetting import in_figures
from esign_svc.errors import SealNotAllowed, SealUnavailable
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.export import Setting, code_svg, export
from esign_svc.handlers.letters import LETTERS
from esign_svc.handlers.licence_papers import LICENCES
from esign_svc.handlers.making import Content, Maker, SealedFile
from esign_svc.handlers.notices import NOTICES
from esign_svc.handlers.sealing import SealInUse, SealUse, face, record_use, require_usable, seal_in_use, signatory
from esign_svc.outside.press import GlyphMissing, Printed, version_of
from esign_svc.store import exports, papers
from esign_svc.store.papers import MAKING

SELF = "esign"
AT_ONCE = 4
LARGEST_FILE = 20 * 1024 * 1024
MAKERS: Mapping[DocumentKind, Maker] = {**LETTERS, **LICENCES, **NOTICES}
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
    maker = MAKERS[DocumentKind(row.kind)]
    content = await maker.gather(esign, row)
    signer = await _signer(esign, row.unit)
    seal = await _seal_for(esign, row, content, signer)
    code = esign.new_code()
    crash_point("before_render")
    address = content.address or f"{esign.public_url}/api/v1/documents/{document_id}/status?code={code}"
    setting = Setting(content.template, await _data(esign, row, content, address, signer), address)
    printed = await _print(esign, setting)
    crash_point("before_seal")
    files = await _seal(esign, row, seal, setting, printed)
    crash_point("before_store")
    stored = {form: await esign.storage.put(_whole(file), at_most=LARGEST_FILE) for form, file in files.items()}
    crash_point("after_store")
    async with esign.database.unit_of_work() as work:
        if kept := await _mark(work, row, content, Made(seal, stored, code)):
            await append(work, maker.told(row, content, kept), subject=document_id, version=1)
            await maker.on_sealed(esign, work, row, content, kept)
    if kept is None:  # another process made it meanwhile
        for one in stored.values():
            await esign.storage.delete(one.name)


@dataclass(frozen=True, slots=True)
class Made:
    """What is kept of a document: by which seal, which files, and the code by which it is checked."""

    seal: SealInUse
    stored: Mapping[Format, Stored]
    code: str = field(repr=False)


async def _signer(esign: Esign, unit: str) -> str:
    """Return the name of the day of the unit that signs."""
    async with esign.database.asking() as connection:
        unit_name, _ = await papers.unit_told(connection, unit)
    if not unit_name:
        raise Postponed(f"单位 {unit} 的名称还没有从事项目录收到")
    return unit_name


async def _data(esign: Esign, row: Any, content: Content, address: str, signer: str) -> Mapping[str, Any]:
    day = local(row.dated).date()
    code = await asyncio.to_thread(code_svg, address)
    return {
        "title": row.title,
        "number": row.number or "",
        "signer": signer,
        "day": [day.year, day.month, day.day],
        "date": in_figures(day),
        "qr": code,
        "verify_at": esign.public_url,
        **content.data,
    }


async def _print(esign: Esign, setting: Setting) -> Printed:
    try:
        return await esign.press.print(setting.template, setting.data, at=esign.clock.now())
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


async def _seal(esign: Esign, row: Any, seal: SealInUse, setting: Setting, printed: Printed) -> Mapping[Format, bytes]:
    """Seal over the middle of the signing line, with the seal's true size; and as an OFD. Raises Postponed."""
    drawing, now = await asyncio.to_thread(face, seal), esign.clock.now()
    try:
        pdf = await seal_pdf(
            printed.pdf,
            signatory(esign, seal),
            drawing=drawing,
            place=Place(printed.page, printed.x_mm - drawing.width_mm / 2, printed.y_mm - drawing.height_mm / 2),
            stamp=esign.authorities.stamp,
            reason=f"{row.title} {row.number or ''}".strip(),
            at=now,
        )
        ofd = await export(esign, setting, seal, now)
    except SealUnavailable as unavailable:
        raise Postponed(str(unavailable)) from unavailable
    except StampRefused as refused:
        raise Postponed("时间戳暂时取不到") from refused
    return {Format.PDF: pdf, **({Format.OFD: ofd} if ofd else {})}


async def _mark(work: UnitOfWork, row: Any, content: Content, made_of: Made) -> SealedFile | None:
    """Mark a document sealed, with each use of the seal; None where that was done meanwhile."""
    now = work.clock.now()
    seal, stored = made_of.seal, made_of.stored[Format.PDF]
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
        "code_digest": hashlib.sha256(made_of.code.encode()).hexdigest(),
    }
    if not await papers.mark_sealed(work.connection, row.document_id, made):
        return None
    if ofd := made_of.stored.get(Format.OFD):
        kept = {"sha256": ofd.sha256, "size": ofd.size, "file_name": ofd.name}
        exported = {"document_id": row.document_id, "seal_id": seal.seal_id, "sealed_at": now, **kept}
        await exports.add_export(work.connection, exported)
    await _record_uses(work, row, content, made_of, now)
    details = {"kind": row.kind, "number": row.number, "template_version": made["template_version"]}
    await audit.record(work, actor=SELF, action="document.sealed", subject=row.document_id, details=details)
    return SealedFile(row.document_id, stored.name, stored.sha256, stored.size, now)


async def _record_uses(work: UnitOfWork, row: Any, content: Content, made: Made, now: datetime) -> None:
    for form, stored in made.stored.items():
        use = SealUse(
            document_id=row.document_id,
            document_kind=row.kind,
            application_id=row.application_id,
            approver=content.approver,
            sha256=stored.sha256,
            at=now,
            case_id=row.case_id or "",
            task_id=row.task_id or "",
            format=form,
        )
        try:
            await record_use(work, made.seal, use)
        except SealUnavailable as unavailable:
            raise Postponed(str(unavailable)) from unavailable


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
