"""What third-party assessors found: entered as they signed it, counted once its evidence is there, withdrawn by them.

Nobody here can write a finding: it holds by the signature of the assessor's own key over exactly what is counted, and
over the digests of its evidence (decision 73). What anybody needs to verify it again is kept and shown.
"""

from collections.abc import Mapping
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.assessor_findings import (
    ASSESSOR,
    FINDING_TYPE,
    KINDS,
    STATES,
    WITHDRAWAL_TYPE,
    FindingKind,
    FindingState,
    canonical,
    signer,
    untimely,
)
from evaluation_svc.errors import (
    AssessorUnknown,
    FindingEnded,
    FindingForged,
    FindingKnown,
    FindingNotFound,
    FindingOfAnother,
    FindingUnfit,
)
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.whose import leads, units_of
from evaluation_svc.schemas.assessor_findings import (
    FindingBody,
    FindingEvidenceView,
    FindingFacts,
    FindingSummary,
    FindingView,
    FindingWithdrawalBody,
)
from evaluation_svc.store import learned, pack
from evaluation_svc.store import statements as store
from evaluation_svc.store.statements import FindingFilter, Sight

COUNTED = ("finding_id", "assessor", "kind", "unit", "period", "checked", "right", "score")
NAMED = frozenset({"kind_name", "state_name"})
OF_EVIDENCE = tuple(FindingEvidenceView.model_fields)


async def enter_finding(work: UnitOfWork, caller: Principal, body: FindingBody) -> FindingView:
    """Keep a finding as its assessor signed it; it counts once the files that it names have been given.

    Raises FindingOfAnother, AssessorUnknown, FindingForged, FindingUnfit, FindingKnown.
    """
    said = body.finding.model_dump(mode="json")
    name, key = await _signed(work.connection, caller, said, body.signature, FINDING_TYPE)
    await _require_fit(work, body.finding)
    finding_id = work.ids()
    row = {name: value for name, value in said.items() if name != "evidence"} | {
        "finding_id": finding_id,
        "assessor_name": name,
        "state": FindingState.AWAITING_EVIDENCE.value,
        "statement": canonical(said).decode(),
        "signature": body.signature,
        "public_key": key.as_dict(private=False),
        "submitted_by": caller.subject,
        "submitted_at": work.clock.now(),
    }
    named = [{**one, "finding_id": finding_id, "place": place} for place, one in enumerate(said["evidence"], 1)]
    if not await store.add_finding(work.connection, row, named):
        raise FindingKnown
    details = {"statement_id": said["statement_id"], "assessor": caller.unit, "unit": said["unit"]}
    await audit.record(work, actor=caller.subject, action="finding.submitted", subject=finding_id, details=details)
    return await _shown_to(work.connection, finding_id, Sight(assessor=caller.unit))


async def withdraw_finding(
    work: UnitOfWork, caller: Principal, finding_id: str, body: FindingWithdrawalBody
) -> FindingView:
    """Withdraw a finding by a signed word of its assessor: it counts no more, and stays to be seen.

    Raises FindingNotFound, FindingOfAnother, AssessorUnknown, FindingForged, FindingEnded.
    """
    row = await store.lock_finding(work.connection, finding_id, caller.unit)
    if row is None:
        raise FindingNotFound
    said = body.withdrawal.model_dump(mode="json")
    await _signed(work.connection, caller, said, body.signature, WITHDRAWAL_TYPE)
    if said["statement_id"] != row.statement_id:
        raise FindingForged
    if row.state == FindingState.WITHDRAWN:
        raise FindingEnded
    changed = {
        "state": FindingState.WITHDRAWN.value,
        "withdrawn_at": work.clock.now(),
        "withdrawal_reason": said["reason"],
        "withdrawal": canonical(said).decode(),
        "withdrawal_signature": body.signature,
    }
    await store.change_finding(work.connection, finding_id, changed)
    if row.state == FindingState.ENTERED:
        journal_finding(work, row, "evaluation.finding.withdrawn")
    details = {"assessor": caller.unit, "unit": row.unit, "reason": said["reason"]}
    await audit.record(work, actor=caller.subject, action="finding.withdrawn", subject=finding_id, details=details)
    return await _shown_to(work.connection, finding_id, Sight(assessor=caller.unit))


