import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from chassis.base.deadline import Deadline, deadline
from chassis.base.problems import DeadlineExceeded, TooLarge
from chassis.http.asgi import Message, Receive, Scope, Send, answer
from chassis.http.connections import Connection
from chassis.http.edge import Edge
from chassis.http.upstream import TIMEOUT_HEADER, AnswerTooLarge, HttpUpstream, UpstreamUnavailable, call
from uvicorn.server import ServerState

pytestmark = pytest.mark.enable_socket


class Sibling:
    """A service at an address, that tells what it was asked."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.gone = 0
        self.hanging: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append({name.decode(): value.decode() for name, value in scope["headers"]})
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone += 1
                return
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        if self.hanging:
            await self.hanging.wait()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(str(size)))]}
        )
        await send({"type": "http.response.body", "body": b"%d" % size})


@pytest.fixture
def sibling() -> Sibling:
    return Sibling()


@pytest.fixture
async def upstream(sibling: Sibling) -> AsyncIterator[HttpUpstream]:
    config = uvicorn.Config(sibling, http=Connection, ws="none", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(config, state, {}), "127.0.0.1", 0)
    made = HttpUpstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    yield made
    await made.close()
    server.close()
    async with asyncio.timeout(60):
        while state.connections:
            await asyncio.sleep(0.01)


async def test_what_concerns_one_connection_is_not_handed_on(upstream: HttpUpstream, sibling: Sibling) -> None:
    hops = {"expect": "100-continue", "te": "trailers", "keep-alive": "5", "connection": "keep-alive", "upgrade": "h2c"}
    reply = await call(upstream, "POST", "/x", body=b"x" * 100_000, headers=hops)
    assert (reply.status, reply.body) == (200, b"100000")
    assert not hops.keys() & sibling.seen[0].keys()


async def test_a_sibling_that_is_not_there_is_unavailable() -> None:
    upstream = HttpUpstream("http://127.0.0.1:1")
    with pytest.raises(UpstreamUnavailable):
        await call(upstream, "GET", "/")
    await upstream.close()


@pytest.mark.parametrize("within", [1.0, 20.0])
async def test_a_request_that_gets_no_connection_was_not_sent_and_may_be_tried_again(
    sibling: Sibling, upstream: HttpUpstream, within: float
) -> None:
    upstream._limit = 1
    sibling.hanging = asyncio.Event()
    first = asyncio.create_task(call(upstream, "GET", "/"))
    async with asyncio.timeout(60):
        while not sibling.seen:
            await asyncio.sleep(0.01)
    with pytest.raises(UpstreamUnavailable) as refused:
        await call(upstream, "GET", "/", within=within)
    assert refused.value.headers["Retry-After"]
    sibling.hanging.set()
    assert (await first).status == 200
    assert len(sibling.seen) == 1


async def test_of_a_request_that_was_sent_and_not_answered_the_outcome_is_not_known(
    sibling: Sibling, upstream: HttpUpstream
) -> None:
    upstream._timeout = 0.05
    sibling.hanging = asyncio.Event()
    with pytest.raises(DeadlineExceeded):
        await call(upstream, "GET", "/", within=20)
    sibling.hanging.set()


async def test_a_caller_who_goes_away_in_the_middle_of_a_body_takes_the_forwarded_request_along(
    upstream: HttpUpstream, sibling: Sibling
) -> None:
    parts: list[Message] = [{"type": "http.request", "body": b"x" * 10, "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [(b"content-length", b"1000")]}
    async with asyncio.timeout(60):
        await Edge(upstream, service="t")(scope, receive, send)
        while not sibling.gone:
            await asyncio.sleep(0.01)
    assert sent[0]["status"] == 499
    assert (await call(upstream, "POST", "/x", body=b"y")).status == 200


async def test_a_body_refused_on_the_way_is_the_callers_problem_not_the_siblings(upstream: HttpUpstream) -> None:
    async def receive() -> Message:
        raise TooLarge

    async def send(_message: Message) -> None:
        raise AssertionError("no answer was given")

    with pytest.raises(TooLarge):
        await upstream({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send)


async def test_a_call_has_no_more_time_than_its_caller_has_left() -> None:
    told: list[int] = []

    async def sibling(scope: Scope, receive: Receive, send: Send) -> None:
        told.extend(int(value) for name, value in scope["headers"] if name == TIMEOUT_HEADER.encode())
        await answer(send, 200, b"", "text/plain", {})

    async def called() -> None:
        deadline.set(Deadline.after(1000))
        await call(sibling, "GET", "/", within=5000)
        await call(sibling, "GET", "/", within=10)

    await asyncio.create_task(called())
    assert told[0] <= 1_000_000
    assert told[1] == 10_000


async def test_no_more_of_an_answer_is_read_than_is_taken() -> None:
    sent = 0

    async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 100, "more_body": True})
            sent += 1

    with pytest.raises(AnswerTooLarge):
        await call(endless, "GET", "/", at_most=1000)
    assert sent == 10

    async def whole(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 200, b"x" * 1000, "text/plain", {})

    assert len((await call(whole, "GET", "/", at_most=1000)).body) == 1000
    with pytest.raises(AnswerTooLarge):
        await call(whole, "GET", "/", at_most=999)


async def test_an_answer_that_has_come_whole_is_handed_on_in_one_part(upstream: HttpUpstream) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await upstream({"type": "http", "method": "GET", "path": "/x", "headers": []}, receive, send)
    bodies = [message for message in sent if message["type"] == "http.response.body"]
    assert b"".join(message["body"] for message in bodies) == b"0"
    assert [message["more_body"] for message in bodies][-1] is False
    assert len(bodies) == 1
