"""The database of one service: SQLite or PostgreSQL behind one door, and the only place that commits."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from chassis.base.clock import Clock, SystemClock
from chassis.base.crash import crash_point
from chassis.base.deadline import deadline
from chassis.base.ids import Ids, uuid7
from chassis.base.problems import Unavailable
from chassis.data import gathered
from chassis.data.cipher import FieldCipher
from chassis.data.gathered import Gathered
from chassis.data.sqlite import connect, finished

WAIT_SECONDS = 10.0
UNTRIED_SECONDS, SINCE = 5.0, "yiwang_idle_since"
"""A connection that lay idle for longer is tried before it is used; where it says since when."""
STATEMENTS = 500
"""How many prepared statements a connection of PostgreSQL keeps."""
ALONE = "yiwang_alone"
AUTOCOMMIT: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT", ALONE: True}
"""The execution options of a connection whose statement is alone in its transaction, so that it needs no BEGIN."""
# SQLSTATEs that say "not now": lock not available, deadlock, serialisation, timeouts, shutting down, too many; disk or
# memory full, input or output failed.
PASSING_SQLSTATES = frozenset({"55P03", "40P01", "40001", "57014", "57P01", "57P02", "57P03", "53300", "25P03"}) | {
    "53100",
    "53200",
    "58030",
}


DUPLICATES = frozenset({"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"})


class DatabaseUnavailable(Unavailable):
    """The database does not answer, or not in time; nothing was committed, or the outcome is asked again by key."""

    code = "database_unavailable"


@dataclass(slots=True)
class UnitOfWork:
    """One open transaction; whoever opened it commits, handlers never do.

    Its first statement begins it. One in which rows are added and nothing else is done is one statement.
    """

    connection: AsyncConnection
    clock: Clock
    ids: Ids
    cipher: FieldCipher | None = field(default=None, repr=False)
    appended: bool = field(default=False)
    gathered: Gathered = field(default_factory=dict, repr=False)

    def add(self, table: sa.Table, *rows: Mapping[str, Any]) -> None:
        """Add rows to a table at the end of the transaction, with all else that is added in it.

        No statement of this transaction sees them. A row of a key that is there fails the whole at its end
        (IntegrityError). All rows of a use case for one table name the same columns in the same order.
        """
        gathered.gather(self.gathered, table, rows)

    async def write(self) -> None:
        """Write now what was added, in this transaction: whatever comes after it sees the rows."""
        if self.gathered:
            await gathered.write(self.connection, self.gathered)


class Database:
    """One service's database. On SQLite writers queue for the one writing connection; readers see a snapshot."""

    def __init__(
        self, writer: AsyncEngine, reader: AsyncEngine, clock: Clock, ids: Ids, cipher: FieldCipher | None
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._asker = reader.execution_options(**({ALONE: True} if self.dialect == "sqlite" else AUTOCOMMIT))
        self._to_write = asyncio.Semaphore(_size(writer))
        self._to_read = self._to_write if reader.pool is writer.pool else asyncio.Semaphore(_size(reader))
        self.clock = clock
        self.ids = ids
        self.cipher = cipher
        self.outbox_changed = asyncio.Event()
        self.ended = 0
        """How many units of work have ended, committed or not: until it changes nothing was written here."""

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Clock | None = None,
        ids: Ids = uuid7,
        pool_size: int = 10,
        cipher: FieldCipher | None = None,
    ) -> Self:
        """Open `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…`; connects at the first use.

        `cipher` seals the audit rows; without one nothing that is audited can be done.
        """
        if url.startswith("sqlite"):
            writer = _sqlite_engine(url, pool_size=1, begin="BEGIN IMMEDIATE")
            reader = _sqlite_engine(url, pool_size=pool_size, begin="BEGIN")
        else:
            writer = _postgresql_engine(url, pool_size)
            reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return cls(writer, reader, clock or SystemClock(), ids, cipher)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @property
    def url(self) -> str:
        """The address with its password, for migrations; never logged."""
        return self._writer.url.render_as_string(hide_password=False)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """Open the one transaction of a use case and commit it at the end of the block.

        Raises DatabaseUnavailable when the database is out, locked or too slow. A commit under way is finished even
        when the caller is cancelled.
        """
        with _outages():
            async with _connection(self._writer, self._to_write) as connection:
                work = UnitOfWork(connection, self.clock, self.ids, self.cipher)
                told = connection.info
                told[gathered.WAITING] = work.gathered
                try:
                    yield work
                    await _commit(work)
                finally:
                    del told[gathered.WAITING]
                    self.ended += 1
        if work.appended:
            self.outbox_changed.set()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a snapshot: all that is read in it is of one moment; nothing is ever committed through it."""
        with _outages():
            async with _connection(self._reader, self._to_read) as connection:
                yield connection

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for one statement that reads, which is its own snapshot and needs no transaction."""
        with _outages():
            async with _connection(self._asker, self._to_read) as connection:
                yield connection

    async def ready(self) -> None:
        """Probe the database; raises DatabaseUnavailable."""
        async with self.asking() as connection:
            await connection.execute(sa.select(1))

    def connections_in_use(self) -> int:
        """Return how many pooled connections are checked out."""
        pools = {engine.pool for engine in (self._writer, self._reader)}
        return sum(pool.checkedout() for pool in pools if isinstance(pool, AsyncAdaptedQueuePool))

    async def close(self) -> None:
        """Close all pooled connections."""
        for engine in {self._writer, self._reader}:
            await engine.dispose()


