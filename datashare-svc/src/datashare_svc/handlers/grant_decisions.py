"""Settling a request for a grant: granted, granted in part, or refused with reason and legal basis; and its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chassis.data.database import UnitOfWork

from datashare_svc.domain.grants import GrantStep, outcome_of
from datashare_svc.domain.model import Depth
from datashare_svc.handlers.grant_steps import RULE, Taken, take_step
from datashare_svc.store import grant_timers
from datashare_svc.store.grant_requests import Record
from datashare_svc.store.grant_tables import granted


@dataclass(frozen=True, slots=True)
class Why:
    """Why a field is not shared: the reason and the legal basis."""

    reason: str
    basis: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of each field, by whom of which unit; `depth` and `until` are the request's unless given."""

    by: str
    unit: str = ""
    granted: Sequence[str] = ()
    refused: Mapping[str, Why] = field(default_factory=dict)
    depth: Depth | None = None
    until: datetime | None = None
    in_stead: bool = False

    @property
    def decided_by(self) -> str:
        """Who decides, as it is told."""
        if self.by == RULE:
            return "rule"
        return "authority" if self.in_stead else "provider"


async def settle(work: UnitOfWork, row: Record, decision: Decision) -> None:
    """Settle a request that this transaction holds: its clock stops, and what is granted is granted from now on.

    Raises GrantStepNotPossible, Conflict.
    """
    now = work.clock.now()
    depth = decision.depth.value if decision.depth else row["depth"]
    until = decision.until or row["until"]
    if decision.by != RULE:
        await grant_timers.stop_timer(work.connection, row["request_id"], now, fired_at=None)
    told = {
        "granted": list(decision.granted),
        "refused": list(decision.refused),
        "decided_by": decision.decided_by,
        "depth": depth,
        "until": until,
    }
    taken = Taken(outcome_of(decision.granted, decision.refused), decision.by, decision.unit, told=told)
    changed = {
        "lines": [_decided(line, decision) for line in row["lines"]],
        "due_at": None,
        "decided_by": decision.by,
        "decided_unit": decision.unit,
        "decided_at": now,
    }
    await take_step(work, row, taken, **changed)
    if taken.step is GrantStep.REFUSE:
        return
    of_request = ("resource", "provider", "unit", "grantee_kind", "grantee", "purposes", "basis")
    work.add(
        granted,
        {
            "grant_id": row["request_id"],
            **{name: row[name] for name in of_request},
            "depth": depth,
            "fields": list(decision.granted),
            "is_by_rule": decision.by == RULE,
            "since": now,
            "until": until,
            "ended_at": None,
        },
    )


def _decided(line: Mapping[str, str], decision: Decision) -> dict[str, str]:
    why = decision.refused.get(line["field"])
    if why is None:
        return {**line, "outcome": "granted"}
    return {**line, "outcome": "refused", "refusal_reason": why.reason, "refusal_basis": why.basis}
