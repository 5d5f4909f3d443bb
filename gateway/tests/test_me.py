import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chassis.contracts.documents import openapi
from chassis.http.asgi import App
from chassis.http.upstream import call
from chassis.testing.builders import ManualClock
from gateway.app import build
from gateway.development.provider import Provider
from gateway.settings import GatewaySettings

from gateway import me


@pytest.fixture
def gateway(settings: GatewaySettings, contracts: Path, provider: Provider, echo: App, clock: ManualClock) -> App:
    document = json.dumps(openapi(me.build()))
    (contracts / "openapi" / "gateway.json").write_text(document, encoding="utf-8")
    return build(settings, upstreams={"sample": echo}, development=provider, clock=clock)


def bearer(provider: Provider, person: str, **claims: object) -> dict[str, str]:
    return {"authorization": f"Bearer {provider.token(person, **claims)}"}


async def test_a_caller_is_told_who_she_is_as_the_gateway_sees_it(
    gateway: App, provider: Provider, clock: ManualClock
) -> None:
    reply = await call(gateway, "GET", "/api/v1/me", headers=bearer(provider, "dev-citizen-l2"))
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    told = reply.json()
    assert datetime.fromisoformat(told.pop("until")) == clock.now().astimezone(UTC).replace(microsecond=0) + timedelta(
        hours=1
    )
    assert told == {
        "subject": "dev-citizen-l2",
        "kind": "CITIZEN",
        "name": "测试市民二级",
        "real_name_level": 2,
        "unit": "",
        "roles": [],
        "scopes": ["draft:write"],
    }


async def test_staff_are_told_their_unit_and_roles_and_a_token_without_a_name_has_none(
    gateway: App, provider: Provider
) -> None:
    reply = await call(gateway, "GET", "/api/v1/me", headers=bearer(provider, "dev-reviewer-u09", name=""))
    told = reply.json()
    assert (told["kind"], told["unit"], told["roles"], told["name"]) == ("STAFF", "U09", ["reviewer"], "")
    assert told["scopes"] == ["task:read"], "of the token's scopes, those that some operation asks for"


async def test_nobody_is_told_nothing_and_no_service_hears_a_name(gateway: App, provider: Provider, echo: App) -> None:
    reply = await call(gateway, "GET", "/api/v1/me")
    assert (reply.status, reply.json()["code"]) == (401, "unauthenticated")
    assert (await call(gateway, "GET", "/api/v1/things/1", headers=bearer(provider, "dev-citizen"))).status == 200
    assert "测试市民" not in str(echo.seen)  # type: ignore[attr-defined]  # the sample service's notes


@pytest.mark.parametrize("name", [7, "a\nb", "x" * 101, None])
async def test_a_name_that_is_none_spoils_the_token(gateway: App, provider: Provider, name: object) -> None:
    reply = await call(gateway, "GET", "/api/v1/me", headers=bearer(provider, "dev-citizen", name=name))
    assert (reply.status, reply.json()["code"]) == (401, "token_refused")
