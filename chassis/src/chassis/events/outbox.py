"""Events leave with the change that caused them: the row is written in the same transaction, the relay publishes it.

Order and loss: the relay claims rows by their unpublished status, never by "id greater than
the last one", so a row that commits late is still seen. A subject's events are appended under the lock of that
subject's row, hence their positions ascend in version order. One relay is active per database, by a lease whose
fencing token is checked in the marking transaction.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base import processes, telemetry
from chassis.base.crash import crash_point, operation
from chassis.base.works import moving
from chassis.data import leases
from chassis.data.database import Database, DatabaseUnavailable, UnitOfWork
from chassis.data.periods import IN_THE_OUTBOX
from chassis.data.schema import lease, outbox
from chassis.data.trimming import AT_ONCE, Trim, older
from chassis.events.bus import NOTHING, Bus, BusUnavailable, Keeps, Message
from chassis.events.envelope import Envelope

MAX_ENVELOPE_BYTES = 256 * 1024
RELAY = "relay"
VERSION_IN_NAME = re.compile(r"\.v(\d+)$")


class Event(BaseModel):
    """A fact that happened, past tense. Frozen schema: only optional additions, else a second version beside it.

    A second version is a type of its own, `<type>.v2` with `schema_version` 2. Both are published, as two consecutive
    versions of the subject, while readers of both exist; each reader passes over the types that it does not read.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    topic: ClassVar[str]
    schema_version: ClassVar[int] = 1
    keeps: ClassVar[Keeps] = Keeps.PERIOD
    """What the topic keeps; its publisher's word, all events of a topic alike."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Hold the name to the version: raises TypeError."""
        super().__pydantic_init_subclass__(**kwargs)
        named = VERSION_IN_NAME.search(getattr(cls, "type", ""))
        if (int(named[1]) if named else 1) != cls.schema_version:
            raise TypeError(f"{cls.type} does not say that it is version {cls.schema_version}")

    @classmethod
    def contract(cls) -> str:
        """Return the name of the file that fixes this version: `<type without its version>.v<version>.json`."""
        return f"{VERSION_IN_NAME.sub('', cls.type)}.v{cls.schema_version}.json"

    @classmethod
    def dataschema(cls) -> str:
        """Return what an envelope says of its payload's schema."""
        return f"/contracts/events/{cls.contract()}"


async def append(work: UnitOfWork, event: Event, *, subject: str, version: int) -> str:
    """Write the event into the outbox of the open transaction; return its id.

    `version` counts the subject's events 1, 2, 3… without a gap; a second event of the same version fails the
    transaction at its end (IntegrityError), which is what catches an update that was lost. Raises ValueError over
    256 KiB.
    """
    envelope = Envelope(
        id=work.ids(),
        source=f"/{event.topic.split('.', maxsplit=1)[0]}",
        type=event.type,
        subject=subject,
        aggregateversion=version,
        time=work.clock.now(),
        dataschema=event.dataschema(),
        traceparent=telemetry.traceparent(),
        data=event.model_dump(mode="json"),
    )
    text = envelope.model_dump_json()
    if len(text.encode()) > MAX_ENVELOPE_BYTES:
        raise ValueError(f"{event.type} of {subject} is larger than {MAX_ENVELOPE_BYTES} bytes")
    row = {"event_id": envelope.id, "topic": event.topic, "subject": subject, "version": version, "envelope": text}
    work.add(outbox, row)
    work.appended = True
    return envelope.id


