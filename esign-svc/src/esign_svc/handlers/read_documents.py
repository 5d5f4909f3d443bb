"""Reading documents: an application's, by its applicant and the units of its case; a unit's own; one by its code.

What staff see is recorded by ids before it is answered (个人信息保护法 art. 51, 54).
"""

import hashlib
import hmac
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from chassis.data import audit
from chassis.data.outgoing import State
from chassis.http.identity import Kind, Principal
from chassis.http.paging import Page, decode_cursor, page

from esign_svc.domain.documents import LABELS, DocumentState, Format
from esign_svc.errors import DocumentNotFound, DocumentNotReady, NotExported
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.successors import does_work_of, units_of
from esign_svc.schemas.documents import DocumentStatusView, DocumentView, UnitDocumentView
from esign_svc.store import exports, papers

MADE = ("unit_name", "label", "sha256", "attempts", "last_error", "stuck")
SHOWN = tuple(name for name in DocumentView.model_fields if name not in MADE)


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents of a unit are asked for; an empty unit is the caller's."""

    state: DocumentState
    unit: str = ""


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document's file, to be sent."""

    chunks: AsyncGenerator[bytes, None]
    name: str
    size: int
    sha256: str


async def _whose(esign: Esign, caller: Principal) -> papers.Whose:
    async with esign.database.asking() as connection:
        return papers.Whose(caller.subject, await units_of(connection, caller, esign.clock.now()))


async def list_application_documents(
    esign: Esign, caller: Principal, application_id: str, *, after: str, size: int
) -> Page[DocumentView]:
    """Return a page of an application's documents, the oldest first. Raises DocumentNotFound where there are none.

    To a stranger there are none, as there are of an application that is not there.
    """
    (last,) = decode_cursor(after, str) if after else ("",)
    whose = await _whose(esign, caller)
    async with esign.database.asking() as connection:
        rows = await papers.documents_of(connection, application_id, whose, after=last, size=size)
    if not rows and not after:
        raise DocumentNotFound
    if caller.kind is Kind.STAFF:
        shown = {"shown": [row.document_id for row in rows[:size]]}
        await _record_look(esign, caller, "documents.listed", application_id, shown)
    return page([_view(row) for row in rows], size, key=lambda view: (view.document_id,))


async def _readable(esign: Esign, caller: Principal, application_id: str, document_id: str) -> Any:
    """Return a sealed document's row to whoever may read it. Raises DocumentNotFound, DocumentNotReady."""
    whose = await _whose(esign, caller)
    async with esign.database.asking() as connection:
        row = await papers.readable_document(connection, application_id, document_id, whose)
    if row is None:
        raise DocumentNotFound
    if row.file_name is None:
        raise DocumentNotReady(headers={"Retry-After": "5"})
    return row


async def read_document(esign: Esign, caller: Principal, application_id: str, document_id: str) -> DocumentFile:
    """Return a document's file. Raises DocumentNotFound for all who may not read it, DocumentNotReady."""
    row = await _readable(esign, caller, application_id, document_id)
    if caller.kind is Kind.STAFF:
        await _record_look(esign, caller, "document.read", document_id, {"application_id": application_id})
    chunks = esign.storage.read(row.file_name)
    return DocumentFile(chunks, f"{row.title}{row.number or ''}.pdf", row.size, _digest(row))


async def read_export(esign: Esign, caller: Principal, application_id: str, document_id: str) -> DocumentFile:
    """Return a document's OFD. Raises as `read_document`, and NotExported where the document has none."""
    row = await _readable(esign, caller, application_id, document_id)
    async with esign.database.asking() as connection:
        found = await exports.find_export(connection, document_id)
    if found is None:
        raise NotExported("加注件,以及其印章没有国密电子印章(GB/T 38540)时出具的文书,只有 PDF 格式")
    if caller.kind is Kind.STAFF:
        details = {"application_id": application_id, "format": Format.OFD.value}
        await _record_look(esign, caller, "document.read", document_id, details)
    chunks = esign.storage.read(found.file_name)
    return DocumentFile(chunks, f"{row.title}{row.number or ''}.ofd", found.size, found.sha256)


async def list_documents(
    esign: Esign, caller: Principal, wanted: DocumentFilter, *, after: str, size: int
) -> Page[UnitDocumentView]:
    """Return a page of the documents in a state, the newest first: of the caller's unit, or of one that it follows.

    Of any other unit there are none.
    """
    (last,) = decode_cursor(after, str) if after else ("",)
    unit, state = wanted.unit or caller.unit, wanted.state
    async with esign.database.reading() as connection:
        is_theirs = await does_work_of(connection, caller, unit, esign.clock.now())
        rows = await papers.list_documents(connection, unit, state, after=last, size=size) if is_theirs else []
    if rows:
        details = {"state": state.value, "shown": [row.document_id for row in rows[:size]]}
        await _record_look(esign, caller, "documents.listed", unit, details)
    views = [
        UnitDocumentView(
            **_view(row).model_dump(),
            attempts=row.attempts or 0,
            last_error=row.last_error or "",
            stuck=row.making == State.STUCK.value,
        )
        for row in rows
    ]
    return page(views, size, key=lambda view: (view.document_id,))


async def show_document_status(esign: Esign, document_id: str, code: str) -> DocumentStatusView:
    """Return what anyone who has a document's code may know of it. Raises DocumentNotFound for any other code."""
    async with esign.database.asking() as connection:
        row = await papers.find_named_document(connection, document_id)
    kept = row.code_digest if row is not None and row.code_digest else "-"
    if not hmac.compare_digest(kept, hashlib.sha256(code.encode()).hexdigest()) or row is None:
        raise DocumentNotFound
    names = ("document_id", "kind", "title", "number", "unit", "dated", "sealed_at", "state")
    return DocumentStatusView(
        **{name: getattr(row, name) for name in names},
        label=LABELS[DocumentState(row.state)],
        unit_name=row.unit_name or "",
        sha256=_digest(row),
        as_of=esign.clock.now(),
    )


def _digest(row: Any) -> str:
    """Return the digest of a document's file as it is stored now: with proofs behind it, if there are any."""
    digest: str = row.extended_sha256 or row.sha256 or ""
    return digest


def _view(row: Any) -> DocumentView:
    return DocumentView(
        **{name: getattr(row, name) for name in SHOWN},
        unit_name=row.unit_name or "",
        label=LABELS[DocumentState(row.state)],
        sha256=_digest(row),
    )


async def _record_look(esign: Esign, caller: Principal, action: str, subject: str, details: dict[str, Any]) -> None:
    await audit.record_look(esign.database, actor=caller.subject, action=action, subject=subject, details=details)
