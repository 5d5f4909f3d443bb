"""The event edge: early, doubled, reordered and wrong events (F13)."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.schema import parked
from chassis.events.outbox import Event
from chassis.service import Service
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended, deliver
from workflow_svc import store
from workflow_svc.consumers import readers
from workflow_svc.events import ApplicationAccepted
from workflow_svc.store import learned

Accept = Callable[..., Awaitable[str]]
Publish = Callable[..., Awaitable[None]]
APPLICATION = "01900000-0000-7000-9000-000000000001"


class ApplicationSubmitted(Event):
    """What intake publishes before the acceptance, and workflow does not read."""

    type: ClassVar[str] = "intake.application.submitted"
    topic: ClassVar[str] = "intake.application"

    application_id: str


def accepted(clock: ManualClock, **overrides: Any) -> ApplicationAccepted:
    known = {
        "application_id": APPLICATION,
        "application_number": "410100U23202603020000011",
        "matter_code": "newborn",
        "matter_version": 1,
        "applicant_id": "citizen-1",
        "accepted_at": clock.now(),
        "tasks": ["certificate"],
    }
    return ApplicationAccepted(**{**known, **overrides})


async def cases(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(store.cases.select()))


async def reasons(database: Database) -> list[str]:
    async with database.reading() as connection:
        return [row.reason for row in await connection.execute(sa.select(parked.c.reason))]


async def retry(service: Service, clock: ManualClock) -> int:
    clock.advance(minutes=2)
    assert service.consumer is not None
    return await service.consumer.retry_due()


def test_workflow_reads_the_catalogue_and_acceptances(service: Service) -> None:
    assert {reader.event.type for reader in readers(service.api.state.collaborators)} == {
        "catalog.matter.published",
        "catalog.calendar.published",
        "catalog.unit.published",
        "intake.application.accepted",
    }


async def test_an_acceptance_waits_until_the_catalogues_events_are_there(
    service: Service, database: Database, clock: ManualClock, calendar: Publish, matter: Publish
) -> None:
    await deliver(service, accepted(clock), subject=APPLICATION, version=1)
    assert await cases(database) == []
    assert "DefinitionUnknown" in (await reasons(database))[0]
    await matter()
    assert await retry(service, clock) == 1
    assert "CalendarUnknown" in (await reasons(database))[0]
    await calendar()
    await retry(service, clock)
    assert [row.application_id for row in await cases(database)] == [APPLICATION]
    assert await reasons(database) == []


async def test_a_doubled_acceptance_opens_one_case(
    city: None, service: Service, database: Database, clock: ManualClock
) -> None:
    for _ in range(3):
        await deliver(service, accepted(clock), subject=APPLICATION, version=1)
    assert len(await cases(database)) == 1
    assert len(await appended(database, "workflow.case.opened")) == 1


async def test_a_second_acceptance_of_one_application_opens_no_second_case_and_is_kept_with_its_reason(
    city: None, service: Service, database: Database, clock: ManualClock
) -> None:
    for version in (1, 2):
        await deliver(service, accepted(clock), subject=APPLICATION, version=version)
    assert len(await cases(database)) == 1
    assert "IntegrityError" in (await reasons(database))[0]


async def test_an_acceptance_that_overtakes_the_submission_waits_for_it(
    city: None, service: Service, database: Database, clock: ManualClock
) -> None:
    await deliver(service, accepted(clock), subject=APPLICATION, version=2)
    assert await cases(database) == []
    await deliver(service, ApplicationSubmitted(application_id=APPLICATION), subject=APPLICATION, version=1)
    await retry(service, clock)
    assert len(await cases(database)) == 1


async def test_an_acceptance_of_tasks_that_the_matter_does_not_have_opens_nothing(
    city: None, service: Service, database: Database, clock: ManualClock
) -> None:
    wrong = accepted(clock, tasks=["certificate", "passport"])
    await deliver(service, wrong, subject=APPLICATION, version=1)
    assert await cases(database) == []
    assert await reasons(database) == ["TasksUnknown: passport"]
    assert await appended(database) == []


async def test_a_matters_version_takes_its_newest_words_and_never_older_ones(
    city: None, service: Service, database: Database, accept: Accept
) -> None:
    async def named(told: int, name: str) -> str:
        async with database.unit_of_work() as work:
            before = await learned.find_definition(work.connection, "newborn", 1)
            await learned.save_definition(work.connection, told, {**(before or {}), "name": name})
        async with database.reading() as connection:
            return str((await learned.find_definition(connection, "newborn", 1) or {})["name"])

    await accept("certificate")
    assert await named(3, "新的名称") == "新的名称"
    assert await named(2, "旧的名称") == "新的名称"
    await accept("certificate")
    assert sorted(case.name for case in await cases(database)) == ["新生儿出生", "新的名称"]
    async with database.reading() as connection:
        assert await learned.find_definition(connection, "newborn", 2) is None


async def test_fields_that_workflow_does_not_need_are_ignored(
    city: None, service: Service, database: Database, clock: ManualClock
) -> None:
    class Wider(ApplicationAccepted):
        unit: str = "U23"
        added_later: str = "x"

    await deliver(service, Wider(**accepted(clock).model_dump()), subject=APPLICATION, version=1)
    assert len(await cases(database)) == 1
