"""The parked events of a consumer: being retried, dead, or waiting behind one of the same subject.

`yiwang dead-letters` lists, shows and redrives them; a redriven event is handled by the running service, through the
same inbox, so a redrive has one effect however often it is asked for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base.problems import NotFound, WrongState
from chassis.data.database import UnitOfWork, insert
from chassis.data.schema import inbox, parked
from chassis.events.bus import Record
from chassis.events.envelope import Envelope

FIRST_PAUSE = timedelta(milliseconds=200)
LONGEST_PAUSE = timedelta(seconds=60)


class State(StrEnum):
    """What a parked event is waiting for."""

    RETRYING = "retrying"
    DEAD = "dead"
    WAITING = "waiting"


class DeadLetterNotFound(NotFound):
    """No event of that id is parked."""

    code, title = "dead_letter_not_found", "没有这条死信"


class NotDead(WrongState):
    """The event is not a dead letter: it is being retried, or waits for an earlier one."""

    code, title = "not_a_dead_letter", "该事件不是死信"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an event is known already, and what it must wait for (empty: nothing)."""

    known: bool
    waits_for: str


async def standing(connection: AsyncConnection, envelope: Envelope, topic: str) -> Standing:
    """Tell where an arriving event stands among its subject's events."""
    handled = (inbox.c.topic == topic, inbox.c.subject == envelope.subject)
    stopped = (parked.c.topic == topic, parked.c.subject == envelope.subject)
    version = envelope.aggregateversion
    query = sa.select(
        sa.exists().where(*handled, inbox.c.version == version).label("seen"),
        sa.exists().where(parked.c.event_id == envelope.id).label("parked"),
        sa.exists().where(*handled, inbox.c.version == version - 1).label("follows"),
        sa.exists().where(*stopped, parked.c.version < version).label("behind"),
    )
    row = (await connection.execute(query)).one()
    waits_for = ""
    if row.behind:
        waits_for = "an earlier event of this subject is parked"
    elif version > 1 and not row.follows:
        waits_for = f"version {version - 1} of this subject has not arrived"
    return Standing(known=bool(row.seen or row.parked), waits_for=waits_for)


async def park(work: UnitOfWork, envelope: Envelope, topic: str, *, state: State, reason: str) -> None:
    """Park an event; parking it again changes nothing."""
    now = work.clock.now()
    row = {
        "event_id": envelope.id,
        "topic": topic,
        "subject": envelope.subject,
        "version": envelope.aggregateversion,
        "type": envelope.type,
        "envelope": envelope.model_dump_json(),
        "state": state.value,
        "reason": reason,
        "attempts": 0 if state is State.WAITING else 1,
        "next_attempt_at": now + FIRST_PAUSE,
        "parked_at": now,
    }
    await work.connection.execute(insert(parked, work.connection).values(**row).on_conflict_do_nothing())


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
    await work.connection.execute(insert(parked, work.connection).values(**row).on_conflict_do_nothing())


def _storable(text: str) -> str:
    return text.replace("\0", "\\0")  # PostgreSQL takes no NUL


async def pending(connection: AsyncConnection) -> bool:
    """Tell whether anything is parked that may be tried again without a command."""
    query = sa.select(parked.c.sequence).where(parked.c.state != State.DEAD.value).limit(1)
    return (await connection.execute(query)).first() is not None


async def due(connection: AsyncConnection, now: datetime) -> list[Any]:
    """Return the first parked event of each subject that may be tried now, oldest first, at most 100."""
    earlier = parked.alias()
    first = ~sa.exists().where(
        earlier.c.topic == parked.c.topic,
        earlier.c.subject == parked.c.subject,
        earlier.c.version < parked.c.version,
    )
    follows = sa.or_(
        parked.c.version <= 1,
        sa.exists().where(
            inbox.c.topic == parked.c.topic,
            inbox.c.subject == parked.c.subject,
            inbox.c.version == parked.c.version - 1,
        ),
    )
    retry = sa.and_(parked.c.state == State.RETRYING.value, parked.c.next_attempt_at <= now)
    wait = sa.and_(parked.c.state == State.WAITING.value, follows)
    query = sa.select(parked).where(first, sa.or_(retry, wait)).order_by(parked.c.sequence).limit(100)
    return list(await connection.execute(query))


async def take(work: UnitOfWork, sequence: int) -> bool:
    """Take a parked event out, in the transaction that gives it its effect; tell whether it was still there."""
    return bool((await work.connection.execute(parked.delete().where(parked.c.sequence == sequence))).rowcount)


async def failed(work: UnitOfWork, row: Any, *, reason: str, attempts: int) -> None:
    """Record one more failed attempt: the pause doubles (200 ms to 60 s), the last attempt makes a dead letter."""
    tried = row.attempts + 1
    values = {
        "attempts": tried,
        "reason": reason,
        "state": (State.DEAD if tried >= attempts else State.RETRYING).value,
        "next_attempt_at": work.clock.now() + min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE),
    }
    await work.connection.execute(parked.update().where(parked.c.sequence == row.sequence).values(**values))


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """Return how many events are parked in each state."""
    query = sa.select(parked.c.state, sa.func.count()).group_by(parked.c.state)
    found = {row[0]: int(row[1]) for row in await connection.execute(query)}
    return {state.value: found.get(state.value, 0) for state in State}


async def listed(connection: AsyncConnection, *, state: State | None = None, limit: int = 200) -> list[Any]:
    """Return parked events, oldest first."""
    query = sa.select(parked).order_by(parked.c.sequence).limit(limit)
    if state is not None:
        query = query.where(parked.c.state == state.value)
    return list(await connection.execute(query))


async def shown(connection: AsyncConnection, event_id: str) -> Any:
    """Return one parked event; raises DeadLetterNotFound."""
    row = (await connection.execute(sa.select(parked).where(parked.c.event_id == event_id))).first()
    if row is None:
        raise DeadLetterNotFound(f"没有编号为 {event_id} 的停放事件")
    return row


async def redrive(work: UnitOfWork, event_id: str) -> None:
    """Ask for a dead letter to be tried again from its first attempt. Raises DeadLetterNotFound, NotDead."""
    row = await shown(work.connection, event_id)
    if row.state != State.DEAD.value:
        raise NotDead(f"该事件状态为 {row.state}: {row.reason}")
    values = {"state": State.RETRYING.value, "attempts": 0, "next_attempt_at": work.clock.now()}
    await work.connection.execute(parked.update().where(parked.c.sequence == row.sequence).values(**values))
