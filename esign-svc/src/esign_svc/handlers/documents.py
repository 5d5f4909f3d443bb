"""Wanting a document: rows in the transaction of what makes it due, nothing else; it is made afterwards.

A letter gets its number here: counter and document are written together, so the numbers of a unit's year follow each
other without a gap and each belongs to a document.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chassis.base.clock import local
from chassis.data import outgoing
from chassis.data.database import UnitOfWork

from esign_svc.domain.documents import WORDS, DocumentKind, DocumentState, letter_number, letter_word
from esign_svc.errors import SignerUnknown
from esign_svc.store import papers
from esign_svc.store.papers import MAKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A document to be made: of a subject (application, task, licence …) one of each kind.

    `dated` is the moment of the act, whose day the paper bears. `approver` is who decided or accepted, by whose act the
    seal is used; empty where the service does by rule what nobody decides (a receipt). `units` work on the case. What
    belongs to no application has empty texts for it, its matter and its applicant.
    """

    kind: DocumentKind
    subject: str
    title: str
    application_id: str
    matter_code: str
    applicant_id: str
    unit: str
    dated: datetime
    lead_unit: str = ""
    approver: str = ""
    case_id: str | None = None
    task_id: str | None = None
    units: Collection[str] = ()


async def want(work: UnitOfWork, wanted: Wanted) -> str:
    """Want a document, and return its id; what is wanted or made already is the same document.

    Raises SignerUnknown for a letter of a unit that was not told: it has no number before.
    """
    known = await papers.document_of(work.connection, wanted.kind, wanted.subject)
    if known is not None:
        return known
    document_id = work.ids()
    row = {
        "document_id": document_id,
        **{name: getattr(wanted, name) for name in KEPT},
        "kind": wanted.kind.value,
        "lead_unit": wanted.lead_unit or wanted.unit,
        "number": await _number(work, wanted),
        "state": DocumentState.WANTED.value,
        "wanted_at": work.clock.now(),
    }
    await papers.add_document(work.connection, row)
    if wanted.application_id:
        await papers.let_see(work.connection, wanted.application_id, {wanted.unit, wanted.lead_unit, *wanted.units})
    outgoing.ask(work, MAKING, document_id)
    return document_id


KEPT = (
    "subject",
    "title",
    "application_id",
    "case_id",
    "task_id",
    "matter_code",
    "applicant_id",
    "unit",
    "approver",
    "dated",
)


async def _number(work: UnitOfWork, wanted: Wanted) -> str | None:
    """Return a letter's number (文号); None of what has a number of its own."""
    if wanted.kind not in WORDS:
        return None
    name, acceptance_word = await papers.unit_told(work.connection, wanted.unit)
    if not name:
        raise SignerUnknown(f"unit {wanted.unit}", topic="catalog.unit", subject=wanted.unit)
    word = letter_word(wanted.kind, acceptance_word, wanted.unit)
    year = local(wanted.dated).year
    return letter_number(word, year, await papers.next_number(work.connection, wanted.unit, word, year))
