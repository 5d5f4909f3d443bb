"""Brings a service's database to its newest schema with alembic: the chassis' own tables first, then the service's.

Each of the two lines keeps its versions in `migrations/versions/` and where it stands in a table of its own. An upgrade
is alone in its database. A process that dies leaves what was there before: on SQLite, where the upgrade is one
transaction, all of it; on PostgreSQL, where each version is one, so that no lock outlasts its version, the versions
that were applied: the next upgrade goes on from them, and the release before runs on them.

Versions only add, so a process also runs on a database that a later release has upgraded. A version that does not only
add names its `floor`: the version that a release must know to run on the database from then on.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from importlib import resources
from threading import Lock
from typing import TypeVar

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.base import telemetry
from chassis.base.problems import StartRefused
from chassis.data.schema import schema_line
from chassis.data.sqlite import SteadyConnection, connect, copy_of, finished

T = TypeVar("T")
ONE_AT_A_TIME = Lock()
"""Versions speak through the module `alembic.op`, of which a process has one."""
ADVISORY_KEY = 0x79697761_6E67  # "yiwang"
WAIT_MILLISECONDS = 600_000
LOCK_MILLISECONDS = 2_000
"""For a table that others use: those who come after wait behind the upgrade, so it does not wait long itself."""
LOCK_ATTEMPTS = 100
PAUSE_SECONDS = 1.0
"""Between two attempts, so that those who waited get their turn."""
LOCK_NOT_AVAILABLE = "55P03"
FIRST = "0001"


class SchemaUnknown(StartRefused):
    """This release cannot use the database: a later one raised its floor, or it is another service's."""


class NotUpgraded(StartRefused):
    """The database is out, its disk is full or others use it: what was not applied was not begun."""


class SchemaAge(StrEnum):
    """How old a database's schema is, seen from this code."""

    OUTDATED = "outdated"
    CURRENT = "current"
    NEWER = "newer"  # a later release added to it; this one runs on it
    UNKNOWN = "unknown"


TOLD = {
    SchemaAge.OUTDATED: "{service} 的数据库结构不是最新;请先运行 yiwang migrate {service}(嵌入式自动升级)",
    SchemaAge.UNKNOWN: "{service} 的数据库不是本版可用的:由不兼容的发行版升级过,或属于别的服务;请核对地址与版本",
}
"""What an operator is told of a database that cannot be used."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of versions: the package that keeps them, and the table that tells where a database stands."""

    package: str
    table: str

    def script(self) -> ScriptDirectory:
        """Return the line's folder of versions."""
        return _script(str(resources.files(self.package).joinpath("migrations")))

    def versions(self) -> list[Script]:
        """Return the versions, the first one first."""
        return list(reversed(list(self.script().walk_revisions())))

    def found(self, connection: sa.Connection) -> str | None:
        """Return the version that a database has; None before the first."""
        return self._context(connection).get_current_revision()

    def age(self, connection: sa.Connection) -> SchemaAge:
        """Return how old a database's line is."""
        found, known = self.found(connection), [version.revision for version in self.versions()]
        if found is None or found in known[:-1]:
            return SchemaAge.OUTDATED
        if found == known[-1]:
            return SchemaAge.CURRENT
        return SchemaAge.NEWER if _floors(connection).get(self.package) in known else SchemaAge.UNKNOWN

    def missing(self, connection: sa.Connection, to: str | None = None) -> list[Script]:
        """Return the versions that a database lacks, up to one or all."""
        if self.age(connection) is not SchemaAge.OUTDATED:
            return []
        versions = self.versions()
        known = [version.revision for version in versions]
        found = self.found(connection)
        return versions[known.index(found) + 1 if found else 0 : known.index(to) + 1 if to else None]

    def move(self, connection: sa.Connection, to: str | None = None) -> None:
        """Apply the versions that a database lacks, up to one or all."""
        for version in self.missing(connection, to):
            self.apply(connection, version)
        self.write_floor(connection)

    def apply(self, connection: sa.Connection, version: Script) -> None:
        """Apply the version that comes next, and write it down."""
        context = self._context(connection)
        with Operations.context(context):
            version.module.upgrade()
        context.stamp(self.script(), version.revision)
        self.write_floor(connection, getattr(version.module, "floor", None))

    def stamp(self, connection: sa.Connection, version: str) -> None:
        """Write down that a database has a version, without applying it."""
        self._context(connection).stamp(self.script(), version)

    def write_floor(self, connection: sa.Connection, raised: str | None = None) -> None:
        """Write down whose the line is, and the floor that a version raised."""
        if not sa.inspect(connection).has_table(schema_line.name):
            return
        if self.package not in _floors(connection):
            connection.execute(schema_line.insert().values(package=self.package, floor=FIRST))
        if raised is not None:
            mine = schema_line.update().where(schema_line.c.package == self.package)
            connection.execute(mine.values(floor=raised))

    def _context(self, connection: sa.Connection) -> MigrationContext:
        return MigrationContext.configure(connection, opts={"version_table": self.table})


