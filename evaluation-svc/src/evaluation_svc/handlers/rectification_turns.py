"""A turn of the loop of a bad rating: the step as a row, the state, the clock that runs now, the audit, in one go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.base.problems import Conflict
from chassis.data import audit
from chassis.data.database import UnitOfWork

from evaluation_svc.domain.letters import AUTHORITY
from evaluation_svc.domain.rectifications import (
    Action,
    Rank,
    RectificationClock,
    RectificationState,
    Rules,
    Standing,
    clock_in,
)
from evaluation_svc.domain.terms import Term
from evaluation_svc.errors import RectificationNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.timers import start_timer, stop_timer
from evaluation_svc.store import rectifications as store
from evaluation_svc.store.rectifications import Record

PREFIX = "rectification."
"""What the names of the loop's clocks begin with."""
BY_RATER = frozenset({Action.OPEN, Action.RATED_AGAIN, Action.REOPEN})
"""What follows from a rating: told, and reckoned, as from the next full hour."""


def next_hour(at: datetime) -> datetime:
    """Return the full hour at or after a moment: a loop begins with it, so that no minute points at a rater."""
    whole = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step: by whom of which unit, in which words, with what else; `term` is of a clock that it sets itself."""

    action: Action
    actor: str
    unit: str = ""
    words: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    term: Term | None = None


async def hold(work: UnitOfWork, rectification_id: str) -> Record:
    """Return a rectification, held until the transaction ends; its clock is held after it, never before.

    Raises RectificationNotFound.
    """
    row = await store.lock_rectification(work.connection, rectification_id)
    if row is None:
        raise RectificationNotFound
    return row


def standing_of(row: Record, *, is_called_back: bool = False) -> Standing:
    """Return what of a rectification decides whether a step is taken."""
    return Standing(
        RectificationState(row["state"]),
        row["round"],
        is_named=row["is_named"],
        is_called_back=is_called_back or row["called_back_at"] is not None,
        was_appealed=row["was_appealed"],
    )


async def turn(  # noqa: PLR0913  what a turn is
    evaluation: Evaluation,
    work: UnitOfWork,
    rules: Rules,
    row: Record,
    taken: Taken,
    *,
    to: RectificationState,
    **changed: Any,
) -> None:
    """Take a step of a rectification that this transaction holds. Raises Conflict."""
    clock = clock_in(to, RectificationClock(row["clock"]) if row["clock"] else None)
    if (clock and clock.value) != row["clock"]:
        await _wind(work, rules, row, clock, taken)
        rank = Rank.OVER if clock is None else Rank.RUNNING
        changed = {"clock": clock and clock.value, "rank": rank.value, "overdue_at": None, **changed}
    seen, rectification_id = row["version"], row["rectification_id"]
    changed |= {"state": to.value, "version": seen + 1}
    if not await store.save_rectification(work.connection, rectification_id, seen, changed):
        raise Conflict
    row |= changed
    await note_step(evaluation, work, row, taken)


async def note_step(evaluation: Evaluation, work: UnitOfWork, row: Record, taken: Taken) -> None:
    """Add the row of a step that was just taken, and its audit row."""
    rectification_id = row["rectification_id"]
    now = work.clock.now()
    work.add(
        store.steps,
        {
            "rectification_id": rectification_id,
            "number": row["version"],
            "action": taken.action.value,
            "state": row["state"],
            "actor": taken.actor,
            "unit": taken.unit,
            "at": next_hour(now) if taken.action in BY_RATER else now,
            "words": sealed(evaluation, rectification_id, "words", taken.words),
            "details": dict(taken.details),
        },
    )
    details = {"state": row["state"], "unit": row["unit"]}
    action = f"rectification.{taken.action.value.lower()}"
    await audit.record(work, actor=taken.actor, action=action, subject=rectification_id, details=details)


async def _wind(work: UnitOfWork, rules: Rules, row: Record, clock: RectificationClock | None, taken: Taken) -> None:
    if row["clock"]:
        await stop_timer(work, PREFIX + row["clock"], row["rectification_id"])
    if clock is not None:
        unit = AUTHORITY if clock is RectificationClock.AUTHORITY else row["unit"]
        term = taken.term or rules.terms[clock]
        now = work.clock.now()
        at = next_hour(now) if taken.action in BY_RATER else now
        await start_timer(work, PREFIX + clock.value, row["rectification_id"], unit=unit, at=at, term=term)


def sealed(evaluation: Evaluation, rectification_id: str, column: str, text: str) -> str:
    """Return a text of a rectification as it is kept; nothing for nothing."""
    table = "rectification_step" if column == "words" else "rectification"
    return evaluation.cipher.encrypt(text, table=table, column=column, row=rectification_id) if text else ""


def opened(evaluation: Evaluation, rectification_id: str, column: str, kept: str) -> str:
    """Return a text of a rectification in clear."""
    table = "rectification_step" if column == "words" else "rectification"
    return evaluation.cipher.decrypt(kept, table=table, column=column, row=rectification_id) if kept else ""
