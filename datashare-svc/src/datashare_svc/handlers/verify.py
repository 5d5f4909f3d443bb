"""Holding what an applicant filled in against the sources (核验): whether it agrees, and nothing more, comes back."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from datashare_svc.domain.filling import (
    ACCOUNT,
    FORM,
    asked_at,
    compared,
    keys_known,
    person_among,
)
from datashare_svc.domain.model import Depth, Purpose, Push, Sharing, Use
from datashare_svc.domain.queries import InCase, Query
from datashare_svc.errors import NetworkOut, QueryRefused
from datashare_svc.handlers.ask import ask
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.prefill import reason_of
from datashare_svc.handlers.sources import Sources, sources_of
from datashare_svc.schemas.prefills import VerificationBody, VerificationView, Verified, VerifiedView

INTAKE = "intake"
"""Who asks once an application is handed in: beside the requests, or as a window accepts; not the applicant."""
WITHIN_SECONDS = 2.0
"""How long a verification may take in all; the caller may have less."""


@dataclass(frozen=True, slots=True)
class Checking:
    """One use that is to be held against its source: by which keys, and which values."""

    use: Use
    keys: dict[str, str]
    values: dict[str, str]


async def verify_given(datashare: Datashare, body: VerificationBody) -> VerificationView:
    """Return for each material that a use stands for whether what was filled in agrees; a network may be out."""
    async with datashare.database.asking() as connection:
        sources = await sources_of(connection, body.matter_code, body.items)
    case = InCase(
        body.applicant_id,
        body.matter_code,
        draft_id=body.draft_id,
        application_id=body.application_id or "",
        application_number=body.application_number,
    )
    checked = _to_check(sources, body)
    results = await asyncio.gather(*(_verified(datashare, sources, case, one) for one in checked))
    one_is_enough = {one.use.material for one in checked if one.use.one_is_enough}
    return VerificationView(results=[one for one in results if not _is_made_up_for(one, results, one_is_enough)])


def _is_made_up_for(one: VerifiedView, results: Sequence[VerifiedView], one_is_enough: Collection[str]) -> bool:
    """Tell whether another result of the same material makes up for one: of two parents one will do.

    What agrees makes up for all else; where nothing does, what may yet be asked again for what does not agree.
    """
    if one.material not in one_is_enough:
        return False
    same = {other.result for other in results if other.material == one.material}
    return (one.result != "agrees" and "agrees" in same) or (one.result in {"differs", "unknown"} and "out" in same)


def _to_check(sources: Sources, body: VerificationBody) -> list[Checking]:
    """Return what can be held against a source: a use whose keys and at least one value were filled in."""
    known = {f"{FORM}.{element}": value for element, value in body.form.items() if value}
    known[ACCOUNT] = body.applicant_id
    sharing = Sharing(body.matter_code, tuple(sources.uses))
    found: list[Checking] = []
    for use in asked_at(sharing, Push.SUBMISSION, Depth.VERIFY, body.answers):
        keys, values = keys_known(use, known), compared(use, body.form)
        if keys and values and (not body.materials or use.material in body.materials):
            found.append(Checking(use, keys, values))
    return found


async def _verified(datashare: Datashare, sources: Sources, case: InCase, one: Checking) -> VerifiedView:
    use, resource = one.use, sources.resources[one.use.resource]
    query = Query(
        resource=use.resource,
        depth=Depth.VERIFY,
        purpose=Purpose.VERIFICATION,
        basis=use.basis,
        case=case,
        item=sources.item_of(use),
        unit=sources.unit_of(use),
        officer=INTAKE if case.application_id else case.applicant_id,
        person=person_among(resource, one.keys),
        keys=one.keys,
        compares=one.values,
    )

    def view(result: Verified, **told: Any) -> VerifiedView:
        rest = {"agrees": [], "differs": [], "query_id": None, "at": datashare.clock.now(), **told}
        source = sources.told(use)
        return VerifiedView(**source, material=use.material, item=sources.item_of(use), result=result, **rest)

    try:
        answered = await ask(datashare, query, within=min(WITHIN_SECONDS, resource.within_ms / 1000))
    except QueryRefused as refused:
        return view("not_served" if reason_of(refused) != "refused" else "out")
    except NetworkOut:
        return view("out")
    told = {"query_id": answered.query_id, "at": answered.at}
    if not answered.is_known:
        return view("unknown", **told)
    agrees, differs = (
        [element for field, element in use.compares.items() if answered.matches.get(field) is said]
        for said in (True, False)
    )
    is_same = bool(answered.matches) and all(answered.matches.values())
    return view("agrees" if is_same else "differs", agrees=agrees, differs=differs, **told)