def insert(table: sa.Table) -> postgresql.Insert:
    """Return an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, on both dialects.

    It is PostgreSQL's, whose clauses SQLite's compiler takes for its own, so that one can be built before any
    connection is there.
    """
    return postgresql.insert(table)


def is_duplicate(error: Exception) -> bool:
    """Tell whether the database refused a row because one of its key is there, and for no other reason."""
    cause = getattr(error, "orig", error)
    return (getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)) in DUPLICATES


async def take_turn(connection: AsyncConnection, name: str) -> None:
    """Wait until no other transaction of this database holds the name; it is held until this one ends."""
    if connection.dialect.name == "postgresql":  # on SQLite there is one writer anyway
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))


def _size(engine: AsyncEngine) -> int:
    pool = engine.pool
    return pool.size() if isinstance(pool, AsyncAdaptedQueuePool) else 1


@asynccontextmanager
async def _turn(free: asyncio.Semaphore) -> AsyncIterator[None]:
    """Wait for a free connection: no longer than the caller has time, and not at all once he has gone."""
    mine = deadline.get()
    left = WAIT_SECONDS if mine is None else min(mine.left(), WAIT_SECONDS)
    try:
        async with asyncio.timeout(left):
            await free.acquire()
    except TimeoutError as error:
        raise DatabaseUnavailable from error
    try:
        yield
    finally:
        free.release()


@asynccontextmanager
async def _connection(engine: AsyncEngine, free: asyncio.Semaphore) -> AsyncIterator[AsyncConnection]:
    async with _turn(free), _taken(engine) as connection:
        yield connection


async def _commit(work: UnitOfWork) -> None:
    """Write what was gathered and commit, to the end even when the caller is cancelled meanwhile."""
    connection, waiting = work.connection, work.gathered
    one = bool(waiting) and gathered.is_one_statement(connection) and not connection.in_transaction()
    if not one:
        await work.write()
    crash_point("before_commit")
    if one:
        await connection.execution_options(**AUTOCOMMIT)
        await finished(gathered.write(connection, waiting))
    elif connection.in_transaction():
        await finished(connection.commit())
    crash_point("after_commit")


@asynccontextmanager
async def _taken(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Take a connection and give it back: neither is left half done when the caller is cancelled."""
    connection = engine.connect()
    try:
        try:
            await (connection.start() if _is_at_hand(engine) else finished(connection.start()))
        except OSError as error:  # no such host, no route, no answer in time: the driver hands them on as they are
            raise DatabaseUnavailable from error
        yield connection
    finally:
        if connection.sync_connection is not None:
            await (finished(connection.close()) if _has_begun(connection) else connection.close())


def _is_at_hand(engine: AsyncEngine) -> bool:
    """Tell whether a connection lies ready, so that taking it waits for nothing that must be waited out."""
    return isinstance(engine.pool, AsyncAdaptedQueuePool) and engine.pool.checkedin() > 0


def _has_begun(connection: AsyncConnection) -> bool:
    """Tell whether there is a transaction to be rolled back as the connection is given back."""
    alone = connection.sync_connection and connection.sync_connection.get_execution_options().get(ALONE)
    return connection.in_transaction() and not alone


class _outages:  # noqa: N801  used as a verb-like context
    """Turn what the drivers raise when the database is out into DatabaseUnavailable."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None and _is_outage(error):
            raise DatabaseUnavailable from error


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, (PoolTimeout, InterfaceError, ConnectionError)):
        return True
    if isinstance(error, OperationalError):
        return "no such table" not in str(error) and "no such column" not in str(error)
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in PASSING_SQLSTATES
    return getattr(error, "sqlstate", None) in PASSING_SQLSTATES


def _sqlite_engine(url: str, *, pool_size: int, begin: str) -> AsyncEngine:
    file = sa.make_url(url).database or ":memory:"
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=15,
        async_creator=partial(connect, file),
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(ALONE):
            connection.exec_driver_sql(begin)

    @event.listens_for(engine.sync_engine, "handle_error")
    def keep(context: sa.ExceptionContext) -> None:
        """Keep a connection whose caller was cancelled: its statement has ended, it is rolled back and given on."""
        if isinstance(context.original_exception, asyncio.CancelledError):
            context.is_disconnect = False

    return engine


def _postgresql_engine(url: str, pool_size: int) -> AsyncEngine:
    limits = {
        "statement_timeout": "15000",
        "lock_timeout": "5000",
        "idle_in_transaction_session_timeout": "15000",
        "timezone": "UTC",
        "jit": "off",
    }
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"timeout": 5, "server_settings": limits, "prepared_statement_cache_size": STATEMENTS},
    )

    @event.listens_for(engine.sync_engine, "checkin")
    def lies_idle(_connection: Any, record: sa.PoolProxiedConnection) -> None:
        record.info[SINCE] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def try_out(connection: Any, record: Any, _proxy: Any) -> None:
        """Try a connection that lay idle for a while; of one that was used a moment ago see that it is not closed."""
        idle = monotonic() - record.info.get(SINCE, math.inf)
        try:
            if connection.driver_connection.is_closed():
                raise DisconnectionError
            if idle > UNTRIED_SECONDS:
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    return engine
