import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from chassis.asgi import Message
from chassis.problems import TooLarge
from chassis.upstream import HttpUpstream, UpstreamUnavailable


@asynccontextmanager
async def sibling() -> AsyncIterator[int]:
    """Listen, read what comes and answer nothing; yield the port."""
    closed = asyncio.Event()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await closed.wait()


async def forward(port: int, chunks: list[Message]) -> None:
    async def receive() -> Message:
        if not chunks:
            raise TooLarge
        return chunks.pop()

    async def send(_message: Message) -> None:
        raise AssertionError("no answer was given")

    upstream = HttpUpstream(f"http://127.0.0.1:{port}")
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    try:
        await upstream(scope, receive, send)
    finally:
        await upstream.close()


@pytest.mark.enable_socket
async def test_a_body_refused_on_the_way_is_the_callers_problem_not_the_siblings() -> None:
    async with sibling() as port:
        with pytest.raises(TooLarge):
            await forward(port, [{"type": "http.request", "body": b"x", "more_body": True}])


@pytest.mark.enable_socket
async def test_a_sibling_that_does_not_listen_is_unavailable() -> None:
    with pytest.raises(UpstreamUnavailable):
        await forward(1, [{"type": "http.request", "body": b"x", "more_body": False}])
