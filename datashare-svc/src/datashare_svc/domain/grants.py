"""Grants (授权): who may use which fields of whose resource, how deep, what for, until when; and how one is asked for.

Source: 政务数据共享条例 (国务院令 809): application and reply within time limits, a refusal with its reason and legal
basis, what the authority decides when a provider keeps silent. The text was not seen: each number is a parameter and
stays `proposed` until it is held against it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from chassis.base.clock import SHANGHAI

from datashare_svc.domain.model import Depth, Resource, SharingClass


class GranteeKind(StrEnum):
    """Whom a grant serves (授权对象): a unit, whatever it handles; a matter, or an item, whoever handles it."""

    UNIT = "UNIT"
    MATTER = "MATTER"
    ITEM = "ITEM"


class RequestState(StrEnum):
    """How far a request for a grant (共享申请) is, and later its grant.

    COMPLETE: found to be complete, and to be answered. RETURNED: to be supplemented (补充). ESCALATED: the provider
    kept silent, the sharing authority decides.
    """

    REQUESTED = "REQUESTED"
    RETURNED = "RETURNED"
    COMPLETE = "COMPLETE"
    ESCALATED = "ESCALATED"
    GRANTED = "GRANTED"
    PARTLY_GRANTED = "PARTLY_GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class GrantStep(StrEnum):
    """What is done to a request or its grant."""

    REQUEST = "REQUEST"
    CHECK = "CHECK"
    RETURN = "RETURN"
    SUPPLEMENT = "SUPPLEMENT"
    ESCALATE = "ESCALATE"
    GRANT = "GRANT"
    GRANT_PART = "GRANT_PART"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"
    EXPIRE = "EXPIRE"


UNDECIDED = frozenset({RequestState.REQUESTED, RequestState.RETURNED, RequestState.COMPLETE, RequestState.ESCALATED})
STANDING = frozenset({RequestState.GRANTED, RequestState.PARTLY_GRANTED})
"""Its grant is used."""
_ANSWERED = frozenset({RequestState.REQUESTED, RequestState.COMPLETE, RequestState.ESCALATED})
MOVES: Mapping[GrantStep, tuple[frozenset[RequestState], RequestState]] = {
    GrantStep.CHECK: (frozenset({RequestState.REQUESTED}), RequestState.COMPLETE),
    GrantStep.RETURN: (frozenset({RequestState.REQUESTED}), RequestState.RETURNED),
    GrantStep.SUPPLEMENT: (frozenset({RequestState.RETURNED}), RequestState.COMPLETE),
    GrantStep.ESCALATE: (frozenset({RequestState.COMPLETE}), RequestState.ESCALATED),
    GrantStep.GRANT: (_ANSWERED, RequestState.GRANTED),
    GrantStep.GRANT_PART: (_ANSWERED, RequestState.PARTLY_GRANTED),
    GrantStep.REFUSE: (_ANSWERED, RequestState.REFUSED),
    GrantStep.WITHDRAW: (UNDECIDED | STANDING, RequestState.WITHDRAWN),
    GrantStep.EXPIRE: (STANDING, RequestState.EXPIRED),
}
"""From which states a step is taken, and where it leads. Once supplemented, a request is not returned again."""
DECISIONS = frozenset({GrantStep.GRANT, GrantStep.GRANT_PART, GrantStep.REFUSE})


def state_after(state: RequestState | None, step: GrantStep) -> RequestState | None:
    """Return the state after a step, None where it cannot be taken; a request begins with its REQUEST."""
    if step is GrantStep.REQUEST:
        return RequestState.REQUESTED if state is None else None
    before, after = MOVES[step]
    return after if state in before else None


def fold(steps: Iterable[GrantStep]) -> RequestState | None:
    """Return the state to which steps lead from the beginning on. Raises ValueError where one cannot be taken."""
    state: RequestState | None = None
    for step in steps:
        state = state_after(state, step)
        if state is None:
            raise ValueError(f"{step} is not possible here")
    return state


class Clock(StrEnum):
    """What a clock gives the provider time for: to see whether a request is complete (核对), to answer it (答复)."""

    CHECK = "CHECK"
    REPLY = "REPLY"


@dataclass(frozen=True, slots=True)
class Terms:
    """The time limits (政务数据共享条例), in working days; an unconditional resource is granted by rule at once.

    `status` says that the numbers are remembered, not read.
    """

    check_days: int = 1
    reply_days: int = 10
    status: str = "proposed"

    def days(self, clock: Clock) -> int:
        """Return a clock's limit in working days."""
        return {Clock.CHECK: self.check_days, Clock.REPLY: self.reply_days}[clock]


@dataclass(frozen=True, slots=True)
class Granted:
    """What a grant allows now; `until` is the first moment at which it does no more."""

    grant_id: str
    fields: frozenset[str]
    depth: Depth
    until: datetime | None

    def covers(self, depth: Depth, fields: Collection[str]) -> bool:
        """Tell whether these fields may be used at a depth; whoever may see a value may compare it."""
        deep_enough = self.depth is Depth.VALUE or depth is Depth.VERIFY
        return deep_enough and self.fields.issuperset(fields)


def widest(grants: Sequence[Granted], depth: Depth, fields: Collection[str]) -> Granted | None:
    """Return a grant that covers what is wanted, else the widest one; of several alike the oldest."""
    ranked = sorted(
        grants,
        key=lambda one: (not one.covers(depth, fields), one.depth is not Depth.VALUE, -len(one.fields), one.grant_id),
    )
    return ranked[0] if ranked else None


def is_by_rule(resource: Resource, unit: str) -> bool:
    """Tell whether a unit may use a resource without asking: it is shared unconditionally, or the unit's own."""
    return resource.sharing_class is SharingClass.UNCONDITIONAL or resource.unit == unit


def end_of(day: date) -> datetime:
    """Return the moment at which a day in Shanghai is over: what is granted until that day is used no more."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def outcome_of(granted: Collection[str], refused: Collection[str]) -> GrantStep:
    """Return the decision that fields granted and fields refused amount to."""
    if not refused:
        return GrantStep.GRANT
    return GrantStep.GRANT_PART if granted else GrantStep.REFUSE
