import asyncio

import pytest
from chassis.data.database import Database
from chassis.data.periods import COUNTERS
from chassis.service import Service
from chassis.testing.builders import ManualClock
from intake_svc import store
from intake_svc.store import searching


async def test_a_counter_has_no_gap_and_no_double_under_sixty_at_once(database: Database) -> None:
    async def count(name: str) -> int:
        async with database.unit_of_work() as work:
            return await store.count(work.connection, name, database.clock.now())

    names = ["a", "b"] * 30
    found = await asyncio.gather(*(count(name) for name in names))
    for name in "ab":
        mine = sorted(value for value, of in zip(found, names, strict=True) if of == name)
        assert mine == list(range(1, 31))


async def test_what_was_not_committed_was_not_counted(database: Database) -> None:
    async def fail() -> None:
        async with database.unit_of_work() as work:
            await store.count(work.connection, "a", database.clock.now())
            raise OSError("power")

    with pytest.raises(OSError, match="power"):
        await fail()
    async with database.unit_of_work() as work:
        assert await store.count(work.connection, "a", database.clock.now()) == 1


async def test_a_counter_goes_long_after_it_was_last_counted(service: Service, clock: ManualClock) -> None:
    async def count(name: str) -> int:
        async with service.database.unit_of_work() as work:
            return await store.count(work.connection, name, clock.now())

    await count("2025")
    await count("2026")
    clock.advance(days=COUNTERS.days - 1)
    await count("2026")
    await service.bus.ensure_topics(service.topics)
    assert await service.trim() == 0
    clock.advance(days=2)
    assert await service.trim() == 1
    assert (await count("2025"), await count("2026")) == (1, 3)


async def fill(database: Database, clock: ManualClock, size: int) -> None:
    """Store so many applications of ten units, and of each the person who made it."""
    common = {"matter_code": "newborn", "matter_version": 1, "name": "新生儿出生", "unit_name": "单位", "version": 1}
    common |= {"guide": "", "given": "sealed", "submitted_at": clock.now(), "provisional": False}
    rows = [
        {
            **common,
            "application_id": f"01900000-0000-7000-8000-{n:012d}",
            "application_number": str(n),
            "owner": f"citizen-{n % 50}",
            "unit": f"U{n % 10:02d}",
            "state": "submitted" if n % 3 else "closed",
            "tasks_total": 1,
            "tasks_done": 0,
        }
        for n in range(size)
    ]
    people = [{"digest": f"{n % 40}", "application_id": row["application_id"]} for n, row in enumerate(rows)]
    async with database.unit_of_work() as work:
        await work.connection.execute(store.applications.insert(), rows)
        await work.connection.execute(store.persons.insert(), people)


async def test_a_search_finds_whom_every_mark_names_at_ones_own_window(database: Database, clock: ManualClock) -> None:
    await fill(database, clock, 1000)
    async with database.reading() as connection:
        rows = await searching.search(connection, unit="U03", digests=[["3"]], size=200)
        both = await searching.search(connection, unit="U03", digests=[["3"], ["13", "23"]], size=200)
        one = await searching.search(connection, unit="U03", digests=[["3"]], number="43", size=200)
    found = [int(row.application_number) for row in rows]
    assert found == sorted((n for n in range(1000) if n % 40 == 3 and n % 10 == 3), reverse=True)
    assert (both, [row.application_number for row in one]) == ([], ["43"])
