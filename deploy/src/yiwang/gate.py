"""The gateway as a process of its own, told by its environment; the services are elsewhere."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.base import telemetry
from chassis.http.addresses import Network
from chassis.http.asgi import App
from chassis.http.health import Operators
from chassis.http.lifespan import WithLifespan
from chassis.settings import addressed, upstreams
from gateway.settings import GatewaySettings

from gateway import app
from yiwang.environment import settings_of
from yiwang.services import SERVICES


@dataclass(frozen=True, slots=True)
class Gate:
    """The gateway's app with what it opens, its operators' side, and whom it believes about callers' addresses."""

    app: App
    operators: Operators
    trusted: Sequence[Network]


def process() -> Gate:
    """Compose the gateway. Raises NotReady, UpstreamMissing."""
    settings = settings_of(addressed(GatewaySettings, SERVICES))
    telemetry.configure()
    services = upstreams(settings, SERVICES)
    gateway = app.build(settings, upstreams=services)

    @asynccontextmanager
    async def open_upstreams() -> AsyncIterator[None]:
        yield
        for upstream in services.values():
            await upstream.close()

    return Gate(WithLifespan(gateway, open_upstreams), gateway.operators, settings.trusted_proxies)
