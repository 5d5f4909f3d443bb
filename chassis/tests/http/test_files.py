import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from chassis.contracts.documents import openapi
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import Message, Receive, Scope, Send
from chassis.http.edge import Edge
from chassis.http.files import FileAnswer, disposition
from chassis.http.health import Operators
from chassis.http.upstream import Reply, call
from chassis.service import Service
from chassis.settings import FileSettings
from chassis.testing import papers
from chassis.testing.client import Client
from chassis.testing.papers import LARGEST_PAPER
from chassis.testing.storage_suite import bytes_of
from openapi_spec_validator import validate

PDF = {"content-type": "application/pdf"}
SMALL = b"%PDF-1.7\n" + bytes_of(1000)
LARGE = b"%PDF-1.7\n" + bytes_of(LARGEST_PAPER - 9)


@pytest.fixture
def service(settings_for: Callable[..., FileSettings], database: Database, bus: Bus) -> Service:
    return papers.build(settings_for(FileSettings), database=database, bus=bus)


async def put(api: Client, data: bytes, headers: Mapping[str, str] = PDF) -> Reply:
    return await api.post("/api/v1/papers", body=data, headers=headers)


def place(taken: Reply) -> str:
    told = taken.json()
    return f"/api/v1/papers/{told['name']}/{told['size']}/{told['sha256']}"


async def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json()["code"]


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "as large as may be"])
async def test_a_file_is_taken_and_given_as_it_was(api: Client, data: bytes) -> None:
    taken = await put(api, data)
    assert (taken.status, taken.json()["size"], taken.json()["sha256"]) == (
        200,
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    given = await api.get(place(taken))
    assert (given.status, given.body) == (200, data)
    assert given.headers["content-type"] == "application/pdf"
    assert given.headers["content-length"] == str(len(data))
    assert given.headers["cache-control"] == "no-store"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-disposition"] == (
        'attachment; filename="_______(__).pdf"; '
        "filename*=UTF-8''%E5%87%86%E4%BA%88%E8%AE%B8%E5%8F%AF%E5%86%B3%E5%AE%9A%E4%B9%A6%28%E5%BC%A0%E4%B8%89%29.pdf"
    )


async def test_who_has_a_file_is_not_sent_it_again(api: Client) -> None:
    at = place(await put(api, SMALL))
    tag = (await api.get(at)).headers["etag"]
    assert tag == f'"{hashlib.sha256(SMALL).hexdigest()}"'
    again = await api.get(at, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert (await api.get(at, headers={"if-none-match": '"other"'})).body == SMALL


async def test_a_file_over_the_limit_is_refused_at_once_by_its_length_else_as_it_comes(api: Client) -> None:
    told = await put(api, LARGE + b"x")
    assert await refused(told) == (413, "body_too_large")
    assert "3145728 字节" in told.json()["detail"]
    assert await refused(await put(api, LARGE + b"x", {**PDF, "content-length": "9" * 20})) == (413, "body_too_large")
    as_it_comes = await put(api, LARGE + b"x", {**PDF, "content-length": "10"})
    assert await refused(as_it_comes) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ({"content-type": "application/json"}, SMALL),
        ({"content-type": "text/plain"}, SMALL),
        ({"content-type": ""}, SMALL),
        ({**PDF, "content-encoding": "gzip"}, SMALL),
        (PDF, b""),
        (PDF, b"%PD"),
        (PDF, b"PK\x03\x04" + SMALL),
        (PDF, b"\n" + SMALL),
    ],
)
async def test_a_file_of_another_type_or_that_is_not_what_it_is_said_to_be_is_refused(
    api: Client, headers: Mapping[str, str], data: bytes
) -> None:
    assert await refused(await put(api, data, headers)) == (415, "file_type_refused")


async def test_a_type_without_a_beginning_of_its_own_is_taken_as_it_is_said(api: Client) -> None:
    taken = await put(api, b"", {"content-type": "Application/OFD ; version=1"})
    assert (taken.status, taken.json()["size"]) == (200, 0)


async def test_what_is_no_file_is_read_no_further_than_before(api: Client) -> None:
    fits = {"text": "x" * 1_000_000}
    assert (await api.post("/api/v1/remarks", body=fits)).json() == fits
    assert await refused(await api.post("/api/v1/remarks", body={"text": "x" * 1_100_000})) == (413, "body_too_large")


async def test_what_a_sender_is_not_admitted_to_is_not_read(api: Client) -> None:
    assert await refused(await api.post("/api/v1/papers", by=None, body=SMALL, headers=PDF)) == (401, "unauthenticated")


