"""Where a connection and a request come from: whom to count together, and whom to believe about others."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chassis.http.asgi import Scope, values

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
FORWARDED = b"x-forwarded-for"
MOST_HOPS = 20


def share_holder(scope: Scope, trusted: Sequence[Network]) -> str:
    """Return who shares an allowance: an IPv4 address, or of IPv6 the /64, within which a caller may take any address.

    The neighbour's own address counts; where that is a trusted proxy's, the one it saw, from `X-Forwarded-For`, and so
    on back to the first that is not trusted. What stands before that one anybody may have written.
    """
    host = str((scope.get("client") or ("unknown",))[0])
    here = _address(host)
    if here is None:  # a socket of this machine
        return host
    for seen in _hops(scope):
        if not _within(here, trusted):
            break
        before = _address(seen)
        if before is None:  # the proxy says that it does not know
            break
        here = before
    return _share(here)


def neighbourhood(host: str) -> str:
    """Return who shares an allowance at an address as it is; what is no address, as a socket's name, stands alone."""
    found = _address(host)
    return host if found is None else _share(found)


def is_among(networks: Sequence[Network], host: str) -> bool:
    """Tell whether an address is in one of these networks."""
    found = _address(host)
    return found is not None and _within(found, networks)


def _share(address: Address) -> str:
    return str(address) if address.version == 4 else str(ip_network((int(address), 64), strict=False))


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _hops(scope: Scope) -> Iterator[str]:
    """Yield the addresses that were forwarded, the nearest first."""
    told = ",".join(values(scope, FORWARDED))
    yield from reversed(told.rsplit(",", MOST_HOPS)[-MOST_HOPS:] if told else [])


def _address(text: str) -> Address | None:
    """Read an address, with or without brackets and port; one of IPv4 in IPv6 clothes is one of IPv4."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ip_address(plain)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
