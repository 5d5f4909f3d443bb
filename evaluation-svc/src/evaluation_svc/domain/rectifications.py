"""The loop of a bad rating (差评整改) as a table: in which state who may take which step, and which clock runs.

Source: 国办发〔2019〕51号 (every bad rating is followed up, mistaken and malicious ones are reviewed, raters are
protected). It sets no days: the terms are what other places use, and stay `proposed` until the city confirms them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from chassis.worktime import LimitUnit

from evaluation_svc.domain.tag_checks import Claim
from evaluation_svc.domain.terms import Term


class RectificationState(StrEnum):
    """How far a rectification (整改) is.

    CONTACTED: the rater was contacted, or tried, and the unit is to find what is true. LEDGERED: entered in the ledger
    (台账) with a deadline. ESCALATED: no reviewer decided the appeal in time, 市政务办 does. SETTLED: what is to be
    done is done or explained, and the rater is to be answered.
    """

    OPENED = "OPENED"
    ASSIGNED = "ASSIGNED"
    CONTACTED = "CONTACTED"
    FIXING = "FIXING"
    LEDGERED = "LEDGERED"
    APPEALED = "APPEALED"
    ESCALATED = "ESCALATED"
    SETTLED = "SETTLED"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"


class Action(StrEnum):
    """What is done to a rectification."""

    OPEN = "OPEN"
    ASSIGN = "ASSIGN"
    CONTACT = "CONTACT"
    FIX_NOW = "FIX_NOW"
    LEDGER = "LEDGER"
    EXPLAIN = "EXPLAIN"
    FIXED = "FIXED"
    APPEAL = "APPEAL"
    ESCALATE = "ESCALATE"
    UPHOLD = "UPHOLD"
    VOID = "VOID"
    ANSWER = "ANSWER"
    CALL_BACK = "CALL_BACK"
    CLOSE = "CLOSE"
    RATED_AGAIN = "RATED_AGAIN"
    REOPEN = "REOPEN"
    WARNED = "WARNED"
    OVERDUE = "OVERDUE"


class Actor(StrEnum):
    """As what somebody acts on a rectification; a person may be several."""

    HEAD = "HEAD"
    OFFICER = "OFFICER"
    ASSIGNEE = "ASSIGNEE"
    REVIEWER = "REVIEWER"
    AUTHORITY = "AUTHORITY"
    SERVICE = "SERVICE"


class RectificationOutcome(StrEnum):
    """To what a rectification came (整改结果)."""

    FIXED = "FIXED"
    EXPLAINED = "EXPLAINED"
    VOIDED = "VOIDED"


class RectificationClock(StrEnum):
    """What time is given for; each state but the last has one that runs."""

    ASSIGN = "assign"
    CONTACT = "contact"
    FIX = "fix"
    LEDGER = "ledger"
    APPEAL = "appeal"
    AUTHORITY = "authority"
    CALL_BACK = "call_back"


NOT_THE_UNITS = frozenset({RectificationClock.APPEAL, RectificationClock.AUTHORITY})
"""Clocks of whoever decides about a unit's appeal: what runs out there is no fault of the rated unit."""


class Rank(IntEnum):
    """How urgent it is; inboxes are in this order."""

    OVERDUE = 0
    NEAR = 1
    RUNNING = 2
    OVER = 3


REVIEWER = "rating_reviewer"
"""The role of whoever reviews ratings of other units."""


class Ground(StrEnum):
    """Why a unit appeals against a rating (申诉事由): given by mistake (误评), or in bad faith (恶意差评)."""

    MISTAKEN = "MISTAKEN"
    MALICIOUS = "MALICIOUS"


class Refusal(StrEnum):
    """Why a step is not taken."""

    NOT_POSSIBLE = "NOT_POSSIBLE"
    NOT_YOURS = "NOT_YOURS"
    ONCE_ONLY = "ONCE_ONLY"
    CALL_BACK_FIRST = "CALL_BACK_FIRST"
    NO_CALL_WANTED = "NO_CALL_WANTED"


@dataclass(frozen=True, slots=True)
class Move:
    """Where a step leads, and as what one takes it."""

    to: RectificationState
    actors: frozenset[Actor]