def journal_finding(work: UnitOfWork, row: Any, type_: str) -> None:
    """Write into the journal what is counted of a finding."""
    data = {name: getattr(row, name) for name in COUNTED}
    note_own(work, About.UNIT, row.unit, type_=type_, version=1, at=work.clock.now(), data=data)


async def _signed(
    connection: AsyncConnection, caller: Principal, said: Mapping[str, Any], signature: str, type_: str
) -> tuple[str, OKPKey]:
    """Return the name of the caller's assessor, and its key that signed this; what the city says now of keys counts."""
    if said["assessor"] != caller.unit:
        raise FindingOfAnother
    found = await pack.find_document(connection, "assessors")
    listed = {one["assessor"]: one for one in found.document["assessors"]} if found else {}
    if caller.unit not in listed:
        raise AssessorUnknown
    keys = [OKPKey.import_key(dict(key)) for key in listed[caller.unit]["keys"]]
    key = signer(said, signature, keys, type_)
    if key is None:
        raise FindingForged
    return listed[caller.unit]["name"], key


async def _require_fit(work: UnitOfWork, said: FindingFacts) -> None:
    faults = list(untimely(said.period, said.assessed_on, local(work.clock.now()).date()))
    if said.unit not in await learned.units_told(work.connection):
        faults.append(("/unit", "unknown", "没有这个单位"))
    if faults:
        raise FindingUnfit(errors=[FieldError(f"/finding{place}", *words) for place, *words in faults])


async def list_findings(
    evaluation: Evaluation, caller: Principal, wanted: FindingFilter, *, after: str, size: int
) -> Page[FindingSummary]:
    """Return a page of findings, the newest first: all to the authority, their own to assessors, to a unit its own."""
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with evaluation.database.reading() as connection:
        sight = await sight_of(evaluation, connection, caller)
        rows = await store.list_findings(connection, sight, wanted, after=last, size=size)
    views = [FindingSummary(**_facts(row, FindingSummary)) for row in rows]
    return page(views, size, key=lambda view: (view.finding_id,))


async def show_finding(evaluation: Evaluation, caller: Principal, finding_id: str) -> FindingView:
    """Return a finding with its signature. Raises FindingNotFound."""
    async with evaluation.database.reading() as connection:
        return await _shown_to(connection, finding_id, await sight_of(evaluation, connection, caller))


async def sight_of(evaluation: Evaluation, connection: AsyncConnection, caller: Principal) -> Sight:
    """Return which findings a caller sees."""
    if leads(caller):
        return Sight(everything=True)
    if ASSESSOR in caller.roles:
        return Sight(assessor=caller.unit)
    return Sight(mine=tuple(await units_of(connection, caller, evaluation.clock.now())))


async def _shown_to(connection: AsyncConnection, finding_id: str, sight: Sight) -> FindingView:
    row = await store.find_finding(connection, finding_id, sight)
    if row is None:
        raise FindingNotFound
    named = await store.evidence_of(connection, finding_id)
    return FindingView(
        **_facts(row, FindingSummary),
        statement=row.statement,
        signature=row.signature,
        public_key=row.public_key["x"],
        submitted_by=row.submitted_by,
        evidence=[FindingEvidenceView(**{name: getattr(one, name) for name in OF_EVIDENCE}) for one in named],
        withdrawal_reason=row.withdrawal_reason,
        withdrawal=row.withdrawal or "",
        withdrawal_signature=row.withdrawal_signature or "",
    )


def _facts(row: Any, view: type[FindingSummary]) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in view.model_fields if name not in NAMED},
        "kind_name": KINDS[FindingKind(row.kind)],
        "state_name": STATES[FindingState(row.state)],
    }
