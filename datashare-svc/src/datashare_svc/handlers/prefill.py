"""Filling in a new draft from the networks (预填): a use is asked once its keys are known, several at once if so.

What cannot be had is told with its reason, so that its fields stay open; nobody waits longer than the caller has time.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datashare_svc.domain.filling import (
    ACCOUNT,
    FORM,
    MATERIALS,
    askable,
    asked_at,
    chosen_row,
    given_by,
    keys_known,
    person_among,
    place_of,
)
from datashare_svc.domain.model import Depth, Purpose, Push, Sharing, Use
from datashare_svc.domain.queries import Answered, InCase, Query
from datashare_svc.errors import FieldNotGranted, NetworkNotConnected, NetworkOut, NotGranted, QueryRefused
from datashare_svc.handlers.ask import ask
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.persons import NUMBER, find_person, link_account
from datashare_svc.handlers.sources import Sources, sources_of
from datashare_svc.schemas.prefills import PrefillBody, PrefillView, Reason, UnaskedView, ValueView
from datashare_svc.store import known_persons

WITHIN_SECONDS = 2.0
"""How long a prefill may take in all; the caller may have less."""
PERSON = "applicant.id_number"


@dataclass(frozen=True, slots=True)
class Found:
    """What a use brought: its answer with the values by place, or why there are none."""

    use: Use
    answered: Answered | None = None
    values: Mapping[str, str] | None = None
    reason: Reason | None = None


async def prefill_draft(datashare: Datashare, body: PrefillBody) -> PrefillView:
    """Return what the networks know for a new draft, each value with its source; never fails for a network."""
    async with datashare.database.asking() as connection:
        sources = await sources_of(connection, body.matter_code, body.items)
    case = InCase(body.applicant_id, body.matter_code, draft_id=body.draft_id)
    uses = asked_at(Sharing(body.matter_code, tuple(sources.uses)), Push.DRAFT, Depth.VALUE, body.answers)
    known = {ACCOUNT: body.applicant_id}
    found: list[Found] = []
    ends = asyncio.get_running_loop().time() + WITHIN_SECONDS
    while now := askable(uses, known):
        asked = [_found(datashare, sources, case, use, known, ends) for use in now]
        round_ = await asyncio.gather(*asked)
        uses = [use for use in uses if use not in now]
        for one in round_:
            known |= {place: value for place, value in (one.values or {}).items() if place not in known}
        found += round_
    if PERSON in known:
        await _link(datashare, body.applicant_id, known[PERSON])
    return _view(sources, [*found, *(Found(use, reason="lacks_keys") for use in uses)])


async def _found(  # noqa: PLR0913, PLR0917  what is asked, for whom, and until when
    datashare: Datashare, sources: Sources, case: InCase, use: Use, known: Mapping[str, str], ends: float
) -> Found:
    keys = keys_known(use, known) or {}
    resource = sources.resources[use.resource]
    query = Query(
        resource=use.resource,
        depth=Depth.VALUE,
        purpose=Purpose.PREFILL,
        basis=use.basis,
        case=case,
        item=sources.item_of(use),
        unit=sources.unit_of(use),
        officer=case.applicant_id,
        person=person_among(resource, keys),
        keys=keys,
        fields=tuple(dict.fromkeys([*use.gives.values(), *([use.newest_by] if use.newest_by else [])])),
    )
    left = ends - asyncio.get_running_loop().time()
    if left <= 0:
        return Found(use, reason="network_out")
    try:
        answered = await ask(datashare, query, within=min(left, resource.within_ms / 1000))
    except QueryRefused as refused:
        return Found(use, reason=reason_of(refused))
    except NetworkOut:
        return Found(use, reason="network_out")
    row = chosen_row(use, answered.rows)
    if row is None:
        return Found(use, reason="ambiguous" if answered.rows else "not_found")
    return Found(use, answered, given_by(use, row))


async def _link(datashare: Datashare, account: str, number: str) -> None:
    """Note who an account is, unless that is known; so she reads who looked at her data, in whoever's case."""
    async with datashare.database.asking() as connection:
        person_id = await find_person(datashare, connection, NUMBER, number)
        known = await known_persons.persons_of(connection, account)
        if {person_id} == {one for one, kind in known.items() if kind == NUMBER}:
            return
    async with datashare.database.unit_of_work() as work:
        await link_account(datashare, work, account, number)


def reason_of(refused: QueryRefused) -> Reason:
    """Return in a word why a query was not made."""
    if isinstance(refused, NetworkNotConnected):
        return "not_connected"
    return "not_granted" if isinstance(refused, NotGranted | FieldNotGranted) else "refused"


def _view(sources: Sources, found: Sequence[Found]) -> PrefillView:
    values: dict[str, ValueView] = {}
    unasked: list[UnaskedView] = []
    for one in found:
        told = sources.told(one.use)
        if one.reason is not None:
            keys = [place.partition(".")[2] for place in map(place_of, one.use.gives) if place.startswith(f"{FORM}.")]
            unasked.append(UnaskedView(**told, keys=keys, reason=one.reason))
            continue
        for place, value in (one.values or {}).items():
            part, _, key = place.partition(".")
            if part not in {FORM, MATERIALS} or one.answered is None:
                continue
            at, query_id = one.answered.at, one.answered.query_id
            values.setdefault(place, ValueView(**told, place=part, key=key, value=value, query_id=query_id, at=at))
    return PrefillView(values=list(values.values()), unasked=unasked)
