"""The embedded bus: one SQLite file with Kafka's meaning (append, key, offsets per group, redelivery).

Several processes of one machine may share the file. A topic has one partition. A group has one active member, by a
lease with a fencing token: what a member commits while another holds it is refused. What `publish` has returned for
survives SIGKILL and power loss (WAL, synchronous=FULL). On a network file system use Kafka instead.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from chassis.base import processes
from chassis.data.periods import ON_THE_BUS
from chassis.data.trimming import AT_ONCE, PAUSE_SECONDS
from chassis.events.bus import NOTHING, BusUnavailable, Keeps, Message, Progress, Record

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
CREATE TABLE IF NOT EXISTS day (
  topic TEXT NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (topic, number)
) WITHOUT ROWID
"""
DAY_SECONDS = 86_400
LEASE_SECONDS = 15.0
POLL_SECONDS = 0.05
BUSY_SECONDS = 5.0
ANSWER_SECONDS = 10.0


class EmbeddedLog:
    """The log in a file. SQLite is driven from one thread of its own, so the event loop never waits for a disk."""

    def __init__(
        self, path: Path, *, lease_seconds: float = LEASE_SECONDS, seconds: Callable[[], float] = time.time
    ) -> None:
        self.path = path
        self.lease_seconds = lease_seconds
        self._seconds = seconds
        self.appended = asyncio.Event()
        self.appends = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded-log")
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """Run one piece of work in the log's thread; an error of SQLite or the disk, or silence, is BusUnavailable."""
        if self._closed:
            raise BusUnavailable("the log is closed")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise BusUnavailable(f"{type(error).__name__}: {error}") from error

    async def start(self) -> None:
        """Open the file, making it when it is not there. Raises BusUnavailable when its folder is missing."""
        await self.run(self._open)

    def _open(self) -> None:
        patience = time.monotonic() + BUSY_SECONDS
        while self._connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *SCHEMA.split(";")):
                    connection.execute(statement)
                self._inode = self.path.stat().st_ino
                self._connection = connection
            except sqlite3.OperationalError as error:  # SQLite does not wait when several make the file at once
                connection.close()
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                    raise

    def connection(self) -> sqlite3.Connection:
        """Return the open connection, for work inside `run`; a file that was removed takes no more messages."""
        if self._connection is None:
            raise BusUnavailable("the log is not open")
        if self.path.stat().st_ino != self._inode:
            raise BusUnavailable("the log's file was replaced")
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a write transaction, for work inside `run`; it is durable when the block has ended."""
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    async def ensure_topics(self, topics: Sequence[str], keeps: Mapping[str, Keeps] = NOTHING) -> None:  # noqa: ARG002  the bus' own
        """Create the topics that are missing; what they keep is said when they are trimmed. Raises BusUnavailable."""
        await self.run(partial(self._ensure, topics))

    async def trim(self, keeps: Mapping[str, Keeps]) -> int:
        """Take away, in small steps, what these topics keep no longer and every group that reads them has committed.

        Raises BusUnavailable.
        """
        taken = 0
        for topic, kept in keeps.items():
            places = await self.run(partial(self._past, topic, kept))
            for start in range(0, len(places), AT_ONCE):
                await self.run(partial(self._delete, topic, places[start : start + AT_ONCE]))
                await asyncio.sleep(PAUSE_SECONDS)
            taken += len(places)
        return taken

    def _past(self, topic: str, kept: Keeps) -> list[int]:
        """Return the places of records that have had their time: all before the first of a day that is kept.

        What was written before days were marked is as old as the first marked day.
        """
        connection = self.connection()
        first_kept = int(self._seconds() - ON_THE_BUS.total_seconds()) // DAY_SECONDS
        past, next_day, end = connection.execute(
            "SELECT min(number), (SELECT first FROM day WHERE topic = ?1 AND number >= ?2 ORDER BY number LIMIT 1),"
            " (SELECT next FROM topic WHERE name = ?1) FROM day WHERE topic = ?1 AND number < ?2",
            (topic, first_kept),
        ).fetchone()
        if past is None:
            return []
        committed = connection.execute("SELECT min(next) FROM progress WHERE topic = ?", (topic,)).fetchone()[0]
        limit = min(end if next_day is None else next_day, end if committed is None else committed)
        query = "SELECT at FROM record WHERE topic = ?1 AND at < ?2"
        if kept is Keeps.LAST_WORD:
            query += " AND at NOT IN (SELECT max(at) FROM record WHERE topic = ?1 GROUP BY key)"
        return [at for (at,) in connection.execute(query, (topic, limit))]

    def _delete(self, topic: str, places: Sequence[int]) -> None:
        with self.writing() as connection:
            connection.executemany("DELETE FROM record WHERE topic = ? AND at = ?", [(topic, at) for at in places])

    def _ensure(self, topics: Sequence[str]) -> None:
        with self.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO topic VALUES (?, 0)", [(topic,) for topic in topics])

    async def publish(self, messages: Sequence[Message]) -> None:
        """Append all messages in one transaction. Raises BusUnavailable."""
        if messages:
            await self.run(partial(self._append, messages))
            woken, self.appended = self.appended, asyncio.Event()
            woken.set()

    def _append(self, messages: Sequence[Message]) -> None:
        with self.writing() as connection:
            known = dict(connection.execute("SELECT name, next FROM topic"))
            ends: dict[str, int] = {}
            rows = []
            for message in messages:
                at = ends.get(message.topic, known.get(message.topic, 0))
                rows.append((message.topic, at, message.key, message.value))
                ends[message.topic] = at + 1
            connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", rows)
            connection.executemany("INSERT OR REPLACE INTO topic VALUES (?, ?)", ends.items())
            today = int(self._seconds()) // DAY_SECONDS
            firsts = [(topic, today, known.get(topic, 0)) for topic in ends]
            connection.executemany("INSERT OR IGNORE INTO day VALUES (?, ?, ?)", firsts)
        self.appends += 1

    def subscription(self, group: str, topics: Sequence[str]) -> "EmbeddedSubscription":
        """Return a member-to-be of a group."""
        return EmbeddedSubscription(self, group, tuple(topics))

    async def ready(self) -> None:
        """Probe the file. Raises BusUnavailable when it is gone."""
        await self.run(lambda: self.connection().execute("SELECT 1 FROM topic LIMIT 1").fetchone())

    async def close(self) -> None:
        """Close the file; bounded, and a second call does nothing."""
        with suppress(BusUnavailable):
            await self.run(self._close)
        self._closed = True
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class EmbeddedSubscription:
    """A member of a group: reads while it holds the group's lease, and remembers how far it has read."""

    def __init__(self, log: EmbeddedLog, group: str, topics: tuple[str, ...]) -> None:
        self._log = log
        self._group = group
        self._topics = topics
        self._member = processes.new_name()
        self._token = 0
        self._renew_at = 0.0
        self._read: dict[str, int] = {}
        self._nothing_at: tuple[int, int] | None = None
        self._progress = Progress()

    async def start(self) -> None:
        """Make sure the topics are there and wait for this group; the lease is taken at the first fetch.

        Raises BusUnavailable.
        """
        await self._log.ensure_topics(self._topics)
        await self._log.run(self._begin)

    def _begin(self) -> None:
        with self._log.writing() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO progress SELECT ?, name,"
                " coalesce((SELECT min(at) FROM record WHERE topic = name), next) FROM topic WHERE name = ?",
                [(self._group, topic) for topic in self._topics],
            )

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ASYNC109  the bus' own wait
        """Return the next records in order, or [] after `timeout` seconds or while another member is active."""
        ends = time.monotonic() + timeout
        while True:
            appended = self._log.appended  # taken before the look, so that no append is missed
            records = await self._log.run(partial(self._next, limit))
            left = ends - time.monotonic()
            if records or left <= 0:
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, POLL_SECONDS)):
                    await appended.wait()
        self._read.update((record.topic, record.offset + 1) for record in records)  # not in _next: it may be cancelled
        self._topics = (*self._topics[1:], *self._topics[:1])  # a busy topic does not starve the others
        self._progress.fetched(len(records))
        return records

    def _next(self, limit: int) -> list[Record]:
        if time.monotonic() >= self._renew_at and not self._hold():
            return []
        connection = self._log.connection()
        state = (connection.execute("PRAGMA data_version").fetchone()[0], self._log.appends)
        if state == self._nothing_at:  # neither this process nor another has written since nothing was found
            return []
        records: list[Record] = []
        for topic in self._topics:
            rows = connection.execute(
                "SELECT at, key, value FROM record WHERE topic = ? AND at >= ? ORDER BY at LIMIT ?",
                (topic, self._read.get(topic, 0), limit - len(records)),
            )
            records += [Record(topic, key, value, 0, at) for at, key, value in rows]
        self._nothing_at = None if records else state
        return records

    def _hold(self) -> bool:
        """Take or prolong the lease; tell whether it is held.

        It runs out on the monotonic clock, which the processes of a machine share and nobody can set. One that seems
        to last longer than a lease can was written before the machine last started.
        """
        connection, now = self._log.connection(), time.monotonic()
        query = "SELECT member, token, expires FROM membership WHERE member_group = ?"
        member, token, expires = connection.execute(query, (self._group,)).fetchone() or ("", 0, 0.0)
        following = token + (member != self._member)
        taken = None
        if member == self._member or not now < expires <= now + self._log.lease_seconds or processes.is_dead(member):
            taken = connection.execute(
                "INSERT INTO membership VALUES (?, ?, ?, ?) ON CONFLICT (member_group) DO UPDATE SET member ="
                " excluded.member, token = excluded.token, expires = excluded.expires WHERE token = ? RETURNING token",
                (self._group, self._member, following, now + self._log.lease_seconds, token),
            ).fetchone()
        if taken is None:  # another member has it, or was faster
            self._token, self._renew_at = 0, 0.0
            self._progress.measured(0)
            return False
        if following != self._token:
            query = "SELECT topic, next FROM progress WHERE member_group = ?"
            self._read = dict(connection.execute(query, (self._group,)))
            self._token, self._nothing_at = following, None
        self._renew_at = now + self._log.lease_seconds / 3
        return True

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit the offsets after these records. Raises BusUnavailable when another member has taken over."""
        if not records:
            return
        nexts: dict[str, int] = {}
        for record in records:
            nexts[record.topic] = max(nexts.get(record.topic, 0), record.offset + 1)
        try:
            await self._log.run(partial(self._commit, nexts))
        except BusUnavailable:
            self._token, self._renew_at = 0, 0.0  # the next fetch begins where the group stands
            raise
        self._progress.committed(len(records))

    def _commit(self, nexts: dict[str, int]) -> None:
        with self._log.writing() as connection:
            token = self._token
            if not self._hold() or self._token != token:
                raise BusUnavailable("another member of the group has taken over")
            connection.executemany(
                "INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT (member_group, topic) DO UPDATE"
                " SET next = max(next, excluded.next)",
                [(self._group, topic, following) for topic, following in nexts.items()],
            )

    async def lag(self) -> int:
        """Return how many records of its topics the group has not committed. Raises BusUnavailable."""
        lag = await self._log.run(self._lag)
        if self._token:  # a member that only waits its turn is not behind
            self._progress.measured(lag)
        return lag

    def _lag(self) -> int:
        query = (
            "SELECT coalesce(sum(topic.next - coalesce(progress.next, 0)), 0) FROM topic"
            " LEFT JOIN progress ON progress.topic = topic.name AND progress.member_group = ?"
            f" WHERE topic.name IN ({','.join('?' * len(self._topics))})"
        )
        return int(self._log.connection().execute(query, (self._group, *self._topics)).fetchone()[0])

    def stalled(self, seconds: float) -> bool:
        """Tell whether there is lag and nothing has moved for so many seconds."""
        return self._progress.stalled(seconds)

    async def close(self) -> None:
        """Let the lease run out, so that another member need not wait; a second call does nothing."""
        leave = "UPDATE membership SET expires = 0 WHERE member_group = ? AND member = ?"
        with suppress(BusUnavailable):
            await self._log.run(lambda: self._log.connection().execute(leave, (self._group, self._member)))
        self._token, self._renew_at = 0, 0.0


def open_at(address: str) -> EmbeddedLog:
    """Open the log in a file."""
    return EmbeddedLog(Path(address))
