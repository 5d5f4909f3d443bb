"""Evaluation on a fresh database and bus, with a calendar, and cases told as intake and workflow tell them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from chassis.base.ids import uuid7
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.service import Service
from chassis.testing.client import Client, deliver
from chassis.testing.plugin import OpenDatabase
from evaluation_svc import app
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation
from evaluation_svc.settings import EvaluationSettings
from evaluation_svc.store.figure_tables import tallies

MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""Monday 2026-03-02, 09:30 in Zhengzhou."""
OF_CASE: dict[str, Any] = {
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "case_id": "01900000-0000-7000-8000-00000000000c",
    "matter_code": "newborn",
    "matter_version": 1,
    "applicant_id": "citizen-1",
    "lead_unit": "U23",
    "units": ["U23", "U09"],
    "region": "410100",
}
OF_TASK: dict[str, Any] = {
    **OF_CASE,
    "task_id": "01900000-0000-7000-8000-00000000000d",
    "task_key": "birth_registration",
    "name": "出生登记",
    "unit": "U09",
    "item": "item-registration",
}
CALENDAR = read.CalendarPublished(
    region="410100",
    calendar_version="2026-1",
    years=[2026],
    off={f"2026-{day}": "节" for day in ("04-04", "04-05", "04-06", "05-01", "05-02", "05-03", "05-04", "05-05")},
    work={"2026-05-09": "劳动节"},
    office_hours={"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {}},
)
Tell = Callable[..., Awaitable[None]]
Count = Callable[[str, str, Mapping[str, Mapping[str, int]]], Awaitable[None]]


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("evaluation_svc")


@pytest.fixture
def settings(settings_for: Callable[..., EvaluationSettings]) -> EvaluationSettings:
    return settings_for(EvaluationSettings)


@pytest.fixture
def intake() -> App:
    """Give an intake of which nothing is asked."""

    async def nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("nothing is asked of a sibling")

    return nobody


@pytest.fixture
def service(settings: EvaluationSettings, database: Database, bus: Bus, intake: App) -> Service:
    return app.build(settings, database=database, bus=bus, intake=intake)


@pytest.fixture
def evaluation(service: Service) -> Evaluation:
    collaborators: Evaluation = service.api.state.collaborators
    return collaborators


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)


@pytest.fixture
def calendar_told() -> read.CalendarPublished:
    """Return the calendar of 2026 as it is told."""
    return CALENDAR


@pytest.fixture
async def calendar(service: Service) -> None:
    """Tell the calendar of 2026."""
    await deliver(service, CALENDAR, subject="410100", version=1)


@pytest.fixture
def counted(database: Database) -> Count:
    """Say what was counted in a month by a dimension, as if it had happened: `counted("2026-02", "unit", …)`."""

    async def said(period: str, dimension: str, counts: Mapping[str, Mapping[str, int]]) -> None:
        of_all = {"generation": 1, "dimension": dimension, "period": period}
        rows = [
            {**of_all, "key": key, "measure": measure, "amount": amount}
            for key, amounts in counts.items()
            for measure, amount in amounts.items()
        ]
        here = (tallies.c.period == period, tallies.c.dimension == dimension)
        async with database.unit_of_work() as work:
            await work.connection.execute(tallies.delete().where(*here))
            await work.connection.execute(tallies.insert(), rows)

    return said


@pytest.fixture
def tell(service: Service) -> Tell:
    """Tell what happened to a case, in the order of the calls: `tell(read.CaseClosed, outcome="granted", …)`.

    What is not said is that of a case of its own; `application_id` tells of another.
    """
    versions: dict[tuple[str, str], Any] = {}

    async def told(event: type[Any], **said: Any) -> None:
        known = {**OF_TASK, **USUAL, **said}
        fields = {name: known[name] for name in event.model_fields if name in known}
        subject = fields["application_id" if event.topic == "intake.application" else "case_id"]
        version = next(versions.setdefault((event.topic, subject), count(1)))
        await deliver(service, event(**fields), subject=subject, version=version, event_id=uuid7())

    return told


USUAL: dict[str, Any] = {
    "application_number": "410100U232026030220000019",
    "tasks": 2,
    "submitted_at": MOMENT,
    "accepted_at": MOMENT,
    "accepted_by": "clerk-1",
    "promised_due": datetime(2026, 3, 5, 9, tzinfo=UTC),
    "outcome": "granted",
    "decided_at": datetime(2026, 3, 3, 2, tzinfo=UTC),
    "decided_by": "reviewer-1",
    "closed_at": datetime(2026, 3, 4, 2, tzinfo=UTC),
    "completed_at": datetime(2026, 3, 4, 2, tzinfo=UTC),
    "elapsed_working_minutes": 840,
    "not_needed": [],
}
