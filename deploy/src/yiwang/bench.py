"""`yiwang bench`: whole newborn journeys a second, relay events a second, the gateway's cost a request.

On SQLite with the embedded log and, where their addresses are given, on PostgreSQL and Kafka: the same code in the
same process, in alternating rounds. Figures of one machine at one time: compare only what one run printed side by side.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
from chassis.base.clock import SystemClock
from chassis.data import leases, migrate
from chassis.data.database import Database
from chassis.events.buses import open_bus
from chassis.events.outbox import RELAY, Event, Relay, append
from chassis.http.asgi import App
from chassis.http.identity import ANONYMOUS, HEADER, PrincipalSigner
from chassis.http.upstream import call
from joserfc.jwk import OKPKey
from rich.console import Console
from rich.table import Table

from yiwang import journey
from yiwang.demo import REVIEWERS
from yiwang.journey import Actor, Cast
from yiwang.keyfile import keys
from yiwang.services import SERVICES
from yiwang.suite import Suite, embedded, in_one_process

URL = "http://127.0.0.1:1"
READ = "/api/v1/matters/newborn"
TURNS, REQUESTS = 40, 20
EVENTS = 5000
RELAYED = "relayed"


@dataclass(frozen=True, slots=True)
class Bench:
    """One pair of backends under measurement: the running suite, its keys, and a database and bus for the relay."""

    name: str
    suite: Suite
    own: Mapping[str, str]
    relay_url: str
    bus_url: str


def cast_of(suite: Suite, number: int) -> Cast:
    """Return a cast of its own for a journey, so that nobody's rate limit is shared."""
    persons = suite.provider.persons

    def actor(kind: str) -> Actor:
        subject = f"{kind}-{number}"
        persons[subject] = replace(persons[kind], subject=subject)
        return Actor(suite.gateway, suite.provider.token(subject))

    reviewers = {unit: actor(person) for unit, person in REVIEWERS.items()}
    return Cast(actor("dev-citizen"), actor("dev-clerk-u23"), reviewers)


async def journeys(suite: Suite, numbers: Sequence[int], *, at_once: int) -> float:
    """Drive a whole journey for each number, so many at once; return journeys a second."""
    casts = [cast_of(suite, number) for number in numbers]
    gate = asyncio.Semaphore(at_once)

    async def one(cast: Cast) -> None:
        async with gate:
            told = await journey.whole(cast)
            if told.timeline["outcome"] != "granted":
                raise journey.Unexpected(str(told.timeline))

    started = perf_counter()
    await asyncio.gather(*(one(cast) for cast in casts))
    return len(casts) / (perf_counter() - started)


class Ticked(Event):
    """A bench event."""

    type = "bench.tick.ticked"
    topic = "bench.tick"

    number: int


async def relay(measured: Bench, count: int) -> float:
    """Return how many events a second the relay reads from a backlog, publishes to the bus and marks."""
    await migrate.upgrade(measured.relay_url, "workflow_svc")
    database, bus = Database.open(measured.relay_url), open_bus(measured.bus_url)
    try:
        await bus.start()
        await bus.ensure_topics([Ticked.topic])
        for start in range(0, count, 500):
            async with database.unit_of_work() as work:
                for number in range(start, min(start + 500, count)):
                    await append(work, Ticked(number=number), subject=work.ids(), version=1)
        token = await leases.acquire(database, RELAY, "bench", seconds=600)
        worker = Relay(database, bus, holder="bench")
        started = perf_counter()
        while token and await worker.publish_batch(token):
            pass
        return count / (perf_counter() - started)
    finally:
        await bus.close()
        await database.close()


async def gateway_cost(measured: Bench, number: int) -> tuple[float, float]:
    """Return CPU microseconds of this process a request: straight at a service, and what the gateway adds.

    The two take turns, and each figure is the median of its turns, since what runs beside them falls on some.
    """
    suite = measured.suite
    service = suite.service("catalog")
    signed = PrincipalSigner(OKPKey.import_key(json.loads(measured.own["gateway"])), SystemClock()).sign(ANONYMOUS)
    straight, added = [], []
    for turn in range(TURNS):
        token = cast_of(suite, number + turn).citizen.token
        through = await _cpu(suite.gateway, {"authorization": f"Bearer {token}"})
        straight.append(await _cpu(service.app, {HEADER: signed}))
        added.append(through - straight[-1])
    return median(straight), median(added)


