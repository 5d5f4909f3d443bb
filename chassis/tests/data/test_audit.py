import asyncio

import pytest
import sqlalchemy as sa
from chassis.data import audit
from chassis.data.database import Database
from chassis.data.schema import audit as rows
from chassis.data.schema import audit_head


async def written(database: Database, number: int) -> None:
    async def one(n: int) -> None:
        async with database.unit_of_work() as work:
            await audit.record(work, actor="甲", action="thing.done", subject=f"s{n}", details={"n": n})

    await asyncio.gather(*(one(n) for n in range(number)))


async def verdict(database: Database) -> audit.Verdict:
    async with database.reading() as connection:
        return await audit.verify(connection)


async def test_an_untouched_chain_holds_also_when_written_concurrently(database: Database) -> None:
    await written(database, 30)
    found = await verdict(database)
    assert (found.rows, found.broken_at) == (30, None)


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        (rows.update().where(rows.c.sequence == 3).values(actor="乙"), 3),
        (rows.update().where(rows.c.sequence == 3).values(details="{}"), 3),
        (rows.delete().where(rows.c.sequence == 3), 3),
        (rows.delete().where(rows.c.sequence == 5), 5),
        (audit_head.update().values(sequence=4), 6),
        (audit_head.update().values(sequence=9), 6),
        (audit_head.delete(), 6),
        (rows.update().where(rows.c.sequence == 4).values(previous="0" * 64), 4),
    ],
)
async def test_a_changed_removed_or_rolled_back_row_is_named(
    database: Database, statement: sa.UpdateBase, broken_at: int
) -> None:
    await written(database, 5)
    async with database.unit_of_work() as work:
        await work.connection.execute(statement)
    assert (await verdict(database)).broken_at == broken_at


async def test_swapped_rows_are_found(database: Database) -> None:
    await written(database, 4)
    async with database.unit_of_work() as work:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            await work.connection.execute(rows.update().where(rows.c.sequence == old).values(sequence=new))
    assert (await verdict(database)).broken_at == 2


async def test_a_chain_that_grows_while_it_is_verified_holds(database: Database) -> None:
    await written(database, 5)
    growing = asyncio.create_task(written(database, 150))
    verdicts = []
    while not growing.done():
        verdicts.append(await verdict(database))
        await asyncio.sleep(0)
    await growing
    assert [found.reason for found in verdicts if found.broken_at is not None] == []
    assert (await verdict(database)).rows == 155
