"""The steps that a unit takes in the loop of a bad rating, each by whom it is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError, Problem
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.worktime import LimitUnit

from evaluation_svc.domain.rectifications import (
    ACTION_NAMES,
    BY_PERSON,
    MOVES,
    STATE_NAMES,
    Action,
    Actor,
    Move,
    RectificationClock,
    RectificationOutcome,
    RectificationState,
    Refusal,
    Rules,
    actors_of,
    move_of,
)
from evaluation_svc.domain.terms import Term
from evaluation_svc.errors import (
    CallBackFirst,
    CallNotWanted,
    OfficerWasRated,
    RatingAppealedBefore,
    RectificationNotFound,
    RectificationNotYours,
    RectificationStepNotPossible,
    RectificationStepUnfit,
)
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.rectification_rules import rules_of
from evaluation_svc.handlers.rectification_secrecy import public_words
from evaluation_svc.handlers.rectification_turns import Taken, hold, opened, sealed, standing_of, turn
from evaluation_svc.handlers.rectification_views import whole_view
from evaluation_svc.handlers.rectify import CONCLUDED, tell_journal
from evaluation_svc.handlers.whose import leads, units_of
from evaluation_svc.schemas.rectifications import RectificationView, RectifyingBody
from evaluation_svc.store import rectification_lists as lists
from evaluation_svc.store import rectifications as store
from evaluation_svc.store.rectifications import Record

WORDED = frozenset({Action.FIX_NOW, Action.LEDGER, Action.EXPLAIN, Action.FIXED, Action.ANSWER})
NEEDS: Mapping[str, tuple[frozenset[Action], frozenset[Action], str]] = {
    "officer": (frozenset(), frozenset({Action.ASSIGN}), ""),
    "reached": (
        frozenset({Action.CONTACT, Action.CALL_BACK}),
        frozenset({Action.CONTACT, Action.CALL_BACK}),
        "请写明是否联系上",
    ),
    "workdays": (frozenset(), frozenset({Action.LEDGER}), ""),
    "basis": (frozenset({Action.EXPLAIN}), frozenset({Action.EXPLAIN}), "请注明依据"),
}
"""For which steps a field is needed, for which it is taken, and what to say where it lacks."""


@dataclass(frozen=True, slots=True)
class Held:
    """A rectification that this transaction holds, and as what the caller may act on it."""

    row: Record
    actors: frozenset[Actor]
    caller: Principal
    rules: Rules


async def take_rectification_step(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, rectification_id: str, body: RectifyingBody
) -> RectificationView:
    """Take a step of a rectification of the caller's unit.

    Raises RectificationStepUnfit, RectificationNotFound, RectificationStepNotPossible, RectificationNotYours,
    OfficerWasRated, CallBackFirst, CallNotWanted.
    """
    action = Action(body.action)
    _require_fit(action, body)
    held = await hold_for(work, caller, rectification_id)
    tried = await _days_tried(work, held.row, action)
    called = len(tried) >= held.rules.call_back_tries
    move = require_move(move_of(standing_of(held.row, is_called_back=called), action, held.actors), held.row, action)
    await _TAKE.get(action, _take)(evaluation, work, held, body, move)
    return await whole_view(evaluation, work, caller, rectification_id)


async def hold_for(work: UnitOfWork, caller: Principal, rectification_id: str) -> Held:
    """Return a rectification that the caller may see, held. Raises RectificationNotFound."""
    units = await units_of(work.connection, caller, work.clock.now())
    seen: dict[str, Any] = {"person": caller.subject, "of_units": units, "sees_all": leads(caller)}
    if await lists.find_for_staff(work.connection, rectification_id, **seen) is None:
        raise RectificationNotFound
    row = await hold(work, rectification_id)
    actors = actors_of(
        caller.roles,
        is_own_unit=row["unit"] in units,
        is_assignee=row["officer"] == caller.subject,
        is_authority=leads(caller),
    )
    return Held(row, actors, caller, await rules_of(work.connection))


def require_move(found: Move | Refusal, row: Record, action: Action) -> Move:
    """Return a move. Raises the problem of a refusal, which says what can be done."""
    if isinstance(found, Move):
        return found
    problem, detail = REFUSALS[found]
    raise problem(detail(row, action))


def _possible(row: Record, action: Action) -> str:
    state = RectificationState(row["state"])
    can = [ACTION_NAMES[one] for one in (*BY_PERSON, Action.APPEAL) if (state, one) in MOVES]
    return f"现在是“{STATE_NAMES[state]}”,不能办理“{ACTION_NAMES[action]}”;可以办理:{'、'.join(can) or '无'}"


def _whose(row: Record, action: Action) -> str:
    names = {Actor.HEAD: "本单位负责人", Actor.OFFICER: "本单位整改人员", Actor.ASSIGNEE: "被指派的整改人员"}
    names |= {Actor.AUTHORITY: "市政务办", Actor.REVIEWER: "其他单位的复核人员"}
    actors = MOVES[RectificationState(row["state"]), action].actors
    return f"“{ACTION_NAMES[action]}”由{'或'.join(name for actor, name in names.items() if actor in actors)}办理"


REFUSALS: Mapping[Refusal, tuple[type[Problem], Callable[[Record, Action], str]]] = {
    Refusal.NOT_POSSIBLE: (RectificationStepNotPossible, _possible),
    Refusal.NOT_YOURS: (RectificationNotYours, _whose),
    Refusal.ONCE_ONLY: (RatingAppealedBefore, lambda _row, _action: ""),
    Refusal.CALL_BACK_FIRST: (
        CallBackFirst,
        lambda _row, _action: "请先办理“回访”;多日联系不上的,逐日记录后可以办结",
    ),
    Refusal.NO_CALL_WANTED: (CallNotWanted, lambda _row, _action: ""),
}


def _require_fit(action: Action, body: RectifyingBody) -> None:
    """Raise RectificationStepUnfit unless the body has what the step needs and nothing else."""
    errors = []
    if action in WORDED and not body.words:
        errors.append(FieldError("/words", "required", "请写明情况"))
    for name, (needed, taken, lacks) in NEEDS.items():
        value = getattr(body, name)
        if value in {None, ""} and action in needed:
            errors.append(FieldError(f"/{name}", "required", lacks))
        elif value not in {None, ""} and action not in taken:
            errors.append(FieldError(f"/{name}", "not_asked", "这一步没有此项"))
    if body.reached is False and not body.words:
        errors.append(FieldError("/words", "required", "没有联系上的,请写明怎样联系"))
    if errors:
        raise RectificationStepUnfit(errors=errors)


async def _days_tried(work: UnitOfWork, row: Record, action: Action) -> set[Any]:
    """Return the days of this round on which a rater was called back in vain."""
    if action is not Action.CLOSE or not row["is_named"]:
        return set()
    steps = await store.steps_of(work.connection, row["rectification_id"])
    opened = max((one["number"] for one in steps if one["action"] == Action.REOPEN), default=0)
    tried = (one for one in steps if one["action"] == Action.CALL_BACK and one["number"] > opened)
    return {local(one["at"]).date() for one in tried}


async def _take(
    evaluation: Evaluation, work: UnitOfWork, held: Held, body: RectifyingBody, move: Move, **changed: Any
) -> None:
    details = {} if body.reached is None else {"reached": body.reached}
    words = f"{body.words}\n依据:{body.basis}" if body.basis else body.words
    taken = Taken(Action(body.action), held.caller.subject, held.caller.unit, words, details)
    await turn(evaluation, work, held.rules, held.row, taken, to=move.to, **changed)


async def _assign(evaluation: Evaluation, work: UnitOfWork, held: Held, body: RectifyingBody, move: Move) -> None:
    """Give it to an officer who was not rated.

    That somebody is the rater refuses nothing here: who may name anybody would find her by that. She does not see it.
    """
    if body.officer is None and not held.actors & {Actor.OFFICER, Actor.HEAD}:
        raise RectificationStepUnfit(errors=[FieldError("/officer", "required", "请写明指派给谁")])
    officer = body.officer or held.caller.subject
    if await store.is_rated_person(work.connection, held.row["rectification_id"], officer):
        raise OfficerWasRated
    await _take(evaluation, work, held, body, move, officer=officer)


async def _enter_ledger(evaluation: Evaluation, work: UnitOfWork, held: Held, body: RectifyingBody, move: Move) -> None:
    """Set a deadline of its own, at most the city's."""
    most = held.rules.terms[RectificationClock.LEDGER]
    term = None
    if body.workdays is not None:
        if most.unit is not LimitUnit.WORKDAY or body.workdays > most.amount:
            detail = f"台账期限最长 {most.amount} 个工作日"
            raise RectificationStepUnfit(errors=[FieldError("/workdays", "too_long", detail)])
        term = Term(body.workdays, LimitUnit.WORKDAY, most.warn, most.status)
    taken = Taken(Action.LEDGER, held.caller.subject, held.caller.unit, body.words, {}, term)
    await turn(evaluation, work, held.rules, held.row, taken, to=move.to)


