"""SQLite as an asyncio driver for SQLAlchemy: aiosqlite, with whole statements and no half-done operation.

A statement runs, is read to its end and is finished in one go, so that no connection is ever closed over an unread
cursor, which would keep its transaction and its lock alive. Each connection has a thread for what may wait: a lock, a
commit, many rows, as those of a deletion. Any other statement runs where it is asked for, without the trip; a query
that turns out to be long is begun again in the thread.
"""

import asyncio
import math
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Self, TypeVar

import aiosqlite

from chassis.base.problems import StartRefused

T = TypeVar("T")
HERE_SECONDS = 0.005
"""A query runs in the event loop for no longer."""
STEPS = 10_000
"""Of SQLite's machine, between two looks at the time."""
MANY = 50
SHORT, MANY_ROWS = ("SELECT", "INSERT", "UPDATE"), " IN ("
"""How a statement begins that neither waits for a lock, once its transaction has begun, nor for the disk; and what one
has that changes more rows than it names."""
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON")


async def finished(work: Awaitable[T]) -> T:
    """Wait for work to its end; a caller who is cancelled meanwhile learns it only then."""
    under_way = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not under_way.done():
        try:
            await asyncio.shield(under_way)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # noqa: BLE001  told below, unless the caller is gone
            break
    if cancelled is not None:
        raise cancelled
    return under_way.result()


async def connect(file: str, *, pragmas: Sequence[str] = PRAGMAS) -> "SteadyConnection":
    """Return an open connection in autocommit mode: the driver's own BEGIN is deferred and would lose updates.

    The file may be told as a URI, for one that is not ours, as `file:/path?mode=ro`.
    """
    opened = partial(sqlite3.connect, file, isolation_level=None, check_same_thread=False, uri=file.startswith("file:"))
    connection = SteadyConnection(opened, iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001  a process that ends does not wait for it
    try:
        await connection
    except sqlite3.Error:
        while connection._thread.is_alive():  # noqa: ASYNC110, SLF001  it still tells this loop that it ends
            await asyncio.sleep(0.001)
        raise
    connection._conn.set_progress_handler(connection.is_over, STEPS)  # noqa: SLF001  one driver
    try:
        for pragma in pragmas:
            await connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        await connection.close()
        raise
    return connection


class NotCopied(StartRefused):
    """A database could not be copied: mostly the disk is full. It is as it was."""


def copy_of(file: str, name: str) -> Path:
    """Copy a database beside itself, whole or not at all, for its owner's eyes only; return the copy.

    What another connection has not committed is not in it. Earlier copies go: they too hold what citizens gave. Raises
    NotCopied.
    """
    copy = Path(f"{file}.at-{name}")
    half = Path(f"{copy}.new")
    try:
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(half)) as target:
            source.backup(target)
        with half.open("rb") as written:
            os.fsync(written.fileno())
        half.replace(copy)
        for other in copy.parent.iterdir():
            if other.name.startswith(f"{Path(file).name}.at-") and other != copy:
                other.unlink()
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise NotCopied(f"升级前的副本 {copy} 留不下,没有升级,数据库仍是原样;请腾出空间再试({error})") from error
    return copy


class SteadyConnection(aiosqlite.Connection):
    """A connection whose operations are waited out when their caller is cancelled.

    Otherwise the thread goes on with a BEGIN that nobody waits for any more, and the lock it takes is never given back.
    """

    over_at = math.inf
    """When what runs in the event loop has had its time."""

    def is_over(self) -> bool:
        """Tell SQLite whether to stop what it is doing."""
        return monotonic() > self.over_at

    def cursor(self) -> "WholeCursor":  # type: ignore[override]  # what SQLAlchemy asks of a cursor, and no more
        """Return a cursor for one statement."""
        return WholeCursor(self)

    async def rollback(self) -> None:
        """Roll back, if there is anything to."""
        if self._conn.in_transaction:
            await super().rollback()

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await finished(super()._execute(fn, *args, **kwargs))  # type: ignore[no-untyped-call]  # aiosqlite's own


def _is_short(sql: str) -> bool:
    return sql.startswith(SHORT) and not (sql.startswith("UPDATE") and MANY_ROWS in sql)


class WholeCursor:
    """A cursor that has all rows of its statement as soon as it has run."""

    arraysize = 1

    def __init__(self, connection: SteadyConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> None:
        """Run a statement and read it."""
        if not (_is_short(sql) and self._is_run_here(sql, parameters)):
            await self._connection._execute(self._run, sqlite3.Cursor.execute, sql, parameters)  # noqa: SLF001  one driver

    async def executemany(self, sql: str, parameters: Sequence[Iterable[Any]]) -> None:
        """Run a statement once for each of the parameters."""
        if len(parameters) > MANY:
            await self._connection._execute(self._run, sqlite3.Cursor.executemany, sql, parameters)  # noqa: SLF001  as above
        else:
            self._run(sqlite3.Cursor.executemany, sql, parameters)

    def _is_run_here(self, sql: str, parameters: Iterable[Any]) -> bool:
        """Run a statement here; tell whether it came to its end. One that writes does, whatever its time."""
        self._connection.over_at = monotonic() + HERE_SECONDS if sql.startswith("SELECT") else math.inf
        try:
            self._run(sqlite3.Cursor.execute, sql, parameters)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return False
        finally:
            self._connection.over_at = math.inf
        return True

    def _run(self, how: Callable[..., sqlite3.Cursor], sql: str, parameters: Any) -> None:
        cursor = self._connection._conn.cursor()  # noqa: SLF001  as above
        try:
            how(cursor, sql, parameters)
            self._rows = cursor.fetchall()
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        """Return the rows."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Let go of the rows."""
        self._rows = []
