import base64
import hashlib
import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from chassis.http.asgi import App
from chassis.http.upstream import Reply, call
from chassis.testing.builders import ManualClock
from gateway.app import build, development_provider
from gateway.development.flow import CLIENT, FORM, REDIRECT, SignInRefused, sign_in
from gateway.development.provider import (
    MOST_CODES,
    NotEmbedded,
    Provider,
    new_provider_key,
    people,
    require_embedded,
)
from gateway.development.redirects import is_registered
from gateway.settings import GatewaySettings

AUTHORIZE = "/dev/identity/authorize"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


async def choose(gateway: App, **change: str) -> Reply:
    asked = {
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "person": "dev-citizen",
        **change,
    }
    return await call(gateway, "POST", AUTHORIZE, body=urlencode(asked).encode(), headers=FORM)


async def redeem(gateway: App, code: str, **change: str) -> Reply:
    asked = {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "code": code,
        "code_verifier": VERIFIER,
        **change,
    }
    return await call(gateway, "POST", "/dev/identity/token", body=urlencode(asked).encode(), headers=FORM)


def code_of(reply: Reply) -> str:
    return parse_qs(urlsplit(reply.headers["location"]).query)["code"][0]


async def test_signing_in_gives_a_token_that_the_gateway_takes(gateway: App) -> None:
    token = await sign_in(gateway, "dev-citizen")
    reply = await call(gateway, "GET", "/api/v1/things/1", headers={"authorization": f"Bearer {token}"})
    assert reply.status == 200
    with pytest.raises(SignInRefused):
        await sign_in(gateway, "nobody")


async def scope_of(gateway: App, **asked: str) -> tuple[str, dict[str, object]]:
    reply = (await redeem(gateway, code_of(await choose(gateway, **asked)))).json()
    payload = reply["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["scope"] == reply["scope"]
    return reply["scope"], reply


async def test_a_client_gets_of_the_scopes_it_asks_for_those_that_the_person_may_have(gateway: App) -> None:
    both = "openid draft:write task:decide"
    assert (await scope_of(gateway, scope=both))[0] == "draft:write openid"
    assert (await scope_of(gateway, scope=both, person="dev-reviewer-u09"))[0] == "openid task:decide"
    assert (await scope_of(gateway, scope="openid"))[0] == "openid"
    granted, reply = await scope_of(gateway)
    assert (granted, "id_token" in reply) == ("", False)


async def test_a_token_limited_to_signing_in_does_nothing_else(gateway: App) -> None:
    token = await sign_in(gateway, "dev-citizen", scope="openid")
    reply = await call(gateway, "POST", "/api/v1/things", headers={"authorization": f"Bearer {token}"})
    assert (reply.status, reply.json()["code"]) == (403, "scope_missing")
    token = await sign_in(gateway, "dev-citizen")
    assert (await call(gateway, "POST", "/api/v1/things", headers={"authorization": f"Bearer {token}"})).status == 200


async def test_codes_that_nobody_redeems_are_not_kept_for_ever(gateway: App, provider: Provider) -> None:
    asked = {"client_id": CLIENT, "redirect_uri": REDIRECT, "code_challenge": CHALLENGE, "person": "dev-citizen"}
    for _ in range(MOST_CODES + 10):
        provider.code(asked)
    assert len(provider.codes) == MOST_CODES
    assert (await redeem(gateway, code_of(await choose(gateway)))).status == 200


async def test_a_code_is_good_once_for_its_client_with_its_verifier_and_for_a_minute(
    gateway: App, clock: ManualClock
) -> None:
    code = code_of(await choose(gateway))
    assert (await redeem(gateway, code)).status == 200
    assert (await redeem(gateway, code)).status == 400
    for change in (
        {"code_verifier": "x" * 43},
        {"client_id": "other"},
        {"redirect_uri": "http://evil"},
        {"grant_type": "password"},
    ):
        assert (await redeem(gateway, code_of(await choose(gateway)), **change)).status == 400
    late = code_of(await choose(gateway))
    clock.advance(seconds=61)
    assert (await redeem(gateway, late)).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://127.0.0.1/signed-in/"},
        {"redirect_uri": "http://evil"},
        {"client_id": "unknown"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"response_type": "token"},
        {"person": "root"},
    ],
)
async def test_a_request_that_is_not_registered_or_not_pkce_is_refused(gateway: App, change: dict[str, str]) -> None:
    assert (await choose(gateway, **change)).status == 400


async def test_the_page_says_loudly_what_it_is_and_escapes_what_it_is_given(gateway: App) -> None:
    query = {
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": '"><script>',
    }
    page = (await call(gateway, "GET", AUTHORIZE, query=query)).body.decode()
    assert "不得用于生产" in page
    assert "<script>" not in page
    assert all(one.name in page for one in people())


