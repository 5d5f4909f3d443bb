"""Upgrades: one at a time, with a copy, and on databases of other releases."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.migrate import CHASSIS, FIRST, NotUpgraded, SchemaAge, SchemaUnknown, lines_of, schema_age, upgrade
from chassis.testing import sample
from chassis.testing.plugin import POSTGRESQL, OpenDatabase
from chassis.testing.sample import count, value_of
from chassis.testing.schema_suite import (
    a_kill_at_any_statement_leaves_what_can_be_upgraded,
    building_shut,
    not_adding,
    run_apart,
)

INDEX, UNIQUE_INDEX = "CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a)"
SAMPLE = "chassis.testing.sample"
UPGRADED = "import asyncio, sys; from chassis.data import migrate; print(asyncio.run(migrate.upgrade(*sys.argv[1:])))"
UPGRADED_ON_A_FULL_DISK = """
import asyncio, resource, sys
from chassis.base.problems import StartRefused
from chassis.data import migrate
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    asyncio.run(migrate.upgrade(*sys.argv[1:]))
except StartRefused as refusal:
    print(refusal)
"""


async def execute(database: Database, *statements: str) -> None:
    async with database.unit_of_work() as work:
        for statement in statements:
            await work.connection.execute(sa.text(statement))


async def test_of_many_upgrades_at_once_one_does_it(open_database: OpenDatabase) -> None:
    database = await open_database("")
    told = await asyncio.gather(*(run_apart(UPGRADED, database.url, SAMPLE) for _ in range(3)))
    assert sorted(line == "[]\n" for line in told) == [False, True, True], told
    assert await schema_age(database.url, SAMPLE) is SchemaAge.CURRENT


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
    assert await schema_age(database.url, SAMPLE) is SchemaAge.NEWER
    assert await upgrade(database.url, SAMPLE) == []
    async with database.unit_of_work() as work:
        await count(work, "visits", 1, actor="a")
    assert await value_of(database, "visits") == 1
    assert await schema_age(database.url, SAMPLE) is SchemaAge.NEWER


@pytest.mark.parametrize(("line", "table"), [(SAMPLE, "alembic_version"), (CHASSIS.package, CHASSIS.table)])
async def test_a_release_refuses_a_database_whose_floor_it_does_not_know(
    database: Database, line: str, table: str
) -> None:
    await execute(
        database,
        f"UPDATE {table} SET version_num = '9999'",
        f"UPDATE schema_line SET floor = '9999' WHERE package = '{line}'",
    )
    assert await schema_age(database.url, SAMPLE) is SchemaAge.UNKNOWN
    with pytest.raises(SchemaUnknown, match="不兼容的发行版"):
        await upgrade(database.url, SAMPLE)


async def test_a_database_of_another_service_is_refused(database: Database) -> None:
    assert await schema_age(database.url, "other_svc") is SchemaAge.UNKNOWN
    with pytest.raises(SchemaUnknown, match=f"指向 {SAMPLE} 的数据库"):
        await upgrade(database.url, "other_svc")


async def test_a_half_made_database_of_the_first_release_is_told_as_such(open_database: OpenDatabase) -> None:
    database = await open_database("")
    await execute(database, "CREATE TABLE outbox (position INTEGER)")
    with pytest.raises(SchemaUnknown, match="升级中断"):
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


@pytest.mark.parametrize(
    ("statements", "built"),
    [
        (["ALTER TABLE t ADD COLUMN a INTEGER", INDEX], [INDEX]),
        (["DROP INDEX i", INDEX], [INDEX]),
        (["ALTER TABLE s ADD COLUMN a INTEGER", UNIQUE_INDEX], [UNIQUE_INDEX]),
        ([INDEX, UNIQUE_INDEX], []),
        ([INDEX, "DROP INDEX i"], []),
        (["ALTER TABLE s ADD COLUMN a INTEGER", "CREATE TABLE t (a INTEGER)", INDEX], []),
    ],
)
def test_the_rule_tells_an_index_that_is_built_while_a_table_is_shut(statements: list[str], built: list[str]) -> None:
    assert building_shut(statements) == built


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


async def test_of_the_copies_only_the_newest_stays(tmp_path: Path) -> None:
    (tmp_path / "sample.db.at-0000-0000").touch()
    (tmp_path / "sample.db.at-0000-0001.new").touch()
    (tmp_path / "other.db.at-0000-0000").touch()
    url = f"sqlite+aiosqlite:///{tmp_path / 'sample.db'}"
    await upgrade(url, SAMPLE)
    assert len(copies(tmp_path)) == 3  # nothing was copied
    await first_release(url)
    await upgrade(url, SAMPLE)
    assert sorted(one.name for one in copies(tmp_path)) == ["other.db.at-0000-0000", f"sample.db.at-{FIRST}-{FIRST}"]


async def test_without_room_for_a_copy_there_is_no_upgrade_and_a_sentence(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'sample.db'}"
    await upgrade(url, SAMPLE)
    await first_release(url)
    said = await run_apart(UPGRADED_ON_A_FULL_DISK, url, SAMPLE)
    assert "没有升级,数据库仍是原样" in said
    assert copies(tmp_path) == []
    assert await schema_age(url, SAMPLE) is SchemaAge.OUTDATED
    assert await upgrade(url, SAMPLE) != []


async def test_a_database_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "sample.db").write_text("no database", encoding="utf-8")
    with pytest.raises(NotUpgraded, match=r"连不上,或现在不能升级.*not a database"):
        await upgrade(f"sqlite+aiosqlite:///{tmp_path / 'sample.db'}", SAMPLE)


@pytest.mark.parametrize("backend", [POSTGRESQL], indirect=True)
async def test_an_upgrade_lets_those_who_use_its_tables_go_first(open_database: OpenDatabase) -> None:
    """A dump reads a table to its end; the release before works on meanwhile, and the upgrade waits its turn."""
    database = await open_database("")
    await bring_to_first_release(database)
    async with asyncio.timeout(60):
        async with database.reading() as dump:
            await dump.execute(sa.text("SELECT count(*) FROM parked"))
            upgrading = asyncio.create_task(upgrade(database.url, SAMPLE))
            for _ in range(8):
                await asyncio.sleep(0.5)
                async with database.unit_of_work() as work:  # waits for a lock five seconds at most
                    await work.connection.execute(sa.text("SELECT count(*) FROM parked"))
            assert not upgrading.done()
        assert await upgrading != []
    assert await schema_age(database.url, SAMPLE) is SchemaAge.CURRENT


async def first_release(url: str) -> None:
    """Take a sample's database back to the first release, with something in it."""
    database = Database.open(url)
    Path(sa.make_url(url).database or "").unlink()
    await bring_to_first_release(database)
    await database.close()


async def bring_to_first_release(database: Database) -> None:
    def make(connection: sa.Connection) -> None:
        for line in lines_of(SAMPLE):
            line.move(connection, to=FIRST)
        connection.execute(sa.text(f"DROP TABLE {CHASSIS.table}"))
        connection.execute(sa.text("INSERT INTO counters VALUES ('visits', 7, 1)"))

    async with database.unit_of_work() as work:
        await work.connection.run_sync(make)


def copies(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if ".at-" in file.name]
