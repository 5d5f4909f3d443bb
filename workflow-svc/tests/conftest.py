"""Workflow on a fresh database and bus, with a calendar, a matter, and hands that accept and decide."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, reviewer
from chassis.testing.client import Client, deliver
from chassis.testing.client import audited as audit_log
from chassis.testing.plugin import OpenDatabase
from workflow_svc import app, store
from workflow_svc.events import ApplicationAccepted, CalendarPublished, LimitRead, MatterPublished, Result, TaskRead
from workflow_svc.handlers import reckon_page
from workflow_svc.settings import WorkflowSettings

OFFICE = {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {}}
OFF_2026 = {f"2026-{day}": "节" for day in ("04-04", "04-05", "04-06", "05-01", "05-02", "05-03", "05-04", "05-05")}
WORK_2026 = {"2026-05-09": "劳动节"}


def _task(key: str, unit: str, *after: str, promise: tuple[int, str], days: int = 0, hard: bool = False) -> TaskRead:
    return TaskRead(
        task_key=key,
        name=f"环节 {key}",
        item=f"item-{key}",
        unit=unit,
        unit_name=f"单位 {unit}",
        after=list(after),
        promise=LimitRead(amount=promise[0], unit=promise[1]),
        statutory=LimitRead(amount=days, unit="WORKDAY") if days else None,
        on_refusal="HARD" if hard else "SOFT",
        result=Result(name=f"结果 {key}", type="证照"),
    )


NEWBORN = [
    _task("certificate", "U23", promise=(1, "WORKDAY"), hard=True),
    _task("vaccination", "U23", "certificate", promise=(4, "WORK_HOUR")),
    _task("registration", "U09", "certificate", promise=(2, "WORKDAY"), days=20),
    _task("insurance", "U30", "registration", promise=(1, "WORKDAY")),
    _task("payment", "U43", "insurance", promise=(0, "ON_SITE")),
    _task("card", "U36", "registration", promise=(5, "WORKDAY")),
    _task("maternity", "U30", "certificate", promise=(10, "CALENDAR_DAY")),
]


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("workflow_svc")


@pytest.fixture
def service(settings_for: Callable[..., WorkflowSettings], database: Database, bus: Bus) -> Service:
    return app.build(settings_for(WorkflowSettings), database=database, bus=bus)


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)


@pytest.fixture
def calendar(service: Service, reckon: Callable[[], Awaitable[int]]) -> Callable[..., Awaitable[None]]:
    """Publish a version of the calendar; the clocks that run are reckoned anew, unless told otherwise."""

    async def publish(version: int = 1, *, reckoned: bool = True, **overrides: Any) -> None:
        known: dict[str, Any] = {"region": "410100", "calendar_version": f"2026-{version}", "years": [2026]}
        known |= {"off": OFF_2026, "work": WORK_2026, "office_hours": OFFICE}
        await deliver(service, CalendarPublished(**{**known, **overrides}), subject="410100", version=version)
        if reckoned:
            await reckon()

    return publish


@pytest.fixture
def reckon(service: Service) -> Callable[[], Awaitable[int]]:
    """Reckon page after page until no case is behind; return how many were."""

    async def all_pages() -> int:
        moved = 0
        while page := await reckon_page(service.api.state.collaborators):
            moved += page
        return moved

    return all_pages


@pytest.fixture
def matter(service: Service) -> Callable[..., Awaitable[None]]:
    """Publish a version of the matter, or of another one."""

    async def publish(version: int = 1, *, code: str = "newborn", tasks: list[TaskRead] | None = None) -> None:
        event = MatterPublished(
            matter_code=code,
            matter_version=version,
            name="新生儿出生",
            lead_unit="U23",
            lead_unit_name="单位 U23",
            tasks=tasks or NEWBORN,
        )
        await deliver(service, event, subject=code, version=version)

    return publish


@pytest.fixture
async def city(calendar: Callable[..., Awaitable[None]], matter: Callable[..., Awaitable[None]]) -> None:
    """Publish what a case needs."""
    await calendar()
    await matter()


@pytest.fixture
def accept(service: Service, clock: ManualClock) -> Callable[..., Awaitable[str]]:
    """Have the window accept an application; say the case that it became, or nothing."""
    numbers = count(1)

    async def accept_one(*keys: str, at: datetime | None = None, **overrides: Any) -> str:
        number = next(numbers)
        known = {
            "application_id": f"01900000-0000-7000-9000-{number:012d}",
            "application_number": f"410100U2320260302{number:06d}",
            "matter_code": "newborn",
            "matter_version": 1,
            "applicant_id": "citizen-1",
            "accepted_at": at or clock.now(),
            "tasks": list(keys) or [task.task_key for task in NEWBORN],
            "region": "410100",
        }
        event = ApplicationAccepted(**{**known, **overrides})
        await deliver(service, event, subject=event.application_id, version=1)
        async with service.database.reading() as connection:
            query = store.cases.select().where(store.cases.c.application_id == event.application_id)
            row = (await connection.execute(query)).first()
        return row.case_id if row else ""

    return accept_one


@pytest.fixture
def tasks(database: Database) -> Callable[[str], Awaitable[dict[str, store.Record]]]:
    """Read a case's tasks from the store, by key."""

    async def read(case_id: str) -> dict[str, store.Record]:
        async with database.reading() as connection:
            return {row["task_key"]: row for row in await store.tasks_of(connection, case_id)}

    return read


@pytest.fixture
def case(database: Database) -> Callable[[str], Awaitable[Any]]:
    """Read a case's row from the store."""

    async def read(case_id: str) -> Any:
        async with database.reading() as connection:
            return (await connection.execute(store.cases.select().where(store.cases.c.case_id == case_id))).one()

    return read


@pytest.fixture
def decide(api: Client, tasks: Callable[[str], Awaitable[dict[str, store.Record]]]) -> Callable[..., Awaitable[Reply]]:
    """Decide a task of a case by its key; by a reviewer of its unit, with a fresh idempotency key."""
    numbers = count(1)

    async def send(
        case_id: str, key: str, outcome: str = "grant", *, by: Principal | None = None, **words: str
    ) -> Reply:
        row = (await tasks(case_id))[key]
        body = {"outcome": outcome, **words}
        if outcome == "refuse":
            body = {"reason": "材料与登记不符", "basis": "户口登记条例第七条", **body}
        who = by or reviewer(unit=row["unit"])
        path = f"/api/v1/tasks/{row['task_id']}/decisions"
        return await api.post(path, by=who, body=body, key=f"decision-{next(numbers)}")

    return send


@pytest.fixture
def audited(database: Database) -> Callable[[], Awaitable[list[Any]]]:
    """Read the audit log, oldest first."""

    async def read() -> list[Any]:
        return await audit_log(database)

    return read
