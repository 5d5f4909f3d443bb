"""Brings a service's database to its newest schema with alembic: the chassis' own tables first, then the service's.

Each of the two lines keeps its versions in `migrations/versions/` and where it stands in a table of its own. An upgrade
is one transaction on both dialects, and alone in its database: a process that dies leaves what was there before.

Versions only add, so a process also runs on a database that a later release has upgraded. A version that does not only
add names its `floor`: the version that a release must know to run on the database from then on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib import resources
from threading import Lock
from typing import TypeVar

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.data.schema import schema_line
from chassis.data.sqlite import SteadyConnection, connect, copy_of, finished

T = TypeVar("T")
ONE_AT_A_TIME = Lock()
"""Versions speak through the module `alembic.op`, of which a process has one."""
ADVISORY_KEY = 0x79697761_6E67  # "yiwang"
WAIT_MILLISECONDS = 600_000
LOCK_MILLISECONDS = 5_000
"""For a table that others use: those who come after wait behind the upgrade, so it does not wait long itself."""
FIRST = "0001"


class SchemaUnknown(Exception):  # noqa: N818  named after the fact
    """This release cannot use the database: a later one raised its floor, or it is another service's."""


class Standing(StrEnum):
    """Where a database stands, seen from this code."""

    OUTDATED = "outdated"
    CURRENT = "current"
    NEWER = "newer"  # a later release added to it; this one runs on it
    UNKNOWN = "unknown"


TOLD = {
    Standing.OUTDATED: "{service} 的数据库结构不是最新;请先运行 yiwang migrate {service}(嵌入式由 yiwang run 自动升级)",
    Standing.UNKNOWN: "{service} 的数据库不是本版可用的:由不兼容的发行版升级过,或属于别的服务;请核对地址与版本",
}
"""What an operator is told of a database that cannot be used."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of versions: the package that keeps them, and the table that tells where a database stands."""

    package: str
    table: str

    def script(self) -> ScriptDirectory:
        """Return the line's folder of versions."""
        return ScriptDirectory(str(resources.files(self.package).joinpath("migrations")))

    def versions(self) -> list[Script]:
        """Return the versions, the first one first."""
        return list(reversed(list(self.script().walk_revisions())))

    def found(self, connection: sa.Connection) -> str | None:
        """Return the version that a database has; None before the first."""
        return self._context(connection).get_current_revision()

    def standing(self, connection: sa.Connection) -> Standing:
        """Return where a database stands."""
        found, known = self.found(connection), [version.revision for version in self.versions()]
        if found is None or found in known[:-1]:
            return Standing.OUTDATED
        if found == known[-1]:
            return Standing.CURRENT
        return Standing.NEWER if _floors(connection).get(self.package) in known else Standing.UNKNOWN

    def missing(self, connection: sa.Connection, to: str | None = None) -> list[Script]:
        """Return the versions that a database lacks, up to one or all."""
        if self.standing(connection) is not Standing.OUTDATED:
            return []
        versions = self.versions()
        known = [version.revision for version in versions]
        found = self.found(connection)
        return versions[known.index(found) + 1 if found else 0 : known.index(to) + 1 if to else None]

    def move(self, connection: sa.Connection, to: str | None = None) -> None:
        """Apply the versions that a database lacks, up to one or all."""
        script, context = self.script(), self._context(connection)
        with Operations.context(context):
            for version in self.missing(connection, to):
                version.module.upgrade()
                context.stamp(script, version.revision)
                self._write_floor(connection, getattr(version.module, "floor", None))
        self._write_floor(connection, None)

    def stamp(self, connection: sa.Connection, version: str) -> None:
        """Write down that a database has a version, without applying it."""
        self._context(connection).stamp(self.script(), version)

    def _write_floor(self, connection: sa.Connection, raised: str | None) -> None:
        if not sa.inspect(connection).has_table(schema_line.name):
            return
        if self.package not in _floors(connection):
            connection.execute(schema_line.insert().values(package=self.package, floor=FIRST))
        if raised is not None:
            mine = schema_line.update().where(schema_line.c.package == self.package)
            connection.execute(mine.values(floor=raised))

    def _context(self, connection: sa.Connection) -> MigrationContext:
        return MigrationContext.configure(connection, opts={"version_table": self.table})


