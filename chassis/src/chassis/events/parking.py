"""The parked events of a consumer: being retried, dead, or waiting for an earlier one of the subject or for a cause.

`yiwang dead-letters` lists, shows, redrives and discards them; a redriven event is handled by the running service,
through the same inbox, so a redrive has one effect however often it is asked for. What only waited too long is dead
too, but is tried again when what it waited for comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base.problems import NotFound, WrongState
from chassis.data.database import UnitOfWork, insert
from chassis.data.periods import SETTLING, WAITING
from chassis.data.schema import ALIVE, inbox, parked
from chassis.data.trimming import AT_ONCE
from chassis.events.bus import Record
from chassis.events.envelope import Envelope
from chassis.events.standing import Joins, causes, first_of_its_subject, whose_turn_has_come

FIRST_PAUSE = timedelta(milliseconds=200)
LONGEST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE_FOR_AN_OTHER = timedelta(minutes=10)


class State(StrEnum):
    """What a parked event is waiting for."""

    RETRYING = "retrying"
    DEAD = "dead"
    WAITING = "waiting"


class DeadLetterNotFound(NotFound):
    """No event of that id is parked."""

    code, title = "dead_letter_not_found", "没有这条死信"


class NotFirst(WrongState):
    """An earlier event of its subject is parked; that one comes first."""

    code, title = "not_first_of_its_subject", "同一对象还有更早的事件停放,请先处理那一条"


class HandledMeanwhile(WrongState):
    """The running service was faster: the event is parked no more."""

    code, title = "handled_meanwhile", "该事件刚刚已由服务处理,未作改动"


@dataclass(frozen=True, slots=True)
class Halt:
    """Why an event is parked, and what event it awaits, if it does."""

    state: State
    reason: str
    awaits: str = ""


async def park(work: UnitOfWork, envelope: Envelope, topic: str, halt: Halt) -> None:
    """Park an event; parking it again changes nothing."""
    now = work.clock.now()
    row = {
        "event_id": envelope.id,
        "topic": topic,
        "subject": envelope.subject,
        "version": envelope.aggregateversion,
        "type": envelope.type,
        "envelope": envelope.model_dump_json(),
        "state": halt.state.value,
        "reason": halt.reason,
        "awaits": halt.awaits,
        "attempts": 0 if halt.state is State.WAITING else 1,
        "next_attempt_at": now + FIRST_PAUSE,
        "parked_at": now,
    }
    await work.connection.execute(_PARK, row)


_PARK = insert(parked).on_conflict_do_nothing()
_NOTE = insert(inbox).on_conflict_do_nothing()


async def note_handled(work: UnitOfWork, event: Mapping[str, Any]) -> bool:
    """Note an event as handled, whatever came before it; tell whether it was not yet."""
    row = {**event, "handled_at": work.clock.now()}
    return bool((await work.connection.execute(_NOTE, row)).rowcount)


async def park_unreadable(work: UnitOfWork, record: Record, *, reason: str) -> None:
    """Park a message that is no envelope, as version 0, so that its key's later events wait behind it."""
    now = work.clock.now()
    row = {
        "event_id": f"{record.topic}/{record.partition}/{record.offset}"[:100],
        "topic": record.topic,
        "subject": _storable(record.key)[:64],
        "version": 0,
        "type": "unreadable",
        "envelope": _storable(record.value.decode(errors="backslashreplace")),
        "state": State.DEAD.value,
        "reason": reason,
        "attempts": 1,
        "next_attempt_at": now,
        "parked_at": now,
    }
    await work.connection.execute(_PARK, row)


def _storable(text: str) -> str:
    return text.replace("\0", "\\0")  # PostgreSQL takes no NUL


_WAITS = sa.or_(
    parked.c.state == State.WAITING.value,
    sa.and_(parked.c.state == State.DEAD.value, parked.c.attempts == 0),  # it never failed, it waited too long
)


async def next_look(connection: AsyncConnection) -> datetime | None:
    """Return when a parked event is to be looked at next; None when none will be without a command or an arrival."""
    found: datetime | None = (
        await connection.execute(sa.select(sa.func.min(parked.c.next_attempt_at)).where(ALIVE))
    ).scalar()
    return found


