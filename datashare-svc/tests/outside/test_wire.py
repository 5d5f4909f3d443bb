"""What a line can do to an answer (F19), on real sockets: each is an outage, and nothing is left open."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

import pytest
from chassis.http.upstream import HttpUpstream
from chassis.testing.builders import ManualClock
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.networks import Networks, Question
from datashare_svc.outside.rest import LARGEST, RestConnector, may_be_reached
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.enable_socket
WITHIN = 60.0
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + (await reader.readexactly(int(length[0].partition(b":")[2])) if length else b"")


@asynccontextmanager
async def listening(handler: Handler, clock: ManualClock) -> AsyncIterator[RestConnector]:
    """Serve each connection by a handler, and yield a connector to it."""
    open_now: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await handler(reader, writer)
        finally:
            open_now.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    connector = RestConnector.at(url, requester_id="yiwang", key=b"k" * 32, clock=clock, at_once=4)
    try:
        yield connector
    finally:
        await connector.close()
        server.close()
        async with asyncio.timeout(60):
            while open_now:
                await asyncio.sleep(0.01)


def writes(data: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(data)
        await writer.drain()

    return handler


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def closes(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None: ...


async def says_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await request(reader)
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    writer.write(HEAD + b"content-length: 100000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def a_gigabyte(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    writer.write(HEAD + b"content-length: 1073741824\r\n\r\n")
    for _ in range(1024):
        writer.write(b" " * 1024 * 1024)
        await writer.drain()
    raise AssertionError("all of it was taken")


async def endless_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    writer.write(HEAD)
    while True:
        writer.write(b"x-more: " + b"y" * 10_000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (resets, Outage.NO_ANSWER),
        (closes, Outage.NO_ANSWER),
        (writes(b""), Outage.NO_ANSWER),
        (writes(HEAD + b"content-length: 500\r\n\r\n{"), Outage.NO_ANSWER),
        (writes(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{"), Outage.NO_ANSWER),
        (writes(HEAD + b"connection: close\r\n\r\n{"), Outage.UNREADABLE),
        (writes(b"SSH-2.0-OpenSSH_9.6\r\n"), Outage.NO_ANSWER),
        (writes(b"\x15\x03\x01\x00\x02\x02\x46"), Outage.NO_ANSWER),
        (writes(HEAD + b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"), Outage.UNREADABLE),
        (writes(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"), Outage.REFUSED),
        (writes(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"), Outage.UNAVAILABLE),
        (a_gigabyte, Outage.TOO_LARGE),
        (endless_chunks, Outage.TOO_LARGE),
        (endless_head, Outage.NO_ANSWER),
    ],
)
async def test_a_line_that_goes_wrong_is_an_outage(
    handler: Handler, expected: Outage, clock: ManualClock, resource: Resource, question: Question
) -> None:
    async with listening(handler, clock) as connector:
        with pytest.raises(NetworkOut) as refused:
            await connector.ask(resource, question, WITHIN)
    assert refused.value.why is expected


@pytest.mark.parametrize("handler", [says_nothing, drips])
async def test_a_line_that_only_hangs_is_left_when_the_time_is_over(
    handler: Handler, clock: ManualClock, resource: Resource, question: Question
) -> None:
    async with listening(handler, clock) as connector:
        with pytest.raises(NetworkOut) as refused:
            await connector.ask(resource, question, 2.0)
    assert refused.value.why is Outage.TIMED_OUT


async def test_nobody_at_the_address_is_an_outage(clock: ManualClock, resource: Resource, question: Question) -> None:
    connector = RestConnector.at("http://127.0.0.1:1", requester_id="yiwang", key=b"k" * 32, clock=clock, at_once=4)
    with pytest.raises(NetworkOut) as refused:
        await connector.ask(resource, question, WITHIN)
    assert refused.value.why is Outage.NO_ANSWER
    await connector.close()


@pytest.mark.parametrize("reaches", [True, False])
async def test_a_name_is_connected_with_where_its_addresses_may_be_reached(
    *, reaches: bool, clock: ManualClock
) -> None:
    async with listening(writes(HEAD + b"content-length: 13\r\n\r\n" + b'{"code": "0"}'), clock) as connector:
        upstream = connector._upstream
        assert isinstance(upstream, HttpUpstream)
        upstream._base = upstream._base.replace("127.0.0.1", "localhost")
        upstream._reaches = lambda host: reaches and may_be_reached(host)
        with nullcontext() if reaches else pytest.raises(NetworkOut):
            await connector.probe(WITHIN)


@given(st.binary(max_size=300), st.sampled_from([b"", HEAD, HEAD + b"\r\n", HEAD + b"content-length: 3\r\n\r\n"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
async def test_whatever_bytes_a_line_brings_are_an_outage_and_nothing_else(
    clock: ManualClock, resource: Resource, question: Question, data: bytes, head: bytes
) -> None:
    async with listening(writes(head + data), clock) as connector:
        networks = Networks({"population": connector})
        with pytest.raises(NetworkOut) as refused:
            await networks.ask(resource, question, WITHIN)
    assert refused.value.why is not Outage.FAULT


async def test_an_answer_is_taken_up_to_its_largest_size(
    clock: ManualClock, resource: Resource, question: Question
) -> None:
    body = b'{"code": "0", "query_id": "q-1", "data": []}'
    body += b" " * (LARGEST - len(body))
    async with listening(writes(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body), clock) as connector:
        assert not (await connector.ask(resource, question, WITHIN)).is_known
