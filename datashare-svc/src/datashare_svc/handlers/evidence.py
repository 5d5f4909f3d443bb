"""The evidence of a dispute: reserved by name and type, then uploaded once; read by the applicant and the unit.

A file goes to the storage outside of any transaction; the row that knows it is written afterwards, and a file that no
row knows is taken away a day later.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.files import FileTypeRefused, Incoming
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.disputes import DisputeState
from datashare_svc.domain.evidence import LARGEST, MOST, NotOfItsType, sniffed
from datashare_svc.errors import DisputeEnded, EvidenceGiven, EvidenceNotFound, TooMuchEvidence
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.responsible import require_own, require_theirs
from datashare_svc.schemas.disputes import EvidenceBody, EvidenceView
from datashare_svc.store import disputed, evidence
from datashare_svc.store.evidence import dispute_evidence

TABLE = "dispute_evidence"
SHOWN = tuple(name for name in EvidenceView.model_fields if name != "name")


@dataclass(frozen=True, slots=True)
class EvidencePlace:
    """A piece of evidence of a dispute."""

    dispute_id: str
    evidence_id: str


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A piece of evidence, to be sent."""

    chunks: AsyncGenerator[bytes, None]
    name: str
    media_type: str
    size: int
    sha256: str


async def reserve_evidence(
    datashare: Datashare, work: UnitOfWork, caller: Principal, dispute_id: str, body: EvidenceBody
) -> EvidenceView:
    """Reserve a place for a file of an open dispute of the caller's.

    Raises DisputeNotFound, DisputeEnded, TooMuchEvidence.
    """
    row = require_own(caller, await disputed.lock_dispute(work.connection, dispute_id))
    if row["state"] != DisputeState.OPEN:
        raise DisputeEnded
    if await evidence.count_evidence(work.connection, dispute_id) >= MOST:
        raise TooMuchEvidence(f"一件异议最多 {MOST} 份证明材料")
    evidence_id = work.ids()
    kept = {
        "evidence_id": evidence_id,
        "dispute_id": dispute_id,
        "name": datashare.cipher.encrypt(body.name, table=TABLE, column="name", row=evidence_id),
        "media_type": body.media_type,
        "reserved_at": work.clock.now(),
        **dict.fromkeys(("given_at", "size", "sha256", "file_name")),
    }
    work.add(dispute_evidence, kept)
    details = {"dispute_id": dispute_id}
    await audit.record(work, actor=caller.subject, action="evidence.reserved", subject=evidence_id, details=details)
    return EvidenceView(**{name: kept[name] for name in SHOWN}, name=body.name)


async def give_evidence(
    datashare: Datashare, caller: Principal, place: EvidencePlace, incoming: Incoming
) -> EvidenceView:
    """Keep the file of what was reserved; the same file once more changes nothing.

    Raises DisputeNotFound, EvidenceNotFound, FileTypeRefused, TooLarge, EvidenceGiven, DisputeEnded,
    StorageUnavailable.
    """
    async with datashare.database.reading() as connection:
        row = await _own(connection, caller, place)
    if incoming.media_type != row.media_type:
        raise FileTypeRefused(f"预留的类型是 {row.media_type}")
    try:
        stored = await datashare.storage.put(sniffed(row.media_type, incoming), at_most=LARGEST)
    except NotOfItsType as wrong:
        raise FileTypeRefused(f"内容不是 {row.media_type}") from wrong
    given = {"file_name": stored.name, "size": stored.size, "sha256": stored.sha256}
    async with datashare.database.unit_of_work() as work:
        if await evidence.give_evidence(work.connection, place.evidence_id, {**given, "given_at": work.clock.now()}):
            details = {"dispute_id": place.dispute_id, "sha256": stored.sha256}
            subject = place.evidence_id
            await audit.record(work, actor=caller.subject, action="evidence.given", subject=subject, details=details)
        row = await _own(work.connection, caller, place)
    if row.file_name is None:
        raise DisputeEnded
    if row.file_name != stored.name:
        await datashare.storage.delete(stored.name)
    if row.sha256 != stored.sha256:
        raise EvidenceGiven
    return evidence_view(datashare, row)


async def read_own_evidence(datashare: Datashare, caller: Principal, place: EvidencePlace) -> EvidenceFile:
    """Return a file of a dispute of the caller's. Raises DisputeNotFound, EvidenceNotFound."""
    async with datashare.database.reading() as connection:
        row = await _own(connection, caller, place)
    return _file(datashare, row)


async def read_unit_evidence(datashare: Datashare, caller: Principal, place: EvidencePlace) -> EvidenceFile:
    """Return a file of a dispute that the caller's unit answers, and record it.

    Raises DisputeNotFound, OwnDispute, EvidenceNotFound.
    """
    async with datashare.database.reading() as connection:
        found = await disputed.find_dispute(connection, place.dispute_id)
        dispute = await require_theirs(connection, caller, found, datashare.clock.now())
        row = await evidence.find_evidence(connection, place.dispute_id, place.evidence_id)
    file = _file(datashare, row)
    details = {"dispute_id": place.dispute_id, "application_id": dispute["application_id"]}
    await audit.record_look(
        datashare.database, actor=caller.subject, action="evidence.read", subject=place.evidence_id, details=details
    )
    return file


async def _own(connection: AsyncConnection, caller: Principal, place: EvidencePlace) -> Any:
    require_own(caller, await disputed.find_dispute(connection, place.dispute_id))
    row = await evidence.find_evidence(connection, place.dispute_id, place.evidence_id)
    if row is None:
        raise EvidenceNotFound
    return row


def _file(datashare: Datashare, row: Any | None) -> EvidenceFile:
    if row is None or row.file_name is None:
        raise EvidenceNotFound
    chunks = datashare.storage.read(row.file_name)
    return EvidenceFile(chunks, _name(datashare, row), row.media_type, row.size, row.sha256)


def evidence_view(datashare: Datashare, row: Any) -> EvidenceView:
    """Return a piece of evidence as a reply, its name opened."""
    return EvidenceView(**{name: getattr(row, name) for name in SHOWN}, name=_name(datashare, row))


def _name(datashare: Datashare, row: Any) -> str:
    return datashare.cipher.decrypt(row.name, table=TABLE, column="name", row=row.evidence_id)