async def _settle(evaluation: Evaluation, work: UnitOfWork, held: Held, body: RectifyingBody, move: Move) -> None:
    """Keep what was done, or why nothing was, as it will be made public."""
    outcome = RectificationOutcome.FIXED if body.action == Action.FIXED else RectificationOutcome.EXPLAINED
    done = sealed(evaluation, held.row["rectification_id"], "done", body.words)
    await _take(evaluation, work, held, body, move, outcome=outcome.value, done=done)


async def _answer(evaluation: Evaluation, work: UnitOfWork, held: Held, body: RectifyingBody, move: Move) -> None:
    answer = sealed(evaluation, held.row["rectification_id"], "answer", body.words)
    await _take(evaluation, work, held, body, move, answer=answer)


async def _call_back(evaluation: Evaluation, work: UnitOfWork, held: Held, body: RectifyingBody, move: Move) -> None:
    reached = {"called_back_at": work.clock.now()} if body.reached else {}
    await _take(evaluation, work, held, body, move, **reached)


async def _close(evaluation: Evaluation, work: UnitOfWork, held: Held, body: RectifyingBody, move: Move) -> None:
    """End the loop: written into the journal, and made public with others of the unit unless the rating was void."""
    now, row = work.clock.now(), held.row
    await _take(evaluation, work, held, body, move, closed_at=now)
    called, on_time = row["called_back_at"] is not None, row["overdue_count"] == 0
    tell_journal(work, row, CONCLUDED, {"outcome": row["outcome"], "called_back": called, "on_time": on_time})
    if row["outcome"] == RectificationOutcome.VOIDED:
        return
    public = {name: row[name] for name in ("unit", "matter_code", "tags", "outcome")}
    public |= {
        "publication_id": evaluation.random_id(),
        "done": public_words(opened(evaluation, row["rectification_id"], "done", row["done"])),
    }
    minimum = held.rules.publish_minimum
    await store.publish(work.connection, public, local(now).strftime("%Y-%m"), minimum=minimum)


_TAKE: Mapping[Action, Any] = {
    Action.ASSIGN: _assign,
    Action.LEDGER: _enter_ledger,
    Action.FIXED: _settle,
    Action.EXPLAIN: _settle,
    Action.ANSWER: _answer,
    Action.CALL_BACK: _call_back,
    Action.CLOSE: _close,
}