async def _cpu(app: App, headers: Mapping[str, str]) -> float:
    """Return this process' CPU microseconds a request, after one that does not count."""
    reply = await call(app, "GET", READ, headers=headers)
    if reply.status != 200:
        raise journey.Unexpected(f"{reply.status} {reply.body.decode()}")
    started = process_time()
    for _ in range(REQUESTS):
        await call(app, "GET", READ, headers=headers)
    return (process_time() - started) / REQUESTS * 1e6


@asynccontextmanager
async def on_embedded() -> AsyncIterator[Bench]:
    """Run the suite on SQLite and the embedded log, in a folder of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        suite = embedded(folder, public_url=URL)
        async with suite.running():
            relay_url = f"sqlite+aiosqlite:///{folder / RELAYED}.db"
            yield Bench("SQLite + 内置日志", suite, keys(folder), relay_url, f"embedded://{folder / RELAYED}.log")


@asynccontextmanager
async def on_servers(postgresql: str, kafka: str) -> AsyncIterator[Bench]:
    """Run the suite on new databases of a server, dropped afterwards, and on new topics of a cluster; never served."""
    run = f"bench_{uuid4().hex[:8]}"
    server = postgresql.replace("postgresql+asyncpg://", "postgresql://")
    base = server.replace("postgresql://", "postgresql+asyncpg://").rpartition("/")[0]
    bus_url = f"{kafka}{'&' if '?' in kafka else '?'}prefix={run}."
    urls = {name: f"{base}/{run}_{name}" for name in (*SERVICES, RELAYED)}
    async with AsyncExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in urls:
            await _administer(server, f'CREATE DATABASE "{run}_{name}"')
            stack.push_async_callback(_administer, server, f'DROP DATABASE "{run}_{name}" WITH (FORCE)')
        relay_url = urls.pop(RELAYED)
        suite = in_one_process(urls, bus_url, keys(made), files=made / "files", public_url=URL)
        async with suite.running():
            yield Bench("PostgreSQL + Kafka", suite, keys(made), relay_url, bus_url)


async def _administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


JOURNEYS_ROW = "完整的新生儿出生(件/秒)"
RELAY_ROW = f"中继:读出、发布、标记 {EVENTS} 个事件(个/秒)"
SERVICE_ROW, GATEWAY_ROW = "直接到服务的请求(CPU 微秒)", "网关另加(CPU 微秒)"
ROWS = (JOURNEYS_ROW, RELAY_ROW, SERVICE_ROW, GATEWAY_ROW)
Figures = dict[str, list[float]]


async def bench(
    console: Console, *, count: int, at_once: int, rounds: int, servers: tuple[str, str] | None = None
) -> None:
    """Measure each pair of backends in alternating rounds; print the medians and their ratio.

    The gateway touches no backend, so what it costs is measured on the quieter one.
    """
    async with AsyncExitStack() as stack:
        places = [await stack.enter_async_context(on_embedded())]
        if servers is not None:
            places.append(await stack.enter_async_context(on_servers(*servers)))
        for place in places:
            await journeys(place.suite, range(3), at_once=1)
        found: dict[str, Figures] = {place.name: {row: [] for row in ROWS} for place in places}
        for turn in range(1, rounds + 1):
            for place in places:
                console.print(f"第 {turn}/{rounds} 轮:{place.name}", style="dim")
                numbers = range(turn * 1_000_000, turn * 1_000_000 + count)
                found[place.name][JOURNEYS_ROW].append(await journeys(place.suite, numbers, at_once=at_once))
                found[place.name][RELAY_ROW].append(await relay(place, EVENTS))
            straight, added = await gateway_cost(places[0], turn * 2_000_000)
            found[places[0].name][SERVICE_ROW].append(straight)
            found[places[0].name][GATEWAY_ROW].append(added)
    _print(console, found, f"每轮 {count} 件,{at_once} 件并行;{rounds} 轮的中位数")


def _print(console: Console, found: Mapping[str, Figures], caption: str) -> None:
    table = Table(title="一个进程,驱动程序在内", caption=caption)
    table.add_column("项目")
    for name in found:
        table.add_column(name, justify="right")
    if len(found) > 1:
        table.add_column("比", justify="right")
    for row in ROWS:
        values = [median(figures[row]) for figures in found.values() if figures[row]]
        cells = [f"{value:,.1f}" if value < 100 else f"{value:,.0f}" for value in values]
        ratio = [f"{values[1] / values[0]:.2f}"] if len(values) > 1 else []
        table.add_row(row, *cells, *ratio)
    console.print(table)
