from ipaddress import ip_network
from typing import Any

import pytest
from chassis.http.asgi import App
from gateway.addresses import share_holder
from gateway.app import build
from gateway.settings import GatewaySettings

from .test_proxy import exchange

PROXIES = [ip_network(one) for one in ("10.0.0.0/8", "2001:db8:ffff::/48")]


def holder(client: Any, *forwarded: str) -> str:
    headers = [(b"x-forwarded-for", one.encode("latin-1")) for one in forwarded]
    return share_holder({"client": client and (client, 1), "headers": headers}, PROXIES)


@pytest.mark.parametrize(
    ("client", "forwarded", "who"),
    [
        ("198.51.100.1", [], "198.51.100.1"),
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),  # no proxy of ours: what it tells counts for nothing
        ("10.1.1.1", [], "10.1.1.1"),
        ("10.1.1.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.1.1.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),  # the caller wrote the first himself
        ("10.1.1.1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        ("10.1.1.1", ["6.6.6.6, 203.0.113.9, 10.2.2.2"], "203.0.113.9"),
        ("10.1.1.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
        ("10.1.1.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.1.1.1", ["[2001:db8::9]:4711"], "2001:db8::/64"),
        ("10.1.1.1", ["unknown"], "10.1.1.1"),
        ("10.1.1.1", ["203.0.113.9, unknown"], "10.1.1.1"),
        ("10.1.1.1", [""], "10.1.1.1"),
        ("10.1.1.1", ["6.6.6.6," * 5000 + "203.0.113.9"], "203.0.113.9"),
        ("2001:db8:ffff::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7", [], "2001:db8:1:2::/64"),
        ("::ffff:10.1.1.1", ["::ffff:203.0.113.9"], "203.0.113.9"),  # IPv4 seen by a listener of both
        ("::ffff:198.51.100.1", [], "198.51.100.1"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("é", [], "é"),
        (None, ["203.0.113.9"], "unknown"),
    ],
)
def test_a_share_is_the_nearest_ones_that_is_no_proxy_of_ours(client: Any, forwarded: list[str], who: str) -> None:
    assert holder(client, *forwarded) == who


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
