"""Issuing licences: a grant's licence is numbered with its event, made afterwards, and valid once it is sealed."""

from typing import Any

from chassis.base.clock import local
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received
from chassis.events.outbox import append

from esign_svc.domain.documents import DocumentKind
from esign_svc.domain.identifiers import LicenceIdentifier
from esign_svc.domain.licences import Face, LicenceState, licence_type, serial_of, until_words
from esign_svc.errors import IssuerUnknown
from esign_svc.events import LicenceIssued, LicenceSuperseded, TaskDecided
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.documents import Wanted, want
from esign_svc.handlers.letters_due import want_decision_letter
from esign_svc.handlers.licence_facts import code_digest, facts_of, sealed_code, sealed_face
from esign_svc.store import licence_types, licences
from esign_svc.store.licence_tables import licences as table

SELF = "esign"
"""The actor of what no person did: a licence became valid as its paper was sealed, or expired."""
GRANTED = "granted"
FIRST_EDITION = 1


async def follow_decision(esign: Esign, work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Want the letter of a decision, and give a grant its licence. Raises IssuerUnknown.

    Nothing where it is not told who decided, as release 1.0.0 did not: what follows from that was given on paper.
    """
    if received.data.decided_by is None:
        return
    await want_decision_letter(work, received)
    await issue_licence(esign, work, received)


async def issue_licence(esign: Esign, work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Give a granted decision its licence with its number, and want its paper; once, however often the event comes.

    Nothing for a refusal, or an item that ends in none. Raises IssuerUnknown while the unit was not told.
    """
    told = received.data
    if told.outcome != GRANTED or not told.item or not told.applicant_id:
        return
    document = await licence_types.type_of_item(work.connection, told.item)
    if document is None or await licences.was_issued(work.connection, told.task_id):
        return
    issuer = await licence_types.find_issuer(work.connection, told.unit)
    if issuer is None:
        raise IssuerUnknown(f"unit {told.unit}", topic="catalog.unit", subject=told.unit)
    kind, day = licence_type(document), local(told.decided_at).date()
    sequence = await licences.next_number(work.connection, kind.code, day.year)
    identifier = LicenceIdentifier(kind.type_code, issuer.uscc, serial_of(day.year, sequence), FIRST_EDITION)
    licence_id, code = work.ids(), esign.new_code()
    row = {
        "licence_id": licence_id,
        **{name: getattr(told, name) for name in ("task_id", "item", "unit", "region", "case_id", "application_id")},
        "edition": FIRST_EDITION,
        "supersedes": None,
        "type": kind.code,
        "name": kind.name,
        "number": kind.numbered(day.year, sequence),
        "identifier": str(identifier),
        "state": LicenceState.ISSUING.value,
        "version": 0,
        "unit_name": issuer.name,
        "task_name": told.name,
        "holder_id": told.applicant_id,
        "decided_at": told.decided_at,
        "valid_from": day,
        "valid_until": kind.period.end(day) if kind.period else None,
        "face": "",
        "code": sealed_code(esign, code, table="licence", row=licence_id),
        "code_digest": code_digest(code, licence_id),
        "document_id": await _want_paper(work, told, licence_id, kind.name),
        "corrections": "",
    }
    work.add(table, row)


async def _want_paper(work: UnitOfWork, told: TaskDecided, licence_id: str, title: str) -> str:
    wanted = Wanted(
        kind=DocumentKind.LICENCE,
        subject=licence_id,
        title=title,
        application_id=told.application_id,
        case_id=told.case_id,
        task_id=told.task_id,
        matter_code=told.matter_code or "",
        applicant_id=told.applicant_id or "",
        unit=told.unit,
        approver=told.decided_by or "",
        dated=told.decided_at,
    )
    return await want(work, wanted)


async def activate_licence(esign: Esign, work: UnitOfWork, licence_id: str, face: Face) -> None:
    """Make a licence valid in the transaction that marks its paper sealed, and tell it; once, whoever comes twice.

    What it was made from is kept sealed. A former edition becomes invalid with it.
    """
    row = await licences.lock_licence(work.connection, licence_id)
    if row is None or row["state"] != LicenceState.ISSUING.value:
        return
    row |= {"state": LicenceState.VALID.value, "version": row["version"] + 1, "issued_at": work.clock.now()}
    changed = {name: row[name] for name in ("state", "version", "issued_at")}
    sealed = sealed_face(esign, face, licence_id)
    await licences.change_licence(work.connection, licence_id, {**changed, "face": sealed})
    kind = licence_type(await licence_types.find_type(work.connection, row["type"]))
    event = LicenceIssued(
        **facts_of(row),
        supersedes=row["supersedes"],
        materials=list(kind.materials),
        subject=list(kind.subject),
        issued_at=row["issued_at"],
    )
    await append(work, event, subject=licence_id, version=row["version"])
    details = {"identifier": row["identifier"], "task_id": row["task_id"], "until": until_words(row["valid_until"])}
    await audit.record(work, actor=SELF, action="licence.issued", subject=licence_id, details=details)
    if row["supersedes"]:
        await _supersede(work, row["supersedes"])


async def _supersede(work: UnitOfWork, licence_id: str) -> None:
    former: dict[str, Any] | None = await licences.lock_licence(work.connection, licence_id)
    if former is None:
        return
    former |= {"state": LicenceState.INVALID.value, "version": former["version"] + 1}
    changed = {name: former[name] for name in ("state", "version")}
    await licences.change_licence(work.connection, licence_id, changed)
    event = LicenceSuperseded(**facts_of(former), at=work.clock.now())
    await append(work, event, subject=licence_id, version=former["version"])
    await audit.record(work, actor=SELF, action="licence.superseded", subject=licence_id)
