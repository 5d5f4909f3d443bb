"""SQLite as an asyncio driver for SQLAlchemy: aiosqlite, with whole statements and no half-done operation.

Each connection has a thread. A statement makes one trip to it, where it runs, is read to its end and is finished, so
that no connection is ever closed over an unread cursor, which would keep its transaction and its lock alive.
"""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from chassis.base.problems import StartRefused

T = TypeVar("T")
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


async def connect(file: str) -> "SteadyConnection":
    """Return an open connection in autocommit mode: the driver's own BEGIN is deferred and would lose updates."""
    connection = SteadyConnection(partial(sqlite3.connect, file, isolation_level=None), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001  a process that ends does not wait for it
    await connection
    for pragma in PRAGMAS:
        await connection.execute(f"PRAGMA {pragma}")
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

    def cursor(self) -> "WholeCursor":  # type: ignore[override]  # what SQLAlchemy asks of a cursor, and no more
        """Return a cursor for one statement."""
        return WholeCursor(self)

    async def rollback(self) -> None:
        """Roll back, if there is anything to."""
        if self._conn.in_transaction:
            await super().rollback()

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await finished(super()._execute(fn, *args, **kwargs))  # type: ignore[no-untyped-call]  # aiosqlite's own


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
        await self._connection._execute(self._run, sqlite3.Cursor.execute, sql, parameters)  # noqa: SLF001  one driver

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        """Run a statement once for each of the parameters."""
        await self._connection._execute(self._run, sqlite3.Cursor.executemany, sql, parameters)  # noqa: SLF001  as above

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