class Relay:
    """Publishes a database's outbox to the bus, in order, at least once, while it holds the lease."""

    def __init__(  # noqa: PLR0913  all but the two have a default that only tests and measurements change
        self,
        database: Database,
        bus: Bus,
        *,
        keeps: Mapping[str, Keeps] = NOTHING,
        holder: str | None = None,
        batch: int = 500,
        poll: float = 0.5,
    ) -> None:
        self._database = database
        self._bus = bus
        self._keeps = keeps
        self.holder = holder or processes.new_name()
        self._batch = batch
        self._poll = poll
        self._lease_seconds = 10.0
        self._bus_takes = True

    async def ready(self) -> None:
        """Raise BusUnavailable when the bus did not take what was last given to it."""
        if not self._bus_takes:
            raise BusUnavailable("what was published last was not taken")

    async def run(self) -> None:
        """Run until cancelled; an outage of the database or the bus is waited out with back-off."""
        operation.set(RELAY)
        pause = self._poll
        while True:
            moving()
            try:
                await self._hold()
                pause = self._poll
            except (DatabaseUnavailable, BusUnavailable) as outage:
                telemetry.log.warning("relay_waits", reason=type(outage).__name__)
                pause = min(pause * 2, 5.0)
            await asyncio.sleep(pause)

    async def _hold(self) -> None:
        """Acquire the lease and publish until it is lost; return at once when another holds it."""
        token = await leases.acquire(self._database, RELAY, self.holder, seconds=self._lease_seconds)
        if token is None:
            self._bus_takes = True
            return
        renewed = monotonic()
        try:
            while True:
                moving()
                if monotonic() - renewed > self._lease_seconds / 3:
                    if not await leases.renew(self._database, RELAY, token, seconds=self._lease_seconds):
                        return
                    renewed = monotonic()
                self._database.outbox_changed.clear()
                if await self.publish_batch(token) == 0:
                    await self._sleep_until_woken()
        except asyncio.CancelledError:
            with suppress(DatabaseUnavailable):  # it then lapses by itself
                await asyncio.shield(leases.release(self._database, RELAY, token))
            raise

    async def _sleep_until_woken(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._database.outbox_changed.wait()

    async def publish_batch(self, token: int) -> int:
        """Publish the oldest unpublished events and mark them; return how many.

        Raises BusUnavailable with nothing marked, and LeaseLost when another relay has taken over.
        """
        async with self._database.asking() as connection:
            rows = await _unpublished(connection, self._batch)
        if not rows:
            return 0
        crash_point("before_publish")
        try:
            await self._bus.publish([Message(row.topic, self._key(row), row.envelope.encode()) for row in rows])
        except BusUnavailable:
            self._bus_takes = False
            raise
        self._bus_takes = True
        crash_point("after_publish_before_mark")
        async with self._database.unit_of_work() as work:
            await _mark(work, [row.position for row in rows], token)
        return len(rows)

    def _key(self, row: Any) -> str:
        """Return the subject, by whose events the bus keeps their order.

        Where the last word of each key is kept, each type of event, and so each version, has a key of its own, so that
        none takes the place of another: their readers go by the subject's versions.
        """
        if self._keeps.get(row.topic) is Keeps.LAST_WORD:
            return f"{row.subject}#{Envelope.model_validate_json(row.envelope).type}"
        return str(row.subject)


class LeaseLost(DatabaseUnavailable):
    """Another process holds the lease now; what this one published will be recognised as a duplicate."""

    code = "lease_lost"


async def _unpublished(connection: AsyncConnection, limit: int) -> list[Any]:
    return list(await connection.execute(_UNPUBLISHED, {"limit": limit}))


_UNPUBLISHED = (
    sa.select(outbox.c.position, outbox.c.topic, outbox.c.subject, outbox.c.envelope)
    .where(outbox.c.published_at.is_(None))
    .order_by(outbox.c.position)
    .limit(sa.bindparam("limit"))
)
_MARK = outbox.update().where(
    outbox.c.position.in_(sa.bindparam("positions", expanding=True)),
    sa.exists().where(lease.c.name == RELAY, lease.c.token == sa.bindparam("held")),
)


async def _mark(work: UnitOfWork, positions: list[int], token: int) -> None:
    values = {"positions": positions, "held": token, "published_at": work.clock.now()}
    if not (await work.connection.execute(_MARK, values)).rowcount:
        raise LeaseLost


async def waiting(connection: AsyncConnection) -> int:
    """Return how many events are not yet published."""
    query = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
    return int((await connection.execute(query)).scalar_one())


async def oldest_seconds(connection: AsyncConnection, now: datetime) -> float:
    """Return for how long the oldest unpublished event has been waiting, 0 when there is none."""
    rows = await _unpublished(connection, 1)
    return (now - Envelope.model_validate_json(rows[0].envelope).time).total_seconds() if rows else 0.0


def trim_outbox(keeps: Mapping[str, Keeps]) -> Trim:
    """Return the trim of published events; those of topics that keep more than the period stay, for `republish`.

    It goes from topic to topic, so that what stays is never walked.
    """
    kept = {topic for topic, how in keeps.items() if how is not Keeps.PERIOD}

    async def trim(database: Database) -> int:
        taken, topic = 0, ""
        while True:
            async with database.reading() as connection:
                following = sa.select(sa.func.min(outbox.c.topic)).where(outbox.c.topic > topic)
                topic = (await connection.execute(following)).scalar() or ""
            if not topic:
                return taken
            if topic not in kept:
                of_topic = older(outbox, outbox.c.published_at, IN_THE_OUTBOX, outbox.c.topic == topic)
                taken += await of_topic(database)

    return trim


async def republish(
    work: UnitOfWork, since: datetime, *, topic: str = "", subject: str = "", after: int = 0
) -> tuple[int, int]:
    """Put events that were published since a moment back to be published, under their ids and in their order.

    At most 500 at once, beyond a position; return how many, and the position to go on after. Readers that had them know
    them.
    """
    chosen = [outbox.c.published_at >= since, outbox.c.position > after]
    chosen += [outbox.c.topic == topic] if topic else []
    chosen += [outbox.c.subject == subject] if subject else []
    query = sa.select(outbox.c.position).where(*chosen).order_by(outbox.c.position).limit(AT_ONCE)
    positions = list((await work.connection.execute(query)).scalars())
    again = outbox.update().where(outbox.c.position.in_(positions)).values(published_at=None)
    await work.connection.execute(again)
    work.appended = True
    return len(positions), max(positions, default=after)
