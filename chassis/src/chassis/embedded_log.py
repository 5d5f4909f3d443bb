"""The embedded bus: one SQLite file with Kafka's meaning (append, key, offsets per group, redelivery).

Several processes may share it. Every topic has one partition. A group has one active member at a time, by a lease with
a fencing token; what a member that lost it commits is refused. Appends are durable when `publish` returns
(synchronous=FULL).
"""

import asyncio
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from chassis.bus import BusUnavailable, Message, Record

T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS topic (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
  topic TEXT NOT NULL, at INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (topic, at)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (
  member_group TEXT NOT NULL, topic TEXT NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (member_group, topic)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS membership (
  member_group TEXT PRIMARY KEY, member TEXT NOT NULL, token INTEGER NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
"""
LEASE_SECONDS = 5.0
POLL_SECONDS = 0.05


class EmbeddedLog:
    """The log in a file. SQLite is driven from one thread of its own, so the event loop never waits for a disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded-log")
        self._connection: sqlite3.Connection | None = None
        self.appended = asyncio.Condition()

    async def start(self) -> None:
        """Open the file, making it when it is not there. Raises BusUnavailable when its folder is missing."""
        await self.run(self._open)

    def _open(self) -> None:
        if self._connection is None:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(SCHEMA)
            self._connection = connection

    async def run(self, work: Callable[[], T]) -> T:
        """Run one piece of work in the log's thread; what SQLite raises becomes BusUnavailable."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, RuntimeError) as error:
            raise BusUnavailable(str(error)) from error

    def connection(self) -> sqlite3.Connection:
        """Return the open connection; for work inside `run`."""
        if self._connection is None:
            raise BusUnavailable("the log is not open")
        return self._connection

    async def ensure_topics(self, topics: Sequence[str]) -> None:
        """Create the topics that are missing."""
        await self.run(partial(self._ensure, topics))

    def _ensure(self, topics: Sequence[str]) -> None:
        rows = [(topic,) for topic in topics]
        self.connection().executemany("INSERT OR IGNORE INTO topic VALUES (?, 0)", rows)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Append all messages in one transaction."""
        if not messages:
            return
        await self.run(partial(self._append, messages))
        async with self.appended:
            self.appended.notify_all()

    def _append(self, messages: Sequence[Message]) -> None:
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            topics = {message.topic for message in messages}
            self._ensure(sorted(topics))
            ends = dict(connection.execute("SELECT name, next FROM topic"))
            rows = []
            for message in messages:
                rows.append((message.topic, ends[message.topic], message.key, message.value))
                ends[message.topic] += 1
            connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", rows)
            connection.executemany(
                "UPDATE topic SET next = ? WHERE name = ?", [(ends[topic], topic) for topic in topics]
            )
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def subscription(self, group: str, topics: Sequence[str]) -> "EmbeddedSubscription":
        """Return a member-to-be of a group."""
        return EmbeddedSubscription(self, group, tuple(topics))

    async def ready(self) -> None:
        """Probe the file. Raises BusUnavailable when it is gone."""
        if not self.path.exists():
            raise BusUnavailable("the log's file is gone")
        await self.run(lambda: self.connection().execute("SELECT 1 FROM topic LIMIT 1").fetchone())

    async def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._connection is not None:
            await self.run(self._connection.close)
            self._connection = None
        self._thread.shutdown(wait=False)


class EmbeddedSubscription:
    """A member of a group: reads while it holds the group's lease, and remembers how far it has read."""

    def __init__(self, log: EmbeddedLog, group: str, topics: tuple[str, ...]) -> None:
        self._log = log
        self._group = group
        self._topics = topics
        self._member = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self._token = 0
        self._held_until = 0.0
        self._read: dict[str, int] = {}
        self._seen_version = -1
        self._moved = time.monotonic()
        self._last_lag = 0

    async def start(self) -> None:
        """Join: the lease is taken at the first fetch."""
        await self._log.ensure_topics(self._topics)

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ASYNC109  the bus' own wait
        """Return the next records in order, or [] after `timeout` seconds or while another member is active."""
        ends = time.monotonic() + timeout
        while True:
            records = await self._log.run(partial(self._next, limit))
            if records:
                self._moved = time.monotonic()
                return records
            left = ends - time.monotonic()
            if left <= 0:
                return []
            async with self._log.appended:
                try:
                    await asyncio.wait_for(self._log.appended.wait(), min(left, POLL_SECONDS))
                except TimeoutError:
                    continue

    def _next(self, limit: int) -> list[Record]:
        if time.monotonic() > self._held_until - LEASE_SECONDS / 2 and not self._hold():
            return []
        connection = self._log.connection()
        records: list[Record] = []
        for topic in self._topics:
            rows = connection.execute(
                "SELECT at, key, value FROM record WHERE topic = ? AND at >= ? ORDER BY at LIMIT ?",
                (topic, self._read.get(topic, 0), limit - len(records)),
            )
            records += [Record(topic, key, value, 0, at) for at, key, value in rows]
            if len(records) >= limit:
                break
        for record in records:
            self._read[record.topic] = record.offset + 1
        return records

    def _hold(self) -> bool:
        """Take or prolong the lease. The expiry is wall-clock time, since processes share it; the token fences."""
        connection = self._log.connection()
        now = time.time()
        until = now + LEASE_SECONDS
        asked = time.monotonic()
        row = connection.execute(
            "INSERT INTO membership VALUES (?, ?, 1, ?) ON CONFLICT (member_group) DO UPDATE SET"
            " token = token + (member <> excluded.member), member = excluded.member, expires = excluded.expires"
            " WHERE member = excluded.member OR expires < ? RETURNING token",
            (self._group, self._member, until, now),
        ).fetchone()
        if row is None:
            self._held_until = 0.0
            self._free_the_dead()
            return False
        if row[0] != self._token:
            self._token = row[0]
            progress = connection.execute("SELECT topic, next FROM progress WHERE member_group = ?", (self._group,))
            self._read = dict(progress.fetchall())
        self._held_until = asked + LEASE_SECONDS
        return True

    def _free_the_dead(self) -> None:
        """Let the lease lapse when its holder was a process of this machine that is no more."""
        query = "SELECT member FROM membership WHERE member_group = ?"
        host, _, rest = (
            self._log.connection().execute(query, (self._group,)).fetchone()[0].rpartition("/")[0].partition("/")
        )
        if host == socket.gethostname() and not _is_alive(int(rest)):
            lapse = "UPDATE membership SET expires = 0 WHERE member_group = ? AND member LIKE ?"
            self._log.connection().execute(lapse, (self._group, f"{host}/{rest}/%"))

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit the offsets after these records. Raises BusUnavailable when another member has taken over."""
        nexts: dict[str, int] = {}
        for record in records:
            nexts[record.topic] = max(nexts.get(record.topic, 0), record.offset + 1)
        await self._log.run(partial(self._commit, nexts))
        self._moved = time.monotonic()

    def _commit(self, nexts: dict[str, int]) -> None:
        connection = self._log.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            held = connection.execute("SELECT token FROM membership WHERE member_group = ?", (self._group,)).fetchone()
            self._refuse_unless_held(held)
            connection.executemany(
                "INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT (member_group, topic) DO UPDATE"
                " SET next = max(next, excluded.next)",
                [(self._group, topic, following) for topic, following in nexts.items()],
            )
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _refuse_unless_held(self, held: tuple[int] | None) -> None:
        if held is None or held[0] != self._token:
            self._held_until = 0.0
            raise BusUnavailable("another member of the group has taken over")

    async def lag(self) -> int:
        """Return how many records of its topics the group has not committed."""
        self._last_lag = await self._log.run(self._lag)
        return self._last_lag

    def _lag(self) -> int:
        marks = ",".join("?" * len(self._topics))
        query = (
            "SELECT coalesce(sum(t.next - coalesce(p.next, 0)), 0) FROM topic t"
            f" LEFT JOIN progress p ON p.topic = t.name AND p.member_group = ? WHERE t.name IN ({marks})"
        )
        return int(self._log.connection().execute(query, (self._group, *self._topics)).fetchone()[0])

    def stalled(self, seconds: float) -> bool:
        """Tell whether there was lag when last asked and nothing has moved for so many seconds."""
        return self._last_lag > 0 and time.monotonic() - self._moved > seconds

    async def close(self) -> None:
        """Let the lease lapse, so that another member need not wait."""
        if self._token and self._log._connection is not None:  # noqa: SLF001  two halves of one module
            leave = "UPDATE membership SET expires = 0 WHERE member_group = ? AND member = ?"
            await self._log.run(lambda: self._log.connection().execute(leave, (self._group, self._member)))
            self._token = 0
            self._held_until = 0.0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
