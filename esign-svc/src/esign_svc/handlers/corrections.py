"""Corrected editions (更正) of licences: the same number, the next version, in the place of the former once sealed.

An error of the paper is corrected; the grant stands, so that decision, number and validity stay (电子证照标识: GB/T
36904-2018, the version counts on). What the application says is asked anew; what was corrected takes its place.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from chassis.base.problems import FieldError
from chassis.data import audit, outgoing
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal

from esign_svc.domain.documents import DocumentKind
from esign_svc.domain.identifiers import read_identifier
from esign_svc.domain.licences import LicenceState, licence_type
from esign_svc.errors import CorrectionUnfit
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.documents import Wanted, want
from esign_svc.handlers.licence_facts import code_digest, opened_corrections, sealed_code, sealed_corrections
from esign_svc.store import licence_types, licences, papers
from esign_svc.store.licence_tables import licences as table
from esign_svc.store.papers import MAKING


async def require_elements(work: UnitOfWork, licence: Mapping[str, Any], elements: Collection[str]) -> None:
    """Raise CorrectionUnfit unless the licence's face shows all of these elements."""
    kind = licence_type(await licence_types.find_type(work.connection, licence["type"]))
    if unknown := sorted(set(elements) - set(kind.elements)):
        errors = [FieldError(f"/corrections/{one}", "unknown", "照面上没有这一要素") for one in unknown]
        raise CorrectionUnfit(errors=errors)


async def want_edition(
    esign: Esign, work: UnitOfWork, caller: Principal, former: Mapping[str, Any], step: Mapping[str, Any]
) -> None:
    """Want the corrected edition of a held licence; it takes the former's place in the transaction that seals it.

    It is the confirming clerk's unit that issues it: where the former's has ended, the one that follows it. The
    identifier keeps the issuer under whom the serial number was given.
    """
    editions = await licences.editions_of(work.connection, former["task_id"])
    edition = editions[-1]["edition"] + 1
    licence_id, code = work.ids(), esign.new_code()
    unit_name, _ = await papers.unit_told(work.connection, caller.unit)
    corrected = {
        **opened_corrections(esign, former["corrections"], table="licence", row=former["licence_id"]),
        **opened_corrections(esign, step["corrections"], table="licence_step", row=step["step_id"]),
    }
    row = {
        **former,
        "licence_id": licence_id,
        "edition": edition,
        "supersedes": former["licence_id"],
        "identifier": str(replace(read_identifier(former["identifier"]), edition=edition)),
        "state": LicenceState.ISSUING.value,
        "version": 0,
        "unit": caller.unit,
        "unit_name": unit_name or former["unit_name"],
        "issued_at": None,
        "face": "",
        "code": sealed_code(esign, code, table="licence", row=licence_id),
        "code_digest": code_digest(code, licence_id),
        "document_id": await _want_paper(work, caller, former, licence_id),
        "corrections": sealed_corrections(esign, corrected, table="licence", row=licence_id),
    }
    work.add(table, row)
    details = {"step_id": step["step_id"], "edition": edition, "licence_id": licence_id, "elements": sorted(corrected)}
    subject = former["licence_id"]
    await audit.record(work, actor=caller.subject, action="licence.corrected", subject=subject, details=details)


async def _want_paper(work: UnitOfWork, caller: Principal, former: Mapping[str, Any], licence_id: str) -> str:
    first = await papers.find_document(work.connection, former["document_id"])
    wanted = Wanted(
        kind=DocumentKind.LICENCE,
        subject=licence_id,
        title=former["name"],
        application_id=former["application_id"],
        case_id=former["case_id"],
        task_id=former["task_id"],
        matter_code=first.matter_code if first else "",
        applicant_id=former["holder_id"],
        unit=caller.unit,
        approver=caller.subject,
        dated=work.clock.now(),
    )
    return await want(work, wanted)


async def give_up_edition(work: UnitOfWork, former: Mapping[str, Any]) -> None:
    """Give up the edition of a held licence that is still being made, with its paper: what follows is decided anew.

    Who seals it just now finds its outgoing work gone, and has no effect.
    """
    for one in await licences.editions_of(work.connection, former["task_id"]):
        if one["supersedes"] != former["licence_id"] or one["state"] != LicenceState.ISSUING.value:
            continue
        if not await outgoing.finish(work, MAKING, one["document_id"]):
            continue
        await papers.give_up(work.connection, one["document_id"])
        changed = {"state": LicenceState.INVALID.value, "version": one["version"]}
        await licences.change_licence(work.connection, one["licence_id"], changed)
        await audit.record(work, actor="esign", action="licence.edition_given_up", subject=one["licence_id"])
