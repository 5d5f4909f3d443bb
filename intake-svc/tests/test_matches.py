"""The service that takes ratings asks which of the cases that it names have a telephone number, and is told no more."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.base.clock import Clock
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import App
from chassis.http.identity import HEADER, ServiceSigner
from chassis.service import Service
from chassis.testing.builders import citizen, clerk
from chassis.testing.client import Client, audited
from intake_svc import app
from intake_svc.settings import IntakeSettings
from joserfc.jwk import OKPKey

Make = Callable[..., Awaitable[dict[str, Any]]]
PATH = "/api/v1/rating-matches"
ABSENT = "01900000-0000-7000-9000-999999999999"


@pytest.fixture
def service(
    settings_for: Callable[..., IntakeSettings],
    service_key: OKPKey,
    database: Database,
    bus: Bus,
    siblings: dict[str, App],
) -> Service:
    """Intake that evaluation asks in its own name."""
    known = [{**service_key.as_dict(private=False), "kid": "evaluation"}]
    settings = settings_for(IntakeSettings, caller_keys=json.dumps({"keys": known}))
    return app.build(settings, database=database, bus=bus, **siblings)


@pytest.fixture
def evaluation(clock: Clock, service_key: OKPKey) -> ServiceSigner:
    """Vouch as evaluation does for itself."""
    return ServiceSigner("evaluation", service_key, clock)


async def test_of_the_applications_named_those_with_the_number_are_told_by_their_ids_alone(
    api: Client, accepted: Make, form: dict[str, str], evaluation: ServiceSigner, database: Database
) -> None:
    application = (await accepted())["application_id"]
    typed = form["mother_phone"]
    for phone, named, found in (
        (typed, [application, ABSENT], [application]),
        (f"{typed[:3]} {typed[3:7]}-{typed[7:]}", [application], [application]),
        (typed, [ABSENT], []),
        (typed, [], []),
        ("13999999999", [application], []),
        ("no number", [application], []),
    ):
        body = {"phone": phone, "application_ids": named, "purpose": "rating"}
        reply = await api.post(PATH, by=None, body=body, headers={HEADER: evaluation.vouch("intake")})
        assert (reply.status, reply.json()) == (200, {"application_ids": found})
    looks = [row for row in await audited(database) if row.action == "applications.matched"]
    assert len(looks) == 6
    assert {row.actor for row in looks} == {"evaluation"}
    assert typed not in json.dumps([row.details for row in looks], default=str)


async def test_nobody_else_asks(api: Client) -> None:
    body = {"phone": "13800000000", "application_ids": [], "purpose": "rating"}
    for caller in (citizen(), clerk()):
        assert (await api.post(PATH, by=caller, body=body)).status == 403
    assert (await api.post(PATH, body=body)).status == 401
