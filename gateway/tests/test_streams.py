"""Answers that go on pass through with rules of their own."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from chassis.http.asgi import App, Message
from chassis.http.upstream import call
from chassis.testing.builders import ManualClock
from chassis.testing.streams import Reading, reading
from gateway.app import Gateway
from gateway.claims import LEEWAY
from gateway.development.provider import Provider
from gateway.room import MOST_STREAMS, MOST_STREAMS_OF_ONE

ENDLESS = "/api/v1/things/endless/stream"


def bearer(provider: Provider, subject: str = "dev-citizen", **claims: object) -> dict[str, str]:
    return {"authorization": f"Bearer {provider.token('dev-citizen', sub=subject, **claims)}"}


async def open_of(stack: AsyncExitStack, gateway: App, provider: Provider, subject: str, many: int) -> list[Reading]:
    headers = bearer(provider, subject)
    return [await stack.enter_async_context(reading(gateway, ENDLESS, headers)) for _ in range(many)]


async def test_events_arrive_as_they_are_told(gateway: App, provider: Provider) -> None:
    async with reading(gateway, ENDLESS, bearer(provider)) as stream:
        assert [told and told.data for told in [await stream.next() for _ in range(3)]] == [0, 1, 2]
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["ratelimit-limit"] == "1000"
        assert "content-encoding" not in stream.headers


async def test_a_caller_has_some_streams_and_all_his_other_requests(gateway: App, provider: Provider) -> None:
    async with AsyncExitStack() as stack:
        streams = await open_of(stack, gateway, provider, "citizen-1", MOST_STREAMS_OF_ONE)
        reply = await call(gateway, "GET", ENDLESS, headers=bearer(provider, "citizen-1"))
        assert (reply.status, reply.json()["code"]) == (429, "too_many_requests")
        assert "请先关闭其他页面" in reply.json()["detail"]
        assert reply.headers["retry-after"] == "10"
        assert (await call(gateway, "GET", "/api/v1/things/1", headers=bearer(provider, "citizen-1"))).status == 200
        assert [one.status for one in await open_of(stack, gateway, provider, "citizen-2", 1)] == [200]
        streams[0].leave()
        while (await call(gateway, "HEAD", ENDLESS, headers=bearer(provider, "citizen-1"))).status == 429:
            await asyncio.sleep(0.01)
        assert [one.status for one in await open_of(stack, gateway, provider, "citizen-1", 1)] == [200]


async def test_all_streams_together_take_no_room_of_ordinary_requests(gateway: App, provider: Provider) -> None:
    async with AsyncExitStack() as stack:
        for number in range(MOST_STREAMS // MOST_STREAMS_OF_ONE):
            await open_of(stack, gateway, provider, f"citizen-{number}", MOST_STREAMS_OF_ONE)
        one_more = await call(gateway, "GET", ENDLESS, headers=bearer(provider, "late"))
        assert (one_more.status, one_more.json()["code"]) == (503, "overloaded")
        assert (await call(gateway, "GET", "/api/v1/things/1", headers=bearer(provider, "late"))).status == 200


async def test_a_stream_ends_with_the_token(gateway: App, provider: Provider, clock: ManualClock) -> None:
    about_to_end = bearer(provider, exp=clock.now().timestamp() - LEEWAY + 2)
    async with reading(gateway, ENDLESS, about_to_end) as stream:
        assert await stream.rest(), "what came before the end"


async def test_a_reader_who_takes_nothing_is_left_and_sent_no_end(gateway: Gateway, provider: Provider) -> None:
    stream, sent = Reading(), list[str]()

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            raise TimeoutError

    headers = [(name.encode(), value.encode()) for name, value in bearer(provider).items()]
    scope = {"type": "http", "method": "GET", "path": ENDLESS, "raw_path": ENDLESS.encode(), "query_string": b""}
    with pytest.raises(TimeoutError):
        await gateway._proxy({**scope, "headers": headers, "client": ("127.0.0.1", 1)}, stream.receive, send)
    assert sent == ["http.response.start", "http.response.body"]


async def test_a_stream_ends_as_it_should_when_the_process_stops(gateway: App, provider: Provider) -> None:
    stopping = asyncio.Event()
    async with reading(gateway, ENDLESS, bearer(provider), state={"stopping": stopping}) as stream:
        await stream.next()
        stopping.set()
        await stream.rest()


async def test_head_of_a_stream_is_its_beginning(gateway: App, provider: Provider) -> None:
    async with reading(gateway, ENDLESS, bearer(provider), method="HEAD") as stream:
        assert await stream.rest() == []
        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")


async def test_no_stream_without_signing_in(gateway: App) -> None:
    assert (await call(gateway, "GET", ENDLESS)).status == 401
