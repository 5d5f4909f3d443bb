"""Esign on a fresh database and bus."""

from collections.abc import Callable

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import Receive, Scope, Send
from chassis.service import Service
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase
from esign_svc import app
from esign_svc.settings import EsignSettings


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("esign_svc")


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("nothing is asked of a sibling")


@pytest.fixture
def service(settings_for: Callable[..., EsignSettings], database: Database, bus: Bus) -> Service:
    return app.build(settings_for(EsignSettings), database=database, bus=bus, intake=_nobody, workflow=_nobody)


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)
