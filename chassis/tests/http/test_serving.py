import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import pytest
import uvicorn
from chassis.base import telemetry
from chassis.http.asgi import Receive, Scope, Send
from chassis.http.connections import HEAD_BYTES, Connection, Connections, Limits
from chassis.http.edge import Edge
from chassis.http.health import Operators
from chassis.http.lifespan import WithLifespan
from chassis.http.serving import KEPT_SECONDS, Server, _config
from chassis.http.upstream import IDLE_SECONDS, HttpUpstream, call

Sent = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def taking(scope: Scope, receive: Receive, send: Send) -> None:
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"%d" % size})


@dataclass(slots=True)
class Listening:
    """A listener at a socket of this test's own, whose clock the test moves."""

    path: str
    connections: Connections
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    async def open(self, data: bytes = b"") -> asyncio.StreamReader:
        """Open a connection, send something, and wait until the listener has taken both."""
        before = len(self.connections.connections)
        reader, writer = await asyncio.open_unix_connection(self.path)
        self.opened.append(writer)
        if data:
            writer.write(data)
            await writer.drain()
        async with asyncio.timeout(60):
            while len(self.connections.connections) == before and not reader.at_eof():
                await asyncio.sleep(0.001)
            while data and not any(one._since and one._taken_all(data) for one in self.seeing()):
                await asyncio.sleep(0.001)
        return reader

    def seeing(self) -> "list[SeeingConnection]":
        """Return the open connections."""
        return [one for one in self.connections.connections if isinstance(one, SeeingConnection)]

    def later(self, seconds: float) -> None:
        """Sweep as the server would so many seconds from now."""
        self.connections.sweep(asyncio.get_running_loop().time() + seconds)


class SeeingConnection(Connection):
    """Remembers what it has taken."""

    seen = b""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.seen += data

    def _taken_all(self, data: bytes) -> bool:
        return self.seen.endswith(data)


@asynccontextmanager
async def listening(path: Path, limits: Limits) -> AsyncIterator[Listening]:
    config = uvicorn.Config(
        Edge(taking, service="t"), http=SeeingConnection, ws="none", log_config=None, access_log=False
    )
    config.load()
    connections = Connections(limits)
    where = str(path / "s")
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: SeeingConnection(config, connections, {}), where
    )
    found = Listening(where, connections)
    yield found
    for writer in found.opened:
        writer.close()
    server.close()
    async with asyncio.timeout(60):
        while connections.connections or connections.tasks:
            await asyncio.sleep(0.001)


@pytest.fixture
async def listener(tmp_path: Path) -> AsyncIterator[Listening]:
    async with listening(tmp_path, Limits(head_seconds=10, body_seconds=30, closing_seconds=5)) as found:
        yield found


