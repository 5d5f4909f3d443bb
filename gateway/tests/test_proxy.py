import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from chassis.base import telemetry
from chassis.http.asgi import App, Message, Receive, Scope, Send, answer
from chassis.http.upstream import UpstreamUnavailable, call
from chassis.testing.builders import ManualClock
from gateway.app import Gateway, UpstreamMissing, build
from gateway.development.provider import Provider
from gateway.proxy import RESIGN_SECONDS
from gateway.room import MOST, MOST_OF_ONE
from gateway.settings import GatewaySettings
from openapi_spec_validator import validate

from .conftest import DOCUMENT, Elapsed, operation


def bearer(provider: Provider, person: str = "dev-citizen") -> dict[str, str]:
    return {"authorization": f"Bearer {provider.token(person)}"}


async def exchange(
    gateway: App, method: str, path: str, headers: list[tuple[bytes, bytes]], client: str = "198.51.100.1"
) -> list[Message]:
    """Send one request with headers as they are; return all messages of the answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    await gateway({**scope, "client": (client, 1)}, receive, send)
    return sent


async def test_what_is_not_in_the_contracts_is_404_and_a_wrong_method_405(gateway: App) -> None:
    assert (await call(gateway, "GET", "/api/v1/none")).json()["code"] == "not_found"
    assert (await call(gateway, "GET", "/")).headers["location"] == "/docs"
    reply = await call(gateway, "DELETE", "/api/v1/things")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/things/a%2Fb",
        "/api/v1/things/%2e%2e",
        "/api/v1/things/..",
        "/api/v1//things",
        "/api/v1/things/1;x=2",
        "/api/v1/things/%5cx",
        "/api/v1/things/%00",
        "/api/v1/things/%252e%252e",
        "/api/v1/./things",
        "/api/v1/things/",
    ],
)
async def test_path_tricks_are_refused(gateway: App, provider: Provider, path: str) -> None:
    assert (await call(gateway, "GET", path, headers=bearer(provider))).status in {400, 404}


@pytest.mark.parametrize(
    "path", ["/api/v1/things/" + "x" * 1000, "/" + "a/" * 30_000 + "a", "/api/v1/things/" + "%41" * 400]
)
async def test_a_path_longer_than_any_of_ours_is_refused_unread(gateway: App, path: str) -> None:
    reply = await call(gateway, "GET", path)
    assert (reply.status, reply.json()["code"]) == (400, "bad_path")


async def test_a_literal_beats_a_parameter(gateway: App, provider: Provider) -> None:
    reply = await call(gateway, "POST", "/api/v1/things/special", headers=bearer(provider))
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")
    assert (await call(gateway, "DELETE", "/api/v1/things/special", headers=bearer(provider))).status == 405
    assert (await call(gateway, "GET", "/api/v1/things/special")).status == 200
    assert (await call(gateway, "GET", "/api/v1/things/other")).status == 401
    assert (await call(gateway, "GET", "/api/v1/things/other", headers=bearer(provider))).status == 200


async def test_an_encoded_literal_is_the_literal_as_the_service_will_read_it(gateway: App) -> None:
    assert (await call(gateway, "GET", "/api/v1/things/%73pecial")).status == 200
    assert (await call(gateway, "GET", "/api/v1/%74hings/other")).status == 401


@pytest.mark.parametrize(
    ("person", "method", "path", "status", "code"),
    [
        ("dev-citizen-l1", "POST", "/api/v1/things", 403, "real_name_level_too_low"),
        ("dev-citizen-l2", "POST", "/api/v1/things", 200, None),
        ("dev-citizen", "GET", "/api/v1/desk", 403, "forbidden"),
        ("dev-clerk-u23", "GET", "/api/v1/desk", 403, "role_missing"),
        ("dev-reviewer-u09", "GET", "/api/v1/desk", 200, None),
        ("dev-reviewer-u09", "GET", "/api/v1/things", 403, "forbidden"),
        ("dev-administrator", "GET", "/api/v1/desk", 403, "role_missing"),
    ],
)
async def test_each_operation_admits_whom_it_declares(
    gateway: App, provider: Provider, person: str, method: str, path: str, status: int, code: str | None
) -> None:
    reply = await call(gateway, method, path, headers=bearer(provider, person))
    assert reply.status == status
    assert reply.json().get("code") == code


async def test_identity_headers_from_outside_never_arrive(
    gateway: App, provider: Provider, echo: Any, principal_of: Callable[..., Any]
) -> None:
    forged = {
        "Yiwang-Principal": "forged",
        "Yiwang-Timeout-Ms": "99999999",
        "X-User": "root",
        "X-User-Id": "1",
        "X-Forwarded-User": "root",
        "X-Real-Name": "x",
        "X-SSL-Client-Verify": "SUCCESS",
        "X-Remote-User": "root",
        "X_User": "root",
        "Yiwang_Principal": "forged",
        "Cookie": "session=1",
        "X-Original-URL": "/admin",
    }
    reply = await call(gateway, "GET", "/api/v1/things/1", headers={**bearer(provider, "dev-citizen-l1"), **forged})
    assert reply.status == 200
    (seen,) = echo.seen
    assert principal_of(seen).subject == "dev-citizen-l1"
    left = {name.lower() for name in forged} & seen.keys()
    assert left == {"yiwang-principal", "yiwang-timeout-ms"}
    assert int(seen["yiwang-timeout-ms"]) <= 30_000


async def test_limits_are_told_and_held_for_each_caller(gateway: App) -> None:
    replies = [await call(gateway, "GET", "/api/v1/rare") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert [reply.headers["ratelimit-remaining"] for reply in replies] == ["1", "0", "0"]
    assert replies[2].json()["code"] == "too_many_requests"
    assert 1 <= int(replies[2].headers["retry-after"]) <= 61


async def test_a_flood_of_bad_tokens_from_an_address_locks_no_good_one_out(gateway: App, provider: Provider) -> None:
    pattern = bearer(provider)["authorization"][:-9]
    flood = [{"authorization": f"{pattern}{number:09d}"} for number in range(10_000)]
    replies = [await call(gateway, "GET", "/api/v1/things/1", headers=one) for one in flood]
    assert {(reply.status, reply.json()["code"]) for reply in replies} == {(401, "token_refused")}
    assert (await call(gateway, "GET", "/api/v1/things/1", headers=bearer(provider, "dev-citizen-other"))).status == 200
    assert (await call(gateway, "GET", "/api/v1/things/special")).status == 200


async def test_a_body_that_has_not_come_holds_nothing_at_a_service(gateway: App, provider: Provider, echo: Any) -> None:
    never = asyncio.Event()

    async def receive() -> Message:
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None: ...

    headers = [(b"authorization", bearer(provider)["authorization"].encode()), (b"content-length", b"5")]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/things", "query_string": b"", "headers": headers}
    waiting = [asyncio.ensure_future(gateway({**scope}, receive, send)) for _ in range(540)]
    await asyncio.sleep(0)
    assert (await call(gateway, "GET", "/api/v1/things/1", headers=bearer(provider))).status == 200
    assert (await call(gateway, "GET", "/docs")).status == 200
    assert len(echo.seen) == 1
    never.set()
    await asyncio.gather(*waiting)


async def test_each_operation_reaches_the_service_whose_it_is(
    settings: GatewaySettings, contracts: Path, provider: Provider, clock: ManualClock
) -> None:
    paths = {"/api/v1/others": {"get": operation("list_others", "CITIZEN")}}
    paths |= {"/api/v1/others/{thing_id}/stream": {"get": operation("stream_other", "CITIZEN", stream=True)}}
    (contracts / "openapi" / "other.json").write_text(json.dumps({**DOCUMENT, "paths": paths}), encoding="utf-8")
    heard: list[tuple[str, str]] = []

    def service(name: str) -> App:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            heard.append((name, scope["path"]))
            await answer(send, 200, b"", "text/plain", {})

        return app

    upstreams = {name: service(name) for name in ("sample", "other")}
    gateway = build(settings, upstreams=upstreams, development=provider, clock=clock)
    for path in ("/api/v1/others", "/api/v1/open", "/api/v1/others/1/stream", "/api/v1/things/1/stream"):
        await call(gateway, "GET", path, headers=bearer(provider))
    assert heard == [
        ("other", "/api/v1/others"),
        ("sample", "/api/v1/open"),
        ("other", "/api/v1/others/1/stream"),
        ("sample", "/api/v1/things/1/stream"),
    ]


async def test_a_service_is_told_of_a_caller_by_a_word_that_is_still_good(
    gateway: App, provider: Provider, echo: Any, clock: ManualClock, elapsed: Elapsed, principal_of: Callable[..., Any]
) -> None:
    for _ in range(8):
        assert (await call(gateway, "GET", "/api/v1/things/1", headers=bearer(provider))).status == 200
        assert principal_of(echo.seen[-1]).subject == "dev-citizen"
        clock.advance(seconds=RESIGN_SECONDS / 2)
        elapsed.seconds += RESIGN_SECONDS / 2
    words = {seen["yiwang-principal"] for seen in echo.seen}
    assert 1 < len(words) < 8


async def test_a_slow_service_takes_up_its_own_room_and_a_caller_a_part_of_it(
    settings: GatewaySettings, echo: Any, contracts: Path
) -> None:
    paths = {"/api/v1/others": {"get": operation("list_others", "ANONYMOUS")}}
    (contracts / "openapi" / "other.json").write_text(json.dumps({**DOCUMENT, "paths": paths}), encoding="utf-8")
    free = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await free.wait()
        await answer(send, 200, b"", "text/plain", {})

    gateway = build(settings, upstreams={"sample": slow, "other": echo})

    async def ask(path: str, number: int) -> int:
        status: int = (await exchange(gateway, "GET", path, [], f"198.51.100.{number}"))[0]["status"]
        return status

    waiting: list[asyncio.Task[int]] = []
    for number in range(MOST // MOST_OF_ONE):
        waiting += [asyncio.create_task(ask("/api/v1/open", number)) for _ in range(MOST_OF_ONE)]
        await asyncio.sleep(0)
        assert await ask("/api/v1/open", number) == 503
    assert await ask("/api/v1/open", 100) == 503
    assert await ask("/api/v1/others", 0) == 200
    free.set()
    assert await asyncio.gather(*waiting) == [200] * MOST
    assert await ask("/api/v1/open", 0) == 200


async def test_a_body_over_the_operations_limit_is_refused(gateway: App, provider: Provider) -> None:
    for body in (b"x" * 1000, b"x" * 1001):
        reply = await call(gateway, "POST", "/api/v1/things", body=body, headers=bearer(provider))
        assert reply.status == (200 if len(body) == 1000 else 413)


async def test_a_streamed_body_is_cut_at_the_limit(gateway: App, provider: Provider) -> None:
    chunks: list[Message] = [{"type": "http.request", "body": b"x" * 600, "more_body": True} for _ in range(4)]
    sent: list[Message] = []

    async def receive() -> Message:
        return chunks.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", bearer(provider)["authorization"].encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/things", "query_string": b"", "headers": headers}
    await gateway(scope, receive, send)
    assert sent[0]["status"] == 413
    assert chunks


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "content-type"])
async def test_a_header_that_two_could_read_differently_comes_once(
    gateway: App, provider: Provider, echo: Any, name: str
) -> None:
    twice = [(name.lower().encode(), value) for value in (b"Bearer x", b"Bearer y")]
    headers = (
        twice if name == "Authorization" else [(b"authorization", bearer(provider)["authorization"].encode()), *twice]
    )
    sent = await exchange(gateway, "GET", "/api/v1/things", headers)
    body = json.loads(sent[1]["body"])
    assert (sent[0]["status"], body["code"]) == (400, "repeated_header")
    assert name.lower() in body["detail"]
    assert echo.seen == []


async def test_headers_of_the_one_hop_do_not_go_beyond_it(gateway: App, provider: Provider, echo: Any) -> None:
    hop = {"connection": "keep-alive, X-Secret", "x-secret": "s", "keep-alive": "timeout=5", "te": "trailers"}
    hop |= {"upgrade": "h2c", "proxy-connection": "keep-alive", "proxy-authorization": "Basic x", "x-kept": "k"}
    assert (await call(gateway, "GET", "/api/v1/things/1", headers={**bearer(provider), **hop})).status == 200
    assert hop.keys() & echo.seen[0].keys() == {"x-kept"}


@pytest.mark.parametrize(
    "path", ["/api/v1/open", "/api/v1/things", "/api/v1/things/1/stream", "/docs", "/openapi.json"]
)
async def test_head_is_get_without_its_body(gateway: App, provider: Provider, path: str) -> None:
    headers = [(b"authorization", bearer(provider)["authorization"].encode())]
    got, asked = [await exchange(gateway, method, path, headers) for method in ("GET", "HEAD")]
    assert asked[0]["status"] == got[0]["status"] == 200
    assert {name for name, _ in asked[0]["headers"]} == {name for name, _ in got[0]["headers"]}
    assert any(message.get("body") for message in got)
    assert not any(message.get("body") for message in asked)


async def test_head_is_not_where_get_is_not(gateway: App, provider: Provider) -> None:
    assert (await call(gateway, "HEAD", "/api/v1/written", headers=bearer(provider))).status == 405
    assert (await call(gateway, "HEAD", "/api/v1/none")).status == 404


async def test_two_lengths_are_refused(gateway: App, provider: Provider) -> None:
    both = {**bearer(provider), "content-length": "1", "transfer-encoding": "chunked"}
    reply = await call(gateway, "POST", "/api/v1/things", body=b"x", headers=both)
    assert (reply.status, reply.json()["code"]) == (400, "ambiguous_length")


async def test_streams_and_problems_pass_through_untouched(gateway: App, provider: Provider) -> None:
    stream = await call(gateway, "GET", "/api/v1/things/1/stream", headers=bearer(provider))
    assert stream.headers["content-type"] == "text/event-stream"
    assert stream.body == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    problem = await call(gateway, "GET", "/api/v1/things/1/problem", headers=bearer(provider))
    assert (problem.status, problem.json()["code"]) == (418, "teapot")
    assert problem.headers["ratelimit-limit"] == "1000"


async def test_public_answers_may_be_cached_others_not(gateway: App, provider: Provider) -> None:
    public = await call(gateway, "GET", "/api/v1/open")
    assert public.headers["cache-control"] == "public, max-age=60"
    assert not {name for name in public.headers if name.startswith("ratelimit")}, "one caller's limits, told to others"
    private = await call(gateway, "GET", "/api/v1/things", headers=bearer(provider))
    assert private.headers["cache-control"] == "no-store"
    assert private.headers["ratelimit-remaining"] == "999"
    assert (await call(gateway, "POST", "/api/v1/open")).headers["cache-control"] == "no-store"


async def test_the_merged_document_is_valid_and_the_page_needs_nothing_from_elsewhere(gateway: App) -> None:
    document = (await call(gateway, "GET", "/openapi.json")).json()
    validate(document)
    assert document["components"]["securitySchemes"]["oidc"]["type"] == "openIdConnect"
    assert document["servers"][0]["url"] == "/"
    assert document["info"]["contact"]["email"]
    page = await call(gateway, "GET", "/docs")
    assert b"http" not in page.body.replace(b"/docs/", b"")
    assert "script-src" not in page.headers["content-security-policy"]
    assert (await call(gateway, "GET", "/docs/swagger-ui-bundle.js")).status == 200
    for path in ("/livez", "/readyz", "/metrics"):
        assert (await call(gateway, "GET", path)).status == 404


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/swagger-ui-bundle.js"])
async def test_a_page_that_is_known_already_is_not_sent_again(gateway: App, path: str) -> None:
    first = await call(gateway, "GET", path)
    again = await call(gateway, "GET", path, headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await call(gateway, "GET", path, headers={"if-none-match": '"other"'})).status == 200


async def test_the_page_asks_for_what_operations_ask_for(gateway: App) -> None:
    script = (await call(gateway, "GET", "/docs/start.js")).body.decode()
    assert 'scopes: "openid draft:write task:read"' in script


async def out(scope: Scope, receive: Receive, send: Send) -> None:
    raise UpstreamUnavailable


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, 503, b"", "text/plain", {})


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    for _ in range(2):  # it does not heed that it is no longer waited for
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


async def readiness(gateway: Gateway) -> tuple[int, Any]:
    async with asyncio.timeout(60):
        reply = await call(gateway.operators, "GET", "/readyz", within=20)
    return reply.status, reply.json().get("detail", reply.json().get("out"))


async def test_one_service_that_answers_is_enough_and_what_is_out_is_named(
    settings: GatewaySettings, provider: Provider
) -> None:
    def before(**upstreams: App) -> Gateway:
        return build(settings, upstreams=upstreams, development=provider)

    assert await readiness(before(sample=failing)) == (200, None)
    assert await readiness(before(sample=failing, gone=out, slow=hanging)) == (200, ["gone", "slow"])
    assert telemetry.DEPENDENCY_OUT.labels("gone")._value.get() == 1
    assert telemetry.DEPENDENCY_OUT.labels("sample")._value.get() == 0
    assert await readiness(before(sample=out, slow=hanging)) == (503, "未就绪:sample、slow")


async def test_a_gateway_that_cannot_have_the_issuers_keys_is_not_ready(settings: GatewaySettings, echo: Any) -> None:
    assert await readiness(build(settings, upstreams={"sample": echo}, issuer=out)) == (503, "未就绪:issuer")


async def test_a_gateway_that_was_given_no_way_to_a_contracts_service_does_not_start(settings: GatewaySettings) -> None:
    with pytest.raises(UpstreamMissing, match="sample"):
        build(settings, upstreams={})


async def disbelieving(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, 401, b'{"code": "unauthenticated"}', "application/problem+json", {})


async def test_a_gateway_that_no_service_believes_is_not_ready_and_blames_no_caller(
    settings: GatewaySettings, provider: Provider, clock: ManualClock
) -> None:
    gateway = build(settings, upstreams={"sample": disbelieving}, development=provider, clock=clock)
    assert await readiness(gateway) == (503, "未就绪:sample")
    reply = await call(gateway, "GET", "/api/v1/things", headers=bearer(provider))
    assert (reply.status, reply.json()["code"]) == (503, "upstream_unavailable")
