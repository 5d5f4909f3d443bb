"""The ASGI types (specification 3.0), named once."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def header(scope: Scope, name: bytes) -> str:
    """Return a request header's first value, or an empty text; `name` in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def exceeds(length: str, limit: int) -> bool:
    """Tell whether a Content-Length is over a limit, or is no number at all."""
    return not (length.isascii() and length.isdigit()) or len(length) > 18 or int(length) > limit
