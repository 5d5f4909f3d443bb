"""Attaching what esign has sealed to its application."""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.errors import ApplicationUnknown
from intake_svc.events import DocumentSealed
from intake_svc.schemas import SealedDocumentView
from intake_svc.store.attached import attach_document, attached_to
from intake_svc.store.timelines import state_of

ATTACHED = frozenset({"receipt", "acceptance", "decision", "licence"})
"""What belongs to an application; a use copy (加注件) is its holder's own."""
KEPT = tuple(SealedDocumentView.model_fields)


async def follow_document_sealed(work: UnitOfWork, received: Received[DocumentSealed]) -> None:
    """Attach a document to its application. Raises ApplicationUnknown."""
    told = received.data
    if told.kind not in ATTACHED:
        return
    if await state_of(work.connection, told.application_id) is None:
        raise ApplicationUnknown(told.application_id)
    names = ("application_id", "document_id", "kind", "title", "unit", "task_id", "sealed_at")
    attach_document(work, {**{name: getattr(told, name) for name in names}, "number": told.number or ""})


async def documents_shown(connection: AsyncConnection, application_id: str) -> list[SealedDocumentView]:
    """Return an application's documents as a reply."""
    rows = await attached_to(connection, application_id)
    return [SealedDocumentView(**{name: getattr(row, name) for name in KEPT}) for row in rows]
