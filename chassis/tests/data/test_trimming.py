from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from chassis.data import leases
from chassis.data.database import Database, DatabaseUnavailable
from chassis.data.periods import ANSWERS, IN_THE_INBOX, IN_THE_OUTBOX
from chassis.data.schema import idempotency, inbox, outbox
from chassis.data.trimming import AT_ONCE
from chassis.events.bus import Keeps
from chassis.events.outbox import trim_outbox
from chassis.events.standing import Joins, trim_inbox
from chassis.http.idempotency import trim_answers
from chassis.service import HOUSE, Service
from chassis.testing.builders import ManualClock
from chassis.testing.client import deliver
from chassis.testing.sample import Counted, CounterNotFound, value_of
from sqlalchemy import event

TOPIC = Counted.topic


async def published(database: Database, clock: ManualClock, count: int, *, topic: str = TOPIC, ago: timedelta) -> None:
    rows = [
        {
            "event_id": f"{topic}-{ago}-{number}"[-36:],
            "topic": topic,
            "subject": f"{ago}"[:64],
            "version": number + 1,
            "envelope": "{}",
            "published_at": clock.now() - ago,
        }
        for number in range(count)
    ]
    async with database.unit_of_work() as work:
        await work.connection.execute(outbox.insert(), rows)


async def count_of(database: Database, table: sa.Table) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())


async def test_published_events_go_after_their_time_in_small_steps(database: Database, clock: ManualClock) -> None:
    longest: list[int] = []

    @event.listens_for(database._writer.sync_engine, "after_cursor_execute")
    def watch(*seen: Any) -> None:
        longest.append(seen[1].rowcount if seen[2].startswith("DELETE") else 0)

    await published(database, clock, 1234, ago=IN_THE_OUTBOX + timedelta(seconds=1))
    await published(database, clock, 3, ago=IN_THE_OUTBOX - timedelta(seconds=1))
    async with database.unit_of_work() as work:
        await work.connection.execute(outbox.update().where(outbox.c.version == 7).values(published_at=None))
    assert await trim_outbox({TOPIC: Keeps.PERIOD})(database) == 1233
    assert await count_of(database, outbox) == 4
    assert max(longest) == AT_ONCE


async def test_the_outbox_keeps_what_its_topic_keeps_longer_than_the_bus(
    database: Database, clock: ManualClock
) -> None:
    await published(database, clock, 2, ago=timedelta(days=400))
    await published(database, clock, 3, topic="sample.word", ago=timedelta(days=400))
    await published(database, clock, 3, topic="tale", ago=timedelta(days=400))
    assert (
        await trim_outbox({TOPIC: Keeps.PERIOD, "sample.word": Keeps.LAST_WORD, "tale": Keeps.HISTORY})(database) == 2
    )
    assert await count_of(database, outbox) == 6


async def test_stored_answers_go_after_their_time(database: Database, clock: ManualClock) -> None:
    rows = [
        {
            "caller": "c",
            "operation": "o",
            "key": f"{number}",
            "body_hash": "h",
            "status": 201,
            "headers": {},
            "body": "b",
            "created_at": clock.now() - ANSWERS + timedelta(minutes=number - 600),
        }
        for number in range(1200)
    ]
    async with database.unit_of_work() as work:
        await work.connection.execute(idempotency.insert(), rows)
    assert await trim_answers(database) == 600
    assert await count_of(database, idempotency) == 600


async def mirrored(database: Database, name: str) -> int:
    try:
        return await value_of(database, f"mirror-{name}")
    except CounterNotFound:
        return 0


async def test_a_trimmed_inbox_still_knows_every_duplicate_and_the_next_version(
    service: Service, database: Database, clock: ManualClock
) -> None:
    trim = trim_inbox({TOPIC: Joins.REPUBLISHED})
    for version in range(1, 8):
        await deliver(service, Counted(name="a", by=1), subject="a", version=version)
    await deliver(service, Counted(name="b", by=1), subject="b", version=1)
    clock.advance(days=IN_THE_INBOX.days)
    await deliver(service, Counted(name="a", by=1), subject="a", version=8)
    assert await trim(database) == 0
    clock.advance(minutes=1)
    assert await trim(database) == 6, "version 7 goes when version 8 has had its time"
    async with database.reading() as connection:
        kept = {(row.subject, row.version) for row in await connection.execute(sa.select(inbox))}
    assert kept == {("a", 7), ("a", 8), ("b", 1)}
    for version in range(1, 10):
        await deliver(service, Counted(name="a", by=1), subject="a", version=version)
    await deliver(service, Counted(name="b", by=1), subject="b", version=1)
    assert (await mirrored(database, "a"), await mirrored(database, "b")) == (9, 1)


async def test_a_long_inbox_is_walked_in_pages_and_no_subject_is_lost(database: Database, clock: ManualClock) -> None:
    rows = [
        {
            "topic": topic,
            "subject": f"s{number // 7}",
            "version": number % 7 + 1,
            "event_id": f"{topic}{number}",
            "handled_at": clock.now() - IN_THE_INBOX - timedelta(days=1),
        }
        for number in range(2100)
        for topic in ("t", "word")
    ]
    async with database.unit_of_work() as work:
        await work.connection.execute(inbox.insert(), rows)
    assert await trim_inbox({"t": Joins.FIRST_SEEN, "word": Joins.ANY_VERSION})(database) == 1800
    async with database.reading() as connection:
        left = list(await connection.execute(sa.select(inbox.c.version).where(inbox.c.topic == "t")))
    assert [row.version for row in left] == [7] * 300


async def test_what_stays_in_the_inbox_is_walked_once(database: Database, clock: ManualClock) -> None:
    old = {"topic": "t", "version": 1, "handled_at": clock.now() - IN_THE_INBOX - timedelta(days=1)}
    rows = [{**old, "subject": f"s{number}", "event_id": f"{number}"} for number in range(3 * AT_ONCE)]
    async with database.unit_of_work() as work:
        await work.connection.execute(inbox.insert(), rows)
    trim, reads = trim_inbox({"t": Joins.FIRST_SEEN}), list[int]()

    @event.listens_for(database._reader.sync_engine, "after_cursor_execute")
    def watch(*seen: Any) -> None:
        reads.append("FROM inbox" in seen[2])

    assert await trim(database) == 0
    assert sum(reads) == 4
    assert await trim(database) == 0
    assert sum(reads) == 5


async def test_a_service_trims_all_that_is_its_own(service: Service, database: Database, clock: ManualClock) -> None:
    await published(database, clock, 2, topic="sample.gone", ago=timedelta(days=400))
    await published(database, clock, 2, ago=timedelta(days=400))
    await service.bus.ensure_topics(service.topics)
    assert await service.trim() == 2


async def test_an_outage_of_one_trim_does_not_skip_the_others(service: Service) -> None:
    async def out(_database: Database) -> int:
        raise DatabaseUnavailable

    async def one(_database: Database) -> int:
        return 1

    assert await replace(service, trims=(out, one)).trim() == 1


async def test_of_all_processes_of_a_database_one_keeps_house(service: Service, clock: ManualClock) -> None:
    async def one(_database: Database) -> int:
        return 1

    house = replace(service, trims=(one,))
    assert await leases.acquire(service.database, HOUSE, "another", seconds=60) is not None
    assert await house.trim() == 0
    clock.advance(minutes=2)
    assert (await house.trim(), await house.trim()) == (1, 1)
