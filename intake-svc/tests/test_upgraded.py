"""What becomes of applications of the release before, which told datashare nothing."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data import outgoing, schema
from chassis.data.database import Database
from chassis.data.migrate import upgrade
from chassis.data.outgoing import Worker
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, deliver
from intake_svc.events import CaseClosed, CaseOpened
from intake_svc.handlers import Intake
from intake_svc.handlers.booking import TELLING
from intake_svc.handlers.sharing import tell_datashare

Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def tell(intake: Intake) -> Callable[[], Awaitable[None]]:
    """Tell datashare what is to be told."""

    async def run() -> None:
        worker = Worker(intake.database, "intake", TELLING, lambda subject: tell_datashare(intake, subject))
        while await worker.round("test"):
            pass

    return run


async def forget_all(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.connection.execute(schema.outgoing.delete())


async def left(database: Database) -> set[str]:
    async with database.reading() as connection:
        return {row.subject for row in await outgoing.listed(connection)}


async def test_whom_running_applications_concern_is_told_once_the_database_is_upgraded(
    service: Service, database: Database, datashare: Any, submitted: Make, accepted: Make, tell: Any, clock: ManualClock
) -> None:
    closed, running, waiting = await accepted(), await accepted(by=citizen("citizen-2")), await submitted()
    over, now = closed["application_id"], database.clock.now()
    opened = CaseOpened(application_id=over, case_id="case-1", tasks=1, promised_due=now, provisional=False)
    ended = CaseClosed(application_id=over, outcome="GRANTED", closed_at=now, elapsed_working_minutes=1)
    for version, event in enumerate((opened, ended), start=1):
        await deliver(service, event, subject="case-1", version=version)
    await forget_all(database)
    async with database.unit_of_work() as work:
        for undo in (
            "DROP TABLE booked",
            "DROP TABLE shared",
            "ALTER TABLE draft DROP COLUMN shared",
            "UPDATE alembic_version SET version_num = '0011'",
        ):
            await work.connection.execute(sa.text(undo))
    assert await upgrade(database.url, "intake_svc") == ["intake_svc 0012"]
    assert await left(database) == {running["application_id"], waiting["application_id"]}
    clock.set(datetime.now(UTC) + timedelta(seconds=1))  # the database's own clock is the machine's
    await tell()
    told = {body["application_number"]: body["persons"] for body in datashare.of("/persons")}
    assert told.keys() == {running["application_number"], waiting["application_number"]}
    assert told[waiting["application_number"]]["mother_id_number"] == "410199200002291025"


async def test_what_the_release_before_took_in_beside_this_one_is_told_at_its_acceptance(
    api: Client, database: Database, datashare: Any, submitted: Make, checked: list[str], tell: Any
) -> None:
    application = await submitted()
    await forget_all(database)
    path, body = f"/api/v1/applications/{application['application_id']}/acceptances", {"materials_checked": checked}
    assert (await api.post(path, by=clerk(), body=body, key="accept")).status == 201
    assert await left(database) == {application["application_id"]}
    await tell()
    assert [one["application_number"] for one in datashare.of("/persons")] == [application["application_number"]]
