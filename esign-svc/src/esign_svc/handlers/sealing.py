"""What seals a paper asks of the registry: a seal that may be used then, its key, its face, and the row of the use.

Only papers that this service made itself are sealed, each for a document's row; no operation seals bytes that a caller
gives.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from chassis.data import audit
from chassis.data.database import UnitOfWork
from sealing.drawing import Drawing
from sealing.seal_face import SealFace, draw
from sealing.signing import Algorithm, Signatory
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.domain.documents import Format
from esign_svc.domain.seals import (
    KINDS,
    Approver,
    Capacity,
    SealKind,
    SealState,
    UsableBy,
    require_allowed,
    require_valid,
)
from esign_svc.errors import SealUnavailable
from esign_svc.handlers.collaborators import Esign
from esign_svc.store import registry


@dataclass(frozen=True, slots=True)
class SealInUse:
    """A unit's seal as it may be used at a moment: what is needed to seal with it, and who may let it be used."""

    seal_id: str
    unit: str
    unit_name: str
    kind: SealKind
    name: str
    seal_code: str
    synthetic: bool
    face: SealFace
    algorithm: Algorithm
    key_id: str
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    usable_by: UsableBy
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class SealUse:
    """What a seal was used for: one document, of an application, and where it says a decision of its case and task.

    `sha256` is of the sealed file (hex), `at` when it was sealed, `format` which of the document's files it is.
    """

    document_id: str
    document_kind: str
    application_id: str
    approver: Approver
    sha256: str
    at: datetime
    case_id: str = ""
    task_id: str = ""
    format: Format = Format.PDF


async def seal_in_use(connection: AsyncConnection, unit: str, kind: SealKind, at: datetime) -> SealInUse:
    """Return a unit's seal of a kind that is in use and valid at a moment, the one put in use last.

    Papers are PDF, so it has a key on P-256: one of SM2 signs by GB/T 38540 alone. Raises SealUnavailable: what is to
    be sealed waits until there is one.
    """
    for row in await registry.in_use(connection, unit, kind):
        if row["algorithm"] == Algorithm.P256 and row["valid_from"] <= at <= row["valid_until"]:
            return _of(row)
    raise SealUnavailable(f"单位 {unit} 此时没有可用的{KINDS[kind]}")


def _of(row: registry.Record) -> SealInUse:
    names = ("seal_id", "unit", "unit_name", "name", "seal_code", "synthetic", "key_id", "valid_from", "valid_until")
    return SealInUse(
        **{name: row[name] for name in names},
        kind=SealKind(row["kind"]),
        face=SealFace(row["unit_name"], row["line"], row["seal_code"]),
        algorithm=Algorithm(row["algorithm"]),
        certificate=base64.b64decode(row["certificate"]),
        chain=tuple(base64.b64decode(one) for one in row["chain"]),
        usable_by=UsableBy(frozenset(map(Capacity, row["capacities"])), frozenset(row["subjects"])),
    )


def require_usable(seal: SealInUse, approver: Approver) -> None:
    """Raise SealNotAllowed unless the approver is of the seal's unit, in a capacity that it takes, and a named person.

    In which capacity somebody acted is told by the event that the paper is made of (`Capacity`). A receipt at
    submission has `Approver(SYSTEM, unit, Capacity.SYSTEM)`: the service's own act by rule, for seals that say so.
    """
    require_allowed(seal.unit, seal.usable_by, approver)


def signatory(esign: Esign, seal: SealInUse) -> Signatory:
    """Return who signs with a seal: its certificate and chain, and its key's use."""
    return Signatory(seal.certificate, seal.chain, seal.algorithm, partial(esign.keys.sign, seal.key_id))


def face(seal: SealInUse) -> Drawing:
    """Return what a seal looks like, in its true size."""
    return draw(seal.face)


async def record_use(work: UnitOfWork, seal: SealInUse, use: SealUse) -> None:
    """Write the row of a use and its audit row, in the transaction that marks the document sealed.

    The seal is held until then: one that was suspended or cancelled meanwhile raises SealUnavailable, and the file that
    was sealed with it is not kept. Raises SealNotAllowed as `require_usable`.
    """
    require_usable(seal, use.approver)
    row = await registry.hold_seal(work.connection, seal.seal_id)
    if row is None or row["key_id"] != seal.key_id:
        raise SealUnavailable("印章已变更")
    require_valid(SealState(row["state"]), valid_from=row["valid_from"], valid_until=row["valid_until"], at=use.at)
    named = {
        "document_id": use.document_id,
        "document_kind": use.document_kind,
        "application_id": use.application_id,
        "case_id": use.case_id,
        "task_id": use.task_id,
    }
    by = {"approver_unit": use.approver.unit, "capacity": use.approver.kind.value}
    row = {"use_id": work.ids(), "seal_id": seal.seal_id, **named, "approver": use.approver.subject, **by}
    registry.add_use(work, {**row, "format": use.format.value, "sha256": use.sha256, "at": use.at})
    details = {**named, **by, "format": use.format.value, "sha256": use.sha256}
    await audit.record(work, actor=use.approver.subject, action="seal.used", subject=seal.seal_id, details=details)
