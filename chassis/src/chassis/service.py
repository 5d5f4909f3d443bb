"""Builds a service: its app with the HTTP edge, health and metrics, and what runs beside it.

Beside it run the relay, the consumer and the housekeeping.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from chassis.base import telemetry
from chassis.base.problems import (
    MEDIA_TYPE,
    BadRequest,
    Conflict,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unavailable,
    Unexpected,
)
from chassis.data import audit, migrate
from chassis.data.database import Database, is_duplicate
from chassis.data.trimming import Trim
from chassis.events import outbox, parking
from chassis.events.bus import Bus, BusUnavailable, Keeps
from chassis.events.inbox import Consumer, Reader
from chassis.events.outbox import Event, Relay
from chassis.events.standing import trim_inbox
from chassis.http import idempotency
from chassis.http.asgi import App
from chassis.http.edge import Edge
from chassis.http.field_errors import field_error
from chassis.http.idempotency import Replayed
from chassis.http.identity import PrincipalVerifier
from chassis.http.routing import require_policies
from chassis.settings import ServiceSettings

Probe = Callable[[], Awaitable[None]]
Work = Callable[[], Awaitable[None]]
STOP_SECONDS = 5.0
PROBE_SECONDS = 3.0
OBSERVE_SECONDS = 5.0
STALL_SECONDS = 60.0
HOUSE_SECONDS = 3600.0
MOST_ERRORS = 100


class SchemaOutdated(Exception):  # noqa: N818  named after the fact
    """The database lacks a version that the code needs, or is not for this release at all."""


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
    accepting: bool = True

    async def migrate(self) -> None:
        """Bring the database to the newest schema."""
        await migrate.upgrade(self.database.url, self.package)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run relay, consumer and housekeeping until the block ends; everything stops within seconds.

        Raises SchemaOutdated. The bus and the database are the caller's to close.
        """
        standing = await migrate.standing(self.database.url, self.package)
        if standing in migrate.TOLD:
            raise SchemaOutdated(migrate.TOLD[standing].format(service=self.name))
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
            tasks = [asyncio.create_task(self._supervised(work), name=name) for name, work in works.items()]
            try:
                yield
            finally:
                self.accepting = False
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks, timeout=STOP_SECONDS)

    async def _supervised(self, work: Work) -> None:
        while self.accepting:  # what fails while it is being cancelled is not begun again
            try:
                await work()
            except Exception as error:  # noqa: BLE001  a fault of ours is told and the work resumed
                telemetry.log.error("background_failed", service=self.name, exc_info=error)
                telemetry.FAILURES.labels(self.name).inc()
            await asyncio.sleep(1.0)

    async def _keep_house(self) -> None:
        while True:
            with suppress(Problem, BusUnavailable):  # what is out now is trimmed the next time
                await self.trim()
            await asyncio.sleep(HOUSE_SECONDS)

    async def trim(self) -> int:
        """Take away, in small steps, what has had its time in the database and on the bus; return how much."""
        trims = [outbox.trim_outbox(self.keeps), idempotency.trim_answers, *self.trims]
        if self.consumer is not None:
            trims.append(trim_inbox(self.consumer.joins))
        return sum([await trim(self.database) for trim in trims]) + await self.bus.trim(self.keeps)

    async def _observe(self) -> None:
        while True:
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

    def alive(self) -> bool:
        """Tell whether the process should go on: false when the consumer has lag and has not moved for a minute."""
        return self.consumer is None or not self.consumer.stalled(STALL_SECONDS)


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
) -> Service:
    """Build a service from its parts. Raises RouteWithoutPolicy when a route declares none.

    `works` are what the service does of itself, by name: each runs until it is cancelled, and again if it fails.
    `trims` take away what is its own and has had its time.
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
    api.state.collaborators = collaborators
    api.state.database = database
    api.state.cipher = settings.cipher()
    api.state.verifier = PrincipalVerifier(settings.gateway_key(), database.clock)
    api.state.under_way = set()
    for router in routes:
        api.include_router(router)
    require_policies(api, routes)
    handle_problems(api)
    read_topics = sorted({reader.event.topic for reader in readers})
    consumer = Consumer(database, bus.subscription(name, read_topics), readers, name=name) if readers else None
    service = Service(
        name=name,
        package=package,
        api=api,
        app=Edge(api, service=name),
        database=database,
        bus=bus,
        relay=Relay(database, bus),
        consumer=consumer,
        topics=tuple(sorted({*read_topics, *(event.topic for event in publishes)})),
        publishes=tuple(publishes),
        reads=tuple(reader.event for reader in readers),
        works=works or {},
        keeps=_keeps(publishes),
        trims=tuple(trims),
    )
    probes = {"database": database.ready, "bus": bus.ready, "accepting": _accepting(service)}
    add_health(api, alive=service.alive, probes=probes)
    return service


def _keeps(publishes: Sequence[type[Event]]) -> dict[str, Keeps]:
    """Return what each published topic keeps. Raises ValueError when two events of one topic differ."""
    found: dict[str, Keeps] = {}
    for event in publishes:
        if found.setdefault(event.topic, event.keeps) is not event.keeps:
            raise ValueError(f"{event.topic} keeps two things")
    return found


def _accepting(service: Service) -> Probe:
    async def probe() -> None:
        if not service.accepting:
            raise Unavailable("正在停止")

    return probe


def add_health(api: FastAPI, *, alive: Callable[[], bool], probes: Mapping[str, Probe]) -> None:
    """Add `/livez` (the process), `/readyz` (what it needs) and `/metrics`: for operators, not in the contract."""

    async def livez() -> Response:
        return JSONResponse({"status": "ok"} if alive() else {"status": "stalled"}, 200 if alive() else 503)

    async def readyz() -> Response:
        if out := await _failing(probes):
            raise Unavailable(f"未就绪:{'、'.join(out)}")
        return JSONResponse({"status": "ok"})

    async def metrics() -> Response:
        return Response(generate_latest(telemetry.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    for endpoint in (livez, readyz, metrics):
        api.add_api_route(f"/{endpoint.__name__}", endpoint, include_in_schema=False)


async def _failing(probes: Mapping[str, Probe]) -> list[str]:
    """Run all probes at once; name those that fail or do not answer in time. One that hangs is not waited for."""
    tasks = {name: asyncio.ensure_future(probe()) for name, probe in probes.items()}
    try:
        await asyncio.wait(tasks.values(), timeout=PROBE_SECONDS)
        return [name for name, task in tasks.items() if not task.done() or task.exception() is not None]
    finally:
        for task in tasks.values():
            task.add_done_callback(lambda late: late.cancelled() or late.exception())  # no complaint about it later
            task.cancel()


def handle_problems(api: FastAPI) -> None:
    """Render every problem, and what the frameworks raise, as RFC 9457; a stored answer passes as it is."""
    api.add_exception_handler(Problem, _render)
    api.add_exception_handler(Replayed, _replay)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(IntegrityError, _conflict)
    api.add_exception_handler(Exception, _unexpected)


def render(problem: Problem, request: Request) -> Response:
    """Return a problem as a response."""
    body = problem.body(request.url.path, telemetry.trace_id())
    headers = {"cache-control": "no-store", **problem.headers}
    return JSONResponse(body, problem.status, headers, media_type=MEDIA_TYPE)


async def _render(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  Starlette calls this handler for no other
    return render(error, request)


async def _replay(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)  # noqa: S101  as above
    return error.response


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    errors = [field_error(found) for found in error.errors()[:MOST_ERRORS]]
    return render(Malformed("请按 errors 中的提示修改后重试", errors=errors), request)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as above
    problem = {404: NotFound, 405: MethodNotAllowed, 400: BadRequest}.get(error.status_code, Problem)()
    problem.headers = dict(error.headers or {})
    return render(problem, request)


async def _unexpected(request: Request, _error: Exception) -> Response:
    return render(Unexpected(), request)  # the edge logs it


async def _conflict(request: Request, error: Exception) -> Response:
    """Tell that a row is there already; any other broken constraint is a fault of ours, logged with its stack."""
    if not is_duplicate(error):
        raise error
    telemetry.log.warning("conflict", reason=type(error).__name__)
    return render(Conflict(), request)
