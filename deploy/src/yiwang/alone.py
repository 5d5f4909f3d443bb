"""One service as a process of its own, told by its environment; its siblings are elsewhere."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from chassis.base import telemetry
from chassis.data.database import Database
from chassis.events.buses import open_bus
from chassis.http.asgi import App
from chassis.http.health import Operators
from chassis.http.lifespan import WithLifespan
from chassis.http.upstream import HttpUpstream
from chassis.service import Service, starting
from chassis.settings import upstreams

from yiwang.environment import settings_of
from yiwang.services import SERVICES


def service(name: str) -> tuple[Service, Sequence[HttpUpstream]]:
    """Compose one service; its siblings, over HTTP, are the caller's to close. Raises NotReady."""
    settings = settings_of(SERVICES[name].settings_alone)
    database = Database.open(settings.database_url, pool_size=settings.pool_size, cipher=settings.cipher())
    siblings = upstreams(settings, SERVICES[name].siblings)
    built = SERVICES[name].build(settings, database=database, bus=open_bus(settings.bus_url), **siblings)
    return built, list(siblings.values())


def process(name: str) -> tuple[App, Operators]:
    """Compose one service with what runs beside its requests, and its operators' side. Raises NotReady."""
    built, siblings = service(name)
    telemetry.configure()

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for close in (*(one.close for one in siblings), built.database.close, built.bus.close):
                stack.push_async_callback(close)
            with starting():
                await built.bus.start()
                await stack.enter_async_context(built.running())
            yield

    return WithLifespan(built.app, running), built.operators
