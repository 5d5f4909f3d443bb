"""How every service's schema behaves: the same functions run for each package, on both dialects."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import Script
from sqlalchemy import event

from chassis.data import migrate, schema
from chassis.data.database import Database

OpenEmpty = Callable[[], Awaitable[Database]]
"""Opens a database in which nothing is yet."""
Behaviour = Callable[[OpenEmpty, str, sa.MetaData], Awaitable[None]]
ADDING = (
    r"(BEGIN|CREATE TABLE|CREATE INDEX|INSERT INTO|UPDATE|SELECT|PRAGMA|WITH)\b",
    r"ALTER TABLE \S+ ADD COLUMN \S+ (?!.*NOT NULL)",
    r"ALTER TABLE \S+ ADD COLUMN \S+ .*\bDEFAULT\b.*",
)
BEFORE_THE_RULE = frozenset({"0002_events.py", "0002_counted_at.py", "0003_reckoned_under.py", "0005_drafts.py"})
"""These build indexes while a table is shut; a version is never edited."""
KILLED_AT_EVERY_STATEMENT = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from chassis.data import migrate

database, lines = sys.argv[1:3], tuple(sys.argv[3:])

def upgrade(statements, told):
    left = statements
    def count(*heard):
        nonlocal left
        left -= len(heard) == 1 or not heard[2].startswith(("SELECT", "PRAGMA", "BEGIN"))
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    def commit(_connection):
        count(None)
        os.write(told, b".")
    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", commit)
    asyncio.run(migrate.upgrade(*database))

def killed(statements):  # what is imported and read here is not imported and read anew in each child
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            upgrade(statements, told)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(told)
    status = os.waitpid(child, 0)[1]
    with open(heard, "rb") as commits:
        return status, len(commits.read())

def missing():
    return asyncio.run(migrate.planned(*database))

left, statements, seen, kills, status = missing(), 0, 0, 0, 0
while any(one.startswith(lines) for one in left):
    statements += 1
    status, commits = killed(statements)
    if not os.WIFSIGNALED(status):
        break
    kills += 1
    if commits != seen and (now := missing()) != left:
        left, statements, commits = now, 0, 0  # a version was committed: the next is killed from its first on
    seen = commits
else:
    asyncio.run(migrate.upgrade(*database))
assert status == 0 or os.WIFSIGNALED(status), f"after a kill at statement {statements - 1}, missing: {left}"
print(kills)
"""
"""Told a database's address and package, and the lines of versions that are killed; what comes after them is not."""


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[str]:
    """Return how a migrated database differs from the chassis' and the service's tables as the code declares them."""
    versions = {line.table for line in migrate.lines_of("")}
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _parents: kind != "table" or name not in versions,
    }
    context = MigrationContext.configure(connection, opts=options)
    declared = sa.MetaData()
    for table in (*schema.metadata.tables.values(), *metadata.tables.values()):
        table.to_metadata(declared)
    found = [str(one) for one in compare_metadata(context, declared)]
    inspected = sa.inspect(connection)
    for table in declared.tables.values():
        if inspected.has_table(table.name):
            keys = inspected.get_pk_constraint(table.name)["constrained_columns"]
            if keys != [column.name for column in table.primary_key.columns]:
                found.append(f"{table.name}: the primary key is {keys}")
    return found


async def _as_declared(database: Database, package: str, metadata: sa.MetaData) -> None:
    tables = (*schema.metadata.tables.values(), *metadata.tables.values())
    made = [column for table in tables for column in table.columns if column.default is not None]
    assert made == [], "a default is the database's: rows that are added together are written without this code's"
    assert await migrate.is_current(database.url, package)
    async with database.reading() as connection:
        found = await connection.run_sync(differences, metadata)
    assert found == [], found


async def _first_release(database: Database, package: str) -> None:
    """Bring a database to where the first release left it: it had one table of versions."""

    def work(connection: sa.Connection) -> None:
        for line in migrate.lines_of(package):
            line.move(connection, to=migrate.FIRST)
        connection.execute(sa.text(f"DROP TABLE {migrate.CHASSIS.table}"))

    async with database.unit_of_work() as unit:
        await unit.connection.run_sync(work)


