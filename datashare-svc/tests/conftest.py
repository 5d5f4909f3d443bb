"""Datashare on a fresh database and bus."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.base.clock import Clock
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.identity import HEADER, ServiceSigner
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase
from datashare_svc import app
from datashare_svc.handlers import Datashare
from datashare_svc.settings import DatashareSettings
from joserfc.jwk import OKPKey

FILING: dict[str, Any] = {
    "dispute_id": "01900000-0000-7000-8000-0000000000b1",
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "application_number": "410100U232026030220000019",
    "applicant_id": "citizen-1",
    "draft_id": "01900000-0000-7000-8000-000000000001",
    "resource": "population_register",
    "network": "population",
    "unit": "U09",
    "place": "form",
    "key": "residence_address",
    "label": "户籍地址",
    "query_id": "01900000-0000-7000-8000-0000000000a1",
    "shared_value": "金水区甲路一号",
    "claimed_value": "二七区乙路二号",
    "reason": "上月已迁入二七区",
}
File = Callable[..., Awaitable[Reply]]


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("datashare_svc")


@pytest.fixture
def settings(settings_for: Callable[..., DatashareSettings], service_key: OKPKey) -> DatashareSettings:
    """What datashare is told; intake asks it in its own name."""
    known = [{**service_key.as_dict(private=False), "kid": "intake"}]
    return settings_for(DatashareSettings, caller_keys=json.dumps({"keys": known}))


@pytest.fixture
def intake(clock: Clock, service_key: OKPKey) -> ServiceSigner:
    """Vouch as intake does for itself."""
    return ServiceSigner("intake", service_key, clock)


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


@pytest.fixture
def filing() -> dict[str, Any]:
    """Say what intake files of a disputed address."""
    return dict(FILING)


@pytest.fixture
def file(api: Client, intake: ServiceSigner, filing: dict[str, Any]) -> File:
    """File a dispute as intake does; keywords override."""

    async def filed(**said: Any) -> Reply:
        vouched = {HEADER: intake.vouch("datashare")}
        return await api.post("/api/v1/data-disputes", by=None, body=filing | said, headers=vouched)

    return filed
