"""Datashare on a fresh database and bus."""

from collections.abc import Callable

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.service import Service
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase
from datashare_svc import app
from datashare_svc.handlers import Datashare
from datashare_svc.settings import DatashareSettings


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("datashare_svc")


@pytest.fixture
def settings(settings_for: Callable[..., DatashareSettings]) -> DatashareSettings:
    return settings_for(DatashareSettings)


@pytest.fixture
def service(settings: DatashareSettings, database: Database, bus: Bus) -> Service:
    """Datashare where no network has an address."""
    return app.build(settings, database=database, bus=bus)


@pytest.fixture
def datashare(service: Service) -> Datashare:
    collaborators: Datashare = service.api.state.collaborators
    return collaborators


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)
