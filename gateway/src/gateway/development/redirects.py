"""Where a client of the development provider may have its answer sent: what it registered, read as RFC 8252 asks."""

from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1"})
"""`localhost` is not among them: it may be resolved to something else (RFC 8252 §8.3)."""


def is_registered(asked: str, registered: frozenset[str], *, origin: str) -> bool:
    """Tell whether an answer may be sent to an address.

    A registered path stands for a page of the very origin at which the provider is asked. A loopback address is
    registered with any port (RFC 8252 §7.3). All others are compared as they are (RFC 9700 §2.1).
    """
    exact = {origin + one if one.startswith("/") else one for one in registered}
    return asked in exact or any(_any_port(asked, one) for one in registered)


def _any_port(asked: str, registered: str) -> bool:
    """Tell whether two addresses are of this machine and differ in the port, or in which of its two names, alone."""
    try:
        one, other = urlsplit(asked), urlsplit(registered)
        plain = f"{one.scheme}://{_host(one.hostname)}{'' if one.port is None else f':{one.port}'}{other.path}"
    except ValueError:  # a port that is none
        return False
    return {one.hostname, other.hostname} <= LOOPBACK and one.scheme == other.scheme == "http" and asked == plain


def _host(name: str | None) -> str:
    return f"[{name}]" if name and ":" in name else name or ""