async def test_a_store_that_is_out_or_a_damaged_file_is_told_before_the_answer_begins(
    api: Client, service: Service, tmp_path: Path
) -> None:
    taken = await put(api, SMALL)
    (kept,) = [one for one in (tmp_path / "files").rglob("*") if one.is_file()]
    kept.write_bytes(kept.read_bytes()[:-1])
    assert await refused(await api.get(place(taken))) == (503, "file_damaged")
    kept.unlink()
    assert await refused(await api.get(place(taken))) == (503, "file_damaged")
    (tmp_path / "files").rename(tmp_path / "elsewhere")
    (tmp_path / "files").write_text("in the way")
    out = await put(api, SMALL)
    assert (await refused(out), out.headers["retry-after"]) == ((503, "storage_unavailable"), "2")
    ready = await call(Operators({"storage": service.probes()["storage"]}), "GET", "/readyz")
    assert (ready.status, ready.json()["detail"]) == (503, "未就绪:storage")


async def test_a_file_that_is_found_damaged_on_the_way_is_not_ended_as_if_it_were_whole(
    api: Client, service: Service, tmp_path: Path
) -> None:
    taken = await put(api, LARGE)
    (kept,) = [one for one in (tmp_path / "files").rglob("*") if one.is_file()]
    kept.write_bytes(kept.read_bytes()[:-1])
    given = await api.get(place(taken))  # a direct call keeps what came until the app gave up
    assert given.status == 200
    assert LARGE.startswith(given.body)
    assert len(given.body) < len(LARGE)


def test_the_contract_says_what_is_taken_and_given(service: Service) -> None:
    document = openapi(service)
    validate(document)
    taken = document["paths"]["/api/v1/papers"]["post"]
    binary = {"schema": {"type": "string", "format": "binary"}}
    assert taken["requestBody"] == {
        "required": True,
        "content": {"application/pdf": binary, "application/ofd": binary},
    }
    assert (taken["x-yiwang"]["takes_file"], taken["x-yiwang"]["body_limit"]) == (True, LARGEST_PAPER)
    assert f"最多 {LARGEST_PAPER} 字节" in taken["responses"]["413"]["description"]
    assert "`file_type_refused`" in taken["responses"]["415"]["description"]
    given = document["paths"]["/api/v1/papers/{name}/{size}/{sha256}"]["get"]
    assert given["responses"]["200"]["content"] == {"application/pdf": binary}
    assert {"ETag", "Content-Disposition"} <= set(given["responses"]["200"]["headers"])
    assert "304" in given["responses"]
    assert given["x-yiwang"]["gives_file"] is True
    plain = document["paths"]["/api/v1/remarks"]["post"]
    assert not {"takes_file", "gives_file"} & set(plain["x-yiwang"])
    assert "`unsupported_media_type`" in plain["responses"]["415"]["description"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.pdf", 'attachment; filename="a.pdf"'),
        ("a b.pdf", 'attachment; filename="a b.pdf"'),
        ('a"; x="b\r\n.pdf', 'attachment; filename="a__ x=_b__.pdf"'.replace("a__ x", "a_; x")),
        ("../../etc/passwd", 'attachment; filename="_.._etc_passwd"'),
        ("", 'attachment; filename="file"'),
        ("...", 'attachment; filename="file"'),
        ("证𠮷.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E8%AF%81%F0%A0%AE%B7.pdf"),
        ("a" * 200, f'attachment; filename="{"a" * 120}"'),
    ],
)
def test_a_files_name_is_told_to_old_and_new_readers_and_names_no_place(name: str, told: str) -> None:
    assert disposition(name) == told


def test_a_file_may_be_shown_at_once() -> None:
    assert disposition("a.pdf", "inline") == 'inline; filename="a.pdf"'


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Give a file whose parts come slowly, in more than the whole time of a request."""

    async def parts() -> AsyncGenerator[bytes, None]:
        for _ in range(30):
            yield b"x"
            await asyncio.sleep(0.05)

    answer = FileAnswer(parts(), media_type="application/pdf", name="a.pdf", size=30, sha256="0")
    await answer(scope, receive, send)


async def test_a_file_that_has_begun_has_more_time_than_a_request() -> None:
    assert (await call(Edge(slow, service="t", time_limit=0.5), "GET", "/")).body == b"x" * 30


async def test_a_reader_of_a_file_who_takes_nothing_is_left() -> None:
    taken: list[Message] = []

    async def receive() -> Message:
        if not taken:
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        taken.append(message)
        if len(taken) > 3:
            await asyncio.Event().wait()

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    edge = Edge(slow, service="t", slow_seconds=0.1)
    async with asyncio.timeout(60):
        await edge(scope, receive, send)
    assert edge._under_way == 0
    assert taken[-1]["more_body"]
