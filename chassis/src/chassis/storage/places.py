"""Where stored bytes lie: a local folder, or a bucket of an S3 store; both write a name once and show whole files only.

A folder is written by our own hand, since obstore's does not see to it that a file outlives a power cut; all else is
obstore's, the same for both. Nothing of the process' environment has a say: obstore would take credentials, address and
proxy from it, so each of them is told.
"""

import asyncio
import errno
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, S3Store

BEGUN = ".begun"
"""Ends the name of a file that is being written in a folder; one that stays is nobody's and goes as such."""
READ_AT_ONCE = 1 << 20
CONNECT = timedelta(seconds=3)
READ = timedelta(seconds=10)
WHOLE = timedelta(seconds=60)
IDLE = timedelta(seconds=60)
BACKOFF = timedelta(seconds=1)
BUCKET_AT_ONCE = 8
"""Files that are put into a bucket at one time: each is held in memory until it is there."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class Lying:
    """A stored object: where it lies, and since when."""

    name: str
    since: datetime


class Place(Protocol):
    """Keeps named bytes."""

    async def put(self, name: str, parts: AsyncIterator[bytes]) -> None:
        """Keep parts under a name, durably and whole or not at all. Raises FileExistsError where it is taken."""

    def get(self, name: str) -> AsyncGenerator[bytes, None]:
        """Yield what is kept under a name. Raises FileNotFoundError."""

    async def delete(self, name: str) -> None:
        """Take away what is kept under a name, if anything is."""

    def pages(self) -> AsyncGenerator[Sequence[Lying], None]:
        """Yield all that lies here, in pages."""

    async def ready(self) -> None:
        """Raise where nothing could be kept or read now."""


class _Kept(ABC):
    """What obstore does alike on both."""

    @property
    @abstractmethod
    def store(self) -> ObjectStore:
        """The place as obstore sees it."""

    async def get(self, name: str) -> AsyncGenerator[bytes, None]:
        found = await obstore.get_async(self.store, name)
        async for part in found.stream(min_chunk_size=READ_AT_ONCE):
            yield bytes(part)

    async def delete(self, name: str) -> None:
        try:
            await obstore.delete_async(self.store, name)
        except FileNotFoundError:
            return

    async def pages(self) -> AsyncGenerator[Sequence[Lying], None]:
        async for page in obstore.list(self.store, chunk_size=PAGE):
            yield [Lying(one["path"], one["last_modified"]) for one in page]


class Folder(_Kept):
    """A local folder, for its owner's eyes only; it is made when it is first used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._durable: set[Path] = set()

    @cached_property
    def store(self) -> ObjectStore:
        """The folder as obstore sees it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(self._folder)

    async def put(self, name: str, parts: AsyncIterator[bytes]) -> None:
        """Write beside the name, then link: each step by path, so that one that is given up leaves no open file."""
        target = self._folder / name
        begun = target.with_name(target.name + BEGUN)
        await asyncio.to_thread(self._begin, begun)
        try:
            async for part in parts:
                await asyncio.to_thread(_append, begun, part)
            await asyncio.to_thread(_finish, begun, target)
        finally:
            begun.unlink(missing_ok=True)

    async def ready(self) -> None:
        """Write something small and take it away: of a full disk, or one that only reads, nothing else tells."""
        probe = self._folder / f"{uuid4().hex}{BEGUN}"
        try:
            await asyncio.to_thread(self._begin, probe)
            await asyncio.to_thread(_append, probe, b"probe")
            await asyncio.to_thread(_sync, probe)
        finally:
            probe.unlink(missing_ok=True)

    def _begin(self, begun: Path) -> None:
        self._make_durably(begun.parent)
        try:
            _create(begun)
        except FileNotFoundError:  # somebody took the folders away since
            self._durable.clear()
            self._make_durably(begun.parent)
            _create(begun)

    def _make_durably(self, folder: Path) -> None:
        """Make a folder of ours and see that it outlives a power cut; once in the life of a process for each."""
        if folder in self._durable:
            return
        if folder != self._folder:
            self._make_durably(folder.parent)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)
        self._durable.add(folder)


def _create(begun: Path) -> None:
    os.close(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))


def _append(begun: Path, part: bytes) -> None:
    handle = os.open(begun, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    try:
        left = memoryview(part)
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)


def _finish(begun: Path, target: Path) -> None:
    """Give a file its name, after its content is durable; the name is durable when this returns."""
    _sync(begun)
    os.link(begun, target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Bucket(_Kept):
    """A bucket of an S3 store, below a prefix; `endpoint` is where the store answers."""

    name: str
    prefix: str
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    patience: timedelta = READ
    """For one read from a connection; asking again begins within as long, and at most twice."""

    @cached_property
    def store(self) -> ObjectStore:
        """The bucket as obstore sees it: of the environment it is told nothing."""
        told: dict[str, Any] = {
            "endpoint": self.endpoint,
            "aws_endpoint_url_s3": self.endpoint,
            "region": self.region,
            "skip_signature": False,
            "request_payer": False,
            "unsigned_payload": False,
            "virtual_hosted_style_request": False,
            "s3_express": False,
            "conditional_put": "etag",
        }
        return S3Store(
            self.name,
            prefix=self.prefix or None,
            config=told,  # type: ignore[arg-type]  # a TypedDict of the stubs alone
            client_options=self._client(),  # type: ignore[arg-type]  # as above
            retry_config={"max_retries": 2, "retry_timeout": self.patience, "backoff": {"max_backoff": BACKOFF}},
            credential_provider=self._credentials,  # type: ignore[arg-type]  # as above
        )

    def _client(self) -> dict[str, Any]:
        at = urlsplit(self.endpoint)
        return {
            "allow_http": at.scheme == "http",
            "connect_timeout": CONNECT,
            "read_timeout": self.patience,
            "timeout": WHOLE,
            "pool_idle_timeout": IDLE,
            "proxy_url": "http://127.0.0.1:9",  # instead of one of the environment's; nothing goes there
            "proxy_excludes": at.hostname or "",
        }

    def _credentials(self) -> Mapping[str, Any]:
        return {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "token": None,
            "expires_at": None,
        }

    @cached_property
    def _free(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(BUCKET_AT_ONCE)

    async def put(self, name: str, parts: AsyncIterator[bytes]) -> None:
        """Put in one request that refuses a name that is taken: so nothing half is ever there, nor left to clear up."""
        async with asyncio.timeout(self.patience.total_seconds()):
            await self._free.acquire()
        try:
            whole = bytearray()
            async for part in parts:
                whole += part
            try:
                await obstore.put_async(self.store, name, whole, mode="create", use_multipart=False)
            except AlreadyExistsError as taken:
                raise FileExistsError(errno.EEXIST, "taken", name) from taken
        finally:
            self._free.release()

    async def ready(self) -> None:
        """Ask for what there is after the last name there can be."""
        async for _ in obstore.list(self.store, offset="~", chunk_size=1):
            return
