"""Events arrive once: effect, inbox row and own outbox rows in one transaction, the offset after it.

What arrives together is handled in one transaction; where one of them fails, each is handled alone.

A subject's events are handled in version order. What a handler cannot handle is parked in the database with its
reason and tried again with growing pauses; after the last attempt it is a dead letter. What only comes too early, for
an earlier version or for its cause, is parked as waiting. Later events of that subject wait behind it, all others
flow, and the bus is never held up. The parked table is therefore the retry queue, the dead-letter list and the waiting
room in one.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from chassis.base import telemetry
from chassis.base.crash import crash_point, operation
from chassis.base.works import moving
from chassis.data.database import Database, DatabaseUnavailable, UnitOfWork
from chassis.events import parking
from chassis.events.bus import BusUnavailable, Record, Subscription
from chassis.events.envelope import Envelope
from chassis.events.outbox import Event
from chassis.events.parking import Halt, State
from chassis.events.standing import Joins, admit, named, standing

E = TypeVar("E", bound=Event)
BATCH = 25
"""Records that have their effects in one transaction: whoever waits for it does not wait long."""
LAG_SECONDS = 10.0
LOOK_SECONDS = 2.0
"""At most so long until a command of another process is seen."""


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event as its reader gets it: the envelope's facts and the payload in the reader's own class."""

    id: str
    type: str
    subject: str
    version: int
    time: datetime
    data: E


