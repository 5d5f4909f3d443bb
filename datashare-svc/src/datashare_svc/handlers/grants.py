"""Grants that nobody asks for in person: by rule, and those that the city pack wants."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from chassis.data.database import UnitOfWork

from datashare_svc.domain.grants import Clock, Granted, GranteeKind, GrantStep, RequestState, Terms, end_of, is_by_rule
from datashare_svc.domain.model import Depth, Purpose, Resource, SharingClass
from datashare_svc.domain.pack import GrantWanted, SharingPlan
from datashare_svc.handlers.grant_clocks import start_clock
from datashare_svc.handlers.grant_decisions import Decision, settle
from datashare_svc.handlers.grant_requests import line_of, new_row
from datashare_svc.handlers.grant_steps import PACK, RULE, SELF, Taken, begin
from datashare_svc.store import catalogue
from datashare_svc.store import grant_requests as store
from datashare_svc.store.grants import find_grant


async def grant_by_rule(work: UnitOfWork, resource: Resource, unit: str) -> Granted | None:
    """Grant a unit all fields of a resource that is shared unconditionally, at its first use.

    Granted once, on record as a request and its decision; None where the resource is another, or it was withdrawn.
    """
    if resource.sharing_class is not SharingClass.UNCONDITIONAL:
        return None
    now, fields = work.clock.now(), tuple(one.name for one in resource.fields)
    row = new_row(work, resource, unit, requested_by=SELF) | {
        "origin": f"rule:{resource.resource}:{unit}",
        "grantee_kind": GranteeKind.UNIT.value,
        "grantee": unit,
        "depth": Depth.VALUE.value,
        "purposes": [purpose.value for purpose in Purpose],
        "lines": [line_of(name, "无条件共享") for name in fields],
        "basis": resource.basis,
        "until": None,
    }
    if await begin(work, row, Taken(GrantStep.REQUEST, SELF)):
        await settle(work, row, Decision(RULE, granted=fields))
        return Granted(row["request_id"], frozenset(fields), Depth.VALUE, None)
    return await find_grant(
        work.connection,
        resource=resource.resource,
        matter_code="",
        item="",
        unit=unit,
        purpose=Purpose.REVIEW,
        now=now,
        depth=Depth.VALUE,
        fields=fields,
    )


async def load_grants(work: UnitOfWork, plan: SharingPlan, terms: Terms | None = None) -> list[str]:
    """File the grants that a checked city pack wants, each once; return what was done.

    The resources are loaded before. What a rule grants is granted as it was wanted; the rest waits for its providers.
    """
    resources = await catalogue.resources_of(work.connection, {wanted.resource for wanted in plan.grants})
    filed = 0
    for wanted in plan.grants:
        resource = resources[wanted.resource]
        for kind, grantee in _grantees(wanted, resource):
            filed += await _file(work, terms or Terms(), resource, wanted, (kind, grantee))
    return [f"grant requests {filed}"] if filed else []


def _grantees(wanted: GrantWanted, resource: Resource) -> Iterator[tuple[GranteeKind, str]]:
    """Yield whom a wanted grant is for: the items that it names, else its whole matter; of its own data the unit."""
    if resource.unit == wanted.unit:
        yield GranteeKind.UNIT, wanted.unit
        return
    if not wanted.items:
        yield GranteeKind.MATTER, wanted.matter_code
    for item in wanted.items:
        yield GranteeKind.ITEM, item


async def _file(
    work: UnitOfWork, terms: Terms, resource: Resource, wanted: GrantWanted, grantee: tuple[GranteeKind, str]
) -> bool:
    """File a request of the pack, unless it was filed in the same words before; what a rule grants is granted."""
    until = end_of(wanted.until) if wanted.until else None
    asked = {
        "grantee_kind": grantee[0].value,
        "grantee": grantee[1],
        "depth": wanted.depth.value,
        "purposes": [purpose.value for purpose in wanted.purposes],
        "lines": [line_of(name, wanted.reason) for name in wanted.fields],
        "basis": wanted.basis,
    }
    words = json.dumps([wanted.resource, wanted.unit, asked, str(wanted.until)], ensure_ascii=False, sort_keys=True)
    row = new_row(work, resource, wanted.unit, requested_by=PACK)
    row |= {**asked, "until": until, "origin": f"pack:{hashlib.sha256(words.encode()).hexdigest()}"}
    if await store.request_of(work.connection, row["origin"]):
        return False
    rules = is_by_rule(resource, wanted.unit)
    row["due_at"] = None if rules else await start_clock(work, terms, row, Clock.CHECK, work.clock.now())
    await begin(work, row, Taken(GrantStep.REQUEST, PACK))
    if rules:
        await settle(work, row, Decision(RULE, granted=wanted.fields))
    return True


async def finish_grants(work: UnitOfWork, hands: Mapping[str, str]) -> int:
    """Grant what the pack asked for, by each provider's hands (development only); return how much.

    `hands` are the stewards by their units; what a unit without one provides goes on waiting.
    """
    done = 0
    for request_id in await store.undecided_of_pack(work.connection):
        row = await store.lock_request(work.connection, request_id)
        if row is None or row["provider"] not in hands or RequestState(row["state"]) is RequestState.RETURNED:
            continue
        unit = row["provider"]
        await settle(work, row, Decision(hands[unit], unit, granted=tuple(line["field"] for line in row["lines"])))
        done += 1
    return done
