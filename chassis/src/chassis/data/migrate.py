"""Brings a service's database to its newest schema with alembic: the chassis' own tables first, then the service's.

Each of the two lines keeps its versions in `migrations/versions/` and where it stands in a table of its own. An upgrade
is one transaction on both dialects, and alone in its database: a process that dies leaves what was there before.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import resources
from threading import Lock
from typing import TypeVar

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.data.sqlite import SteadyConnection, connect, finished

T = TypeVar("T")
ONE_AT_A_TIME = Lock()
"""Versions speak through the module `alembic.op`, of which a process has one."""
ADVISORY_KEY = 0x79697761_6E67  # "yiwang"
WAIT_MILLISECONDS = 600_000


class SchemaUnknown(Exception):  # noqa: N818  named after the fact
    """The database has a version that this code does not know: another release made it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of versions: the package that keeps them, and the table that tells where a database stands."""

    package: str
    table: str

    def script(self) -> ScriptDirectory:
        """Return the line's versions."""
        return ScriptDirectory(str(resources.files(self.package).joinpath("migrations")))

    def standing(self, connection: sa.Connection) -> str | None:
        """Return the version that a database has; None before the first."""
        return self._context(connection).get_current_revision()

    def move(self, connection: sa.Connection, to: str | None = None) -> list[str]:
        """Apply the versions that a database lacks, up to one or all; return them, named. Raises SchemaUnknown."""
        script, context = self.script(), self._context(connection)
        versions = list(reversed(list(script.walk_revisions())))
        found = context.get_current_revision()
        known = [version.revision for version in versions]
        if found is not None and found not in known:
            raise SchemaUnknown(f"{self.package}: another release made this database; run it, or use other data")
        missing = versions[known.index(found) + 1 if found else 0 : known.index(to) + 1 if to else None]
        with Operations.context(context):
            for version in missing:
                version.module.upgrade()
                context.stamp(script, version.revision)
        return [f"{self.package} {version.revision}" for version in missing]

    def stamp(self, connection: sa.Connection, version: str) -> None:
        """Write down that a database has a version, without applying it."""
        self._context(connection).stamp(self.script(), version)

    def _context(self, connection: sa.Connection) -> MigrationContext:
        return MigrationContext.configure(connection, opts={"version_table": self.table})


CHASSIS = Line("chassis.data", "chassis_version")


def service_line(package: str) -> Line:
    """Return the line of versions of a service's package."""
    return Line(package, "alembic_version")


async def upgrade(url: str, package: str) -> list[str]:
    """Apply all missing versions and return them; waits while another process does. Raises SchemaUnknown."""

    def work(connection: sa.Connection) -> list[str]:
        _adopt(connection)
        return [*CHASSIS.move(connection), *service_line(package).move(connection)]

    return await alone(url, work)


async def is_current(url: str, package: str) -> bool:
    """Tell whether the database has every version the package knows."""

    def look(connection: sa.Connection) -> bool:
        lines = (CHASSIS, service_line(package))
        return all(line.standing(connection) == line.script().get_current_head() for line in lines)

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


async def alone(url: str, work: Callable[[sa.Connection], T]) -> T:
    """Do a piece of work in one transaction while no other process changes this database's schema."""
    return await finished(asyncio.to_thread(partial(_in_a_thread, url, work)))


def _in_a_thread(url: str, work: Callable[[sa.Connection], T]) -> T:
    with ONE_AT_A_TIME:
        return asyncio.run(_transaction(url, work))


async def _transaction(url: str, work: Callable[[sa.Connection], T]) -> T:
    engine = _engine(url)
    try:
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_KEY)))
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _engine(url: str) -> AsyncEngine:
    if not url.startswith("sqlite"):
        return create_async_engine(url, poolclass=NullPool)
    file = sa.make_url(url).database or ":memory:"
    engine = create_async_engine(url, poolclass=NullPool, async_creator=partial(_patient, file))

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def _patient(file: str) -> SteadyConnection:
    connection = await connect(file)
    await connection.execute(f"PRAGMA busy_timeout={WAIT_MILLISECONDS}")
    return connection


def _adopt(connection: sa.Connection) -> None:
    """Take over a database made when the chassis' tables were part of each service's first version."""
    there = set(sa.inspect(connection).get_table_names())
    if CHASSIS.table in there or "outbox" not in there:
        return
    if service_line("").standing(connection) is None:
        raise SchemaUnknown("an upgrade by an earlier release was cut short here; use a copy, or other data")
    CHASSIS.stamp(connection, "0001")
