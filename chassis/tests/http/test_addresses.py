from ipaddress import ip_network
from typing import Any

import pytest
from chassis.http.addresses import is_among, neighbourhood, share_holder

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


@pytest.mark.parametrize(
    ("host", "who", "among"),
    [
        ("10.1.1.1", "10.1.1.1", True),
        ("::ffff:10.1.1.1", "10.1.1.1", True),  # IPv4 seen by a listener of both
        ("::ffff:198.51.100.1", "198.51.100.1", False),
        ("2001:db8:ffff::1", "2001:db8:ffff::/64", True),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64", False),
        ("fe80::1%eth0", "fe80::/64", False),
        ("é", "é", False),
    ],
)
def test_a_connection_is_counted_and_believed_as_a_request_is(host: str, who: str, *, among: bool) -> None:
    assert (neighbourhood(host), is_among(PROXIES, host)) == (who, among)
    assert holder(host) == who
