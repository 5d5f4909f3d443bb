"""What the running suite answers is what its contract says: status, code, headers, media type and content."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from chassis.contracts.documents import operations
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.http.connections import Connection, Connections, Limits
from chassis.http.edge import Edge
from chassis.http.upstream import call
from gateway.development.provider import people
from gateway.table import RouteTable, read_contracts
from witness import Witness, differences
from yiwang import journey
from yiwang.demo import CITIZEN, CLERK, REVIEWERS
from yiwang.journey import Actor, Cast
from yiwang.suite import CONTRACTS, Suite, embedded

NONE = "00000000-0000-7000-8000-000000000000"
KEY = {"idempotency-key": "k"}
DRAFT = {"matter_code": "newborn", "answers": {}}


ODD: list[tuple[str, str, str, dict[str, str], Any, int]] = [
    ("", "GET", "/units", {}, None, 200),
    ("", "GET", "/units", {"authorization": "Bearer x"}, None, 401),
    ("", "GET", "/units", {"authorization": "Basic x"}, None, 401),
    ("", "GET", "/units/ZZZ", {}, None, 404),
    ("", "GET", "/items/x", {}, None, 404),
    ("", "GET", "/matters/newborn", {"if-none-match": "*"}, None, 304),
    ("", "GET", "/matters/newborn/versions/999999", {}, None, 404),
    ("", "GET", "/matters/newborn;x", {}, None, 400),
    ("", "GET", "/units", {"content-length": "5", "transfer-encoding": "chunked"}, None, 400),
    ("", "GET", "/units", {"transfer-encoding": "gzip"}, None, 400),
    ("", "GET", "/units", {"host": "a b"}, None, 400),
    ("", "GET", "/units", {"yiwang-timeout-ms": "1"}, None, 200),
    ("", "POST", "/matters/newborn/guide", {}, {"answers": {"a": "b"}}, 422),
    ("", "GET", "/me", {}, None, 401),
    ("dev-clerk-u23", "GET", "/me", {}, None, 200),
    ("dev-citizen-l0", "GET", "/me", {"accept-language": "en"}, None, 200),
    ("", "GET", "/drafts", {}, None, 401),
    ("", "HEAD", "/applications/searches", {}, None, 405),
    ("", "OPTIONS", "/units", {}, None, 405),
    ("", "GET", "/applications/searches", {}, None, 405),
    ("dev-citizen-l0", "GET", "/drafts", {}, None, 403),
    ("dev-clerk-u23", "GET", "/drafts", {}, None, 403),
    ("dev-clerk-u23", "GET", "/tasks", {}, None, 403),
    ("dev-clerk-u23", "POST", f"/applications/{NONE}/acceptances", KEY, {"materials_checked": []}, 404),
    ("dev-clerk-u23", "POST", "/applications/searches", {}, {"id_number": "1"}, 422),
    ("dev-citizen", "GET", "/drafts/x", {}, None, 422),
    ("dev-citizen", "DELETE", f"/drafts/{NONE}", {}, None, 428),
    ("dev-citizen", "DELETE", f"/drafts/{NONE}", {"if-match": "*"}, None, 404),
    ("dev-citizen", "PUT", f"/drafts/{NONE}", {"if-match": "*"}, {"form": {}}, 404),
    ("dev-citizen", "PUT", f"/drafts/{NONE}", {"if-match": "1"}, {"form": {}}, 422),
    ("dev-citizen", "POST", "/drafts", {}, DRAFT, 400),
    ("dev-citizen", "POST", "/drafts", KEY, DRAFT, 422),
    ("dev-citizen", "POST", "/drafts", KEY, b"{", 400),
    ("dev-citizen", "POST", "/drafts", KEY, b'{"matter_code":"a","matter_code":"b"}', 400),
    ("dev-citizen", "POST", "/drafts", KEY, rb'{"\ud800":1}', 400),
    ("dev-citizen", "POST", "/drafts", KEY, b"[" * 10_000, 400),
    ("dev-citizen", "POST", "/drafts", KEY, b" " * 70_000, 413),
    ("dev-citizen", "POST", "/drafts", KEY | {"content-type": "text/plain"}, DRAFT, 415),
    ("dev-citizen", "POST", "/drafts", {"idempotency-key": "k" * 101}, DRAFT, 422),
    ("dev-citizen", "POST", "/drafts", KEY, {**DRAFT, "\x00" * 3000: 1}, 422),
    ("dev-citizen", "GET", "/applications?limit=0", {}, None, 422),
    ("dev-citizen", "GET", "/applications?limit=1000000000", {}, None, 422),
    ("dev-citizen", "GET", "/applications?after=W10", {}, None, 422),
    ("dev-citizen", "GET", "/applications?state=nope", {}, None, 422),
    ("dev-citizen", "GET", "/applications?stat=closed", {}, None, 422),
    ("dev-citizen", "GET", "/applications?limit=1&limit=2", {}, None, 422),
    ("dev-citizen", "GET", f"/cases?application_id={'a' * 5000}", {}, None, 422),
]


@pytest.fixture
async def suite(tmp_path: Path) -> AsyncIterator[Suite]:
    built = embedded(tmp_path, public_url="http://127.0.0.1:1")
    async with built.running():
        yield built


def witness_of(suite: Suite) -> Witness:
    documents = read_contracts(CONTRACTS)
    return Witness(suite.gateway, RouteTable(documents), documents)


async def test_a_whole_matter_is_answered_as_the_contract_says(suite: Suite) -> None:
    witness = witness_of(suite)

    def actor(person: str) -> Actor:
        return Actor(witness, suite.provider.token(person))

    reviewers = {unit: actor(person) for unit, person in REVIEWERS.items()}
    told = await journey.whole(Cast(actor(CITIZEN), actor(CLERK), reviewers))
    again = await journey.draft(actor(CITIZEN), key="same")
    assert await actor(CITIZEN).post("/drafts", {"matter_code": "newborn", "answers": journey.ANSWERS}, key="same")
    await actor(CITIZEN).get(f"/drafts/{again['draft_id']}")
    await actor(CITIZEN).get("/cases", application_id=told.application["application_id"])
    await journey.complete_steps(actor(CITIZEN), told.application["application_id"])
    changes = f"/api/v1/applications/{told.application['application_id']}/changes"
    signed_in = {"authorization": f"Bearer {suite.provider.token(CITIZEN)}"}
    heard = await call(witness, "GET", changes, headers={**signed_in, "last-event-id": "0"})
    assert (heard.status, heard.body.count(b"event: closed\n")) == (200, 1)
    last = str(heard.body.count(b"event: change\n"))
    assert (await call(witness, "GET", changes, headers={**signed_in, "last-event-id": last})).status == 204
    assert witness.faults == []
    assert witness.answers > 30


def asking(app: App, query: str) -> App:
    """Return the app, asked with just this query string."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "query_string": query.encode()}, receive, send)

    return asked


