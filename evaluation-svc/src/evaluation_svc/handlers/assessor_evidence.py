"""The evidence of a finding: the files whose digests its assessor signed, given once, read by whoever sees the finding.

A file goes to the storage outside of any transaction; the row that knows it is written afterwards, and a file that no
row knows is taken away a day later. With the last file the finding is entered: it counts from then on.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.files import FileTypeRefused, Incoming
from chassis.http.identity import Principal
from chassis.storage.files import Stored
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.assessor_findings import EXTENSIONS, LARGEST_EVIDENCE, FindingState
from evaluation_svc.errors import FindingEnded, FindingEvidenceDiffers, FindingEvidenceNotFound, FindingNotFound
from evaluation_svc.handlers.assessor_findings import journal_finding, sight_of
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.schemas.assessor_findings import FindingEvidenceView
from evaluation_svc.store import statements as store
from evaluation_svc.store.statements import Sight

SHOWN = tuple(FindingEvidenceView.model_fields)


@dataclass(frozen=True, slots=True)
class FindingFile:
    """A piece of evidence, to be sent."""

    chunks: AsyncGenerator[bytes, None]
    name: str
    media_type: str
    size: int
    sha256: str


async def give_finding_evidence(
    evaluation: Evaluation, caller: Principal, finding_id: str, sha256: str, incoming: Incoming
) -> FindingEvidenceView:
    """Keep a file that a finding of the caller's assessor names; the same file once more changes nothing.

    Raises FindingNotFound, FindingEvidenceNotFound, FileTypeRefused, TooLarge, FindingEvidenceDiffers, FindingEnded,
    StorageUnavailable.
    """
    own = Sight(assessor=caller.unit)
    async with evaluation.database.reading() as connection:
        row = await _named(connection, finding_id, sha256, own)
    if incoming.media_type != row.media_type:
        raise FileTypeRefused(f"签名中列明的类型是 {row.media_type}")
    stored = await evaluation.storage.put(incoming, at_most=LARGEST_EVIDENCE)
    if stored.sha256 != sha256:
        await evaluation.storage.delete(stored.name)
        raise FindingEvidenceDiffers
    async with evaluation.database.unit_of_work() as work:
        is_kept = await _give(work, caller, finding_id, stored)
        row = await _named(work.connection, finding_id, sha256, own)
    if row.file_name != stored.name:
        await evaluation.storage.delete(stored.name)
    if row.file_name is None or not is_kept:
        raise FindingEnded
    return FindingEvidenceView(**{name: getattr(row, name) for name in SHOWN})


async def _give(work: UnitOfWork, caller: Principal, finding_id: str, stored: Stored) -> bool:
    """Note a file, and enter the finding with the last one; tell whether the finding still takes any."""
    finding = await store.lock_finding(work.connection, finding_id, caller.unit)
    if finding is None or finding.state == FindingState.WITHDRAWN:
        return False
    values = {"file_name": stored.name, "size": stored.size, "given_at": work.clock.now()}
    is_new, is_whole = await store.give_evidence(work.connection, finding_id, stored.sha256, values)
    if is_new:
        details = {"sha256": stored.sha256, "assessor": caller.unit}
        action = "finding.evidence_given"
        await audit.record(work, actor=caller.subject, action=action, subject=finding_id, details=details)
    if is_whole and finding.state == FindingState.AWAITING_EVIDENCE:
        entered = {"state": FindingState.ENTERED.value, "entered_at": work.clock.now()}
        await store.change_finding(work.connection, finding_id, entered)
        journal_finding(work, finding, "evaluation.finding.entered")
    return True


async def read_finding_evidence(evaluation: Evaluation, caller: Principal, finding_id: str, sha256: str) -> FindingFile:
    """Return a file of a finding that the caller sees, and record it: people may be seen on it.

    Raises FindingNotFound, FindingEvidenceNotFound.
    """
    async with evaluation.database.reading() as connection:
        row = await _named(connection, finding_id, sha256, await sight_of(evaluation, connection, caller))
    if row.file_name is None:
        raise FindingEvidenceNotFound
    details = {"sha256": sha256}
    await audit.record_look(
        evaluation.database,
        actor=caller.subject,
        action="finding.evidence_read",
        subject=finding_id,
        details=details,
    )
    name = f"证据{row.place}.{EXTENSIONS[row.media_type]}"
    return FindingFile(evaluation.storage.read(row.file_name), name, row.media_type, row.size, sha256)


async def _named(connection: AsyncConnection, finding_id: str, sha256: str, sight: Sight) -> Any:
    if await store.find_finding(connection, finding_id, sight) is None:
        raise FindingNotFound
    for row in await store.evidence_of(connection, finding_id):
        if row.sha256 == sha256:
            return row
    raise FindingEvidenceNotFound