@cache
def _script(folder: str) -> ScriptDirectory:
    """Return a folder of versions; it is read, and each version compiled, once in a process."""
    return ScriptDirectory(folder)


CHASSIS = Line("chassis.data", "chassis_version")


def lines_of(package: str) -> tuple[Line, Line]:
    """Return the lines of versions in the database of a service's package: the chassis' and its own."""
    return CHASSIS, Line(package, "alembic_version")


async def upgrade(url: str, package: str) -> list[str]:
    """Apply all missing versions and return them; waits while another process does. Raises SchemaUnknown, NotUpgraded.

    A SQLite database in which something was is copied first, beside itself, under the versions that it had; the copy of
    the upgrade before goes.
    """

    def work(connection: sa.Connection) -> list[str]:
        _adopt(connection)
        lines = lines_of(package)
        missing = _missing(connection, package)
        if missing and lines[1].found(connection) and connection.dialect.name == "sqlite":
            copy_of(connection.engine.url.database or "", "-".join(line.found(connection) or "" for line in lines))
        for line in lines:
            for version in line.missing(connection):
                _let_in(connection, partial(line.apply, connection, version))
            line.write_floor(connection)
        return missing

    return await _alone(url, package, work)


async def planned(url: str, package: str) -> list[str]:
    """Return the versions that an upgrade would apply. Raises SchemaUnknown, NotUpgraded."""

    def work(connection: sa.Connection) -> list[str]:
        _adopt(connection)
        return _missing(connection, package)

    return await _alone(url, package, work, keep=False)


async def schema_age(url: str, package: str) -> SchemaAge:
    """Return how old a database's schema is."""

    def look(connection: sa.Connection) -> SchemaAge:
        if _belongs_to_another(connection, package):
            return SchemaAge.UNKNOWN
        found = {line.age(connection) for line in lines_of(package)}
        worst = (SchemaAge.UNKNOWN, SchemaAge.OUTDATED, SchemaAge.NEWER, SchemaAge.CURRENT)
        return next(one for one in worst if one in found)

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


async def is_current(url: str, package: str) -> bool:
    """Tell whether the database has all that the package needs."""
    return await schema_age(url, package) in {SchemaAge.CURRENT, SchemaAge.NEWER}


def _let_in(connection: sa.Connection, apply: Callable[[], None]) -> None:
    """Apply a version, on PostgreSQL in a transaction of its own: those who use its tables go before it, a while.

    Raises what the database says when they do not let it in.
    """
    if connection.dialect.name == "sqlite":
        apply()
        return
    connection.commit()
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        connection.execute(sa.text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))
        try:
            apply()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE or attempt == LOCK_ATTEMPTS:
                raise
            connection.rollback()
            telemetry.log.warning("upgrade_waits", reason="a table is in use", attempt=attempt)
            time.sleep(PAUSE_SECONDS)
        else:
            connection.commit()
            return


async def _alone(url: str, package: str, work: Callable[[sa.Connection], T], *, keep: bool = True) -> T:
    """Do a piece of work while no other process changes this database's schema. Raises NotUpgraded."""
    try:
        return await finished(asyncio.to_thread(partial(_in_a_thread, url, work, keep=keep)))
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise NotUpgraded(f"{package} 的数据库连不上,或现在不能升级(可再试):{said}") from error


def _in_a_thread(url: str, work: Callable[[sa.Connection], T], *, keep: bool) -> T:
    with ONE_AT_A_TIME:
        return asyncio.run(_transaction(url, work, keep=keep))


async def _transaction(url: str, work: Callable[[sa.Connection], T], *, keep: bool) -> T:
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_lock(ADVISORY_KEY)))  # let go at the close
                await connection.commit()
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
        raise SchemaUnknown(f"{package} 的数据库地址指向 {other} 的数据库;请核对地址")
    lines = lines_of(package)
    for line in lines:
        if line.age(connection) is SchemaAge.UNKNOWN:
            raise SchemaUnknown(TOLD[SchemaAge.UNKNOWN].format(service=line.package))
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
        raise SchemaUnknown("早先的发行版在此数据库上的升级中断了;请从副本恢复,或另选数据")
    CHASSIS.stamp(connection, FIRST)
