import asyncio
import re
from typing import Any

import pytest
import structlog
from chassis.base import telemetry
from chassis.base.problems import DeadlineExceeded
from chassis.data.database import Database
from chassis.http.asgi import App, Message, Receive, Scope, Send, answer
from chassis.http.edge import Edge, Refused
from chassis.http.identity import HEADER, Kind, Principal, PrincipalSigner, new_key
from chassis.http.routing import RouteWithoutPolicy, require_policies
from chassis.http.upstream import call
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, reviewer
from chassis.testing.client import Client
from chassis.testing.sample import counters
from fastapi import APIRouter

PATH = "/api/v1/counters/visits/counts"


@pytest.mark.parametrize("given", ["x" * 65, "a b", "<b>", "a;b", "\xb2"])
async def test_a_request_id_that_is_none_is_not_repeated(api: Client, given: str) -> None:
    reply = await api.get("/api/v1/counters/none", headers={"x-request-id": given})
    assert re.fullmatch(r"[0-9a-f-]{36}", reply.headers["x-request-id"])


async def test_a_problem_is_rfc_9457_with_code_and_trace(api: Client) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    reply = await api.get("/api/v1/counters/none", headers={"traceparent": trace, "x-request-id": "abc"})
    problem = reply.json()
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["x-request-id"] == "abc"
    assert problem["status"] == reply.status == 404
    assert problem["code"] == "counter_not_found"
    assert problem["type"] == "urn:yiwang:problem:counter_not_found"
    assert problem["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"by": -1}, "/by"),
        ({"by": "1"}, "/by"),
        ({"by": True}, "/by"),
        ({"other": 1}, "/other"),
        ({"by": 2**40}, "/by"),
    ],
)
async def test_a_wrong_body_is_422_and_points_at_the_place(api: Client, body: dict[str, Any], pointer: str) -> None:
    reply = await api.post(PATH, by=citizen(), body=body, key="k")
    assert reply.status == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer]


async def test_of_very_many_wrong_places_a_hundred_are_told(api: Client) -> None:
    reply = await api.post(PATH, by=citizen(), body={f"f{n}": 1 for n in range(3000)}, key="k")
    assert (reply.status, len(reply.json()["errors"])) == (422, 100)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b"null", b'{"by": 1e999}', b"[" * 2000])
async def test_hostile_bodies_never_get_a_500(api: Client, body: bytes) -> None:
    reply = await api.post(PATH, by=citizen(), body=body, key="k")
    assert reply.status in {400, 422}


async def test_unknown_paths_and_methods_are_problems(api: Client) -> None:
    assert (await api.get("/nothing")).json()["code"] == "not_found"
    reply = await api.delete("/api/v1/counters/visits")
    assert (reply.status, reply.json()["code"]) == (405, "method_not_allowed")


async def test_without_a_principal_nothing_is_served(api: Client) -> None:
    reply = await api.get("/api/v1/counters/none", by=None)
    assert (reply.status, reply.json()["code"]) == (401, "unauthenticated")


async def test_forged_expired_and_foreign_principals_are_refused(service: Service, clock: ManualClock) -> None:
    forged = PrincipalSigner(new_key(), clock).sign(citizen())
    for header in ("x", "a.b.c", forged):
        reply = await call(service.app, "GET", "/api/v1/counters/none", headers={HEADER: header})
        assert reply.status == 401


async def test_an_expired_principal_is_refused(service: Service, signer: PrincipalSigner, clock: ManualClock) -> None:
    header = signer.sign(citizen())
    clock.advance(seconds=70)
    reply = await call(service.app, "GET", "/api/v1/counters/none", headers={HEADER: header})
    assert reply.status == 401


@pytest.mark.parametrize(
    ("caller", "status", "code"),
    [
        (citizen(level=0), 403, "real_name_level_too_low"),
        (citizen(scopes=frozenset()), 403, "scope_missing"),
        (reviewer(), 403, "forbidden"),
        (Principal("anonymous", Kind.ANONYMOUS), 401, "unauthenticated"),
    ],
)
async def test_a_caller_who_may_not_is_told_what_is_missing(
    api: Client, caller: Principal, status: int, code: str
) -> None:
    reply = await api.post(PATH, by=caller, body={"by": 1}, key="k")
    assert (reply.status, reply.json()["code"]) == (status, code)


