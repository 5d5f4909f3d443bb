"""Upgrades: one at a time, with a copy, and on databases of other releases."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.migrate import CHASSIS, FIRST, SchemaUnknown, Standing, lines_of, standing, upgrade
from chassis.testing import sample
from chassis.testing.plugin import OpenDatabase
from chassis.testing.sample import count, value_of
from chassis.testing.schema_suite import a_kill_at_any_statement_leaves_what_can_be_upgraded, not_adding, run_apart

SAMPLE = "chassis.testing.sample"
UPGRADED = "import asyncio, sys; from chassis.data import migrate; print(asyncio.run(migrate.upgrade(*sys.argv[1:])))"


async def execute(database: Database, *statements: str) -> None:
    async with database.unit_of_work() as work:
        for statement in statements:
            await work.connection.execute(sa.text(statement))


async def test_of_many_upgrades_at_once_one_does_it(open_database: OpenDatabase) -> None:
    database = await open_database("")
    told = await asyncio.gather(*(run_apart(UPGRADED, database.url, SAMPLE) for _ in range(3)))
    assert sorted(line == "[]\n" for line in told) == [False, True, True], told
    assert await standing(database.url, SAMPLE) is Standing.CURRENT


@pytest.mark.timeout(600)
async def test_a_killed_upgrade_can_be_done_again(open_database: OpenDatabase) -> None:
    await a_kill_at_any_statement_leaves_what_can_be_upgraded(partial(open_database, ""), SAMPLE, sample.metadata)


async def test_many_upgrades_in_one_event_loop_do_not_hang(open_database: OpenDatabase) -> None:
    same, other = await open_database(""), await open_database("")
    async with asyncio.timeout(60):
        done = await asyncio.gather(*(upgrade(one.url, SAMPLE) for one in (same, other, same, other, same)))
    assert sorted(map(bool, done)) == [False, False, False, True, True]


async def test_a_release_runs_on_a_database_that_a_later_one_added_to(database: Database) -> None:
    await execute(
        database,
        "ALTER TABLE counters ADD COLUMN colour VARCHAR(10) DEFAULT 'red' NOT NULL",
        "UPDATE alembic_version SET version_num = '9998'",
        "UPDATE chassis_version SET version_num = '9999'",
    )
    assert await standing(database.url, SAMPLE) is Standing.NEWER
    assert await upgrade(database.url, SAMPLE) == []
    async with database.unit_of_work() as work:
        await count(work, "visits", 1, actor="a")
    assert await value_of(database, "visits") == 1
    assert await standing(database.url, SAMPLE) is Standing.NEWER


@pytest.mark.parametrize(("line", "table"), [(SAMPLE, "alembic_version"), (CHASSIS.package, CHASSIS.table)])
async def test_a_release_refuses_a_database_whose_floor_it_does_not_know(
    database: Database, line: str, table: str
) -> None:
    await execute(
        database,
        f"UPDATE {table} SET version_num = '9999'",
        f"UPDATE schema_line SET floor = '9999' WHERE package = '{line}'",
    )
    assert await standing(database.url, SAMPLE) is Standing.UNKNOWN
    with pytest.raises(SchemaUnknown, match="another release"):
        await upgrade(database.url, SAMPLE)


async def test_a_database_of_another_service_is_refused(database: Database) -> None:
    assert await standing(database.url, "other_svc") is Standing.UNKNOWN
    with pytest.raises(SchemaUnknown, match=f"the database of {SAMPLE}"):
        await upgrade(database.url, "other_svc")


async def test_a_half_made_database_of_the_first_release_is_told_as_such(open_database: OpenDatabase) -> None:
    database = await open_database("")
    await execute(database, "CREATE TABLE outbox (position INTEGER)")
    with pytest.raises(SchemaUnknown, match="cut short"):
        await upgrade(database.url, SAMPLE)


@pytest.mark.parametrize(
    ("statement", "adds"),
    [
        ("CREATE TABLE t (a INTEGER NOT NULL)", True),
        ("ALTER TABLE t ADD COLUMN a INTEGER", True),
        ("ALTER TABLE t ADD COLUMN a INTEGER DEFAULT '0' NOT NULL", True),
        ("ALTER TABLE t ADD COLUMN a INTEGER NOT NULL", False),
        ("ALTER TABLE t DROP COLUMN a", False),
        ("ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(10)", False),
        ("ALTER TABLE t RENAME TO u", False),
        ("DROP TABLE t", False),
        ("DROP INDEX i", False),
        ("CREATE INDEX i ON t (a)", True),
        ("CREATE UNIQUE INDEX i ON t (a)", False),
        ("DELETE FROM t", False),
    ],
)
def test_the_rule_tells_what_only_adds(statement: str, *, adds: bool) -> None:
    assert (not_adding([statement]) == []) is adds
    assert not_adding(["CREATE TABLE t (a INTEGER)", "CREATE UNIQUE INDEX i ON t (a)"]) == []


async def test_a_copy_is_kept_before_an_upgrade_of_data_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "sample.db"
    url = f"sqlite+aiosqlite:///{file}"
    await upgrade(url, SAMPLE)
    await upgrade(url, SAMPLE)
    assert copies(tmp_path) == []
    await first_release(url)
    await upgrade(url, SAMPLE)
    assert [one.name for one in copies(tmp_path)] == [f"sample.db.at-{FIRST}-{FIRST}"]
    assert copies(tmp_path)[0].stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copies(tmp_path)[0])) as copy:
        assert copy.execute("SELECT value FROM counters WHERE name = 'visits'").fetchone() == (7,)
        assert copy.execute("SELECT name FROM sqlite_master WHERE name = 'schema_line'").fetchone() is None


async def first_release(url: str) -> None:
    """Take a sample's database back to the first release, with something in it."""
    database = Database.open(url)
    Path(sa.make_url(url).database or "").unlink()

    def make(connection: sa.Connection) -> None:
        for line in lines_of(SAMPLE):
            line.move(connection, to=FIRST)
        connection.execute(sa.text(f"DROP TABLE {CHASSIS.table}"))
        connection.execute(sa.text("INSERT INTO counters VALUES ('visits', 7, 1)"))

    async with database.unit_of_work() as work:
        await work.connection.run_sync(make)
    await database.close()


def copies(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if ".at-" in file.name]