async def the_migrations_make_the_tables_that_the_code_declares(
    open_empty: OpenEmpty, package: str, metadata: sa.MetaData
) -> None:
    """Columns, types, defaults, keys, indexes and constraints."""
    database = await open_empty()
    assert await migrate.planned(database.url, package) == await migrate.upgrade(database.url, package) != []
    await _as_declared(database, package, metadata)
    assert await migrate.upgrade(database.url, package) == []


async def a_database_of_the_first_release_is_taken_over(
    open_empty: OpenEmpty, package: str, metadata: sa.MetaData
) -> None:
    """The first release made the chassis' tables inside each service's first version, and kept one version table."""
    database = await open_empty()
    await _first_release(database, package)
    assert not await migrate.is_current(database.url, package)
    await migrate.upgrade(database.url, package)
    await _as_declared(database, package, metadata)


async def a_kill_at_any_statement_leaves_what_can_be_upgraded(
    open_empty: OpenEmpty, package: str, metadata: sa.MetaData
) -> None:
    """A process is killed before the first statement that writes, the next before the second, … until one commits.

    From the first release on it is killed in the chassis' versions; where each version is committed for itself, the
    service's own then begin at what they began at before.
    """
    for begin_at_first_release in (False, True):
        database = await open_empty()
        if begin_at_first_release:
            await _first_release(database, package)
        await database.close()
        lines = [line.package for line in migrate.lines_of(package)][: 1 if begin_at_first_release else None]
        assert int(await run_apart(KILLED_AT_EVERY_STATEMENT, database.url, package, *lines)) > 5
        await _as_declared(database, package, metadata)


async def versions_after_the_first_only_add(open_empty: OpenEmpty, package: str, metadata: sa.MetaData) -> None:
    """What does more must name its floor: the oldest version that a release on this database may have as its newest."""
    del metadata
    database = await open_empty()
    for line in migrate.lines_of(package):
        for version in line.versions():
            said = await _statements_of(database, line, version)
            wrong = [] if version.revision == migrate.FIRST else not_adding(said)
            assert not wrong or hasattr(version.module, "floor"), f"{version.path}: {wrong}"
            built = [] if Path(version.path).name in BEFORE_THE_RULE else building_shut(said)
            assert not built, f"{version.path}: a table is shut while it builds {built}"


def not_adding(statements: list[str]) -> list[str]:
    """Return those of a version's statements that a process of the release before might not survive."""
    fresh = [rf"CREATE UNIQUE INDEX \S+ ON {re.escape(table)}\b" for table in _made(statements)]
    return [one for one in statements if not any(re.match(shape, one) for shape in (*ADDING, *fresh))]


def building_shut(statements: list[str]) -> list[str]:
    """Return a version's indexes on tables with rows that are built after it shut a table to everyone.

    Each version is one transaction on PostgreSQL: what ALTER and DROP shut stays shut to its end, and building takes as
    long as there are rows. A version of its own for each keeps readers in.
    """
    made, shut, built = _made(statements), False, []
    for one in statements:
        head, _, rest = one.partition(" ON ")
        if shut and head.startswith(("CREATE INDEX ", "CREATE UNIQUE INDEX ")) and rest.split()[0] not in made:
            built.append(one)
        shut = shut or one.startswith(("ALTER ", "DROP "))
    return built


def _made(statements: list[str]) -> set[str]:
    return {found[1] for one in statements if (found := re.match(r"CREATE TABLE (\S+)", one))}


async def _statements_of(database: Database, line: migrate.Line, version: Script) -> list[str]:
    said: list[str] = []

    def work(connection: sa.Connection) -> None:
        def hear(*heard: object) -> None:
            said.append(" ".join(str(heard[2]).split()))

        event.listen(connection, "before_cursor_execute", hear)
        line.move(connection, to=version.revision)
        event.remove(connection, "before_cursor_execute", hear)

    async with database.unit_of_work() as unit:
        await unit.connection.run_sync(work)
    return said


async def run_apart(program: str, *words: str) -> str:
    """Run a program in a process of its own; return what it prints."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, *words, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    return out.decode()


BEHAVIOURS: tuple[Behaviour, ...] = (
    the_migrations_make_the_tables_that_the_code_declares,
    a_database_of_the_first_release_is_taken_over,
    versions_after_the_first_only_add,
)
