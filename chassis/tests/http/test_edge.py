import asyncio
import json
from typing import Any

import pytest
import structlog
from chassis.base.problems import DeadlineExceeded
from chassis.data.database import Database
from chassis.http.asgi import App, Message, Receive, Scope, Send
from chassis.http.edge import Edge
from chassis.http.identity import HEADER, Kind, Principal, PrincipalSigner, new_key
from chassis.http.routing import RouteWithoutPolicy, require_policies
from chassis.http.upstream import call
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, reviewer
from chassis.testing.client import Client
from chassis.testing.sample import counters
from fastapi import APIRouter

PATH = "/api/v1/counters/visits/counts"


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


async def test_health_tells_the_process_from_what_it_needs(api: Client, service: Service) -> None:
    assert (await api.get("/livez", by=None)).status == 200
    assert (await api.get("/readyz", by=None)).status == 200
    service.accepting = False
    assert (await api.get("/readyz", by=None)).status == 503
    assert b"yiwang_request_seconds" in (await api.get("/metrics", by=None)).body


async def test_a_running_service_tells_its_backlog(api: Client, service: Service, clock: ManualClock) -> None:
    async with service.running():
        async with asyncio.timeout(5):
            while b'yiwang_consumer_lag{service="sample"} 0.0' not in (await api.get("/metrics", by=None)).body:
                await asyncio.sleep(0.02)
        await service.measure()
        metrics = (await api.get("/metrics", by=None)).body
    assert b'yiwang_outbox_age_seconds{service="sample"} 0.0' in metrics
    assert b'yiwang_events_parked{service="sample",state="dead"} 0.0' in metrics


async def test_work_that_fails_as_it_is_stopped_is_not_begun_again(service: Service) -> None:
    begun = []

    async def clumsy() -> None:
        begun.append(1)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise RuntimeError("on the way out") from None

    object.__setattr__(service.relay, "run", clumsy)
    async with service.running():
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.2)
    assert begun == [1]
    assert len(asyncio.all_tasks()) == 1


async def test_readiness_fails_when_the_bus_is_gone(api: Client, service: Service) -> None:
    await service.bus.close()
    reply = await api.get("/readyz", by=None)
    assert reply.status == 503
    problem = json.loads(reply.body)
    assert (problem["code"], problem["detail"]) == ("unavailable", "未就绪:bus")


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
