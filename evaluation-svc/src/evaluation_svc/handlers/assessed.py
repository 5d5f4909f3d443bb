"""What an assessment is computed from: the city's rules, the units of a group, and what was counted of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.worktime import LimitUnit
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.periods import Period
from evaluation_svc.domain.scoring import Counts, Rules, rules_of
from evaluation_svc.domain.terms import Term
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.handlers.figures import counts_of
from evaluation_svc.store import folding, learned, pack

ASSESSMENT, INDICATORS = "assessment", "indicators"


@dataclass(frozen=True, slots=True)
class Member:
    """Who is assessed: the unit that is written to, the key under which it is counted, its name."""

    unit: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """A group's rules with the versions of their documents, its members and what was counted of each.

    `uncounted_since` is when the oldest came of what is not in the counts yet; None where all is.
    """

    rules: Rules
    documents: Mapping[str, int]
    members: Mapping[str, Member]
    counts: Mapping[str, Counts]
    uncounted_since: datetime | None
    objection: Term
    decision: Term


async def assessed(connection: AsyncConnection, group: str, period: Period) -> Assessed:
    """Return all that a group's ranking of a period is computed from, as it is now. Raises PackIncomplete."""
    said, indicators = await _document(connection, ASSESSMENT), await _document(connection, INDICATORS)
    entry = next((one for one in said.document["groups"] if one["group"] == group), None)
    if entry is None:
        raise PackIncomplete(group)
    rules = rules_of(entry, said.document, indicators.document)
    members = await _members(connection, entry, period)
    uncounted_since = await folding.oldest_uncounted(connection)  # first: what is counted meanwhile is in them
    counts = await members_counts(connection, members, period)
    return Assessed(
        rules=rules,
        documents={ASSESSMENT: said.version, INDICATORS: indicators.version},
        members={one.unit: one for one in members},
        counts={unit: {name: found.get(name, 0) for name in rules.measures} for unit, found in counts.items()},
        uncounted_since=uncounted_since,
        objection=_term(said.document["objection"]),
        decision=_term(said.document["decision"]),
    )


async def members_counts(
    connection: AsyncConnection, members: Sequence[Member], period: Period
) -> Mapping[str, Counts]:
    """Return what was counted of each member in a period; of a region under the region's code."""
    dimension = "unit" if all(one.unit == one.key for one in members) else "region"
    counts = await counts_of(connection, period.name, dimension)
    return {one.unit: counts.get(one.key, {}) for one in members}


async def _members(connection: AsyncConnection, entry: Mapping[str, Any], period: Period) -> Sequence[Member]:
    """Return a group's members: those named, or the units of its kind that had not ended when the period began."""
    if entry["members"]:
        return [Member(one["unit"], one["region"], one["name"]) for one in entry["members"]]
    first = period.begins_at.date()
    return [
        Member(code, code, unit.name)
        for code, unit in sorted((await learned.units_told(connection)).items())
        if unit.kind == entry["kind"] and (unit.valid_to is None or unit.valid_to > first)
    ]


def _term(said: Mapping[str, Any]) -> Term:
    return Term(said["amount"], LimitUnit(said["unit"]), said["warn"], said["status"])


async def _document(connection: AsyncConnection, name: str) -> Any:
    found = await pack.find_document(connection, name)
    if found is None:
        raise PackIncomplete(name)
    return found
