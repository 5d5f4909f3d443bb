"""Making a sealed document last: its certificates and the lists of revoked ones are put behind it (PAdES B-LT).

ETSI EN 319 142-1, 5.4. Operators ask; a worker does it. The longer file is put beside the first; one transaction makes
it the document's, and what no row names any more is swept. A crash before that leaves the first file as it was. The
first file's digest stays: a seal covers exactly that part of the longer one, so that verification knows both.
"""

import asyncio
from functools import partial
from typing import Any

from chassis.base.crash import crash_point, operation
from chassis.data import audit, outgoing
from chassis.data.database import UnitOfWork
from chassis.data.outgoing import OutgoingNotFound, Refused
from sealing.pdf_judge.found import Refused as Unread
from sealing.pdf_judge.proofs import Gathered, gather
from sealing.pdf_judge.syntax import Unreadable
from sealing.pdf_lt import extend_pdf
from sealing.pdf_source import NotClean
from sealing.strength import Unsound

from esign_svc.domain.documents import DocumentState
from esign_svc.errors import DocumentNotFound, DocumentNotReady
from esign_svc.handlers.collaborators import Esign
from esign_svc.store import papers
from esign_svc.store.papers import EXTENDING

SELF = "esign"
LARGEST_FILE = 20 * 1024 * 1024
AT_ONCE = 1


async def ask_extension(work: UnitOfWork, document_id: str, *, actor: str) -> bool:
    """Ask that a sealed document be made to last; tell whether that is still to be done.

    What is stuck is tried afresh. Raises DocumentNotFound, DocumentNotReady.
    """
    row = await papers.find_document(work.connection, document_id)
    if row is None:
        raise DocumentNotFound
    if row.state != DocumentState.SEALED.value:
        raise DocumentNotReady
    if row.extended_at is not None:
        return False
    try:
        await outgoing.redrive(work, EXTENDING, document_id)
    except OutgoingNotFound:
        outgoing.ask(work, EXTENDING, document_id)
    await audit.record(work, actor=actor, action="document.extension_asked", subject=document_id)
    return True


async def keep_extended(esign: Esign) -> None:
    """Extend what was asked for until cancelled."""
    operation.set("extend document")
    await outgoing.Worker(esign.database, "esign", EXTENDING, partial(extend, esign), at_once=AT_ONCE).run()


async def extend(esign: Esign, document_id: str) -> None:
    """Put proofs behind a sealed document, once. Raises Unavailable, Refused."""
    async with esign.database.asking() as connection:
        row = await papers.find_document(connection, document_id)
    if row is None or row.state != DocumentState.SEALED.value or row.extended_at is not None:
        async with esign.database.unit_of_work() as work:
            await outgoing.finish(work, EXTENDING, document_id)
        return
    pdf = b"".join([chunk async for chunk in esign.storage.read(row.file_name)])
    longer = await _extended(esign, pdf)
    crash_point("before_store")
    stored = await esign.storage.put(longer, at_most=LARGEST_FILE)
    crash_point("after_store")
    made = {"file_name": stored.name, "size": stored.size, "extended_sha256": stored.sha256}
    async with esign.database.unit_of_work() as work:
        is_kept = await outgoing.finish(work, EXTENDING, document_id) and await _mark(work, row, made)
    if not is_kept:  # another process did it meanwhile
        await esign.storage.delete(stored.name)


async def _mark(work: UnitOfWork, row: Any, made: dict[str, Any]) -> bool:
    if not await papers.mark_extended(work.connection, row.document_id, {**made, "extended_at": work.clock.now()}):
        return False
    details = {"sha256": row.sha256, "extended_sha256": made["extended_sha256"]}
    await audit.record(work, actor=SELF, action="document.extended", subject=row.document_id, details=details)
    return True


async def _extended(esign: Esign, pdf: bytes) -> bytes:
    """Return a file with what its verification needs behind it. Raises ListsUnavailable, Refused."""
    lists = await esign.authorities.lists()
    if not lists:
        raise Refused("没有可用的证书吊销列表:请设置 ESIGN_CRLS")
    try:
        found = await asyncio.to_thread(gather, pdf, roots=esign.trusted, lists=lists, at=esign.clock.now())
        _require_whole(found)
        return await extend_pdf(pdf, certificates=found.certificates, crls=found.lists)
    except (Unsound, Unread, Unreadable, NotClean) as broken:
        raise Refused(f"文件的签章现在不成立:{broken}") from broken


def _require_whole(found: Gathered) -> None:
    """Raise Refused unless every certificate leads to a trusted root and a list speaks of each below it."""
    if found.unrooted:
        raise Refused(f"证书链未到达可信根证书(ESIGN_TRUSTED_ROOTS):{'、'.join(found.unrooted)}")
    if found.unlisted:
        raise Refused(f"没有现行有效的吊销列表(ESIGN_CRLS):{'、'.join(found.unlisted)}")
