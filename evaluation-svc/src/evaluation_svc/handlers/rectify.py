"""What a rating sets off in the loop of bad ratings: its tags are checked, a bad one opens the loop, a second is noted.

All in the transaction of the rating. The rated persons are written down beside it, and for them it does not exist.
"""

from typing import Any

from chassis.base import succession
from chassis.base.clock import local
from chassis.data.database import UnitOfWork

from evaluation_svc.domain.ratings import Rated
from evaluation_svc.domain.rectifications import (
    CLOCKS,
    MOVES,
    SERVICE,
    Action,
    Rank,
    RectificationOutcome,
    RectificationState,
    Refusal,
    Rules,
    move_of,
)
from evaluation_svc.handlers.collaborators import SELF, Evaluation
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.rectification_rules import rules_of
from evaluation_svc.handlers.rectification_turns import PREFIX, Taken, hold, next_hour, note_step, standing_of, turn
from evaluation_svc.handlers.tag_checks import check_tags
from evaluation_svc.handlers.timers import start_timer
from evaluation_svc.store import learned
from evaluation_svc.store import rectifications as store

OPENED = "evaluation.rectification.opened"
CONCLUDED = "evaluation.rectification.concluded"
OVERDUE = "evaluation.rectification.overdue"
VOIDED = "evaluation.rating.voided"


async def follow_rating(evaluation: Evaluation, work: UnitOfWork, rated: Rated) -> None:
    """Check a rating's tags; open the loop for a bad one, or note the second rating of one that was bad."""
    rules = await rules_of(work.connection)
    await check_tags(work, rules, rated)
    before = None
    if rated.number > 1:
        before = await store.of_case(work.connection, rated.application_id, rated.visit_id or "")
    if before is not None:
        await _note_second(evaluation, work, rules, rated, before)
    elif rated.is_bad:
        await _open(evaluation, work, rules, rated)


async def _open(evaluation: Evaluation, work: UnitOfWork, rules: Rules, rated: Rated) -> None:
    today = local(rated.rated_at).date()
    unit = succession.in_force(await learned.unit_terms(work.connection), rated.unit, today)
    (clock,) = CLOCKS[RectificationState.OPENED]
    row: dict[str, Any] = {
        "rectification_id": evaluation.random_id(),
        "rating_id": rated.rating_id,
        "application_id": rated.application_id,
        "visit_id": rated.visit_id or "",
        "rater_id": rated.rater_id,
        "unit": unit,
        "matter_code": rated.matter_code,
        "item": rated.item,
        "region": rated.region,
        "level": rated.level.value,
        "tags": list(rated.tags),
        "is_named": bool(rated.wants_call),
        "state": RectificationState.OPENED.value,
        "round": 1,
        "outcome": None,
        "officer": None,
        "clock": clock.value,
        "rank": Rank.RUNNING.value,
        "overdue_at": None,
        "overdue_count": 0,
        "was_appealed": False,
        "called_back_at": None,
        "version": 1,
        "told": 0,
        "opened_at": next_hour(rated.rated_at),
        "closed_at": None,
        "answer": "",
        "done": "",
    }
    if not await store.add_rectification(work.connection, row, rated.handler_ids):
        return
    subject, term = row["rectification_id"], rules.terms[clock]
    await start_timer(work, PREFIX + clock.value, subject, unit=unit, at=row["opened_at"], term=term)
    await note_step(evaluation, work, row, Taken(Action.OPEN, SELF))
    tell_journal(work, row, OPENED, {"level": row["level"], "channel": rated.channel.value})


async def _note_second(
    evaluation: Evaluation, work: UnitOfWork, rules: Rules, rated: Rated, rectification_id: str
) -> None:
    """Note the second rating; one that is bad again reopens an answered loop, once, for the head of the unit.

    After one that was found void it opens a loop of its own: it counts, and may be appealed against in turn. What was
    late before it was reopened is not held against the new round. Who wants a call with a second bad rating is called,
    whatever she wanted with the first one.
    """
    row = await hold(work, rectification_id)
    details = {"level": rated.level.value, "rating_id": rated.rating_id}
    state = RectificationState(row["state"])
    again = Taken(Action.RATED_AGAIN, SELF, details=details)
    named = row["is_named"] or (rated.is_bad and bool(rated.wants_call))
    await turn(evaluation, work, rules, row, again, to=MOVES[state, Action.RATED_AGAIN].to, is_named=named)
    if rated.is_bad and row["outcome"] == RectificationOutcome.VOIDED:
        await _open(evaluation, work, rules, rated)
        return
    move = move_of(standing_of(row), Action.REOPEN, SERVICE)
    if not rated.is_bad or isinstance(move, Refusal):
        return
    anew = {"round": 2, "officer": None, "outcome": None, "called_back_at": None, "closed_at": None}
    anew |= {"overdue_count": 0}
    await turn(evaluation, work, rules, row, Taken(Action.REOPEN, SELF, details=details), to=move.to, **anew)
    tell_journal(work, row, OPENED, {"level": rated.level.value, "channel": rated.channel.value})


def tell_journal(work: UnitOfWork, row: store.Record, type_: str, more: dict[str, Any]) -> None:
    """Write into the journal what happened to a rectification; its versions order what is told of it."""
    names = ("rectification_id", "rating_id", "unit", "matter_code", "item", "region", "is_named", "round")
    data = {**{name: row[name] for name in names}, **more}
    note_own(
        work,
        About.CASE,
        row["application_id"],
        type_=type_,
        version=row["version"],
        at=work.clock.now(),
        data=data,
    )
