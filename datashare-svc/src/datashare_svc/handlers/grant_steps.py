"""Taking a step of a request for a grant: its state, its row, its event, its audit row, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.base.problems import Conflict
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append

from datashare_svc.domain.grants import GrantStep, RequestState, state_after
from datashare_svc.errors import GrantStepNotPossible
from datashare_svc.events import (
    GrantChecked,
    GrantDecided,
    GrantEscalated,
    GrantExpired,
    GrantRequested,
    GrantReturned,
    GrantStepTaken,
    GrantSupplemented,
    GrantWithdrawn,
)
from datashare_svc.store import grant_requests as store
from datashare_svc.store.grant_requests import Record
from datashare_svc.store.grant_tables import request_steps

SELF, RULE, PACK = "datashare", "rule", "city-pack"
"""Who acts where no person does: the service's clocks, the rules of sharing, the city pack."""
TOLD: Mapping[GrantStep, type[GrantStepTaken]] = {
    GrantStep.REQUEST: GrantRequested,
    GrantStep.CHECK: GrantChecked,
    GrantStep.RETURN: GrantReturned,
    GrantStep.SUPPLEMENT: GrantSupplemented,
    GrantStep.ESCALATE: GrantEscalated,
    GrantStep.GRANT: GrantDecided,
    GrantStep.GRANT_PART: GrantDecided,
    GrantStep.REFUSE: GrantDecided,
    GrantStep.WITHDRAW: GrantWithdrawn,
    GrantStep.EXPIRE: GrantExpired,
}
_OF_REQUEST = ("request_id", "resource", "provider", "unit", "grantee_kind", "grantee", "depth", "purposes", "basis")


@dataclass(frozen=True, slots=True)
class Taken:
    """A step: by whom of which unit (none where no person acts), why, and what its event tells beside the request."""

    step: GrantStep
    actor: str
    unit: str = ""
    words: str = ""
    basis: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


async def begin(work: UnitOfWork, row: Record, taken: Taken) -> bool:
    """Add a request with its first step; tell whether there was none of its origin."""
    if not await store.take_request(work.connection, row):
        return False
    await _tell(work, row, taken)
    return True


async def take_step(work: UnitOfWork, row: Record, taken: Taken, **changed: Any) -> None:
    """Take a step of a request that this transaction holds. Raises GrantStepNotPossible, Conflict."""
    after = state_after(RequestState(row["state"]), taken.step)
    if after is None:
        raise GrantStepNotPossible
    seen = row["version"]
    changed |= {"state": after.value, "version": seen + 1}
    if not await store.save_request(work.connection, row["request_id"], seen, changed):
        raise Conflict
    row |= changed
    await _tell(work, row, taken)


async def _tell(work: UnitOfWork, row: Record, taken: Taken) -> None:
    now, number = work.clock.now(), row["version"]
    work.add(
        request_steps,
        {
            "request_id": row["request_id"],
            "number": number,
            "step": taken.step.value,
            "actor": taken.actor,
            "unit": taken.unit,
            "at": now,
            "words": taken.words,
            "basis": taken.basis,
        },
    )
    facts = {name: row[name] for name in (*_OF_REQUEST, "until", "state")}
    fields = [line["field"] for line in row["lines"]]
    event = TOLD[taken.step](**{**facts, "fields": fields, "at": now, **taken.told})
    await append(work, event, subject=row["request_id"], version=number)
    details = {"resource": row["resource"], "unit": row["unit"], "provider": row["provider"], "state": row["state"]}
    action = f"grant.{taken.step.value.lower()}"
    await audit.record(work, actor=taken.actor, action=action, subject=row["request_id"], details=details)
