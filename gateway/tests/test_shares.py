from ipaddress import ip_network
from typing import Any

import pytest
from chassis.http.asgi import App
from chassis.http.upstream import call
from gateway.app import build
from gateway.development.provider import Provider
from gateway.settings import GatewaySettings

from .conftest import Elapsed
from .test_proxy import bearer, exchange

PROXIES = [ip_network(one) for one in ("10.0.0.0/8", "2001:db8:ffff::/48")]


async def rare(gateway: App, client: str, *forwarded: str) -> int:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    status: int = (await exchange(gateway, "GET", "/api/v1/rare", headers, client))[0]["status"]
    return status


async def seldom(gateway: App, provider: Provider, person: str, path: str = "/api/v1/seldom") -> int:
    return (await call(gateway, "GET", path, headers=bearer(provider, person))).status


async def test_each_operation_has_a_share_of_its_own(gateway: App) -> None:
    assert [await rare(gateway, "198.51.100.1") for _ in range(3)] == [200, 200, 429]
    answers = [await exchange(gateway, "GET", "/api/v1/seldom", [], "198.51.100.1") for _ in range(3)]
    assert [answer[0]["status"] for answer in answers] == [200, 200, 429]
    assert (await call(gateway, "GET", "/api/v1/open")).status == 200


async def test_each_caller_has_a_share_of_his_own_and_a_new_one_in_each_window(
    gateway: App, provider: Provider, elapsed: Elapsed
) -> None:
    for person in ("dev-citizen", "dev-citizen-other"):
        assert [await seldom(gateway, provider, person) for _ in range(3)] == [200, 200, 429]
    assert [await rare(gateway, "198.51.100.1") for _ in range(3)] == [200, 200, 429]
    elapsed.seconds += 60
    assert [await seldom(gateway, provider, "dev-citizen") for _ in range(3)] == [200, 200, 429]
    assert await rare(gateway, "198.51.100.1") == 200


async def test_a_refusal_counts_and_tells_what_is_left(gateway: App, provider: Provider) -> None:
    told = []
    for _ in range(2):
        reply = await call(gateway, "GET", "/api/v1/desk", headers=bearer(provider))
        assert reply.status == 403
        told.append((reply.headers["ratelimit-limit"], reply.headers["ratelimit-remaining"]))
    assert told == [("1000", "999"), ("1000", "998")]


async def test_who_stands_behind_a_proxy_of_ours_has_a_share_of_his_own(
    settings: GatewaySettings, echo: Any, elapsed: Elapsed
) -> None:
    believing = settings.model_copy(update={"trusted_proxies": tuple(PROXIES)})
    behind = build(believing, upstreams={"sample": echo}, elapsed=elapsed)
    assert [await rare(behind, "10.1.1.1", f"203.0.113.{number}") for number in range(4)] == [200] * 4
    assert [await rare(behind, "10.1.1.1", f"6.6.6.{number}, 203.0.113.9") for number in range(3)] == [200, 200, 429]


async def test_nobody_takes_anothers_address_by_telling_it(gateway: App) -> None:
    assert [await rare(gateway, "127.0.0.1", f"203.0.113.{number}") for number in range(3)] == [200, 200, 429]


async def test_an_ipv6_caller_has_one_share_for_all_his_addresses(gateway: App) -> None:
    assert [await rare(gateway, f"2001:db8::{number}") for number in range(3)] == [200, 200, 429]


def test_proxies_are_named_in_the_environment(settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TRUSTED_PROXIES", '["10.0.0.0/8", "2001:db8::1"]')
    told = GatewaySettings(**settings.model_dump(exclude={"trusted_proxies"}))
    assert told.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("2001:db8::1"))
