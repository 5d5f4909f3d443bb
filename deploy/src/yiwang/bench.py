"""`yiwang bench`: whole newborn journeys a second, relay events a second, the gateway's cost a request.

Figures of one machine at one time: compare only what one run printed side by side.
"""

import asyncio
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from chassis.bus import Message
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.identity import ANONYMOUS, HEADER, PrincipalSigner
from chassis.outbox import RELAY, Event, Relay, append
from chassis.upstream import call
from joserfc.jwk import OKPKey
from rich.console import Console
from rich.table import Table

from chassis import leases, migrate
from yiwang import journey
from yiwang.demo import REVIEWERS
from yiwang.journey import Actor, Cast
from yiwang.suite import Suite, embedded, keys

URL = "http://127.0.0.1:1"
READ = "/api/v1/matters/newborn"
ROUND = 100


def cast_of(suite: Suite, number: int) -> Cast:
    """Return a cast of its own for a journey, so that nobody's rate limit is shared."""
    persons = suite.provider.persons

    def actor(kind: str) -> Actor:
        subject = f"{kind}-{number}"
        persons[subject] = replace(persons[kind], subject=subject)
        return Actor(suite.gateway, suite.provider.token(subject))

    reviewers = {unit: actor(person) for unit, person in REVIEWERS.items()}
    return Cast(actor("dev-citizen"), actor("dev-clerk-u23"), reviewers)


async def journeys(suite: Suite, count: int, *, at_once: int) -> float:
    """Drive so many whole journeys, so many at once; return journeys a second."""
    casts = [cast_of(suite, number) for number in range(count)]
    gate = asyncio.Semaphore(at_once)

    async def one(cast: Cast) -> None:
        async with gate:
            told = await journey.whole(cast)
            if told.timeline["outcome"] != "granted":
                raise journey.Unexpected(str(told.timeline))

    started = perf_counter()
    await asyncio.gather(*(one(cast) for cast in casts))
    return count / (perf_counter() - started)


class Tick(Event):
    """A bench event."""

    type = "bench.tick.ticked"
    topic = "bench.tick"

    number: int


class _Nowhere:
    """A bus that takes everything at once, so that the relay alone is measured."""

    async def publish(self, messages: list[Message]) -> None:
        """Take."""


async def relay(url: str, package: str, count: int) -> float:
    """Return how many events a second the relay reads, hands on and marks, from a backlog."""
    await migrate.upgrade(url, package)
    database = Database.open(url)
    try:
        for start in range(0, count, 1000):
            async with database.unit_of_work() as work:
                for number in range(start, min(start + 1000, count)):
                    await append(work, Tick(number=number), subject=f"{work.ids()}", version=1)
        token = await leases.acquire(database, RELAY, "bench", seconds=600)
        worker = Relay(database, _Nowhere(), holder="bench")  # type: ignore[arg-type]  # publishes only
        started = perf_counter()
        while token and await worker.publish_batch(token):
            pass
        return count / (perf_counter() - started)
    finally:
        await database.close()


async def gateway_cost(suite: Suite, private: str, count: int) -> tuple[float, float]:
    """Return CPU microseconds a request: through the gateway, and straight at the service, in alternating rounds."""
    service = next(one for one in suite.services if one.name == "catalog")
    signed = PrincipalSigner(OKPKey.import_key(json.loads(private)), SystemClock()).sign(ANONYMOUS)
    spent = {"through": 0.0, "straight": 0.0}
    for number in range(count // ROUND):
        token = cast_of(suite, 1_000_000 + number).citizen.token
        for name, app, headers in (
            ("through", suite.gateway, {"authorization": f"Bearer {token}"}),
            ("straight", service.app, {HEADER: signed}),
        ):
            reply = await call(app, "GET", READ, headers=headers)
            if reply.status != 200:
                raise journey.Unexpected(f"{reply.status} {reply.body.decode()}")
            started = process_time()
            for _ in range(ROUND):
                await call(app, "GET", READ, headers=headers)
            spent[name] += process_time() - started
    return spent["through"] / count * 1e6, spent["straight"] / count * 1e6


async def bench(console: Console, *, count: int, at_once: int) -> None:
    """Measure the embedded suite and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        suite = embedded(Path(folder), public_url=URL)
        async with suite.running():
            await journeys(suite, 3, at_once=1)
            speed = await journeys(suite, count, at_once=at_once)
            through, straight = await gateway_cost(suite, keys(Path(folder))["gateway"], 1000)
        events = await relay(f"sqlite+aiosqlite:///{Path(folder) / 'relay.db'}", "workflow_svc", 5000)
    table = Table(title="嵌入式(一个进程,SQLite FULL 同步)")
    table.add_column("项目")
    table.add_column("数值", justify="right")
    table.add_row(f"完整的新生儿出生(每秒,{at_once} 件并行,共 {count} 件)", f"{speed:.1f}")
    table.add_row("中继(事件/秒,不含总线)", f"{events:,.0f}")
    table.add_row("经网关的请求(CPU 微秒)", f"{through:,.0f}")
    table.add_row("直接到服务的请求(CPU 微秒)", f"{straight:,.0f}")
    table.add_row("网关自身(CPU 微秒/请求)", f"{through - straight:,.0f}")
    console.print(table)
