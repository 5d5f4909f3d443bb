"""Builds a service: its app with the HTTP edge, health and metrics, and what runs beside it.

Beside it run the relay, the consumer and the housekeeping.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI

from chassis.base import telemetry
from chassis.base.problems import Problem, StartRefused, Unavailable
from chassis.base.works import Supervised, Work, moving
from chassis.data import audit, keyring, leases, migrate, outgoing
from chassis.data.cipher import Keyring
from chassis.data.database import Database
from chassis.data.keyring import Kept
from chassis.data.trimming import Trim
from chassis.events import outbox, parking
from chassis.events.bus import Bus, BusUnavailable, Keeps
from chassis.events.inbox import Consumer, Reader
from chassis.events.outbox import Event, Relay
from chassis.events.standing import trim_inbox
from chassis.http import idempotency
from chassis.http.asgi import App
from chassis.http.duplicates import handle_duplicates
from chassis.http.edge import Edge
from chassis.http.health import Operators, Probe
from chassis.http.identity import PrincipalVerifier
from chassis.http.rendering import handle_problems
from chassis.http.routing import largest_upload, require_policies
from chassis.http.stored import Stored
from chassis.http.strict import LARGEST
from chassis.settings import ServiceSettings

STOP_SECONDS = 5.0
OBSERVE_SECONDS = 5.0
STALL_SECONDS = 60.0
PROBE = "probe"
OUTAGES = (Unavailable, BusUnavailable)
HOUSE, HOUSE_SECONDS = "house", 3600.0


class SchemaOutdated(StartRefused):
    """The database lacks a version that the code needs, or is not for this release at all."""


class DependencyOut(StartRefused):
    """The database or the bus is out, or their disk is full, as a process starts."""


@contextmanager
def starting() -> Iterator[None]:
    """Tell of what is out at the start in a sentence: it is no fault of the code. Raises DependencyOut."""
    try:
        yield
    except OUTAGES as out:
        said = str(out.__cause__ or out).splitlines()[0]
        raise DependencyOut(f"数据库或总线现在不能用({said});请待其恢复,或腾出磁盘空间,再启动") from out


@dataclass(slots=True)
class Service:
    """A built service: serve `app`, and run what belongs beside it inside `running()`."""

    name: str
    package: str
    api: FastAPI
    app: App
    database: Database
    bus: Bus
    relay: Relay
    consumer: Consumer | None
    topics: tuple[str, ...]
    keeps: Mapping[str, Keeps]
    trims: tuple[Trim, ...]
    publishes: tuple[type[Event], ...]
    reads: tuple[type[Event], ...]
    works: Mapping[str, Work]
    keys: Keyring
    kept: Kept
    needs: Mapping[str, Probe] = field(default_factory=dict)
    house_seconds: float = HOUSE_SECONDS
    supervised: list[Supervised] = field(default_factory=list)
    outgoing: set[tuple[str, str]] = field(default_factory=set)
    """Of which kinds and states of outgoing work there was some."""

    async def migrate(self) -> None:
        """Bring the database to the newest schema."""
        await migrate.upgrade(self.database.url, self.package)

    async def check(self) -> None:
        """Hold this code and its keys against the database. Raises SchemaOutdated, KeyRefused."""
        age = await migrate.schema_age(self.database.url, self.package)
        if age in migrate.TOLD:
            raise SchemaOutdated(migrate.TOLD[age].format(service=self.name))
        await keyring.prove(self.database, self.name, self.keys, self.kept)

    @property
    def operators(self) -> Operators:
        """The operators' side of the service when it has a process to itself."""
        return Operators(self.probes(), self.ailing)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run relay, consumer and housekeeping until the block ends; everything stops within seconds.

        Raises SchemaOutdated, KeyRefused. The bus and the database are the caller's to close.
        """
        await self.check()
        async with AsyncExitStack() as stack:
            await self.bus.ensure_topics(self.topics, self.keeps)
            works: dict[str, Work] = {
                "relay": self.relay.run,
                "audit": partial(audit.keep_chained, self.database),
                "house": self._keep_house,
                "observer": self._observe,
                **self.works,
            }
            if self.consumer is not None:
                stack.push_async_callback(self.consumer.close)
                works["consumer"] = self.consumer.run
            self.supervised = [
                Supervised(name, work, service=self.name, outages=OUTAGES) for name, work in works.items()
            ]
            tasks = [each.start() for each in self.supervised]
            try:
                yield
            finally:
                self.supervised = []
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks, timeout=STOP_SECONDS)

    async def _keep_house(self) -> None:
        while True:
            moving(within=2 * self.house_seconds)
            with suppress(Problem):
                await self.trim()
            await asyncio.sleep(self.house_seconds)

    async def trim(self) -> int:
        """Take away, in small steps, what has had its time in the database and on the bus; return how much.

        Of the processes of one database only one keeps house; what is out now is trimmed the next time.
        """
        taken = 0
        if await leases.acquire(self.database, HOUSE, self.relay.holder, seconds=2 * self.house_seconds) is None:
            return taken
        for trim in self.trims:
            try:
                taken += await trim(self.database)
            except (Problem, BusUnavailable) as outage:
                telemetry.log.warning("trim_waits", reason=type(outage).__name__)
        return taken

    async def _observe(self) -> None:
        while True:
            moving()
            with suppress(Problem):
                await self.measure()
            await asyncio.sleep(OBSERVE_SECONDS)

    async def measure(self) -> None:
        """Set the gauges that are read from the database."""
        async with self.database.reading() as connection:
            telemetry.OUTBOX_WAITING.labels(self.name).set(await outbox.waiting(connection))
            age = await outbox.oldest_seconds(connection, self.database.clock.now())
            telemetry.OUTBOX_AGE.labels(self.name).set(age)
            unchained = await audit.oldest_seconds(connection, self.database.clock.now())
            telemetry.AUDIT_AGE.labels(self.name).set(unchained)
            for state, count in (await parking.counts(connection)).items():
                telemetry.PARKED.labels(self.name, state).set(count)
            left = await outgoing.counts(connection, self.database.clock.now())
        for kind, state in self.outgoing | left.keys():
            many, age = left.get((kind, state), (0, 0.0))
            telemetry.OUTGOING.labels(self.name, kind, state).set(many)
            telemetry.OUTGOING_AGE.labels(self.name, kind, state).set(age)
        self.outgoing |= left.keys()

    def ailing(self) -> list[str]:
        """Name each work that is gone, falls again and again or does not move, with what ails it."""
        found = [f"{each.name} {ailment}" for each in self.supervised if (ailment := each.ailment())]
        if self.consumer is not None and self.consumer.stalled(STALL_SECONDS):
            found.append("consumer has lag and does not move")
        return found

    def probes(self) -> dict[str, Probe]:
        """Return what the service needs to be of use: it can read and write, and the bus takes what it tells."""
        own = {"database": self.database.ready, "write": self._write, "bus": self.bus.ready, "relay": self.relay.ready}
        return {**own, **self.needs}

    async def _write(self) -> None:
        """Commit something small: of a full disk or a database that only reads, nothing else tells in time."""
        await leases.acquire(self.database, PROBE, PROBE, seconds=0)


def build_service(  # noqa: PLR0913  the composition root names every part
    name: str,
    *,
    package: str,
    title: str,
    description: str,
    settings: ServiceSettings,
    database: Database,
    bus: Bus,
    collaborators: Any,
    routes: Sequence[APIRouter],
    readers: Sequence[Reader] = (),
    publishes: Sequence[type[Event]] = (),
    works: Mapping[str, Work] | None = None,
    trims: Sequence[Trim] = (),
    kept: Kept = keyring.NOTHING,
    needs: Mapping[str, Probe] | None = None,
) -> Service:
    """Build a service from its parts. Raises RouteWithoutPolicy when a route declares none.

    `works` are what the service does of itself, by name: each runs until it is cancelled, and again if it fails.
    `trims` take away what is its own and has had its time. `kept` is what it keeps that needs its keys.
    `needs` are the probes of what it cannot do without beside database and bus.
    """
    api = FastAPI(
        title=title,
        description=description,
        version="1.0.0",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    _give(name, api, settings, database, collaborators)
    for router in routes:
        api.include_router(router)
    require_policies(api, routes)
    handle_problems(api)
    handle_duplicates(api)
    keeps = _keeps(publishes)
    read_topics = sorted({reader.event.topic for reader in readers})
    consumer = Consumer(database, bus.subscription(name, read_topics), readers, name=name) if readers else None
    return Service(
        name=name,
        package=package,
        api=api,
        app=Edge(Stored(api, api.state.verifier), service=name, body_limit=max(LARGEST, largest_upload(routes))),
        database=database,
        bus=bus,
        relay=Relay(database, bus, keeps=keeps),
        consumer=consumer,
        topics=tuple(sorted({*read_topics, *(event.topic for event in publishes)})),
        publishes=tuple(publishes),
        reads=tuple(reader.event for reader in readers),
        works=works or {},
        keeps=keeps,
        trims=(*_trims(bus, keeps, consumer), *trims),
        keys=settings.keyring(),
        kept=kept,
        needs=needs or {},
    )


def _give(name: str, api: FastAPI, settings: ServiceSettings, database: Database, collaborators: Any) -> None:
    """Give an app what its routes take from it."""
    api.state.collaborators = collaborators
    api.state.database = database
    api.state.cipher = settings.cipher()
    api.state.verifier = PrincipalVerifier(
        settings.gateway_keys(), database.clock, name=name, callers=settings.callers()
    )
    api.state.under_way = set()


def _trims(bus: Bus, keeps: Mapping[str, Keeps], consumer: Consumer | None) -> list[Trim]:
    """Return the trims that every service has."""

    async def of_the_bus(_database: Database) -> int:
        return await bus.trim(keeps)

    of_the_inbox = [trim_inbox(consumer.joins)] if consumer else []
    return [outbox.trim_outbox(keeps), idempotency.trim_answers, *of_the_inbox, of_the_bus]


def _keeps(publishes: Sequence[type[Event]]) -> dict[str, Keeps]:
    """Return what each published topic keeps. Raises ValueError when two events of one topic differ."""
    found: dict[str, Keeps] = {}
    for event in publishes:
        if found.setdefault(event.topic, event.keeps) is not event.keeps:
            raise ValueError(f"{event.topic} keeps two things")
    return found