async def sent(path: str, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await reader.read(4096)
    writer.close()
    return answer


BEGIN = b"POST / HTTP/1.1\r\nhost: a\r\n"
ENDLESS = [b"x" * 4096] * (HEAD_BYTES // 4096)
CLOSED = telemetry.CONNECTIONS_CLOSED


@pytest.mark.parametrize(
    "parts",
    [
        [BEGIN, b"a: ", *ENDLESS],
        [b"GET /", *ENDLESS],
        [BEGIN, *[b"a: " + b"x" * 90 + b"\r\n"] * 690],
        [BEGIN + b"a: " + b"x" * 100_000 + b"\r\n\r\n"],
    ],
    ids=["one header", "the address", "many headers", "all at once"],
)
async def test_a_head_that_is_too_large_is_refused(listener: Listening, parts: list[bytes]) -> None:
    assert (await sent(listener.path, *parts)).startswith(b"HTTP/1.1 400")


async def test_a_large_body_after_a_head_within_the_limit_is_taken(listener: Listening) -> None:
    head = BEGIN + b"a: " + b"x" * (HEAD_BYTES - 1000) + b"\r\ncontent-length: %d\r\n\r\n" % (10 * HEAD_BYTES)
    answer = await sent(listener.path, head, *[b"y" * HEAD_BYTES] * 10)
    assert b"\r\n%d\r\n" % (10 * HEAD_BYTES) in answer


def test_our_clients_close_idle_connections_before_our_servers_do() -> None:
    assert IDLE_SECONDS < KEPT_SECONDS


@pytest.mark.parametrize(
    "given",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\n\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: \x00\r\n\r\n",
        b"GET / HTTP/2.0\r\nhost: a\r\n\r\n",
        b"GET / HTTP/0.9\r\nhost: a\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n",
        BEGIN + b"transfer-encoding: gzip\r\n\r\n",
        BEGIN + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        BEGIN + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        BEGIN + b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
        BEGIN + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabc",
        BEGIN + b"content-length: +3\r\n\r\nabc",
        BEGIN + b"transfer-encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
async def test_what_is_no_clear_request_is_a_problem_and_the_connection_ends(listener: Listening, given: bytes) -> None:
    head, _, body = (await sent(listener.path, given)).partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"http/1.1 400 bad request"
    assert {b"content-type: application/problem+json", b"x-content-type-options: nosniff", b"connection: close"} <= set(
        lines
    )
    assert any(line.startswith(b"x-request-id: ") for line in lines)
    assert json.loads(body)["code"] == "bad_request"


@pytest.mark.parametrize(
    ("begun", "seconds", "status", "reason"),
    [
        (b"", 10, b"", "silent"),
        (b"POST / HTTP/1.1\r\nho", 10, b"HTTP/1.1 408", "slow_head"),
        (BEGIN + b"content-length: 9\r\n\r\nx", 30, b"HTTP/1.1 408", "slow_body"),
        (BEGIN + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n", 30, b"HTTP/1.1 408", "slow_body"),
    ],
)
async def test_who_takes_too_long_is_told_and_let_go(
    listener: Listening, begun: bytes, seconds: float, status: bytes, reason: str
) -> None:
    before = CLOSED.labels(reason)._value.get()
    reader = await listener.open(begun)
    listener.later(seconds - 1)
    assert len(listener.connections.connections) == 1
    listener.later(seconds + 1)
    answer = await reader.read(4096)
    assert answer[: len(status)] == status
    assert bool(answer) is bool(status)
    assert CLOSED.labels(reason)._value.get() == before + 1


async def test_who_does_not_read_his_answer_is_let_go_in_the_end(listener: Listening) -> None:
    await listener.open()
    (connection,) = listener.seeing()
    connection.transport.pause_reading()
    connection.transport.write(b"x" * 50_000_000)
    connection.transport.close()
    listener.later(0)
    listener.later(4)
    await asyncio.sleep(0)
    assert listener.connections.connections
    listener.later(6)
    async with asyncio.timeout(60):
        while listener.connections.connections:
            await asyncio.sleep(0.001)


async def test_time_in_which_we_did_not_read_is_not_the_clients(listener: Listening) -> None:
    await listener.open(BEGIN + b"content-length: 9\r\n\r\nx")
    (connection,) = listener.seeing()
    connection.flow.pause_reading()
    listener.later(31)
    connection.flow.resume_reading()
    listener.later(60)
    assert not connection.transport.is_closing()


@pytest.mark.parametrize(
    ("limits", "left", "reason"),
    [
        (Limits(most=3), 3, "too_many"),
        (Limits(per_address=2), 2, "too_many_from_address"),
    ],
    ids=["of all", "of one address"],
)
async def test_connections_beyond_a_cap_are_closed(tmp_path: Path, limits: Limits, left: int, reason: str) -> None:
    before = CLOSED.labels(reason)._value.get()
    async with listening(tmp_path, limits) as found:
        readers = [await found.open() for _ in range(5)]
        async with asyncio.timeout(60):
            while len(found.connections.connections) != left:
                await asyncio.sleep(0.001)
        assert sum(reader.at_eof() for reader in readers) == 5 - left
        found.opened.pop(0).close()
        async with asyncio.timeout(60):
            while len(found.connections.connections) != left - 1:
                await asyncio.sleep(0.001)
        assert not (await found.open()).at_eof()
    if reason:
        assert CLOSED.labels(reason)._value.get() == before + 5 - left


def test_a_trusted_neighbour_may_open_any_number_and_of_ipv6_a_network_is_one_address() -> None:
    connections = Connections(Limits(per_address=1, trusted=[ip_network("10.0.0.0/8")]))
    assert [connections.admit(host) for host in ("10.0.0.1", "10.0.0.1", "::ffff:10.0.0.1")] == ["", "", ""]
    assert [connections.admit(host) for host in ("192.0.2.1", "::ffff:192.0.2.1")] == ["", "too_many_from_address"]
    assert [connections.admit(f"2001:db8::{one}") for one in range(2)] == ["", "too_many_from_address"]


@pytest.mark.enable_socket
async def test_operators_are_answered_from_before_the_app_starts_until_it_has_stopped() -> None:
    told: list[str] = []
    operators = Operators({})

    async def standing() -> str:
        assert server._beside is not None
        port = server._beside.sockets[0].getsockname()[1]
        upstream = HttpUpstream(f"http://127.0.0.1:{port}")
        reply = await call(upstream, "GET", "/readyz")
        lives = await call(upstream, "GET", "/livez")
        await upstream.close()
        assert lives.status == 200
        return "ready" if reply.status == 200 else str(reply.json()["detail"])

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        told.append(await standing())
        yield
        told.append(await standing())

    app = WithLifespan(Edge(taking, service="t"), running)
    server = Server(_config(app, ("127.0.0.1", 0)), operators, ("127.0.0.1", 0), Limits(), lambda: None)
    served = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    told.append(await standing())
    server.should_exit = True
    await served
    assert told == ["正在启动", "ready", "正在停止"]
    assert server._beside is not None
    assert not server._beside.is_serving()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.enable_socket
async def test_what_the_start_has_made_is_set_apart_from_the_garbage_before_anybody_is_served(unfrozen: None) -> None:
    made: list[list[str]] = []
    seen: list[bool] = []

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        made.append(["of the start"])
        yield

    def greet() -> None:
        seen.append(gc.get_freeze_count() > 0 and not any(one is made[0] for one in gc.get_objects()))

    app = WithLifespan(Edge(taking, service="t"), running)
    server = Server(_config(app, ("127.0.0.1", 0)), Operators({}), ("127.0.0.1", 0), Limits(), greet)
    served = asyncio.create_task(server._serve())
    await until(lambda: server.greeted)
    server.should_exit = True
    await served
    assert seen == [True]
