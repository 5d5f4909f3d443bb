"""How a kind of document is made: what it says and by whose seal, and what else happens as it is marked sealed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.data.database import UnitOfWork
from chassis.events.outbox import Event

from esign_svc.domain.seals import Approver, SealKind
from esign_svc.events import DocumentSealed
from esign_svc.handlers.collaborators import Esign


@dataclass(frozen=True, slots=True)
class Content:
    """What a document says: its template and the data for it, the kind of its seal, and who lets that be used.

    The data come on top of those that each paper has: `title`, `number`, `signer`, `day`, `date`, `qr`, `verify_at`.
    `address` is where the paper's code (QR) leads; without one, to the document's own status.
    `made_from` is for what follows as the document is marked sealed.
    """

    template: str
    data: Mapping[str, Any] = field(repr=False)
    seal: SealKind
    approver: Approver
    address: str = field(default="", repr=False)
    made_from: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file as it was sealed and stored."""

    document_id: str
    file_name: str
    sha256: str
    size: int
    sealed_at: datetime


Gather = Callable[[Esign, Any], Awaitable[Content]]
"""Returns what a document (its row) says; it may ask siblings. Raises Unavailable, Postponed, Refused."""
OnSealed = Callable[[Esign, UnitOfWork, Any, Content, SealedFile], Awaitable[None]]
"""Runs in the transaction that marks a document (its row) sealed."""


async def nothing_more(_esign: Esign, _work: UnitOfWork, _row: Any, _content: Content, _sealed: SealedFile) -> None:
    """Do nothing more than mark the document."""


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


def document_sealed(row: Any, _content: Content, sealed: SealedFile) -> Event:
    """Return what is told of a document of an application, which is sealed."""
    told = {name: getattr(row, name) for name in TOLD}
    return DocumentSealed(
        **told, applicant_id=row.applicant_id or None, sealed_at=sealed.sealed_at, sha256=sealed.sha256
    )


@dataclass(frozen=True, slots=True)
class Maker:
    """How documents of a kind are made, and what is told of one that is sealed."""

    gather: Gather
    on_sealed: OnSealed = nothing_more
    told: Callable[[Any, Content, SealedFile], Event] = document_sealed