async def due(connection: AsyncConnection, now: datetime, joins: Mapping[str, Joins]) -> list[Any]:
    """Return the parked events that are to be looked at now, the longest due first, at most 500.

    Of each its `turn` says whether nothing before it holds it up, and its `first` whether it is its subject's first.
    """
    turn = whose_turn_has_come(joins, parked.c.parked_at <= now - SETTLING).label("turn")
    query = sa.select(parked, turn, first_of_its_subject().label("first")).where(ALIVE, parked.c.next_attempt_at <= now)
    return list(await connection.execute(query.order_by(parked.c.next_attempt_at).limit(AT_ONCE)))


def may_be_tried(row: Any, joins: Mapping[str, Joins]) -> bool:
    """Tell whether a due event may be tried: its turn has come, or it is first and a command or a cause decides."""
    if row.state == State.RETRYING or row.awaits:
        return bool(row.first) or joins.get(row.topic) is Joins.ANY_VERSION
    return bool(row.turn)


async def look_later(work: UnitOfWork, rows: Sequence[Any]) -> None:
    """Look again at events that still wait for a version: after a pause as long as they have waited, to ten minutes.

    They are found when what they wait for has its effect; the looks are for what was missed, and for periods that end.
    One that was found meanwhile stays so.
    """
    same = (parked.c.sequence == sa.bindparam("which"), parked.c.next_attempt_at == sa.bindparam("seen"))
    change = parked.update().where(*same).values(next_attempt_at=sa.bindparam("later"))
    now = work.clock.now()
    values = [{"which": row.sequence, "seen": row.next_attempt_at, "later": _later(row, now)} for row in rows]
    if values:
        await work.connection.execute(change, values)


def _later(row: Any, now: datetime) -> datetime:
    pause = max(FIRST_PAUSE, min(now - row.parked_at, LONGEST_PAUSE_FOR_AN_OTHER))
    ends = [at for period in (SETTLING, WAITING) if (at := row.parked_at + period) > now]
    soonest: datetime = min([now + pause, *ends])
    return soonest


def is_overdue(row: Any, now: datetime) -> bool:
    """Tell whether an event has waited longer than anything is waited for; one behind another waits with it."""
    return bool(row.first) and row.state == State.WAITING and row.parked_at <= now - WAITING


async def give_up(work: UnitOfWork, row: Any, reason: str) -> None:
    """Make a dead letter of what waited too long; it stays what it is when it was tried meanwhile."""
    dead = {"state": State.DEAD.value, "attempts": 0, "reason": f"{reason} (waited {WAITING.days} days)"}
    same = (parked.c.sequence == row.sequence, parked.c.state == row.state, parked.c.parked_at == row.parked_at)
    await work.connection.execute(parked.update().where(*same).values(dead))


async def arrived(work: UnitOfWork, topic: str, subject: str, version: int) -> None:
    """Let those be tried now that await an event of this subject, or any of its topic; the dead among them too.

    So may the subject's next version, if it is parked.
    """
    again = {"state": State.WAITING.value, "next_attempt_at": work.clock.now()}
    awaiting = parked.c.awaits.in_(causes(topic, subject))
    of_subject = (parked.c.topic == topic, parked.c.subject == subject, parked.c.awaits == "")
    following = sa.and_(*of_subject, parked.c.version <= version + 1, first_of_its_subject())
    for found in (awaiting, following):
        await work.connection.execute(parked.update().where(found, _WAITS).values(again))


async def take(work: UnitOfWork, sequence: int) -> bool:
    """Take a parked event out, in the transaction that gives it its effect; tell whether it was still there."""
    return bool((await work.connection.execute(parked.delete().where(parked.c.sequence == sequence))).rowcount)


async def failed(work: UnitOfWork, row: Any, *, reason: str, attempts: int) -> None:
    """Record one more failed attempt: the pause doubles (200 ms to 60 s), the last attempt makes a dead letter."""
    tried = row.attempts + 1 if row.state == State.RETRYING.value else 1
    values = {
        "attempts": tried,
        "reason": reason,
        "awaits": "",
        "state": (State.DEAD if tried >= attempts else State.RETRYING).value,
        "next_attempt_at": work.clock.now() + min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE),
    }
    await work.connection.execute(parked.update().where(parked.c.sequence == row.sequence).values(values))


