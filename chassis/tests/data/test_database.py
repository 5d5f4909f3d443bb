import asyncio
from datetime import datetime

import pytest
import sqlalchemy as sa
from chassis.base.deadline import Deadline, deadline
from chassis.base.problems import DeadlineExceeded
from chassis.data.database import Database, DatabaseUnavailable, is_duplicate
from chassis.data.schema import audit, idempotency
from chassis.testing.builders import MONDAY_MORNING
from chassis.testing.sample import count, counters, value_of


async def test_200_concurrent_read_then_write_transactions_lose_no_update(database: Database) -> None:
    async def one() -> None:
        async with database.unit_of_work() as work:
            await count(work, "visits", 1, actor="a")

    async with database.unit_of_work() as work:
        await count(work, "visits", 0, actor="a")
    await asyncio.gather(*(one() for _ in range(200)))
    assert await value_of(database, "visits") == 200


async def test_an_error_in_the_block_leaves_nothing_behind(database: Database) -> None:
    async def fail() -> None:
        async with database.unit_of_work() as work:
            await count(work, "visits", 1, actor="a")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await fail()
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(counters))).all() == []
        assert (await connection.execute(sa.select(audit))).all() == []


async def test_a_cancelled_caller_still_gets_his_commit_finished_and_no_connection_leaks(database: Database) -> None:
    async def one(name: str) -> None:
        async with database.unit_of_work() as work:
            await count(work, name, 1, actor="a")

    tasks = [asyncio.create_task(one(f"c{n}")) for n in range(100)]
    for delay, task in enumerate(tasks):
        await asyncio.sleep(0.0005 * (delay % 5))
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    while database.connections_in_use():
        await asyncio.sleep(0.01)
    async with database.unit_of_work() as work:
        await count(work, "after", 1, actor="a")
    assert await value_of(database, "after") == 1


async def test_callers_cancelled_at_any_moment_leave_neither_lock_nor_connection(database: Database) -> None:
    async def work_on(opened: Database, name: str) -> None:
        while True:
            await opened.ready()
            async with opened.unit_of_work() as work:
                await count(work, name, 1, actor="a")

    for moment in range(60):  # each round stops at another moment: connecting, beginning, reading, committing
        opened = Database.open(database.url, pool_size=3, cipher=database.cipher)
        tasks = [asyncio.create_task(work_on(opened, "contended")) for _ in range(3)]
        await asyncio.sleep(moment % 20 / 1000)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=60)
        assert [str(task.exception()) for task in tasks if not task.cancelled()] == []
        assert opened.connections_in_use() == 0
        await opened.close()
        async with asyncio.timeout(60), database.unit_of_work() as work:
            await count(work, "contended", 1, actor="b")


async def test_a_statement_whose_caller_is_cancelled_costs_no_connection_on_sqlite(
    database: Database, backend: str
) -> None:
    if backend == "postgresql":  # there a statement is stopped where it is, and its connection with it
        return
    opened = Database.open(database.url, pool_size=1)
    made: list[object] = []
    sa.event.listen(opened._reader.sync_engine, "connect", lambda *_: made.append(1))
    slow = sa.text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"
    )

    async def read() -> None:
        async with opened.reading() as connection:
            await connection.execute(slow)

    for _ in range(5):
        task = asyncio.create_task(read())
        while not opened.connections_in_use():
            await asyncio.sleep(0)
        await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.wait({task})
    await opened.ready()
    await opened.close()
    assert len(made) == 1


async def test_moments_come_back_aware_and_json_keeps_chinese_and_order(database: Database) -> None:
    row = {
        "caller": "甲",
        "operation": "o",
        "key": "k",
        "body_hash": "h",
        "status": 200,
        "headers": {"事项": "新生儿", "a": [1, None], "A": 2},
        "body": "",
        "created_at": MONDAY_MORNING,
    }
    async with database.unit_of_work() as work:
        await work.connection.execute(idempotency.insert().values(**row))
    async with database.reading() as connection:
        stored = (await connection.execute(sa.select(idempotency))).one()
    assert stored.created_at == MONDAY_MORNING
    assert stored.created_at.tzinfo is not None
    assert list(stored.headers) == ["事项", "a", "A"]


