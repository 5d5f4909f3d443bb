"""The sample service on a fresh database and bus."""

from collections.abc import Callable

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import sample
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("chassis.testing.sample")


@pytest.fixture
def service(settings_for: Callable[..., ServiceSettings], database: Database, bus: Bus) -> Service:
    return sample.build(settings_for(ServiceSettings), database=database, bus=bus)


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)