async def waits(work: UnitOfWork, row: Any, *, reason: str, awaits: str) -> None:
    """Record that a parked event's cause is still missing: asked for again with a pause that doubles, to ten minutes.

    One that only waited behind another begins to wait for its cause now.
    """
    now = work.clock.now()
    waited = now - row.parked_at if row.awaits else timedelta()
    if waited >= WAITING:
        await give_up(work, row, reason)
        return
    values = {
        "state": State.WAITING.value,
        "reason": reason,
        "awaits": awaits,
        "parked_at": row.parked_at if row.awaits else now,
        "next_attempt_at": now + max(FIRST_PAUSE, min(waited, LONGEST_PAUSE_FOR_AN_OTHER)),
    }
    await work.connection.execute(parked.update().where(parked.c.sequence == row.sequence).values(values))


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """Return how many events are parked in each state."""
    query = sa.select(parked.c.state, sa.func.count()).group_by(parked.c.state)
    found = {row[0]: int(row[1]) for row in await connection.execute(query)}
    return {state.value: found.get(state.value, 0) for state in State}


async def listed(connection: AsyncConnection, *states: State, limit: int = 200) -> list[Any]:
    """Return parked events, oldest first, of all or the named states."""
    chosen = parked.c.state.in_([state.value for state in states or State])
    return list(await connection.execute(sa.select(parked).where(chosen).order_by(parked.c.sequence).limit(limit)))


async def firsts(connection: AsyncConnection, *states: State, limit: int = 200) -> list[Any]:
    """Return the first parked event of each subject, oldest first, if it is in one of the states.

    Its `behind` says how many of its subject are parked after it.
    """
    later = parked.alias()
    same = (later.c.topic == parked.c.topic, later.c.subject == parked.c.subject, later.c.version > parked.c.version)
    behind = sa.select(sa.func.count()).select_from(later).where(*same).scalar_subquery().label("behind")
    chosen = (parked.c.state.in_([state.value for state in states]), first_of_its_subject())
    query = sa.select(parked, behind).where(*chosen).order_by(parked.c.sequence).limit(limit)
    return list(await connection.execute(query))


async def shown(connection: AsyncConnection, event_id: str) -> Any:
    """Return one parked event; raises DeadLetterNotFound."""
    row = (await connection.execute(sa.select(parked).where(parked.c.event_id == event_id))).first()
    if row is None:
        raise DeadLetterNotFound(f"没有编号为 {event_id} 的停放事件")
    return row


async def _first_of_its_subject(work: UnitOfWork, event_id: str) -> Any:
    row = await shown(work.connection, event_id)
    query = sa.select(parked.c.sequence).where(parked.c.sequence == row.sequence, first_of_its_subject())
    if (await work.connection.execute(query)).first() is None:
        raise NotFirst(f"该事件状态为 {row.state}: {row.reason}")
    return row


async def redrive(work: UnitOfWork, event_id: str) -> None:
    """Ask for the first parked event of its subject to be tried from its first attempt, whatever it waited for.

    What it lacks is no longer waited for. Raises DeadLetterNotFound, NotFirst, HandledMeanwhile.
    """
    row = await _first_of_its_subject(work, event_id)
    values = {"state": State.RETRYING.value, "awaits": "", "attempts": 0, "next_attempt_at": work.clock.now()}
    again = parked.update().where(parked.c.sequence == row.sequence).values(values)
    if not (await work.connection.execute(again)).rowcount:
        raise HandledMeanwhile(event_id)


async def discard(work: UnitOfWork, event_id: str) -> Any:
    """Take the first parked event of its subject for handled, without effect, and free those behind; return it.

    Which version an unreadable one was nobody knows, so the next one parked is tried whatever came before it. Raises
    DeadLetterNotFound, NotFirst, HandledMeanwhile.
    """
    row = await _first_of_its_subject(work, event_id)
    if not await take(work, row.sequence):
        raise HandledMeanwhile(event_id)
    if row.version:
        handled = {"topic": row.topic, "subject": row.subject, "version": row.version, "event_id": row.event_id}
        await note_handled(work, handled)
        await arrived(work, row.topic, row.subject, row.version)
        return row
    of_subject = (parked.c.topic == row.topic, parked.c.subject == row.subject, parked.c.state == State.WAITING.value)
    query = sa.select(parked.c.event_id).where(*of_subject, first_of_its_subject())
    if following := (await work.connection.execute(query)).scalar():
        await redrive(work, following)
    return row
