"""The ASGI types (specification 3.0), named once, and the small things that all who speak it do."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
BEGUN = "yiwang.begun"
"""A scope's mark: a use case has begun, so what comes of it is told in a line."""
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"}) | {
    b"expect",
    b"host",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
}


def header(scope: Scope, name: bytes) -> str:
    """Return a request header's first value, or an empty text; `name` in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def values(scope: Scope, name: bytes) -> list[str]:
    """Return all values of a request header, a line each; `name` in lower case."""
    return [str(value.decode("latin-1")) for key, value in scope["headers"] if key == name]


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers that go beyond the next neighbour: without those of the one hop (RFC 9110 §7.6.1)."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {part.strip().lower() for name, value in pairs if name == b"connection" for part in value.split(b",")}
    return [(name, value) for name, value in pairs if name not in HOP_BY_HOP and name not in named]


def number(scope: Scope, name: bytes) -> int | None:
    """Return a request header's value as a whole number; None when it is absent or no number of at most 15 digits."""
    given = header(scope, name)
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 15 else None


def declares_over(scope: Scope, limit: int) -> bool:
    """Tell whether a request declares a body of more bytes than a limit, or a length that is no number."""
    declared = number(scope, b"content-length")
    return bool(header(scope, b"content-length")) and (declared is None or declared > limit)


async def answer(send: Send, status: int, body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
    """Send a whole answer; `headers` are added to its type and length."""
    told = {"content-type": media_type, "content-length": str(len(body))}
    told |= {name.lower(): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})
