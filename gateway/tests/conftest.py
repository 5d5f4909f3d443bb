"""A gateway before two sample services, with a provider whose tokens the tests bend."""

import asyncio
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.http.identity import HEADER, PrincipalVerifier
from chassis.testing.builders import ManualClock
from gateway.development.provider import Provider
from gateway.settings import GatewaySettings
from joserfc.jwk import OKPKey

from gateway import app

ISSUER = "http://testserver/dev/identity"


class Echo:
    """A service that answers what it was asked, as it arrived."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append(headers)
        answer = json.dumps({"path": scope["path"], "method": scope["method"], "body": len(body)}).encode()
        if scope["path"].endswith("/endless/stream"):
            kind = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": kind})
            for number in count():
                await send(
                    {"type": "http.response.body", "body": b"event: n\ndata: %d\n\n" % number, "more_body": True}
                )
                await asyncio.sleep(0.05)
        if scope["path"].endswith("/stream"):
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
            )
            for number in range(3):
                await send({"type": "http.response.body", "body": b"data: %d\n\n" % number, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        if scope["path"].endswith("/problem"):
            problem = b'{"code":"teapot","status":418}'
            kind = [(b"content-type", b"application/problem+json")]
            await send({"type": "http.response.start", "status": 418, "headers": kind})
            await send({"type": "http.response.body", "body": problem})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": answer})


def operation(name: str, *kinds: str, **declared: Any) -> dict[str, Any]:
    policy = {"kinds": list(kinds), "scope": "", "roles": [], "level": 0, "rate": "1000/minute", "once": False}
    parameter = {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        **(
            {"parameters": [parameter]} if name in {"show_thing", "drop_thing", "stream_thing", "problem_thing"} else {}
        ),
        "operationId": name,
        "x-yiwang": {**policy, "cache_seconds": 0, "body_limit": 1000, "stream": False, **declared},
        "responses": {"200": {"description": "ok"}},
        "tags": ["t"],
    }


PATHS = {
    "/api/v1/open": {"get": operation("open_things", "ANONYMOUS", "CITIZEN", cache_seconds=60)},
    "/api/v1/written": {"put": operation("write", "CITIZEN")},
    "/api/v1/things": {
        "get": operation("list_things", "CITIZEN", scope="draft:write"),
        "post": operation("make_thing", "CITIZEN", scope="draft:write", level=2),
    },
    "/api/v1/things/special": {"get": operation("special", "ANONYMOUS")},
    "/api/v1/things/{thing_id}": {
        "get": operation("show_thing", "CITIZEN"),
        "delete": operation("drop_thing", "CITIZEN"),
    },
    "/api/v1/things/{thing_id}/stream": {"get": operation("stream_thing", "CITIZEN", stream=True)},
    "/api/v1/things/{thing_id}/problem": {"get": operation("problem_thing", "CITIZEN")},
    "/api/v1/rare": {"get": operation("rare", "ANONYMOUS", rate="2/minute")},
    "/api/v1/seldom": {"get": operation("seldom", "ANONYMOUS", "CITIZEN", rate="2/minute")},
    "/api/v1/desk": {"get": operation("desk", "STAFF", scope="task:read", roles=["reviewer"])},
}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "样例", "version": "1"},
    "paths": PATHS,
    "components": {"schemas": {"Same": {"type": "object"}}},
    "tags": [{"name": "t"}],
}


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    folder = tmp_path / "contracts" / "openapi"
    folder.mkdir(parents=True)
    (folder / "sample.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return tmp_path / "contracts"


@pytest.fixture
def settings(contracts: Path, gateway_key: OKPKey) -> GatewaySettings:
    return GatewaySettings(
        contracts=contracts,
        public_url="http://testserver",
        oidc_issuer=ISSUER,
        principal_private_key=json.dumps(gateway_key.as_dict(private=True)),
    )


@pytest.fixture
def provider(settings: GatewaySettings, clock: ManualClock) -> Provider:
    clients = {"yiwang-cli": frozenset({"http://127.0.0.1/signed-in"})}
    return Provider(settings.oidc_issuer, settings.oidc_audience, clients, clock)


@pytest.fixture
def echo() -> Echo:
    return Echo()


class Elapsed:
    """Seconds that pass as a test says: no window of a limit ends in the middle of it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def gateway(settings: GatewaySettings, provider: Provider, echo: Echo, clock: ManualClock, elapsed: Elapsed) -> App:
    return app.build(settings, upstreams={"sample": echo}, development=provider, clock=clock, elapsed=elapsed)


@pytest.fixture
def principal_of(gateway_key: OKPKey, clock: ManualClock) -> Callable[[dict[str, str]], Any]:
    verifier = PrincipalVerifier([gateway_key], clock)
    return lambda headers: verifier.verify(headers[HEADER])
