"""A shelf of things, each with its version: what is kept of its answers, for whom, and how long."""

import gzip
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from chassis.base.fields import Code, View
from chassis.base.problems import NotFound
from chassis.http.coding import LEAST
from chassis.http.edge import Edge
from chassis.http.identity import Kind, Policy, Principal, PrincipalVerifier, policy
from chassis.http.rendering import handle_problems
from chassis.http.routing import Caller, collaborators, declare, router
from chassis.http.stored import LONGEST_TARGET, Stored
from chassis.testing.builders import ManualClock, citizen, staff
from chassis.testing.client import Client
from fastapi import Depends, FastAPI, Query, Response
from joserfc.jwk import OKPKey

EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, scope="matter:read")
PERSONS = policy(Kind.CITIZEN, Kind.STAFF, scope="application:read")
SHORT, LONG = "短", "长" * LEAST
SCOPES = frozenset({"matter:read", "application:read"})
ANN, BEN = citizen("ann", scopes=SCOPES), citizen("ben", scopes=SCOPES)


@dataclass
class Shelf:
    """What there is, and how often somebody had to look."""

    text: str = SHORT
    version: Hashable = 1
    looks: Counter[str] = field(default_factory=Counter)


class ThingView(View):
    name: Code
    text: str
    of: str


async def version(shelf: Shelf, caller: Principal, values: Mapping[str, Any]) -> Hashable:
    shelf.looks[f"version of {values['name']} for {caller.subject}"] += 1
    return None if caller.kind is Kind.STAFF else shelf.version


routes = router()
Here = Annotated[Shelf, Depends(collaborators)]


def add(path: str, name: str, admitted: Policy, **declared: Any) -> None:
    async def show(
        name: Code, shelf: Here, caller: Caller, response: Response, q: Annotated[str, Query()] = ""
    ) -> ThingView:
        shelf.looks[name] += 1
        if name == "nothing":
            raise NotFound
        if name == "tagged":
            response.headers["ETag"] = '"7"'
        return ThingView(name=name, text=shelf.text + q, of=caller.subject)

    routes.get(path, name=name, **declare(admitted, stored=version, **declared))(show)


add("/things/{name}", "show_thing", EVERYONE, cache_seconds=60)
add("/own/{name}", "show_own", PERSONS)
THING, OWN = "/api/v1/things/hat", "/api/v1/own/hat"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def shelved(
    shelf: Shelf, gateway_key: OKPKey, clock: ManualClock, client: Callable[..., Client]
) -> Callable[..., Client]:
    """Open the shelf's service, with as much room as is said."""

    def opened(**room: int) -> Client:
        api = FastAPI(openapi_url=None)
        api.state.collaborators, api.state.verifier = shelf, PrincipalVerifier([gateway_key], clock)
        api.include_router(routes)
        handle_problems(api)
        return client(Edge(Stored(api, api.state.verifier, **room), service="shelf"))

    return opened


@pytest.fixture
def api(shelved: Callable[..., Client]) -> Client:
    return shelved()


async def test_what_has_not_changed_is_read_once_and_answered_alike(api: Client, shelf: Shelf) -> None:
    first, again = await api.get(THING), await api.get(THING)
    kept = {name: value for name, value in first.headers.items() if name != "x-request-id"}
    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert {name: value for name, value in again.headers.items() if name != "x-request-id"} == kept
    assert kept["content-length"] == str(len(first.body))
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert shelf.looks["hat"] == 1


async def test_a_change_shows_at_once(api: Client, shelf: Shelf) -> None:
    before = await api.get(THING)
    shelf.text, shelf.version = LONG, 2
    after = await api.get(THING)
    assert (after.json()["text"], before.headers["etag"] != after.headers["etag"]) == (LONG, True)
    assert (await api.get(THING)).body == after.body
    assert shelf.looks["hat"] == 2


async def test_a_request_looks_at_the_version_once(api: Client, shelf: Shelf) -> None:
    for number, version in enumerate((1, 1, 2), start=1):
        shelf.version = version
        await api.get(THING)
        assert shelf.looks["version of hat for anonymous"] == number


async def test_everybody_gets_what_is_public_and_nobody_what_is_anothers(api: Client, shelf: Shelf) -> None:
    await api.get(THING, by=ANN)
    assert (await api.get(THING, by=BEN)).json()["of"] == "ann", "the route says that it is the same for all"
    for _ in range(2):
        for who in (ANN, BEN):
            assert (await api.get(OWN, by=who)).json()["of"] == who.subject
    assert shelf.looks["hat"] == 3


async def test_a_person_with_fewer_scopes_is_another_caller(api: Client, shelf: Shelf) -> None:
    await api.get(OWN, by=ANN)
    await api.get(OWN, by=citizen("ann", scopes=frozenset({"application:read"})))
    assert shelf.looks["hat"] == 2


async def test_nobody_is_answered_whom_the_route_does_not_admit(api: Client, clock: ManualClock) -> None:
    assert (await api.get(OWN, by=ANN)).status == (await api.get(THING)).status == 200
    for path, by, status, code in (
        (OWN, None, 401, "unauthenticated"),
        (THING, None, 401, "unauthenticated"),
        (OWN, citizen("ann", scopes=frozenset()), 403, "scope_missing"),
        (THING, staff("sue", unit="U1", roles=frozenset(), scopes=SCOPES), 403, "forbidden"),
    ):
        reply = await api.get(path, by=by)
        assert (reply.status, reply.json()["code"], "etag" in reply.headers) == (status, code, False)
    headers = {"yiwang-principal": "forged"}
    assert (await api.get(THING, by=None, headers=headers)).status == 401


