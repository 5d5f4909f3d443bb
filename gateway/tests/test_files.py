"""Files pass through as they come: neither held by the gateway nor in the way of other requests."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn
from chassis.contracts.documents import openapi
from chassis.events.bus import Bus
from chassis.http.asgi import App, Message, Scope
from chassis.http.connections import Connection
from chassis.http.upstream import HttpUpstream, call
from chassis.settings import FileSettings
from chassis.testing import papers
from chassis.testing.builders import ManualClock
from chassis.testing.papers import LARGEST_PAPER
from chassis.testing.plugin import OpenDatabase
from chassis.testing.storage_suite import bytes_of
from gateway.room import MOST_FILES_OF_ONE
from gateway.settings import GatewaySettings
from joserfc.jwk import OKPKey
from uvicorn.server import ServerState

from gateway import app

from .conftest import ISSUER

PDF = {"content-type": "application/pdf"}
LARGE = b"%PDF-1.7\n" + bytes_of(LARGEST_PAPER - 9)
PAPERS = "/api/v1/papers"
HERE, THERE = "in this process", "at an address"


@pytest.fixture
async def service(
    settings_for: Callable[..., FileSettings], open_database: OpenDatabase, bus: Bus, tmp_path: Path
) -> App:
    """The service of papers, with its contract beside it."""
    database = await open_database("chassis.testing.sample")
    built = papers.build(settings_for(FileSettings), database=database, bus=bus)
    folder = tmp_path / "paper-contracts" / "openapi"
    folder.mkdir(parents=True)
    (folder / "papers.json").write_text(json.dumps(openapi(built)), encoding="utf-8")
    return built.app


@pytest.fixture
async def upstream(request: pytest.FixtureRequest, service: App) -> AsyncIterator[App]:
    if getattr(request, "param", HERE) == HERE:
        yield service
        return
    config = uvicorn.Config(service, http=Connection, ws="none", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(config, state, {}), "127.0.0.1", 0)
    made = HttpUpstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    yield made
    await made.close()
    server.close()
    async with asyncio.timeout(60):
        while state.connections:
            await asyncio.sleep(0.001)


@pytest.fixture
def gateway(upstream: App, tmp_path: Path, gateway_key: OKPKey, clock: ManualClock) -> App:
    settings = GatewaySettings(
        contracts=tmp_path / "paper-contracts",
        public_url="http://testserver",
        oidc_issuer=ISSUER,
        principal_private_key=json.dumps(gateway_key.as_dict(private=True)),
    )
    return app.build(settings, upstreams={"papers": upstream}, clock=clock)


BOTH = pytest.mark.parametrize("upstream", [HERE, pytest.param(THERE, marks=pytest.mark.enable_socket)], indirect=True)


class Sending:
    """A caller who sends a body in parts, when he is told to."""

    def __init__(self, gateway: App, address: str = "127.0.0.1") -> None:
        self.messages: list[Message] = []
        self._parts: asyncio.Queue[Message] = asyncio.Queue()
        self.task = asyncio.ensure_future(gateway(self._scope(address), self._parts.get, self._take))

    @staticmethod
    def _scope(address: str) -> Scope:
        headers = [(b"content-type", b"application/pdf"), (b"transfer-encoding", b"chunked")]
        return {
            "type": "http",
            "method": "POST",
            "path": PAPERS,
            "raw_path": PAPERS.encode(),
            "query_string": b"",
            "headers": headers,
            "client": (address, 1),
        }

    async def _take(self, message: Message) -> None:
        self.messages.append(message)

    def send(self, part: bytes, *, more: bool = True) -> None:
        self._parts.put_nowait({"type": "http.request", "body": part, "more_body": more})

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 0

    async def leave(self) -> None:
        self._parts.put_nowait({"type": "http.disconnect"})
        with suppress(Exception):
            await self.task


@BOTH
async def test_a_file_goes_through_both_ways_as_it_is(gateway: App) -> None:
    taken = await call(gateway, "POST", PAPERS, body=LARGE, headers=PDF, within=60)
    assert taken.json()["sha256"] == hashlib.sha256(LARGE).hexdigest()
    assert taken.headers["ratelimit-limit"] == "60"
    told = taken.json()
    at = f"{PAPERS}/{told['name']}/{told['size']}/{told['sha256']}"
    given = await call(gateway, "GET", at, headers={"accept-encoding": "gzip"}, within=60)
    assert (given.status, given.body) == (200, LARGE)
    assert (given.headers["content-length"], given.headers["cache-control"]) == (str(len(LARGE)), "no-store")
    assert "content-encoding" not in given.headers
    head = await call(gateway, "HEAD", at)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(LARGE)))
    assert head.headers["content-disposition"] == given.headers["content-disposition"]
    again = await call(gateway, "GET", at, headers={"if-none-match": given.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", given.headers["etag"])


@BOTH
async def test_a_file_over_the_limit_is_refused_by_its_length_and_as_it_comes(gateway: App) -> None:
    told = await call(gateway, "POST", PAPERS, body=LARGE + b"x", headers=PDF)
    assert (told.status, told.json()["code"]) == (413, "body_too_large")
    sending = Sending(gateway)
    for start in range(0, len(LARGE), 65_536):
        sending.send(LARGE[start : start + 65_536])
    sending.send(b"x", more=False)
    async with asyncio.timeout(60):
        await sending.task
    assert sending.status == 413


@BOTH
async def test_a_service_reads_a_file_while_it_comes(gateway: App) -> None:
    """It refuses by the first bytes what nobody has sent the rest of."""
    sending = Sending(gateway)
    sending.send(b"PK\x03\x04 no PDF")
    async with asyncio.timeout(60):
        while not sending.messages:
            await asyncio.sleep(0.001)
    assert sending.status == 415
    await sending.leave()


async def test_a_caller_has_some_files_on_their_way_and_all_his_other_requests(gateway: App) -> None:
    under_way = [Sending(gateway) for _ in range(MOST_FILES_OF_ONE)]
    for one in under_way:
        one.send(b"%PDF-1.7")
    one_more = Sending(gateway)
    async with asyncio.timeout(60):
        await one_more.task
    assert one_more.status == 429
    assert "同时传送的文件" in json.loads(one_more.messages[1]["body"])["detail"]
    assert (await call(gateway, "POST", "/api/v1/remarks", body={"text": "x"})).status == 200
    elsewhere = Sending(gateway, "203.0.113.9")
    elsewhere.send(b"%PDF-1.7", more=False)
    async with asyncio.timeout(60):
        await elsewhere.task
    assert elsewhere.status == 200
    for one in under_way:
        await one.leave()
    after = Sending(gateway)
    after.send(b"%PDF-1.7", more=False)
    async with asyncio.timeout(60):
        await after.task
    assert after.status == 200


async def test_half_a_file_of_a_caller_who_goes_is_not_kept(gateway: App, tmp_path: Path) -> None:
    sending = Sending(gateway)
    sending.send(LARGE[:2_000_000])
    async with asyncio.timeout(60):
        while not list((tmp_path / "files").rglob("*.begun")):
            await asyncio.sleep(0.001)
    await sending.leave()
    assert not [one for one in (tmp_path / "files").rglob("*") if one.is_file()]


async def test_a_file_of_a_caller_whom_nobody_vouches_for_is_refused(gateway: App) -> None:
    reply = await call(gateway, "POST", PAPERS, body=LARGE, headers={**PDF, "authorization": "Basic x"})
    assert (reply.status, reply.json()["code"]) == (401, "token_refused")
