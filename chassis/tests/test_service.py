"""A running service keeps house by itself: what has a period stays for it, and goes after it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.periods import ANSWERS, IN_THE_INBOX, IN_THE_OUTBOX, ON_THE_BUS
from chassis.data.schema import idempotency, inbox, lease, outbox
from chassis.events.embedded_log import EmbeddedLog
from chassis.service import HOUSE, Service
from chassis.settings import ServiceSettings
from chassis.testing import sample
from chassis.testing.builders import ManualClock, citizen
from chassis.testing.client import Client

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class House:
    """The sample service whose house is kept again and again, on a bus whose days pass with the clock."""

    def __init__(self, service: Service, log: EmbeddedLog) -> None:
        self.service, self.log = service, log

    async def count(self, query: sa.Select[Any]) -> int:
        async with self.service.database.reading() as connection:
            return int((await connection.execute(query)).scalar() or 0)

    async def left(self) -> dict[str, int]:
        """Return how much there is of what has a period."""
        counted = sa.select(sa.func.count())
        records = "SELECT count(*) FROM record"
        return {
            "answers": await self.count(counted.select_from(idempotency)),
            "outbox": await self.count(counted.select_from(outbox).where(outbox.c.topic == "sample.gone")),
            "inbox": await self.count(counted.select_from(inbox)),
            "bus": await self.log.run(lambda: self.log.connection().execute(records).fetchone()[0]),
        }

    async def kept(self) -> dict[str, int]:
        """Return what is left after the house was kept once more from beginning to end."""
        token = sa.select(lease.c.token).where(lease.c.name == HOUSE)
        begun = await self.count(token)
        while await self.count(token) < begun + 2:
            await asyncio.sleep(0.01)
        return await self.left()


@pytest.fixture
async def house(
    settings_for: Callable[..., ServiceSettings], database: Database, clock: ManualClock, tmp_path: Path
) -> House:
    log = EmbeddedLog(tmp_path / "aged.db", seconds=lambda: clock.now().timestamp())
    await log.start()
    service = sample.build(settings_for(ServiceSettings), database=database, bus=log)
    return House(replace(service, house_seconds=0.01), log)


async def test_what_has_a_period_is_kept_for_it_and_gone_after_it_while_the_service_runs(
    house: House, client: Callable[..., Client], clock: ManualClock
) -> None:
    api, began = client(house.service.app), clock.now()
    gone = {"event_id": "g", "topic": "sample.gone", "subject": "s", "version": 1, "envelope": "{}"}
    async with house.service.database.unit_of_work() as work:
        await work.connection.execute(outbox.insert(), {**gone, "published_at": began})
    async with house.service.running():
        for key in ("k1", "k2"):
            assert (await api.post("/api/v1/counters/a/counts", by=citizen(), body={"by": 1}, key=key)).status == 201
        while (found := await house.left())["inbox"] < 2:
            await asyncio.sleep(0.01)
        assert found == {"answers": 2, "outbox": 1, "inbox": 2, "bus": 2}
        clock.set(began + ANSWERS - SECOND)
        assert await house.kept() == found
        clock.set(began + ANSWERS + SECOND)
        assert await house.kept() == {**found, "answers": 0}
        clock.set(began + min(IN_THE_OUTBOX, IN_THE_INBOX, ON_THE_BUS) - SECOND)
        assert await house.kept() == {**found, "answers": 0}
        clock.set(began + IN_THE_OUTBOX + SECOND)
        assert (await house.kept())["outbox"] == 0
        clock.set(began + IN_THE_INBOX + SECOND)
        assert (await house.kept())["inbox"] == 1, "the newest of a subject stays for good"
        clock.set(began + ON_THE_BUS + DAY)
        assert await house.kept() == {"answers": 0, "outbox": 0, "inbox": 1, "bus": 0}
    await house.log.close()


async def test_who_is_to_tell_again_what_he_told_keeps_it(
    house: House, client: Callable[..., Client], clock: ManualClock
) -> None:
    """The sample's topic keeps its history: neither time nor the house takes it out of the outbox."""
    api, told = client(house.service.app), sa.select(sa.func.count()).select_from(outbox)
    async with house.service.running():
        await api.post("/api/v1/counters/a/counts", by=citizen(), body={"by": 1}, key="k1")
        while not await house.count(told.where(outbox.c.published_at.is_not(None))):
            await asyncio.sleep(0.01)
        clock.advance(days=10 * IN_THE_OUTBOX.days)
        await house.kept()
        assert await house.count(told) == 1
    await house.log.close()
