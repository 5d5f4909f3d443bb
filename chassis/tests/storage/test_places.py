import asyncio
import http.server
import os
import resource
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import obstore
import pytest
from chassis.storage.addresses import StorageRefused, open_storage
from chassis.storage.files import FileDamaged, Storage, StorageUnavailable, trim_orphans
from chassis.storage.places import BUCKET_AT_ONCE, Bucket, Folder, Place
from chassis.testing.builders import ManualClock
from chassis.testing.plugin import OpenDatabase
from chassis.testing.storage_suite import (
    AT_MOST,
    BEHAVIOURS,
    CIPHER,
    LARGE,
    Behaviour,
    a_place_that_is_out_says_so,
    bytes_of,
)
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
REAL = pytest.param("s3", marks=[pytest.mark.connected])
"""The server that TEST_S3_URL names, `s3://key:secret@host:port/bucket`; moto stands for it elsewhere, in CI too."""


def bucket(endpoint: str, key: str = "key", secret: str = "secret", *, name: str = "files") -> Bucket:
    return Bucket(name, f"test/{uuid4().hex}", endpoint, REGION, key, secret)


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """An S3 server in this process, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urlopen(Request(f"{url}/files", method="PUT", data=b"")).close()  # noqa: S310  our own address
    yield url
    server.stop()


@pytest.fixture(params=["folder", "moto", REAL])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "files")
    if request.param == "moto":
        return bucket(request.getfixturevalue("moto"))
    real = urlsplit(os.environ.get("TEST_S3_URL") or pytest.skip("needs a real S3 server: set TEST_S3_URL"))
    at = f"http://{real.hostname}:{real.port}"
    return bucket(at, real.username or "", real.password or "", name=real.path.strip("/"))


@pytest.mark.enable_socket
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda one: one.__name__)
async def test_a_storage(behaviour: Behaviour, place: Place) -> None:
    await behaviour(place)


@pytest.mark.enable_socket
async def test_a_store_that_is_out_says_so() -> None:
    await a_place_that_is_out_says_so(bucket("http://127.0.0.1:1"))


@pytest.mark.enable_socket
async def test_a_store_that_takes_connections_and_never_answers_says_so() -> None:
    """Also as it breaks off a file on its way."""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    async def halting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = b"Last-Modified: Mon, 02 Mar 2026 01:30:00 GMT\r\n"
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nETag: "x"\r\n' + date + b"\r\nYWF1")
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    for answering in (silent, halting):
        server = await asyncio.start_server(answering, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        hanging = replace(bucket(f"http://127.0.0.1:{port}"), patience=timedelta(seconds=0.3))
        async with asyncio.timeout(60):
            if answering is silent:
                await a_place_that_is_out_says_so(hanging)
            with pytest.raises(StorageUnavailable):
                await anext(Storage(hanging, CIPHER).read(f"ab/{uuid4().hex}"))
        server.close()
    for writer in writers:
        writer.close()


@pytest.mark.enable_socket
async def test_a_turn_at_a_store_that_has_none_free_is_not_waited_for_long() -> None:
    crowded = replace(bucket("http://127.0.0.1:1"), patience=timedelta(seconds=0.1))

    async def hanging() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    storage = Storage(crowded, CIPHER)
    putting = [asyncio.create_task(storage.put(hanging(), at_most=AT_MOST)) for _ in range(BUCKET_AT_ONCE)]
    while not crowded._free.locked():
        await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable):
        await storage.put(b"x", at_most=AT_MOST)
    for one in putting:
        one.cancel()
    await asyncio.wait(putting)
    assert not crowded._free.locked()


async def test_a_file_of_any_length_takes_a_few_chunks_of_memory(tmp_path: Path) -> None:
    megabyte = bytes_of(1 << 20)

    async def long() -> AsyncIterator[bytes]:
        for _ in range(48):
            yield megabyte

    storage = Storage(Folder(tmp_path / "files"), CIPHER)
    tracemalloc.start()
    try:
        stored = await storage.put(long(), at_most=48 << 20)
        size = sum([len(part) async for part in storage.read(stored.name)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == stored.size == 48 << 20
    assert peak < 10 << 20


@pytest.mark.enable_socket
async def test_a_bucket_that_is_not_there_or_not_ours_says_so(moto: str) -> None:
    storage = Storage(bucket(moto, name="elsewhere"), CIPHER)
    with pytest.raises(StorageUnavailable):
        await storage.ready()
    with pytest.raises(StorageUnavailable):
        await storage.put(b"x", at_most=AT_MOST)


async def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    await a_place_that_is_out_says_so(Folder(tmp_path / "taken" / "files"))


async def test_a_disk_that_takes_no_more_says_so_and_has_nothing_half(tmp_path: Path) -> None:
    storage = Storage(Folder(tmp_path / "files"), CIPHER)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageUnavailable):
            await storage.put(bytes_of(LARGE), at_most=AT_MOST)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [one for one in (tmp_path / "files").rglob("*") if one.is_file()]
    await storage.put(bytes_of(LARGE), at_most=AT_MOST)


async def test_a_folder_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    stored = await Storage(Folder(tmp_path / "files"), CIPHER).put(b"x", at_most=AT_MOST)
    file = tmp_path / "files" / stored.name
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    for folder in list(file.parents)[:2]:
        assert oct(folder.stat().st_mode & 0o777) == "0o700"


async def test_a_file_is_durable_before_its_name_and_its_name_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    sync, link = os.fsync, os.link

    def synced(handle: int) -> None:
        told.append(f"sync {Path(f'/proc/self/fd/{handle}').readlink().relative_to(tmp_path)}")
        sync(handle)

    def linked(begun: Path, target: Path) -> None:
        told.append("link")
        link(begun, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    stored = await Storage(Folder(tmp_path / "files"), CIPHER).put(b"x", at_most=AT_MOST)
    within = stored.name.partition("/")[0]
    above = ["sync .", "sync files"]
    assert told == [*above, f"sync files/{stored.name}.begun", "link", f"sync files/{within}"]


async def test_folders_that_were_taken_away_are_made_again(tmp_path: Path) -> None:
    name = f"ab/{uuid4().hex}"
    storage = Storage(Folder(tmp_path / "files"), CIPHER, names=lambda: name)
    await storage.put(b"x", at_most=AT_MOST)
    (tmp_path / "files" / name).unlink()
    (tmp_path / "files/ab").rmdir()
    await storage.put(b"y", at_most=AT_MOST)
    assert [part async for part in storage.read(name)] == [b"y"]


class _Asked(http.server.BaseHTTPRequestHandler):
    told: ClassVar[list[dict[str, str]]]

    def do_GET(self) -> None:
        self.told.append(dict(self.headers))
        self.send_response(404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.enable_socket
async def test_an_environment_has_no_say_in_where_and_as_whom_a_store_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SESSION_TOKEN": "leak",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_REGION": "eu-west-1",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_REQUEST_PAYER": "true",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    heads: list[dict[str, str]] = []

    class Asked(_Asked):
        told = heads

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = bucket(f"http://127.0.0.1:{server.server_port}", "mine", "secret")
    with pytest.raises(FileNotFoundError):
        await obstore.get_async(at.store, "x")
    await asyncio.to_thread(server.shutdown)
    server.server_close()
    (head,) = heads
    assert f"Credential=mine/{head['x-amz-date'][:8]}/{REGION}/s3/" in head["authorization"]
    assert not {name.lower() for name in head} & {"x-amz-security-token", "x-amz-request-payer"}


def test_an_address_names_the_place(tmp_path: Path) -> None:
    assert isinstance(open_storage(f"file://{tmp_path}", CIPHER)._place, Folder)
    found = open_storage(
        "s3://city/esign/2026?endpoint=https://s3.city.example/&region=zz-1",
        CIPHER,
        credentials=("key", "secret"),
    )._place
    assert found == Bucket("city", "esign/2026", "https://s3.city.example", "zz-1", "key", "secret")
    assert "secret" not in repr(found).replace("secret_access_key", "")
    at_home = open_storage("s3://city", CIPHER, credentials=("key", "secret"))._place
    assert at_home == Bucket("city", "", "https://s3.us-east-1.amazonaws.com", REGION, "key", "secret")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/var/files",
        "file://var/files",
        "file:///",
        "file:///x?y=1",
        "ftp://x/y",
        "s3://",
        "s3://key:secret@bucket",
        "s3://b?endpiont=http://x",
        "s3://b?endpoint=x",
    ],
)
def test_an_address_that_is_none_keeps_the_process_from_starting(url: str) -> None:
    with pytest.raises(StorageRefused):
        open_storage(url, CIPHER, credentials=("key", "secret"))


def test_a_bucket_without_credentials_keeps_the_process_from_starting() -> None:
    with pytest.raises(StorageRefused, match="STORAGE_ACCESS_KEY_ID"):
        open_storage("s3://bucket", CIPHER)


async def test_files_without_a_row_go_with_the_housekeeping(open_database: OpenDatabase, tmp_path: Path) -> None:
    database = await open_database("")
    storage = Storage(Folder(tmp_path / "files"), CIPHER)
    known, orphan = [await storage.put(b"x", at_most=AT_MOST) for _ in range(2)]
    assert isinstance(database.clock, ManualClock)
    written = (tmp_path / "files" / orphan.name).stat().st_mtime

    async def rows(_connection: object, names: object) -> set[str]:
        return {known.name}

    trim = trim_orphans(storage, rows)
    for name in (known.name, orphan.name):  # as long ago as the clock says
        os.utime(tmp_path / "files" / name, (written, database.clock.now().timestamp() - 23 * 3600))
    assert await trim(database) == 0
    database.clock.advance(hours=2)
    assert await trim(database) == 1
    with pytest.raises(FileDamaged):
        await anext(storage.read(orphan.name))
