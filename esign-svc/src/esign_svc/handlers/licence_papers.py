"""How the paper of a licence, and of a use copy, is made: its face from the application, its code from its row."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from chassis.base.shapes import LONG_TERM
from chassis.data.database import UnitOfWork
from chassis.data.outgoing import Postponed, Refused

from esign_svc.domain.documents import DocumentKind
from esign_svc.domain.licences import WORDS, Face, LicenceState, LicenceType, licence_type
from esign_svc.domain.seals import Approver, Capacity, SealKind
from esign_svc.domain.typesetting import in_figures, typeset
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.licence_facts import current_state, opened_code, opened_corrections, opened_face
from esign_svc.handlers.licensing import activate_licence
from esign_svc.handlers.making import Content, Maker, SealedFile
from esign_svc.handlers.wallet import bare_purpose, check_url, opened_purpose
from esign_svc.siblings import application_facts, decision
from esign_svc.store import copies, licence_types, licences, papers
from esign_svc.store.licences import Record

TEMPLATE = "licence"
LONGEST_MARK = 12
"""How many characters of a purpose the watermark repeats; all of it stands in a frame below the face."""


async def licence_content(esign: Esign, document: Any) -> Content:
    """Return what a licence says, by the seal of the unit's name and by whoever granted it.

    Its face is asked of intake for this purpose, what was corrected takes the place of what was typed, and all is kept
    with the licence. A corrected edition is sealed by whoever confirmed it. Raises Unavailable, Refused.
    """
    licence_id = document.subject
    row, kind = await _licence(esign, licence_id)
    facts = await application_facts(
        esign.intake, esign.vouch, row["application_id"], purpose="licence", elements=kind.elements
    )
    corrected = opened_corrections(esign, row["corrections"], table="licence", row=licence_id)
    face = kind.face({**facts.fields, **corrected})
    if not face.holder_name:
        raise Refused(f"申请中没有持证者({kind.holder_name})")
    approver = await _granted_by(esign, row, document)
    code = opened_code(esign, row["code"], table="licence", row=licence_id)
    by = Approver(approver, row["unit"], Capacity.LICENCE_OFFICER if row["supersedes"] else Capacity.REVIEWER)
    address = check_url(esign, row["identifier"], code)
    return Content(TEMPLATE, _data(row, kind, face), SealKind.UNIT_NAME, by, address, face)


async def copy_content(esign: Esign, document: Any) -> Content:
    """Return what a use copy says: the licence's face as it was issued, marked with what it is for and until when.

    It is sealed by whoever granted the licence: it says again what he decided.
    """
    async with esign.database.asking() as connection:
        copy = await copies.find_copy(connection, document.subject)
    if copy is None:
        raise Refused("没有这份加注件的登记")
    row, kind = await _licence(esign, copy["licence_id"])
    async with esign.database.asking() as connection:
        licence_paper = await papers.find_document(connection, row["document_id"])
    require_copied(row, esign.clock.now())
    approver = await _granted_by(esign, row, licence_paper)
    purpose = bare_purpose(opened_purpose(esign, copy))
    until = in_figures(copy["until"])
    short = purpose if len(purpose) <= LONGEST_MARK else f"{purpose[:LONGEST_MARK]}…"
    mark = f"仅用于{short} · 有效期至{until} · 加注件"
    code = opened_code(esign, copy["code"], table="licence_copy", row=copy["copy_id"])
    data = {
        **_data(row, kind, opened_face(esign, row)),
        "title": row["name"],
        "copy": {"purpose": purpose, "until": until, "mark": mark},
    }
    by = Approver(approver, row["unit"], Capacity.LICENCE_OFFICER if row["supersedes"] else Capacity.REVIEWER)
    return Content(TEMPLATE, data, SealKind.UNIT_NAME, by, check_url(esign, row["identifier"], code))


async def _granted_by(esign: Esign, row: Record, paper: Any) -> str:
    """Return who granted a licence, as its paper says, or workflow where its event did not. Raises Unavailable."""
    if paper is not None and paper.approver:
        return str(paper.approver)
    return (await decision(esign.workflow, esign.vouch, row["task_id"], purpose="licence")).decided_by


def require_copied(row: Mapping[str, Any], at: datetime) -> None:
    """Raise Refused for a licence that came to an end after its copy was asked for, Postponed for a suspended one.

    Nothing is sealed any more for a right that was taken away (行政许可法 art. 69, 70).
    """
    state = current_state(row, at)
    if state is LicenceState.SUSPENDED:
        raise Postponed("证照现被暂扣")
    if state is not LicenceState.VALID:
        raise Refused(f"证照现为“{WORDS[state]}”状态")


async def _licence(esign: Esign, licence_id: str) -> tuple[Record, LicenceType]:
    async with esign.database.reading() as connection:
        row = await licences.find_licence(connection, licence_id)
        if row is None:
            raise Refused("没有这份证照的登记")
        return row, licence_type(await licence_types.find_type(connection, row["type"]))


def _data(row: Mapping[str, Any], kind: LicenceType, face: Face) -> dict[str, Any]:
    number = [("证件号码", face.holder_number)] if face.holder_number else []
    lines = [("持证者", face.holder_name), *number, *face.fields, ("有效期限", _validity(row))]
    return {
        "number": row["number"],
        "identifier": row["identifier"],
        "statement": typeset(kind.statement),
        "rows": [[typeset(label), value] for label, value in lines],
    }


def _validity(row: Mapping[str, Any]) -> str:
    until: date | None = row["valid_until"]
    return f"{in_figures(row['valid_from'])}至{in_figures(until) if until else LONG_TERM}"


async def licence_sealed(esign: Esign, work: UnitOfWork, document: Any, content: Content, _sealed: SealedFile) -> None:
    """Make a licence valid, and tell it, in the transaction that marks its paper sealed."""
    await activate_licence(esign, work, document.subject, content.made_from)


async def copy_sealed(_esign: Esign, work: UnitOfWork, document: Any, _content: Content, sealed: SealedFile) -> None:
    """Note when a use copy was made, of a licence that is held and still valid. Raises Postponed, Refused."""
    copy = await copies.find_copy(work.connection, document.subject)
    row = await licences.lock_licence(work.connection, copy["licence_id"]) if copy else None
    if row is None:
        raise Refused("没有这份加注件的登记")
    require_copied(row, sealed.sealed_at)
    await copies.change_copy(work.connection, document.subject, {"made_at": sealed.sealed_at})


LICENCES: Mapping[DocumentKind, Maker] = {
    DocumentKind.LICENCE: Maker(licence_content, licence_sealed),
    DocumentKind.LICENCE_COPY: Maker(copy_content, copy_sealed),
}
"""How the papers of licences are made; their codes lead to the check of the licence."""