@pytest.mark.parametrize("url", ["postgresql+asyncpg://x/y", "kafka://x:9092"])
def test_it_cannot_be_switched_on_beside_postgresql_or_kafka(url: str) -> None:
    require_embedded("sqlite+aiosqlite:///x", "embedded:///y")
    with pytest.raises(NotEmbedded):
        require_embedded("sqlite+aiosqlite:///x", url)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/signed-in",
        "http://127.0.0.1:53682/signed-in",
        "http://[::1]/signed-in",
        "http://[::1]:53682/signed-in",
        "http://127.0.0.1:8000/docs/back",
        "http://localhost:9/docs/back",
        "https://city.example/back",
    ],
)
def test_a_loopback_address_is_registered_with_any_port_and_a_page_of_ours_under_any_name(uri: str) -> None:
    registered = frozenset({"http://127.0.0.1/signed-in", "/docs/back", "https://city.example/back"})
    origin = "http://localhost:9" if "localhost" in uri else "http://127.0.0.1:8000"
    assert is_registered(uri, registered, origin=origin)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/docs/back",
        "http://localhost:53682/signed-in",
        "http://127.0.0.2:53682/signed-in",
        "https://127.0.0.1:53682/signed-in",
        "http://127.0.0.1:53682/signed-in?x=1",
        "http://127.0.0.1:53682/signed-in#x",
        "http://127.0.0.1:53682/signed-in/",
        "http://u@127.0.0.1:53682/signed-in",
        "http://127.0.0.1:99999/signed-in",
        "http://127.0.0.1:/signed-in",
        "http://127.0.0.1:08/signed-in",
        "http://127.0.0.1.evil.example/signed-in",
        "http://[::1/signed-in",
        "http://evil.example/docs/back",
        "http://localhost:9/docs/back/",
        "https://city.example:444/back",
    ],
)
def test_no_other_address_is(uri: str) -> None:
    registered = frozenset({"http://127.0.0.1/signed-in", "/docs/back", "https://city.example/back"})
    assert not is_registered(uri, registered, origin="http://localhost:9")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "yiwang.lan"])
async def test_a_reader_of_the_api_page_signs_in_by_whichever_name_it_was_opened(
    settings: GatewaySettings, echo: App, clock: ManualClock, host: str
) -> None:
    key = new_provider_key().as_dict(private=True)
    provider = development_provider(settings, clock, key)
    gateway = build(settings, upstreams={"sample": echo}, development=provider, clock=clock)
    document = (await call(gateway, "GET", "/openapi.json", headers={"host": host})).json()
    discovery = document["components"]["securitySchemes"]["oidc"]["openIdConnectUrl"]
    found = (await call(gateway, "GET", discovery, headers={"host": host})).json()
    assert found["issuer"] == settings.oidc_issuer
    assert found["authorization_endpoint"] == f"http://{host}/dev/identity/authorize"
    assert found["token_endpoint"] == f"http://{host}/dev/identity/token"
    here = {"client_id": settings.oidc_client, "redirect_uri": f"http://{host}/docs/signed-in.html"}
    asked = {**here, "code_challenge": CHALLENGE, "code_challenge_method": "S256", "person": "dev-citizen"}
    at_host = {**FORM, "host": host}
    chosen = await call(gateway, "POST", AUTHORIZE, body=urlencode(asked).encode(), headers=at_host)
    grant = {**here, "grant_type": "authorization_code", "code": code_of(chosen), "code_verifier": VERIFIER}
    token = await call(gateway, "POST", "/dev/identity/token", body=urlencode(grant).encode(), headers=at_host)
    bearer = {"authorization": f"Bearer {token.json()['access_token']}"}
    assert (await call(gateway, "GET", "/api/v1/things/1", headers=bearer)).status == 200
    elsewhere = {**asked, "redirect_uri": "http://evil.example/docs/signed-in.html"}
    assert (await call(gateway, "POST", AUTHORIZE, body=urlencode(elsewhere).encode(), headers=at_host)).status == 400


async def test_both_pages_fit_a_phone_and_load_nothing(gateway: App) -> None:
    query = {"client_id": CLIENT, "redirect_uri": REDIRECT, "code_challenge": "c", "code_challenge_method": "S256"}
    for asked, status in ((query, 200), ({"client_id": "<unknown>"}, 400)):
        reply = await call(gateway, "GET", AUTHORIZE, query=asked)
        page = reply.body.decode()
        assert reply.status == status
        assert '<meta name="viewport" content="width=device-width,initial-scale=1">' in page
        assert "不得用于生产" in page
        assert "min-height:48px" in page
        assert not {"src=", "<script", "http"} & set(re.findall(r"src=|<script|http", page.replace(REDIRECT, "")))
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")
        assert reply.headers["cache-control"] == "no-store"