CHASSIS = Line("chassis.data", "chassis_version")


def lines_of(package: str) -> tuple[Line, Line]:
    """Return the lines of versions in the database of a service's package: the chassis' and its own."""
    return CHASSIS, Line(package, "alembic_version")


async def upgrade(url: str, package: str) -> list[str]:
    """Apply all missing versions and return them; waits while another process does. Raises SchemaUnknown.

    A SQLite database in which something was is copied first, beside itself, under the versions that it had.
    """

    def work(connection: sa.Connection) -> list[str]:
        _adopt(connection)
        lines = lines_of(package)
        missing = _missing(connection, package)
        if missing and lines[1].found(connection) and connection.dialect.name == "sqlite":
            copy_of(connection.engine.url.database or "", "-".join(line.found(connection) or "" for line in lines))
        for line in lines:
            line.move(connection)
        return missing

    return await _alone(url, work)


async def planned(url: str, package: str) -> list[str]:
    """Return the versions that an upgrade would apply. Raises SchemaUnknown."""

    def work(connection: sa.Connection) -> list[str]:
        _adopt(connection)
        return _missing(connection, package)

    return await _alone(url, work, keep=False)


async def standing(url: str, package: str) -> Standing:
    """Return where a database stands."""

    def look(connection: sa.Connection) -> Standing:
        if _belongs_to_another(connection, package):
            return Standing.UNKNOWN
        found = {line.standing(connection) for line in lines_of(package)}
        worst = (Standing.UNKNOWN, Standing.OUTDATED, Standing.NEWER, Standing.CURRENT)
        return next(one for one in worst if one in found)

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


async def is_current(url: str, package: str) -> bool:
    """Tell whether the database has all that the package needs."""
    return await standing(url, package) in {Standing.CURRENT, Standing.NEWER}


async def _alone(url: str, work: Callable[[sa.Connection], T], *, keep: bool = True) -> T:
    """Do a piece of work in one transaction while no other process changes this database's schema."""
    return await finished(asyncio.to_thread(partial(_in_a_thread, url, work, keep=keep)))


def _in_a_thread(url: str, work: Callable[[sa.Connection], T], *, keep: bool) -> T:
    with ONE_AT_A_TIME:
        return asyncio.run(_transaction(url, work, keep=keep))


async def _transaction(url: str, work: Callable[[sa.Connection], T], *, keep: bool) -> T:
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_KEY)))
                await connection.execute(sa.text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))
            done = await connection.run_sync(work)
            if keep:
                await connection.commit()
            return done
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


def _missing(connection: sa.Connection, package: str) -> list[str]:
    """Name the versions that both lines lack. Raises SchemaUnknown."""
    if other := _belongs_to_another(connection, package):
        raise SchemaUnknown(f"{package}: this is the database of {other}")
    lines = lines_of(package)
    for line in lines:
        if line.standing(connection) is Standing.UNKNOWN:
            raise SchemaUnknown(f"{line.package}: another release made this database; run it, or use other data")
    return [f"{line.package} {version.revision}" for line in lines for version in line.missing(connection)]


def _floors(connection: sa.Connection) -> dict[str, str]:
    if not sa.inspect(connection).has_table(schema_line.name):
        return {}
    return {row.package: row.floor for row in connection.execute(sa.select(schema_line))}


def _belongs_to_another(connection: sa.Connection, package: str) -> str:
    """Return the package of another service whose database this is; empty when it is this one's, or nobody's yet."""
    owners = sorted(_floors(connection).keys() - {CHASSIS.package})
    return owners[0] if owners and package not in owners else ""


def _adopt(connection: sa.Connection) -> None:
    """Take over a database made when the chassis' tables were part of each service's first version."""
    there = set(sa.inspect(connection).get_table_names())
    if CHASSIS.table in there or "outbox" not in there:
        return
    if lines_of("")[1].found(connection) is None:
        raise SchemaUnknown("an upgrade by an earlier release was cut short here; use a copy, or other data")
    CHASSIS.stamp(connection, FIRST)
