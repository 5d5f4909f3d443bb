"""A service's files: put once in a stream, read in a stream, taken away when nobody knows them.

A file's name is random and says nothing; who owns it keeps name, size and digest in a row of his own, written after the
file is durable. So a crash leaves at most a file without a row, and `trim_orphans` takes that away a day later.
"""

import asyncio
import os
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Sequence,
)
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from obstore.exceptions import BaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base import telemetry
from chassis.base.crash import crash_point
from chassis.base.problems import TooLarge, Unavailable
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.periods import ORPHANS
from chassis.data.trimming import Trim
from chassis.storage.places import Place
from chassis.storage.sealed import NotWhole, Opening, Sealing

Chunks = AsyncIterable[bytes] | bytes
Known = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Tells which of these names somebody knows."""
KnownTo = Callable[[AsyncConnection, Sequence[str]], Awaitable[Collection[str]]]
"""As `Known`, by what a database says."""
OURS = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")
LEFT = re.compile(r"(?:[0-9a-f]{2}/)?[0-9a-f]{32}\.begun")
STEP = 1 << 20
"""Bytes that are sealed at one time, beside the event loop."""
DOUBTFUL = 100
"""More orphans than this are believed only if they are fewer than the files that are known."""
MOST = 10_000
OUT = (BaseError, OSError, TimeoutError)
"""What places raise when they are out, full or refuse us."""


class StorageUnavailable(Unavailable):
    """The folder or the bucket does not take or give files now: it is out, full, or refuses us."""

    code, title = "storage_unavailable", "文件存储暂不可用,请稍后重试"


class FileDamaged(Unavailable):
    """A file is gone, was changed, or its data key is not there: it can be had again when operators restore it."""

    code, title = "file_damaged", "文件暂时无法提供,请稍后重试"

    def __init__(self) -> None:
        super().__init__(retry_after=3600)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is durable: its name, its size in bytes and the SHA-256 of its bytes in hexadecimal."""

    name: str
    size: int
    sha256: str


def random_name() -> str:
    """Return a name of 128 random bits, in one of 256 folders: a million files are some thousands in each."""
    drawn = os.urandom(16).hex()
    return f"{drawn[:2]}/{drawn}"


class Storage:
    """The files of one service, at one place, under its data keys."""

    def __init__(self, place: Place, cipher: FieldCipher, *, names: Callable[[], str] = random_name) -> None:
        self._place = place
        self._cipher = cipher
        self._names = names

    async def put(self, chunks: Chunks, *, at_most: int) -> Stored:
        """Keep a file of at most so many bytes. When this returns it is durable; else nothing of it is there to see.

        Raises TooLarge, StorageUnavailable, and what the chunks raise.
        """
        name = self._names()
        source = _Source(chunks, Sealing(self._cipher, name), at_most)
        try:
            await self._place.put(name, source.sealed())
        except OUT as out:
            if source.raised is not None:  # by who gives the chunks: no fault of the place
                raise
            raise _unavailable("put", out) from out
        crash_point("after_file_before_row")
        return Stored(name, source.sealing.size, source.sealing.sha256)

    async def read(self, name: str) -> AsyncGenerator[bytes, None]:
        """Yield a file's bytes; none of them before they were found to be what was put under this name.

        Raises FileDamaged, at the place where it is, and StorageUnavailable.
        """
        opening = Opening(self._cipher, name)
        with _outages("read"):
            try:
                _require_ours(name)
                async with aclosing(self._place.get(name)) as parts:
                    async for part in parts:
                        if opened := await asyncio.to_thread(opening.open, part, last=False):
                            yield opened
                yield await asyncio.to_thread(opening.open, b"", last=True)
            except (NotWhole, FileNotFoundError) as found:
                telemetry.log.error(
                    "file_damaged", name=name, reason=str(found) if isinstance(found, NotWhole) else "gone"
                )
                raise FileDamaged from found

    async def delete(self, name: str) -> None:
        """Take a file away, if it is there. Raises StorageUnavailable."""
        with _outages("delete"):
            await self._place.delete(name)

    async def sweep(self, known: Known, *, before: datetime) -> int:
        """Take away what nobody knows and was written before a moment; return how much. Raises StorageUnavailable.

        What is not named as our files are is left alone. So is everything where much is found and most of it is not
        known: then rather the database is another one.
        """
        orphans: list[str] = []
        told = 0
        with _outages("sweep"):
            async with aclosing(self._place.pages()) as pages:
                async for page in pages:
                    theirs = set(await known([one.name for one in page if OURS.fullmatch(one.name)]))
                    told += len(theirs)
                    nobodys = [one for one in page if one.name not in theirs and one.since < before]
                    orphans += [one.name for one in nobodys if OURS.fullmatch(one.name) or LEFT.fullmatch(one.name)]
                    if len(orphans) >= MOST:
                        break
        if len(orphans) > max(DOUBTFUL, told):
            telemetry.log.error("orphans_doubted", orphans=len(orphans), known=told)
            return 0
        for name in orphans:
            await self.delete(name)
        return len(orphans)

    async def ready(self) -> None:
        """Probe the place. Raises StorageUnavailable."""
        with _outages("ready"):
            await self._place.ready()


def trim_orphans(storage: Storage, known: KnownTo) -> Trim:
    """Return the trim of the files that no row knows, a day after they were written."""

    async def trim(database: Database) -> int:
        async def asked(names: Sequence[str]) -> Collection[str]:
            async with database.asking() as connection:
                return await known(connection, names)

        return await storage.sweep(asked, before=database.clock.now() - ORPHANS)

    return trim


class _Source:
    """Seals chunks as they come, counts them, and remembers what they raised."""

    def __init__(self, chunks: Chunks, sealing: Sealing, at_most: int) -> None:
        self.sealing = sealing
        self.raised: Exception | None = None
        self._chunks = _once(chunks) if isinstance(chunks, bytes) else chunks
        self._at_most = at_most

    async def sealed(self) -> AsyncIterator[bytes]:
        """Yield what is to be stored."""
        try:
            async for chunk in self._chunks:
                self._require_room(len(chunk))
                for start in range(0, len(chunk), STEP):
                    await asyncio.to_thread(self.sealing.take, chunk[start : start + STEP])
                    yield self.sealing.give()
        except Exception as raised:
            self.raised = raised
            raise
        await asyncio.to_thread(self.sealing.finish)
        yield self.sealing.give()
        crash_point("before_file")

    def _require_room(self, more: int) -> None:
        if self.sealing.size + more > self._at_most:
            raise TooLarge(f"最多 {self._at_most} 字节")


def _require_ours(name: str) -> None:
    if not OURS.fullmatch(name):
        raise NotWhole("no name of a file")


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


@contextmanager
def _outages(doing: str) -> Iterator[None]:
    try:
        yield
    except OUT as out:
        raise _unavailable(doing, out) from out


def _unavailable(doing: str, out: Exception) -> StorageUnavailable:
    """Return what callers are told of a place that is out, full or refuses us; operators read why."""
    number: Any = getattr(out, "errno", None)
    reason = os.strerror(number) if isinstance(number, int) else type(out).__name__
    telemetry.log.warning("storage_out", doing=doing, reason=reason)
    return StorageUnavailable()