async def test_odd_requests_are_answered_as_the_contract_says(suite: Suite) -> None:
    witness = witness_of(suite)
    statuses = []
    for person, method, target, headers, body, _ in ODD:
        sent = {"authorization": f"Bearer {suite.provider.token(person)}", **headers} if person else headers
        path, _, query = target.partition("?")
        reply = await call(asking(witness, query), method, f"/api/v1{path}", body=body, headers=sent)
        statuses.append((method, target, reply.status))
    assert witness.faults == []
    assert statuses == [(method, target, status) for _, method, target, _, _, status in ODD]


async def test_too_many_requests_are_answered_as_the_contract_says(suite: Suite) -> None:
    witness = witness_of(suite)
    headers = {"authorization": f"Bearer {suite.provider.token(CITIZEN)}"}
    replies = [await call(witness, "POST", "/api/v1/drafts", headers=headers) for _ in range(31)]
    assert replies[-1].status == 429
    assert witness.faults == []


async def test_one_request_too_many_at_once_is_answered_as_the_contract_says(suite: Suite) -> None:
    witness = witness_of(suite)
    witness.app = Edge(suite.gateway, service="gateway", at_once=0)
    for method, path in (("GET", "/api/v1/units"), ("POST", "/api/v1/drafts")):
        reply = await call(witness, method, path)
        assert (reply.status, reply.json()["code"]) == (503, "overloaded")
    assert witness.faults == []


async def test_a_request_that_does_not_come_in_time_is_answered_as_the_contract_says(
    suite: Suite, tmp_path: Path
) -> None:
    config = uvicorn.Config(suite.gateway, http=Connection, ws="none", log_config=None, access_log=False)
    config.load()
    connections, loop, place = Connections(Limits()), asyncio.get_running_loop(), str(tmp_path / "s")
    server = await loop.create_unix_server(lambda: Connection(config, connections, {}), place)
    reader, writer = await asyncio.open_unix_connection(place)
    writer.write(b"GET /api/v1/units HTTP/1.1\r\nho")
    async with asyncio.timeout(60):
        while not any(one._unparsed for one in connections.connections if isinstance(one, Connection)):
            await asyncio.sleep(0.001)
    connections.sweep(loop.time() + 60)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    server.close()
    status, *lines = head.decode().split("\r\n")
    assert status.split(" ")[1] == "408"
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    for document in witness_of(suite).documents.values():
        for _, operation in operations(dict(document)):
            told = operation["responses"]["default"]
            assert json.loads(body)["code"] in told["description"]
            assert differences(document, {"responses": {"default": told}}, "default", headers, body) == []


MADE_UP = ["W10", "WzFd", "WyJcdTAwMDAiXQ", "WyJhIiwiYiIsImMiXQ", "bnVsbA", "x"]
"""[], [1], ["\\0"], ["a", "b", "c"], null, and nothing at all: no list begins after any of these."""


def admitted(declared: Mapping[str, Any]) -> str:
    """Return somebody whom an operation admits; nobody where anybody may come."""
    kinds, roles = declared["kinds"], set(declared["roles"])
    if "CITIZEN" in kinds or "STAFF" not in kinds:
        return CITIZEN if "CITIZEN" in kinds else ""
    staff = {one.subject: set(one.claims["roles"]) for one in people() if one.claims["kind"] == "STAFF"}
    return next(subject for subject, has in staff.items() if not roles or roles & has)


async def test_every_list_refuses_a_cursor_that_it_did_not_give(suite: Suite) -> None:
    witness = witness_of(suite)
    asked = 0
    for document in witness.documents.values():
        for route, operation in operations(dict(document)):
            if "{" in route or "after" not in {parameter.get("name") for parameter in operation.get("parameters", [])}:
                continue
            person = admitted(operation["x-yiwang"])
            headers = {"authorization": f"Bearer {suite.provider.token(person)}"} if person else {}
            for cursor in MADE_UP:
                path = route.partition(" ")[2]
                reply = await call(witness, "GET", path, query={"after": cursor}, headers=headers)
                assert (reply.status, reply.json().get("errors", [{}])[0].get("code")) == (422, "bad_cursor"), (
                    route,
                    cursor,
                )
                asked += 1
    assert witness.faults == []
    assert asked >= 5 * len(MADE_UP)
