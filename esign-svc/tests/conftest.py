"""Esign on a fresh database and bus."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import Receive, Scope, Send
from chassis.service import Service
from chassis.settings import new_secret
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase
from esign_svc import app
from esign_svc.events import ApplicationAccepted, ApplicationSubmitted, TaskDecided, UnitPublished
from esign_svc.settings import EsignSettings


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("esign_svc")


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("nothing is asked of a sibling")


@pytest.fixture
def settings(settings_for: Callable[..., EsignSettings]) -> EsignSettings:
    return settings_for(EsignSettings, seal_key=f"s1.{new_secret()}")


@pytest.fixture
def service(settings: EsignSettings, database: Database, bus: Bus) -> Service:
    """Esign where nobody certifies at once: certificates are handed in."""
    return app.build(settings, database=database, bus=bus, intake=_nobody, workflow=_nobody)


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)


MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
APPLICATION, CASE, TASK = (f"01900000-0000-7000-8000-00000000000{end}" for end in "acd")
OF_CASE: dict[str, Any] = {
    "application_id": APPLICATION,
    "matter_code": "newborn",
    "applicant_id": "f3b0c2",
    "unit": "U23",
    "lead_unit": "U23",
    "units": ["U23", "U09"],
}


@pytest.fixture
def unit() -> Callable[..., UnitPublished]:
    """Tell of a unit; keywords change it."""
    told = {"unit_code": "U23", "name": "郑州市卫生健康委员会", "acceptance_word": "郑卫受字"}
    return lambda **changed: UnitPublished(**{**told, **changed})


@pytest.fixture
def submitted() -> Callable[..., ApplicationSubmitted]:
    """Tell of a submission; keywords change it."""
    return lambda **changed: ApplicationSubmitted(**{**OF_CASE, "submitted_at": MOMENT, **changed})


@pytest.fixture
def accepted() -> Callable[..., ApplicationAccepted]:
    """Tell of an acceptance; keywords change it."""
    told = {**OF_CASE, "accepted_at": MOMENT, "accepted_by": "clerk-1"}
    return lambda **changed: ApplicationAccepted(**{**told, **changed})


@pytest.fixture
def decided() -> Callable[..., TaskDecided]:
    """Tell of a decision; keywords change it."""
    of_task = {"case_id": CASE, "task_id": TASK, "unit": "U09", "task_type": "07"}
    told = {**OF_CASE, **of_task, "outcome": "granted", "decided_at": MOMENT, "decided_by": "reviewer-1"}
    return lambda **changed: TaskDecided(**{**told, **changed})