_S, _A = RectificationState, Action
HEAD_ONLY = frozenset({Actor.HEAD})
ASSIGNERS = frozenset({Actor.HEAD, Actor.OFFICER, Actor.AUTHORITY})
WORKERS = frozenset({Actor.HEAD, Actor.ASSIGNEE})
REVIEWERS = frozenset({Actor.REVIEWER})
AUTHORITY = frozenset({Actor.AUTHORITY})
SERVICE = frozenset({Actor.SERVICE})
IN_HANDS = (_S.ASSIGNED, _S.CONTACTED, _S.FIXING, _S.LEDGERED, _S.SETTLED, _S.ANSWERED)
"""An officer of the unit has it."""
OPEN = frozenset(RectificationState) - {_S.CLOSED}

MOVES: Mapping[tuple[RectificationState, Action], Move] = {
    (_S.OPENED, _A.ASSIGN): Move(_S.ASSIGNED, ASSIGNERS),
    **{(state, _A.ASSIGN): Move(state, HEAD_ONLY) for state in IN_HANDS},
    (_S.ASSIGNED, _A.CONTACT): Move(_S.CONTACTED, WORKERS),
    (_S.CONTACTED, _A.CONTACT): Move(_S.CONTACTED, WORKERS),
    (_S.CONTACTED, _A.FIX_NOW): Move(_S.FIXING, WORKERS),
    (_S.CONTACTED, _A.LEDGER): Move(_S.LEDGERED, WORKERS),
    (_S.FIXING, _A.LEDGER): Move(_S.LEDGERED, WORKERS),
    (_S.CONTACTED, _A.EXPLAIN): Move(_S.SETTLED, WORKERS),
    (_S.CONTACTED, _A.APPEAL): Move(_S.APPEALED, WORKERS),
    (_S.FIXING, _A.FIXED): Move(_S.SETTLED, WORKERS),
    (_S.LEDGERED, _A.FIXED): Move(_S.SETTLED, WORKERS),
    (_S.APPEALED, _A.ESCALATE): Move(_S.ESCALATED, SERVICE),
    (_S.APPEALED, _A.UPHOLD): Move(_S.CONTACTED, REVIEWERS),
    (_S.APPEALED, _A.VOID): Move(_S.ANSWERED, REVIEWERS),
    (_S.ESCALATED, _A.UPHOLD): Move(_S.CONTACTED, AUTHORITY),
    (_S.ESCALATED, _A.VOID): Move(_S.ANSWERED, AUTHORITY),
    (_S.SETTLED, _A.ANSWER): Move(_S.ANSWERED, WORKERS),
    (_S.ANSWERED, _A.CALL_BACK): Move(_S.ANSWERED, WORKERS),
    (_S.ANSWERED, _A.CLOSE): Move(_S.CLOSED, WORKERS),
    **{(state, _A.RATED_AGAIN): Move(state, SERVICE) for state in RectificationState},
    (_S.ANSWERED, _A.REOPEN): Move(_S.OPENED, SERVICE),
    (_S.CLOSED, _A.REOPEN): Move(_S.OPENED, SERVICE),
    **{(state, mark): Move(state, SERVICE) for state in OPEN for mark in (_A.WARNED, _A.OVERDUE)},
}
"""Each step that there is. A reviewer's reason, when he voids, is the rater's answer: hence ANSWERED."""

BY_PERSON = (
    _A.ASSIGN,
    _A.CONTACT,
    _A.FIX_NOW,
    _A.LEDGER,
    _A.EXPLAIN,
    _A.FIXED,
    _A.ANSWER,
    _A.CALL_BACK,
    _A.CLOSE,
)
"""The steps of a unit."""

CLOCKS: Mapping[RectificationState, tuple[RectificationClock, ...]] = {
    _S.OPENED: (RectificationClock.ASSIGN,),
    _S.ASSIGNED: (RectificationClock.CONTACT,),
    _S.CONTACTED: (RectificationClock.FIX,),
    _S.FIXING: (RectificationClock.FIX,),
    _S.LEDGERED: (RectificationClock.LEDGER,),
    _S.APPEALED: (RectificationClock.APPEAL,),
    _S.ESCALATED: (RectificationClock.AUTHORITY,),
    _S.SETTLED: (RectificationClock.FIX, RectificationClock.LEDGER),
    _S.ANSWERED: (RectificationClock.CALL_BACK,),
    _S.CLOSED: (),
}
"""Which clocks may run in a state; one that runs already goes on, else the first is started."""