async def test_who_has_the_content_is_told_that_it_is_unchanged(api: Client, shelf: Shelf) -> None:
    etag = (await api.get(THING)).headers["etag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        reply = await api.get(THING, headers={"if-none-match": known})
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", etag)
    assert (await api.get(THING, headers={"if-none-match": '"x"'})).status == 200
    assert shelf.looks["hat"] == 1
    shelf.version, shelf.text = 2, LONG
    assert (await api.get(THING, headers={"if-none-match": etag})).status == 200


@pytest.mark.parametrize("kept", [False, True])
async def test_the_first_answer_can_be_that_it_is_unchanged_too(api: Client, kept: bool) -> None:  # noqa: FBT001  a case
    etag = (await api.get("/api/v1/own/hat", by=ANN)).headers["etag"]
    other = ANN if kept else citizen("ann", level=2, scopes=SCOPES)
    assert (await api.get("/api/v1/own/hat", by=other, headers={"if-none-match": etag})).status == 304


async def test_conditions_that_cannot_be_read_are_refused_or_passed_over_as_before(api: Client) -> None:
    for known, first in ((('"' + "x" * 600 + '"'), 422), ("no list", 200)):
        for _ in range(2):
            assert (await api.get(THING, headers={"if-none-match": known})).status == first
            await api.get(THING)


async def test_a_long_answer_is_compressed_for_the_gateway_that_asks_for_it(api: Client, shelf: Shelf) -> None:
    shelf.text = LONG
    for _ in range(2):
        plain = await api.get(THING)
        coded = await api.get(THING, headers={"accept-encoding": "gzip"})
        assert (gzip.decompress(coded.body), coded.headers["content-encoding"]) == (plain.body, "gzip")
        assert coded.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
        assert coded.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert coded.headers["content-length"] == str(len(coded.body))
    shelf.text, shelf.version = SHORT, 2
    assert "content-encoding" not in (await api.get(THING, headers={"accept-encoding": "gzip"})).headers


async def test_a_route_may_give_its_own_tag(api: Client) -> None:
    for _ in range(2):
        assert (await api.get("/api/v1/things/tagged")).headers["etag"] == '"7"'


async def test_no_problem_is_kept(api: Client, shelf: Shelf) -> None:
    for path, status in (("/api/v1/things/nothing", 404), (THING + "?p=1", 422), (THING + "?q=1&q=2", 422)):
        found = [await api.get(path.partition("?")[0], query=_query(path)) for _ in range(2)]
        assert [reply.status for reply in found] == [status, status]
        assert not any("etag" in reply.headers for reply in found)
    assert shelf.looks["nothing"] == 2


def _query(path: str) -> Any:
    return [tuple(pair.split("=")) for pair in path.partition("?")[2].split("&") if pair]


async def test_each_query_has_its_own_answer_and_its_order_gives_no_other(api: Client) -> None:
    for _ in range(2):
        assert (await api.get(THING, query={"q": "甲"})).json()["text"] == SHORT + "甲"
        assert (await api.get(THING, query={"q": "乙"})).json()["text"] == SHORT + "乙"
        assert (await api.get(THING)).json()["text"] == SHORT


async def test_what_has_no_version_is_not_kept_and_has_a_tag(api: Client, shelf: Shelf) -> None:
    clerk = staff("sue", unit="U1", roles=frozenset(), scopes=SCOPES)
    etag = (await api.get(OWN, by=clerk)).headers["etag"]
    assert (await api.get(OWN, by=clerk, headers={"if-none-match": etag})).status == 304
    assert shelf.looks["hat"] == 2


async def test_what_is_kept_for_a_person_is_not_kept_longer_than_he_is_vouched_for(
    api: Client, clock: ManualClock, signer: Any
) -> None:
    vouched = {"yiwang-principal": signer.sign(ANN)}
    assert (await api.get(OWN, by=None, headers=vouched)).status == 200
    clock.advance(seconds=66)
    assert (await api.get(OWN, by=None, headers=vouched)).status == 401


async def test_other_methods_are_as_before(api: Client) -> None:
    await api.get(THING)
    for method in ("HEAD", "POST", "DELETE"):
        assert (await api.send(method, THING)).status == 405


@pytest.mark.parametrize("room", [{"most": 2}, {"heaviest": 200}])
async def test_what_is_kept_has_bounds(shelved: Callable[..., Client], shelf: Shelf, room: dict[str, int]) -> None:
    api = shelved(**room)
    for name in ("a", "b", "c", "c", "a"):
        assert (await api.get(f"/api/v1/things/{name}")).json()["name"] == name
    assert (shelf.looks["a"], shelf.looks["c"]) == (2, 1)


async def test_what_answers_a_long_target_is_not_kept(api: Client, shelf: Shelf) -> None:
    for word in ("a" * LONGEST_TARGET, "a"):
        for _ in range(2):
            assert (await api.get("/api/v1/things/hat", query={"q": word})).status == 200
    assert shelf.looks["hat"] == 3
