"""An answer that goes on, at the edge: without the time and the room of ordinary ones, and never for ever."""

import asyncio
from collections.abc import AsyncGenerator

from chassis.base import telemetry
from chassis.base.deadline import deadline
from chassis.http.asgi import Message, Receive, Scope, Send, answer
from chassis.http.edge import Edge
from chassis.http.streams import HEARTBEAT, EventStream, frame
from chassis.http.upstream import call
from chassis.testing.streams import Told, reading


async def ticking(scope: Scope, receive: Receive, send: Send) -> None:
    """Stream for ever; answer anything else at once."""
    if scope["path"] != "/stream":
        await answer(send, 200, b"{}", "application/json", {})
        return
    await EventStream(ticks())(scope, receive, send)


async def ticks() -> AsyncGenerator[bytes, None]:
    number = 0
    while True:
        number += 1
        assert deadline.get() is None
        yield frame("tick", str(number), place=number, retry=1000)
        yield HEARTBEAT
        await asyncio.sleep(0.02)


async def test_a_stream_outlives_the_time_of_a_request_and_takes_no_room_of_others() -> None:
    edge = Edge(ticking, service="t", time_limit=1.0, at_once=1)
    async with reading(edge, "/stream", {}) as one, reading(edge, "/stream", {}) as two:
        for _ in range(2 * 60):  # a tick, a heartbeat and a pause of 0.02 s: more than the second that a request has
            assert await one.next()
        assert (one.status, two.status) == (200, 200)
        assert (await call(edge, "GET", "/")).status == 200
        assert telemetry.STREAMS.labels("t")._value.get() == 2
    assert telemetry.STREAMS.labels("t")._value.get() == 0
    assert edge._under_way == 0


async def test_frames_are_read_as_they_were_told() -> None:
    async with reading(Edge(ticking, service="t"), "/stream", {}) as stream:
        assert await stream.next() == Told("tick", 1, 1)
        assert await stream.next() == Told("heartbeat")
        assert stream.body.startswith(b"retry: 1000\nid: 1\nevent: tick\ndata: 1\n\n: \n\n")


async def test_a_reader_who_takes_nothing_is_left() -> None:
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

    scope = {"type": "http", "method": "GET", "path": "/stream", "query_string": b"", "headers": []}
    edge = Edge(ticking, service="t", slow_seconds=0.1)
    async with asyncio.timeout(60):
        await edge(scope, receive, send)
    assert edge._under_way == 0
    assert telemetry.STREAMS.labels("t")._value.get() == 0


async def test_when_the_server_stops_the_stream_ends_and_its_reader_is_told() -> None:
    stopping = asyncio.Event()
    async with reading(Edge(ticking, service="t"), "/stream", {}, state={"stopping": stopping}) as stream:
        await stream.next()
        stopping.set()
        await stream.rest()  # ends with the last message of an answer, not with a broken connection