async def test_a_naive_moment_is_refused(database: Database) -> None:
    async def store() -> None:
        async with database.unit_of_work() as work:
            naive = datetime(2026, 1, 1)  # noqa: DTZ001  the wrong thing, on purpose
            await work.connection.execute(idempotency.update().values(created_at=naive))

    with pytest.raises((ValueError, sa.exc.StatementError), match="time zone"):
        await store()


async def test_readers_see_what_was_committed_while_a_writer_is_busy(database: Database) -> None:
    async with database.unit_of_work() as work:
        await count(work, "visits", 5, actor="a")
    async with database.unit_of_work() as work:
        await count(work, "visits", 1, actor="a")
        assert await value_of(database, "visits") == 5
    assert await value_of(database, "visits") == 6


@pytest.mark.parametrize("address", ["/x?host=/nowhere", "/x?host=/"])
async def test_a_server_that_cannot_be_reached_is_an_outage(address: str) -> None:
    opened = Database.open(f"postgresql+asyncpg://{address}")
    with pytest.raises(DatabaseUnavailable):
        await opened.ready()
    await opened.close()


async def test_a_reading_is_of_one_moment_however_many_statements_it_takes(database: Database) -> None:
    async with database.unit_of_work() as work:
        await count(work, "visits", 1, actor="a")
    value = sa.select(counters.c.value).where(counters.c.name == "visits")
    async with database.reading() as connection:
        before = (await connection.execute(value)).scalar_one()
        async with database.unit_of_work() as work:
            await count(work, "visits", 1, actor="a")
        assert (await connection.execute(value)).scalar_one() == before
    assert await value_of(database, "visits") == before + 1


async def test_nothing_can_be_written_in_a_reading(database: Database) -> None:
    if database.dialect == "sqlite":
        return  # there the transaction is rolled back at the end
    async with database.reading() as connection:
        with pytest.raises(sa.exc.DBAPIError, match="read-only"):
            await connection.execute(counters.delete())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (counters.insert().values(name="visits", value=1, version=1), "duplicate"),
        (counters.insert().values(name="other", value=None, version=1), "fault"),
        (audit.insert().values(sequence=1, at="now"), "fault"),
    ],
)
async def test_only_a_row_that_is_there_already_is_a_duplicate(
    database: Database, change: sa.Executable, told: str
) -> None:
    async def write() -> None:
        async with database.unit_of_work() as work:
            await work.connection.execute(change)

    async with database.unit_of_work() as work:
        await count(work, "visits", 1, actor="a")
    with pytest.raises(sa.exc.IntegrityError) as refused:
        await write()
    assert is_duplicate(refused.value) == (told == "duplicate")


async def test_who_waits_for_a_connection_may_go_away_and_waits_no_longer_than_his_time(database: Database) -> None:
    opened = Database.open(database.url, pool_size=1, cipher=database.cipher)

    async def wait() -> None:
        async with opened.unit_of_work():
            pass

    async def wait_within(seconds: float) -> None:
        deadline.set(Deadline.after(seconds))
        await wait()

    async with opened.unit_of_work():
        gone = [asyncio.create_task(wait()) for _ in range(2000)]
        await asyncio.sleep(0.1)
        for task in gone:
            task.cancel()
        done, pending = await asyncio.wait(gone, timeout=60)  # while the connection is still held
        assert (len(done), len(pending)) == (2000, 0)
        assert all(task.cancelled() for task in done)
        with pytest.raises(DatabaseUnavailable):
            await asyncio.create_task(wait_within(0.5))
        with pytest.raises(DeadlineExceeded):
            await asyncio.create_task(wait_within(0.0))
        waiting = asyncio.create_task(wait())
    async with asyncio.timeout(60):
        await waiting
    await opened.close()
