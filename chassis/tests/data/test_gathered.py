import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.gathered import UnlikeRows
from chassis.data.schema import audit_unchained, idempotency, inbox, outbox
from sqlalchemy.exc import IntegrityError

MOMENT = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=UTC)


def event(number: int, *, subject: str = "s", version: int | None = None) -> dict[str, Any]:
    row = {"event_id": f"e{number}", "topic": "t", "subject": subject, "version": version or number}
    return {**row, "envelope": "{}", "published_at": None}


def answer(key: str) -> dict[str, Any]:
    row = {"caller": "c", "operation": "o", "key": key, "body_hash": "h", "status": 201, "body": "甲"}
    return {**row, "headers": {"see": ["一", None, True]}, "created_at": MOMENT}


async def add(database: Database, *rows: tuple[sa.Table, dict[str, Any]]) -> None:
    async with database.unit_of_work() as work:
        for table, row in rows:
            work.add(table, row)


async def all_of(database: Database, table: sa.Table) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(table).order_by(*table.primary_key)))


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Note every statement that any database is asked."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


async def test_rows_of_several_tables_come_with_all_their_values_in_their_order(database: Database) -> None:
    async with database.unit_of_work() as work:
        work.add(outbox, *(event(number) for number in range(1, 60)))
        work.add(idempotency, answer("k"))
        work.add(outbox, event(60))
        work.add(inbox)
    assert [row.version for row in await all_of(database, outbox)] == list(range(1, 61))
    (kept,) = await all_of(database, idempotency)
    assert kept._asdict() == answer("k")
    assert await all_of(database, inbox) == []


async def test_a_transaction_that_only_adds_is_one_statement_on_postgresql(
    database: Database, backend: str, said: list[str]
) -> None:
    async with database.unit_of_work() as work:
        work.add(outbox, event(1))
        work.add(idempotency, answer("k"))
        assert said == []
    assert len(said) == (1 if backend == "postgresql" else 3)
    assert len(await all_of(database, outbox)) == len(await all_of(database, idempotency)) == 1


async def test_rows_are_added_with_what_was_changed_before_them_or_not_at_all(database: Database) -> None:
    handled = {"topic": "t", "subject": "s", "version": 1, "event_id": "e", "handled_at": MOMENT}

    async def fail() -> None:
        async with database.unit_of_work() as work:
            await work.connection.execute(inbox.insert(), handled)
            work.add(outbox, event(1), event(2, version=1))

    with pytest.raises(IntegrityError):
        await fail()
    assert await all_of(database, outbox) == await all_of(database, inbox) == []


async def test_one_row_too_many_leaves_no_other_behind(database: Database) -> None:
    async with database.unit_of_work() as work:
        work.add(idempotency, answer("k"))
    with pytest.raises(IntegrityError):
        await add(database, (outbox, event(1)), (idempotency, answer("k")))
    assert await all_of(database, outbox) == []


async def test_an_error_in_the_block_adds_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.unit_of_work() as work:
            work.add(outbox, event(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await all_of(database, outbox) == []


async def test_rows_of_one_table_that_name_different_columns_are_refused(database: Database) -> None:
    less = {key: value for key, value in event(2).items() if key != "published_at"}
    with pytest.raises(UnlikeRows):
        await add(database, (outbox, event(1)), (outbox, less))
    assert await all_of(database, outbox) == []


async def test_a_caller_cancelled_while_rows_are_added_leaves_all_of_them_or_none(database: Database) -> None:
    async def add(number: int) -> None:
        async with database.unit_of_work() as work:
            work.add(outbox, event(2 * number, subject=f"s{number}"), event(2 * number + 1, subject=f"s{number}"))

    tasks = [asyncio.create_task(add(number)) for number in range(1, 60)]
    for number, task in enumerate(tasks):
        await asyncio.sleep(0.0005 * (number % 4))
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    rows = await all_of(database, outbox)
    assert database.connections_in_use() == 0
    assert all(sum(row.subject == one.subject for row in rows) == 2 for one in rows)


async def test_what_waits_to_be_added_cannot_be_read_unnoticed(database: Database) -> None:
    async def read(table: sa.Table) -> None:
        async with database.unit_of_work() as work:
            await work.connection.execute(sa.select(outbox.c.position))
            work.add(outbox, event(1))
            await work.connection.execute(sa.select(table))

    await read(audit_unchained)
    with pytest.raises(pytest.fail.Exception, match="outbox is read"):
        await read(outbox)


async def test_a_short_query_runs_where_it_is_asked_on_sqlite_and_a_long_one_in_its_thread(
    database: Database, backend: str
) -> None:
    if backend == "postgresql":  # has no thread
        return
    async with database.asking() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        driver._conn.create_function("ran_in", 0, threading.get_ident)
        numbers = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000000) SELECT x FROM n)"
        short = (await connection.execute(sa.text("SELECT ran_in()"))).scalar_one()
        long = (await connection.execute(sa.text(f"SELECT count(x), max(ran_in()) FROM {numbers}"))).one()
    assert short == threading.get_ident()
    assert (long[0], long[1] == short) == (2_000_000, False)