Handler = Callable[[UnitOfWork, Received[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reader:
    """One event type that a service reads, the handler that gives it its effect, and how it joins the topic."""

    event: type[Event]
    handler: Handler
    joins: Joins


def on(event: type[E], handler: Callable[[UnitOfWork, Received[E]], Awaitable[None]], *, joins: Joins) -> Reader:
    """Declare that a service reads an event type; the handler runs inside the inbox' transaction."""
    return Reader(event, cast("Handler", handler), joins)


class NotYetKnown(Exception):  # noqa: N818  named after the fact
    """A handler's word that the cause of its event has not arrived: the event waits, and has not failed.

    It is tried again when an event of the topic (of one subject, where it is told) has had its effect here, and with
    pauses that grow to ten minutes, as long as anything is waited for.
    """

    def __init__(self, what: str, *, topic: str = "", subject: str = "") -> None:
        super().__init__(what)
        self.awaits = f"{topic}/{subject}"


class OtherSchema(Exception):  # noqa: N818  named after the fact
    """The event's `dataschema` names another version than its reader knows; no retry helps, a new release may."""


HOPELESS = (ValidationError, OtherSchema)


class Consumer:
    """Handles what a service reads from the bus, each event exactly once."""

    def __init__(
        self,
        database: Database,
        subscription: Subscription,
        readers: Iterable[Reader],
        *,
        name: str,
        attempts: int = 10,
    ) -> None:
        self._name = name
        self._database = database
        self._subscription = subscription
        given = tuple(readers)
        self._readers: Mapping[str, Reader] = {reader.event.type: reader for reader in given}
        self.joins = _joins(given)
        self._attempts = attempts
        self._parked = asyncio.Event()
        self._to_wake = False
        self._fetched: list[Record] = []
        self._done = 0
        self._measure_at = 0.0
        self._database_out = -math.inf
        self.handled = 0

    def stalled(self, seconds: float) -> bool:
        """Tell whether there is lag and nothing has moved for so long, though the database was there."""
        return monotonic() - self._database_out > seconds and self._subscription.stalled(seconds)

    async def close(self) -> None:
        """Leave the group; bounded."""
        await self._subscription.close()

    async def run(self) -> None:
        """Join the group, receive and retry until cancelled."""
        operation.set(f"consumer {self._name}")
        await self._subscription.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forever("receive", self._receive), name="receive")
            tasks.create_task(self._forever("retry", self._retry), name="retry")

    async def _forever(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        pause = 0.2
        while True:
            moving(name)
            try:
                await step()
                pause = 0.2
            except (DatabaseUnavailable, BusUnavailable) as outage:
                telemetry.log.warning("consumer_waits", reason=type(outage).__name__)
                if isinstance(outage, DatabaseUnavailable):
                    self._database_out = monotonic()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _receive(self) -> None:
        if not self._fetched:
            self._fetched = await self._subscription.fetch(timeout=1.0)
            self._done = 0
            await self._measure()
        while self._done < len(self._fetched):  # after an outage it goes on where it stopped
            batch = self._fetched[self._done : self._done + BATCH]
            await self.handle_all(batch)
            self._done += len(batch)
            moving("receive")
        if self._fetched:
            crash_point("after_effect_before_offset")
            handled, self._fetched = self._fetched, []  # if the commit fails they come again, here or elsewhere
            await self._subscription.commit(handled)
            crash_point("after_offset")

    async def _measure(self) -> None:
        """See from time to time how far behind the group is, for the gauge and the watchdog."""
        if monotonic() >= self._measure_at:
            self._measure_at = monotonic() + LAG_SECONDS
            telemetry.CONSUMER_LAG.labels(self._name).set(await self._subscription.lag())

    async def _retry(self) -> None:
        self._parked.clear()
        async with self._database.reading() as connection:
            at = await parking.next_look(connection)
        left = LOOK_SECONDS if at is None else (at - self._database.clock.now()).total_seconds()
        if left <= 0:
            await self.retry_due()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_SECONDS)):
                await self._parked.wait()

    async def retry_due(self) -> int:
        """Look at each parked event that is due and try it once more if it may be; return how many were tried."""
        now = self._database.clock.now()
        async with self._database.reading() as connection:
            due = await parking.due(connection, now, self.joins)
        tried: list[Any] = []
        over: list[Any] = []
        later: list[Any] = []
        for row in due:
            fate = tried if parking.may_be_tried(row, self.joins) else over if parking.is_overdue(row, now) else later
            fate.append(row)
        if over or later:
            async with self._database.unit_of_work() as work:
                await parking.look_later(work, later)
                for row in over:
                    await parking.give_up(work, row, row.reason)
        for row in tried:
            await self._try_parked(row)
            moving("retry")
        return len(tried)

    async def handle_all(self, records: Sequence[Record]) -> None:
        """Give records their effects, together in one transaction, or each alone if that fails. Raises as `handle`."""
        if not await self._handled_together(records):
            for record in records:
                await self.handle(record)

    async def _handled_together(self, records: Sequence[Record]) -> bool:
        """Tell whether all had their effects in one transaction; else nothing was done.

        Each has its rows written before the next one, whose handler may read them.
        """
        effects = 0
        try:
            async with self._waking(), self._database.unit_of_work() as work:
                for record in records:
                    envelope = Envelope.model_validate_json(record.value)
                    with _under(f"consume {envelope.type}", envelope.traceparent):
                        effects += await self._admit(work, envelope, record.topic)
                        await work.write()
                        crash_point("effect")
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it shows again where each is handled alone
            telemetry.log.info("events_handled_alone", count=len(records), error=type(error).__name__)
            return False
        self._count(effects)
        return True

    async def handle(self, record: Record) -> None:
        """Give one record its effect, or park it with the reason.

        Raises DatabaseUnavailable when not even that can be written; the offset then stays.
        """
        try:
            envelope = Envelope.model_validate_json(record.value)
        except ValidationError as error:
            async with self._database.unit_of_work() as work:
                await parking.park_unreadable(work, record, reason=_reason(error))
            return
        with _under(f"alone {envelope.type}", envelope.traceparent):
            try:
                async with self._waking(), self._database.unit_of_work() as work:
                    effects = await self._admit(work, envelope, record.topic)
                self._count(effects)
            except Exception as error:  # noqa: BLE001  whatever a handler raises is recorded, never lost
                await self._park(envelope, record.topic, error)

    def _count(self, effects: int) -> None:
        self.handled += effects
        telemetry.EVENTS_HANDLED.labels(self._name).inc(effects)

    async def _park(self, envelope: Envelope, topic: str, error: Exception) -> None:
        await self._database.ready()  # raises in an outage, which is no fault of the event
        kind = type(error).__name__  # its words stay in the database
        telemetry.log.warning("event_parked", type=envelope.type, event_id=envelope.id, error=kind)
        hopeless = isinstance(error, HOPELESS) or self._attempts <= 1
        halt = Halt(State.DEAD if hopeless else State.RETRYING, _reason(error))
        if isinstance(error, NotYetKnown):
            halt = Halt(State.WAITING, _reason(error), error.awaits)
        async with self._database.unit_of_work() as work:
            await parking.park(work, envelope, topic, halt)
        self._parked.set()

    async def _admit(self, work: UnitOfWork, envelope: Envelope, topic: str) -> int:
        """Give an event its effect if its turn has come, else park it; return how many had their effect.

        Where it was not noted and is neither known nor waits, what held it up has gone meanwhile: it is tried again.
        """
        joins = self.joins.get(topic, Joins.ANY_VERSION)
        while (awaited := await admit(work, envelope, topic, joins)) is None:
            found = await standing(work.connection, envelope, topic, joins)
            if found.known:
                return 0
            if found.waits_for:
                await parking.park(work, envelope, topic, Halt(State.WAITING, found.waits_for))
                self._to_wake = True
                return 0
        if awaited:
            await parking.arrived(work, topic, envelope.subject, envelope.aggregateversion)
            self._to_wake = True
        return await self._effect(work, envelope)

    @asynccontextmanager
    async def _waking(self) -> AsyncIterator[None]:
        """Wake the retrying after the transaction in the block, if there is something new for it to look at."""
        try:
            yield
        finally:
            if self._to_wake:
                self._to_wake = False
                self._parked.set()

    async def _effect(self, work: UnitOfWork, envelope: Envelope) -> int:
        reader = self._readers.get(envelope.type)
        if reader is None:
            return 0
        await reader.handler(work, _received(envelope, reader.event))
        return 1

    async def _try_parked(self, row: Any) -> None:
        try:
            envelope = Envelope.model_validate_json(row.envelope)
            with _under(f"retry {row.type}", envelope.traceparent):
                async with self._database.unit_of_work() as work:
                    taken = await parking.take(work, row.sequence)
                    effects = await self._retry_effect(work, envelope, row.topic) if taken else 0
                self._count(effects)
        except Exception as error:  # noqa: BLE001  as above
            await self._database.ready()
            async with self._database.unit_of_work() as work:
                if isinstance(error, NotYetKnown):
                    await parking.waits(work, row, reason=_reason(error), awaits=error.awaits)
                else:
                    attempts = 1 if isinstance(error, HOPELESS) else self._attempts
                    await parking.failed(work, row, reason=_reason(error), attempts=attempts)

    async def _retry_effect(self, work: UnitOfWork, envelope: Envelope, topic: str) -> int:
        """Give a parked event that was taken out its effect; what it waited for is no matter any more."""
        found = await standing(work.connection, envelope, topic, self.joins.get(topic, Joins.ANY_VERSION))
        await parking.arrived(work, topic, envelope.subject, envelope.aggregateversion)
        if found.known or not await parking.note_handled(work, named(envelope, topic)):
            return 0
        return await self._effect(work, envelope)


@contextmanager
def _under(name: str, traceparent: str) -> Iterator[None]:
    """Work under the event's name (crash points, logs) and in its trace."""
    token = operation.set(name)
    try:
        with telemetry.following(traceparent):
            yield
    finally:
        operation.reset(token)


def _received(envelope: Envelope, event: type[E]) -> Received[E]:
    if envelope.dataschema != event.dataschema():
        raise OtherSchema(f"{envelope.dataschema} is not {event.dataschema()}, which is what is read here")
    return Received(
        id=envelope.id,
        type=envelope.type,
        subject=envelope.subject,
        version=envelope.aggregateversion,
        time=envelope.time,
        data=event.model_validate(envelope.data),
    )


def _joins(readers: Iterable[Reader]) -> dict[str, Joins]:
    """Return how each topic is joined. Raises ValueError when two readers of one topic differ."""
    found: dict[str, Joins] = {}
    for reader in readers:
        if found.setdefault(reader.event.topic, reader.joins) is not reader.joins:
            raise ValueError(f"{reader.event.topic} is joined in two ways")
    return found


def _reason(error: Exception) -> str:
    """Say what went wrong without quoting what people typed; a database takes it."""
    words = str(error).partition("\n")[0]  # databases quote values in the lines that follow
    if isinstance(error, ValidationError):
        words = ", ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors())
    return telemetry.mask(f"{type(error).__name__}: {words}".replace("\0", "\\0"))[:2000]