TERMS: Mapping[RectificationClock, Term] = {
    RectificationClock.ASSIGN: Term(4, LimitUnit.WORK_HOUR, warn=1),
    RectificationClock.CONTACT: Term(1, LimitUnit.WORKDAY),
    RectificationClock.FIX: Term(5, LimitUnit.WORKDAY, warn=1),
    RectificationClock.LEDGER: Term(15, LimitUnit.WORKDAY, warn=3),
    RectificationClock.APPEAL: Term(5, LimitUnit.WORKDAY, warn=1),
    RectificationClock.AUTHORITY: Term(5, LimitUnit.WORKDAY, warn=1),
    RectificationClock.CALL_BACK: Term(3, LimitUnit.WORKDAY, warn=1),
}
"""What holds while the city has not said anything: as others do (德州, 四川), proposed."""
STATE_NAMES: Mapping[RectificationState, str] = {
    _S.OPENED: "待指派",
    _S.ASSIGNED: "待联系",
    _S.CONTACTED: "待核实",
    _S.FIXING: "整改中",
    _S.LEDGERED: "已列入台账限期整改",
    _S.APPEALED: "申诉复核中",
    _S.ESCALATED: "申诉逾期未复核,转市政务办",
    _S.SETTLED: "待答复",
    _S.ANSWERED: "已答复,待办结",
    _S.CLOSED: "已办结",
}
ACTION_NAMES: Mapping[Action, str] = {
    _A.OPEN: "收到差评",
    _A.ASSIGN: "指派",
    _A.CONTACT: "联系核实",
    _A.FIX_NOW: "属实,立行立改",
    _A.LEDGER: "属实,列入台账",
    _A.EXPLAIN: "诉求没有依据,说明解释",
    _A.FIXED: "整改完成",
    _A.APPEAL: "申诉",
    _A.ESCALATE: "申诉逾期未复核",
    _A.UPHOLD: "复核维持差评",
    _A.VOID: "复核认定差评无效",
    _A.ANSWER: "答复",
    _A.CALL_BACK: "回访",
    _A.CLOSE: "办结",
    _A.RATED_AGAIN: "追评",
    _A.REOPEN: "追评仍为差评,重新整改",
    _A.WARNED: "临期提醒",
    _A.OVERDUE: "逾期",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The city's rules of the loop; `call_back_tries` are days, `publish_minimum` is a unit's."""

    terms: Mapping[RectificationClock, Term]
    checks: Mapping[str, tuple[str, Claim]]
    call_back_tries: int = 3
    publish_minimum: int = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides, beside the state, whether a step is taken.

    `round_` is 2 once the second rating was bad as well; `is_called_back` says that the rater was reached, or was tried
    often enough.
    """

    state: RectificationState
    round_: int = 1
    is_named: bool = False
    is_called_back: bool = False
    was_appealed: bool = False


def actors_of(roles: Collection[str], *, is_own_unit: bool, is_assignee: bool, is_authority: bool) -> frozenset[Actor]:
    """Return as what a person of some roles may act: for the rated unit, for another one, for 市政务办."""
    found = set()
    if is_own_unit and "unit_head" in roles:
        found.add(Actor.HEAD)
    if is_own_unit and "rectification_officer" in roles:
        found |= {Actor.OFFICER, Actor.ASSIGNEE} if is_assignee else {Actor.OFFICER}
    if not is_own_unit and REVIEWER in roles:
        found.add(Actor.REVIEWER)
    if is_authority and "evaluation_officer" in roles:
        found.add(Actor.AUTHORITY)
    return frozenset(found)


def move_of(standing: Standing, action: Action, actors: frozenset[Actor]) -> Move | Refusal:
    """Return where a step leads, or why it is not taken.

    After a second bad rating only the head of the unit, or 市政务办, assigns. A rating is appealed against once, and
    reopens the loop once. A rater who wants a call is called back before the end (实名差评 100% 回访).
    """
    move = MOVES.get((standing.state, action))
    if move is None:
        return Refusal.NOT_POSSIBLE
    allowed = move.actors
    if standing.state is RectificationState.OPENED and standing.round_ > 1:
        allowed -= {Actor.OFFICER}
    if not allowed & actors:
        return Refusal.NOT_YOURS
    if (action is Action.APPEAL and standing.was_appealed) or (action is Action.REOPEN and standing.round_ > 1):
        return Refusal.ONCE_ONLY
    if action is Action.CALL_BACK and not standing.is_named:
        return Refusal.NO_CALL_WANTED
    if action is Action.CLOSE and standing.is_named and not standing.is_called_back:
        return Refusal.CALL_BACK_FIRST
    return move


def clock_in(state: RectificationState, running: RectificationClock | None) -> RectificationClock | None:
    """Return the clock that is to run in a state: the one that runs already if it may, else the state's own."""
    allowed = CLOCKS[state]
    return running if running in allowed else next(iter(allowed), None)
