import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest
import uvicorn
from chassis.http.asgi import Receive, Scope, Send
from chassis.http.connections import HEAD_BYTES, Connection
from chassis.http.serving import KEPT_SECONDS
from chassis.http.upstream import IDLE_SECONDS
from uvicorn.server import ServerState


async def taking(scope: Scope, receive: Receive, send: Send) -> None:
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"%d" % size})


@pytest.fixture
async def socket(tmp_path: Path) -> AsyncIterator[str]:
    """Serve `taking` at a socket of this test's own."""
    config = uvicorn.Config(taking, http=Connection, ws="none", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    path = str(tmp_path / "s")
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: Connection(config, state, {}), path)
    yield path
    server.close()
    await server.wait_closed()


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


@pytest.mark.parametrize(
    "parts",
    [[BEGIN, b"a: ", *ENDLESS], [b"GET /", *ENDLESS], [BEGIN, *[b"a: " + b"x" * 90 + b"\r\n"] * 690]],
    ids=["one header", "the address", "many headers"],
)
async def test_a_head_that_does_not_end_is_refused(socket: str, parts: list[bytes]) -> None:
    assert (await sent(socket, *parts)).startswith(b"HTTP/1.1 400")


async def test_a_large_body_after_a_head_within_the_limit_is_taken(socket: str) -> None:
    head = BEGIN + b"a: " + b"x" * (HEAD_BYTES - 1000) + b"\r\ncontent-length: %d\r\n\r\n" % (10 * HEAD_BYTES)
    answer = await sent(socket, head, *[b"y" * HEAD_BYTES] * 10)
    assert b"\r\n%d\r\n" % (10 * HEAD_BYTES) in answer


def test_our_clients_close_idle_connections_before_our_servers_do() -> None:
    assert IDLE_SECONDS < KEPT_SECONDS
