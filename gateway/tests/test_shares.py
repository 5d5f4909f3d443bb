from ipaddress import ip_network
from typing import Any

import pytest
from chassis.http.asgi import App
from gateway.app import build
from gateway.settings import GatewaySettings

from .test_proxy import exchange

PROXIES = [ip_network(one) for one in ("10.0.0.0/8", "2001:db8:ffff::/48")]


async def rare(gateway: App, client: str, *forwarded: str) -> int:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    status: int = (await exchange(gateway, "GET", "/api/v1/rare", headers, client))[0]["status"]
    return status


async def test_who_stands_behind_a_proxy_of_ours_has_a_share_of_his_own(settings: GatewaySettings, echo: Any) -> None:
    behind = build(settings.model_copy(update={"trusted_proxies": tuple(PROXIES)}), upstreams={"sample": echo})
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
