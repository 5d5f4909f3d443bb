"""What follows when a clock of the loop of a bad rating warns or runs out: marked, counted, told; an appeal rises."""

from collections.abc import Mapping

from chassis.data.database import UnitOfWork
from chassis.events.outbox import append

from evaluation_svc.domain.letters import AUTHORITY
from evaluation_svc.domain.rectifications import (
    NOT_THE_UNITS,
    SERVICE,
    Action,
    Rank,
    RectificationClock,
    RectificationState,
    Refusal,
    move_of,
)
from evaluation_svc.events import RectificationOverdue
from evaluation_svc.handlers.collaborators import SELF, Evaluation
from evaluation_svc.handlers.rectification_rules import rules_of
from evaluation_svc.handlers.rectification_turns import PREFIX, Taken, standing_of, turn
from evaluation_svc.handlers.rectify import OVERDUE, tell_journal
from evaluation_svc.handlers.timers import Acts
from evaluation_svc.store import rating_appeals
from evaluation_svc.store import rectifications as store
from evaluation_svc.store.clocks import Record


async def warn_of_rectification(evaluation: Evaluation, work: UnitOfWork, timer: Record) -> None:
    """Mark a rectification whose clock comes near its end."""
    row = await _of_clock(work, timer)
    if row is not None:
        rules, taken = await rules_of(work.connection), Taken(Action.WARNED, SELF, details={"clock": row["clock"]})
        state = RectificationState(row["state"])
        await turn(evaluation, work, rules, row, taken, to=state, rank=Rank.NEAR.value)


async def mark_overdue(evaluation: Evaluation, work: UnitOfWork, timer: Record) -> None:
    """Mark a rectification whose clock has run out, count and tell it; an appeal goes to 市政务办.

    One of 市政务办 itself stays with the reviewers of other units: nobody decides about the own unit.
    What runs out while an appeal is decided counts for 市政务办, which sees to reviews, not for the rated unit.
    """
    row = await _of_clock(work, timer)
    if row is None:
        return
    rules, now, state = await rules_of(work.connection), work.clock.now(), RectificationState(row["state"])
    clock, is_units = row["clock"], RectificationClock(row["clock"]) not in NOT_THE_UNITS
    late = row["unit"] if is_units else AUTHORITY
    marks = {"rank": Rank.OVERDUE.value, "overdue_at": now, "overdue_count": row["overdue_count"] + is_units}
    taken = Taken(Action.OVERDUE, SELF, details={"clock": clock})
    await turn(evaluation, work, rules, row, taken, to=state, **marks, told=row["told"] + 1)
    told = RectificationOverdue(
        rectification_id=row["rectification_id"], unit=late, clock=clock, due_at=timer["due_at"]
    )
    await append(work, told, subject=row["rectification_id"], version=row["told"])
    tell_journal(work, row, OVERDUE, {"clock": clock, "unit": late})
    move = move_of(standing_of(row), Action.ESCALATE, SERVICE)
    if row["unit"] != AUTHORITY and not isinstance(move, Refusal):
        await turn(evaluation, work, rules, row, Taken(Action.ESCALATE, SELF), to=move.to)
        escalated = {"state": RectificationState.ESCALATED.value}
        await rating_appeals.change_appeal(work.connection, row["rectification_id"], escalated)


async def _of_clock(work: UnitOfWork, timer: Record) -> store.Record | None:
    """Return the rectification of a clock, held, if the clock is the one that runs there."""
    row = await store.lock_rectification(work.connection, timer["subject"])
    return row if row is not None and PREFIX + str(row["clock"]) == timer["kind"] else None


async def _hold(work: UnitOfWork, rectification_id: str) -> None:
    await store.lock_rectification(work.connection, rectification_id)


RECTIFICATION_CLOCKS: Mapping[str, Acts] = {
    PREFIX + clock.value: Acts(mark_overdue, warn_of_rectification, _hold) for clock in RectificationClock
}
