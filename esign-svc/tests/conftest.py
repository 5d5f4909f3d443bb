"""Esign on a fresh database and bus."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.service import Service
from chassis.settings import new_secret
from chassis.storage.files import Stored
from chassis.testing.builders import ManualClock
from chassis.testing.client import Client, deliver
from chassis.testing.plugin import OpenDatabase
from esign_svc import app
from esign_svc.domain.seal_pack import OfUnit, SealPack, SealRule, plan
from esign_svc.domain.seals import Capacity, Hands, SealKind
from esign_svc.events import ApplicationAccepted, ApplicationSubmitted, TaskDecided, UnitPublished
from esign_svc.handlers import Esign, finish_seals, load_seals
from esign_svc.outside.authorities import Authorities
from esign_svc.outside.development import DevelopmentAuthority
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


def _told(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def facts() -> dict[str, Any]:
    """Give the facts of an application as intake tells them; a test may change them."""
    return _told("facts")


@pytest.fixture
def told_decision() -> dict[str, Any]:
    """Give a decision as workflow tells it; a test may change it."""
    return _told("decision")


def telling(answer: dict[str, Any]) -> App:
    """Return a sibling that answers everything with what is told."""

    async def sibling(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        body = json.dumps(answer).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return sibling


@pytest.fixture
def authority(clock: ManualClock) -> DevelopmentAuthority:
    return DevelopmentAuthority(os.urandom(32), clock)


@pytest.fixture
def siblings(facts: dict[str, Any], told_decision: dict[str, Any]) -> dict[str, Any]:
    """Give siblings that tell facts and a decision."""
    return {"intake": telling(facts), "workflow": telling(told_decision)}


@pytest.fixture
def whole(  # a service that lacks nothing
    settings: EsignSettings,
    database: Database,
    bus: Bus,
    authority: DevelopmentAuthority,
    siblings: dict[str, Any],
) -> Service:
    """Esign with all that it asks: siblings that tell facts, an authority that certifies and stamps."""
    return app.build(
        settings,
        database=database,
        bus=bus,
        **siblings,
        asked=Authorities(authority.stamp, authority.roots, authority, authority.lists),
    )


@pytest.fixture
def esign(service: Service) -> Esign:
    collaborators: Esign = service.api.state.collaborators
    return collaborators


UNITS = (
    OfUnit("U23", "郑州市卫生健康委员会", "11410100MBXX00238T", "department"),
    OfUnit("U09", "郑州市公安局", "11410100MBXX000949", "department"),
)


@pytest.fixture
async def sealed_units(service: Service, database: Database, esign: Esign, unit: Callable[..., UnitPublished]) -> None:
    """Have two units with their seals in use."""
    for one, word in zip(UNITS, ("郑卫受字", "郑公受字"), strict=True):
        told = unit(unit_code=one.unit_code, name=one.name, acceptance_word=word)
        await deliver(service, told, subject=one.unit_code, version=1)
    rules = (
        SealRule(SealKind.ACCEPTANCE, 2, (Capacity.WINDOW_CLERK, Capacity.SYSTEM)),
        SealRule(SealKind.APPROVAL, 3, (Capacity.REVIEWER,)),
        SealRule(SealKind.UNIT_NAME, 1, (Capacity.REVIEWER, Capacity.LICENCE_OFFICER)),
    )
    hands = Hands("pack", "maker", "auditor")
    pack = SealPack("proposed", hands, "410199", date(2026, 1, 1), date(2030, 12, 31), ("department",), rules)
    wanted = plan(pack, UNITS)
    async with database.unit_of_work() as work:
        await load_seals(work, wanted)
    async with database.unit_of_work() as work:
        await finish_seals(esign, work, wanted)


class Out:
    """A part that is out: a sibling, a time stamp, a store."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def __call__(self, *_: Any) -> Any:
        raise self._error

    async def put(self, *_: Any, **__: Any) -> Stored:
        raise self._error


@pytest.fixture
def without(esign: Esign) -> Callable[[str, Exception], Esign]:
    """Give esign while a part of it is out."""

    def lacking(part: str, error: Exception) -> Esign:
        out: Any = Out(error)
        if part == "stamp":
            return replace(esign, authorities=Authorities(stamp=out))
        return replace(esign, intake=out) if part == "intake" else replace(esign, storage=out)

    return lacking


@pytest.fixture
def with_codes(esign: Esign) -> Callable[[list[str]], Esign]:
    """Give esign that draws these codes, one by one."""
    return lambda codes: replace(esign, new_code=iter(codes).__next__)