def test_a_route_without_a_policy_does_not_start(service: Service) -> None:
    bare = APIRouter()
    bare.add_api_route("/bare", lambda: None)
    with pytest.raises(RouteWithoutPolicy, match="/bare"):
        require_policies(service.api, [bare])


async def test_a_body_over_the_limit_is_refused_however_it_comes() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass

    edge = Edge(app, service="t", body_limit=10)
    declared = await call(edge, "POST", "/", body=b"x" * 11)
    assert (declared.status, declared.json()["code"]) == (413, "body_too_large")
    parts = [{"type": "http.request", "body": b"x" * 6, "more_body": True}] * 2
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    await edge({"type": "http", "path": "/", "method": "POST", "headers": []}, receive, send)
    assert sent[0]["status"] == 413


async def test_what_the_app_raises_unforeseen_is_a_500_without_internals() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("SELECT secret FROM table")

    reply = await call(Edge(app, service="t"), "GET", "/")
    assert reply.status == 500
    assert b"secret" not in reply.body


def slow(seconds: float) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(seconds)

    return app


async def test_the_callers_time_limit_travels_down_and_ends_in_504() -> None:
    reply = await call(Edge(slow(5), service="t"), "GET", "/", headers={"yiwang-timeout-ms": "30"})
    assert (reply.status, reply.json()["code"]) == (504, "deadline_exceeded")
    with pytest.raises(DeadlineExceeded):
        await call(slow(5), "GET", "/", within=0.03)


@pytest.mark.parametrize("given", ["\xb2", "9" * 5000, "-1", "1.5", "0", ""])
async def test_a_time_limit_that_is_no_number_does_no_harm(api: Client, given: str) -> None:
    assert (await api.get("/api/v1/counters/none", headers={"yiwang-timeout-ms": given})).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 400),
        ([("host", "a"), ("host", "a")], 400),
        ([("host", "")], 400),
        ([("host", "a b")], 400),
        ([("host", "a/b")], 400),
        ([("host", "a@b")], 400),
        ([("host", "a"), ("transfer-encoding", "gzip, chunked")], 400),
        ([("host", "a"), ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")], 400),
        ([("host", "a"), ("transfer-encoding", "identity")], 400),
        ([("host", "a.example:8000"), ("transfer-encoding", "Chunked")], 200),
        ([("host", "[::1]:8000")], 200),
        ([("host", "127.0.0.1")], 200),
    ],
)
async def test_a_request_that_two_might_read_differently_is_refused_and_its_connection_closed(
    headers: list[tuple[str, str]], status: int
) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, 200, b"", "text/plain", {})

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "http_version": "1.1", "path": "/", "method": "GET", "headers": raw}
    await Edge(app, service="t")(scope, receive, send)
    assert sent[0]["status"] == status
    told = dict(sent[0]["headers"])
    assert told[b"x-content-type-options"] == b"nosniff"
    assert (told.get(b"connection") == b"close") is (status == 400)


async def test_every_answer_says_once_that_it_is_what_it_says(api: Client) -> None:
    for path in ("/nothing", "/api/v1/counters/none"):
        assert (await api.get(path)).headers["x-content-type-options"] == "nosniff"


async def test_a_caller_who_goes_away_is_no_error_of_ours(service: Service, signer: PrincipalSigner) -> None:
    before = telemetry.REQUESTS.labels("sample", "count_up", "499")._sum.get()
    parts: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {HEADER: signer.sign(citizen()), "idempotency-key": "k", "content-type": "application/json"}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": PATH, "method": "POST", "headers": raw, "query_string": b""}
    with structlog.testing.capture_logs() as logs:
        await service.app(scope, receive, send)
    assert sent[0]["status"] == 499
    assert telemetry.REQUESTS.labels("sample", "count_up", "499")._sum.get() > before
    assert not [line for line in logs if line["log_level"] not in {"info", "debug"}]


