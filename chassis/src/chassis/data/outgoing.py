"""Outgoing work: what a use case sets off outside its transaction, such as making a paper or telling another system.

The use case adds a row in its own transaction, so that the work is neither lost nor done for what was rolled back. A
worker does it, one at a time per database and kind (a lease), several rows at once; in the transaction in which its
effect is written it takes the row away, so that of two workers (one that woke late) only one has an effect. What fails
is tried again with growing pauses; after the last attempt it is stuck until `yiwang outgoing redrive`. What only lacks
something that is out is tried on for as long as that takes. What it did last is kept and shown.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base import telemetry
from chassis.base.problems import DeadlineExceeded, NotFound, Unavailable
from chassis.base.processes import new_name
from chassis.base.works import moving
from chassis.data import leases
from chassis.data.database import Database, DatabaseUnavailable, UnitOfWork, insert
from chassis.data.schema import DUE, outgoing

ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=10)
WITHIN_SECONDS = 60.0
"""One attempt, at most; the lease is held for twice as long."""
POLL_SECONDS = 0.5
LONGEST_REASON = 500


class State(StrEnum):
    """`waiting`: done by itself when its time has come. `stuck`: only when it is redriven."""

    WAITING = "waiting"
    STUCK = "stuck"


class Postponed(Exception):  # noqa: N818  named after the fact
    """Something that is needed is out or not there yet: the work is tried again, and the attempt does not count.

    Its words are kept and shown: no personal data.
    """


class Refused(Exception):  # noqa: N818  named after the fact
    """It cannot be done as things are, and no attempt helps: it is stuck at once. Its words are kept and shown."""


class OutgoingNotFound(NotFound):
    """No such work is waiting or stuck."""

    code, title = "outgoing_not_found", "没有这项待做的工作"


OUTAGES = (Postponed, Unavailable, DeadlineExceeded, TimeoutError)
Do = Callable[[str], Awaitable[None]]
"""Does the work for a subject; it takes the row away (`finish`) in the transaction that writes the effect."""


def ask(work: UnitOfWork, kind: str, subject: str) -> None:
    """Ask for work in the open transaction. A subject is asked for once, until it is done."""
    now = work.clock.now()
    row = {"kind": kind, "subject": subject, "state": State.WAITING.value, "attempts": 0, "next_attempt_at": now}
    work.add(outgoing, {**row, "last_error": "", "asked_at": now})


async def ask_again(work: UnitOfWork, kind: str, subject: str) -> None:
    """Ask now for work that may be waiting, or just be done, for what was known before: it is done once more from here.

    Whoever is just finishing it is waited for on PostgreSQL, so this stands before what that transaction holds.
    """
    row = {"kind": kind, "subject": subject, "last_error": "", "asked_at": work.clock.now(), **_afresh(work)}
    await work.connection.execute(_ASK_AGAIN, row)


_ASKING = insert(outgoing)
_ASK_AGAIN = _ASKING.on_conflict_do_update(
    index_elements=["kind", "subject"],
    set_={name: _ASKING.excluded[name] for name in ("state", "attempts", "next_attempt_at")},
)


async def finish(work: UnitOfWork, kind: str, subject: str) -> bool:
    """Take the work's row away; tell whether it was still there.

    Where it was not, another has done the work, and this transaction is to have no effect. On
    PostgreSQL whoever comes second waits here for the first.
    """
    return bool((await work.connection.execute(_FINISH, {"of_kind": kind, "of_subject": subject})).rowcount)


_ONE = (outgoing.c.kind == sa.bindparam("of_kind"), outgoing.c.subject == sa.bindparam("of_subject"))
_FINISH = outgoing.delete().where(*_ONE)


@dataclass(frozen=True, slots=True)
class Worker:
    """Does one kind of work in one database."""

    database: Database
    service: str
    kind: str
    do: Do
    at_once: int = 4
    within: float = WITHIN_SECONDS

    async def run(self) -> None:
        """Do what is due until cancelled; an outage of the database is waited out.

        A process that stops lets go of the work, so that another need not wait until the lease lapses.
        """
        holder = new_name()
        try:
            while True:
                moving(within=3 * self.within)
                try:
                    done = await self.round(holder)
                except DatabaseUnavailable as outage:
                    done = 0
                    telemetry.log.warning("outgoing_waits", kind=self.kind, reason=type(outage).__name__)
                await asyncio.sleep(0 if done else POLL_SECONDS)
        finally:
            with suppress(DatabaseUnavailable):
                await asyncio.shield(leases.let_go(self.database, self._lease, holder))

    async def round(self, holder: str) -> int:
        """Do what is due, `at_once` pieces together; return how many were tried. None while another process does it.

        It ends when the last piece has, also where one could not be put off: what is under way is not begun again.
        """
        if not await self._due():
            return 0
        if await leases.acquire(self.database, self._lease, holder, seconds=2 * self.within) is None:
            return 0
        due = await self._due()  # another may have done some of it meanwhile
        tried = (self._try(row.subject, row.attempts) for row in due)
        for ended in await asyncio.gather(*tried, return_exceptions=True):
            if ended is not None:
                raise ended
        return len(due)

    @property
    def _lease(self) -> str:
        return f"outgoing {self.kind}"

    async def _due(self) -> list[Any]:
        async with self.database.asking() as connection:
            now = self.database.clock.now()
            given = {"of_kind": self.kind, "now": now, "at_once": self.at_once}
            return list(await connection.execute(_DUE, given))

    async def _try(self, subject: str, attempts: int) -> None:
        try:
            async with asyncio.timeout(self.within):
                await self.do(subject)
        except OUTAGES as outage:
            await self._put_off(subject, attempts, _reason(outage), counts=False)
        except Refused as refused:
            await self._put_off(subject, ATTEMPTS, str(refused))
        except Exception as error:  # noqa: BLE001  whatever it is, the others go on; it is told and tried again
            telemetry.log.error("outgoing_failed", kind=self.kind, subject=subject, exc_info=error)
            telemetry.FAILURES.labels(self.service).inc()
            await self._put_off(subject, attempts + 1, type(error).__name__)

    async def _put_off(self, subject: str, attempts: int, reason: str, *, counts: bool = True) -> None:
        """Keep why it was not done, and when it is tried again."""
        now = self.database.clock.now()
        async with self.database.unit_of_work() as work:
            given = {"of_kind": self.kind, "of_subject": subject}
            asked_at = (await work.connection.execute(_ASKED_AT, given)).scalar()
            if asked_at is None:
                return
            pause = FIRST_PAUSE * 2 ** min(attempts, 20) if counts else max(FIRST_PAUSE, (now - asked_at) / 4)
            state = State.STUCK if attempts >= ATTEMPTS else State.WAITING
            changed = {
                "state": state.value,
                "attempts": attempts,
                "next_attempt_at": now + min(pause, LONGEST_PAUSE),
                "last_error": reason[:LONGEST_REASON],
            }
            await work.connection.execute(_PUT_OFF, {**given, **changed})


_DUE = (
    sa.select(outgoing.c.subject, outgoing.c.attempts)
    .where(outgoing.c.kind == sa.bindparam("of_kind"), DUE, outgoing.c.next_attempt_at <= sa.bindparam("now"))
    .order_by(outgoing.c.next_attempt_at)
    .limit(sa.bindparam("at_once"))
)
_ASKED_AT = sa.select(outgoing.c.asked_at).where(*_ONE)
_PUT_OFF = outgoing.update().where(*_ONE)


def _reason(outage: BaseException) -> str:
    """Return what is kept of an outage: the words of a Postponed, which are for it; of anything else its kind."""
    return str(outage) if isinstance(outage, Postponed) else type(outage).__name__


async def counts(connection: AsyncConnection, now: datetime) -> dict[tuple[str, str], tuple[int, float]]:
    """Return how much work of each kind and state is not done, and for how many seconds the oldest has been asked."""
    rows = await connection.execute(_COUNTS)
    return {(row.kind, row.state): (int(row.many), (now - row.oldest).total_seconds()) for row in rows}


_COUNTS = sa.select(
    outgoing.c.kind,
    outgoing.c.state,
    sa.func.count().label("many"),
    sa.func.min(outgoing.c.asked_at).label("oldest"),
).group_by(outgoing.c.kind, outgoing.c.state)


async def listed(connection: AsyncConnection, *, limit: int = 200) -> list[Any]:
    """Return work that is not done, what is stuck first, then the oldest."""
    return list(await connection.execute(_LISTED, {"limit": limit}))


_LISTED = (
    sa.select(outgoing)
    .order_by(sa.case((DUE, 1), else_=0), outgoing.c.asked_at, outgoing.c.subject)
    .limit(sa.bindparam("limit"))
)


async def redrive(work: UnitOfWork, kind: str, subject: str) -> None:
    """Ask for work to be tried from its first attempt; a running service does it. Raises OutgoingNotFound."""
    changed = await work.connection.execute(_PUT_OFF, {"of_kind": kind, "of_subject": subject, **_afresh(work)})
    if not changed.rowcount:
        raise OutgoingNotFound(f"没有待做的 {kind} {subject}")


async def redrive_stuck(work: UnitOfWork, kind: str) -> int:
    """Ask for all work of a kind that is stuck to be tried from its first attempt; return how much that is."""
    return (await work.connection.execute(_ALL_STUCK, {"of_kind": kind, **_afresh(work)})).rowcount


_ALL_STUCK = outgoing.update().where(outgoing.c.kind == sa.bindparam("of_kind"), ~DUE)


def _afresh(work: UnitOfWork) -> dict[str, Any]:
    return {"state": State.WAITING.value, "attempts": 0, "next_attempt_at": work.clock.now()}