@pytest.mark.parametrize(("value", "status", "code"), [(1, 409, "conflict"), (None, 500, "unexpected")])
async def test_a_row_that_is_there_is_a_conflict_and_any_other_broken_constraint_a_fault_with_its_stack(
    service: Service, api: Client, database: Database, value: int | None, status: int, code: str
) -> None:
    async def write() -> None:
        async with database.unit_of_work() as work:
            await work.connection.execute(counters.insert().values(name="visits", value=value, version=1))

    service.api.add_api_route("/write", write, methods=["POST"])
    await api.post(PATH, by=citizen(), body={"by": 2}, key="k")
    with structlog.testing.capture_logs() as logs:
        reply = await api.post("/write")
    assert (reply.status, reply.json()["code"]) == (status, code)
    assert [line["exc_info"] is not None for line in logs if line["event"] == "unexpected"] == [True] * (status == 500)


async def test_more_requests_than_can_be_answered_in_time_are_refused_at_once() -> None:
    free, begun = asyncio.Event(), 0

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal begun
        begun += 1
        await free.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    edge = Edge(busy, service="t", at_once=2)
    first = [asyncio.create_task(call(edge, "GET", "/")) for _ in range(2)]
    await asyncio.sleep(0)
    refused = await call(edge, "GET", "/")
    assert (refused.status, refused.json()["code"], refused.headers["retry-after"]) == (503, "overloaded", "1")
    free.set()
    assert [reply.status for reply in await asyncio.gather(*first)] == [200, 200]
    assert (await call(edge, "GET", "/")).status == 200
    assert begun == 3


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"by": None, "body": {"by": 1}, "key": "k"}, 401),
        ({"by": reviewer(), "body": {"by": 1}, "key": "k"}, 403),
        ({"by": citizen(), "body": b"{", "key": "k"}, 400),
        ({"by": citizen(), "body": {"by": -1}, "key": "k"}, 422),
        ({"by": citizen(), "body": {"by": 1}}, 400),
        ({"by": citizen(), "body": {"by": 1}, "key": "k", "headers": {"content-type": "text/plain"}}, 415),
    ],
)
async def test_what_is_refused_before_a_use_case_begins_costs_no_line(
    api: Client, request_: dict[str, Any], status: int
) -> None:
    with structlog.testing.capture_logs() as logs:
        assert (await api.post(PATH, **request_)).status == status
    assert not logs


async def test_what_a_use_case_refuses_is_told_in_a_line(api: Client) -> None:
    with structlog.testing.capture_logs() as logs:
        assert (await api.get("/api/v1/counters/none")).status == 404
    assert [(line["event"], line["status"]) for line in logs] == [("request", 404)]


async def test_what_is_refused_for_want_of_room_costs_no_line() -> None:
    with structlog.testing.capture_logs() as logs:
        assert (await call(Edge(slow(0), service="t", at_once=0), "GET", "/")).status == 503
    assert not logs


async def test_refusals_are_told_together_when_the_process_stops_at_the_latest() -> None:
    async def process() -> None:
        refused = Refused("t")
        for status in (401, 401, 404):
            refused.count("show", status)
        await asyncio.sleep(0)

    with structlog.testing.capture_logs() as logs:
        await asyncio.to_thread(asyncio.run, process())
    assert [line["counts"] for line in logs] == [{"show 401": 2, "show 404": 1}]


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"2")]])
async def test_what_nobody_waits_for_any_more_is_given_up(headers: list[tuple[bytes, bytes]]) -> None:
    told: list[Message] = [{"type": "http.request", "body": b"{}" if headers else b"", "more_body": False}]
    ended: list[str] = []

    async def receive() -> Message:
        return told.pop() if told else {"type": "http.disconnect"}

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        if headers:
            await receive()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("given up")
            raise

    async def send(message: Message) -> None: ...

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"h"), *headers]}
    async with asyncio.timeout(60):
        await Edge(waiting, service="t")(scope, receive, send)
    assert ended == ["given up"]
