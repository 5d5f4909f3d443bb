"""Lists of revoked certificates (CRL, RFC 5280): at the addresses where authorities publish them, or in files.

They are fetched when a file is to last, which is seldom; nobody waits for them inside a request.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chassis.base.problems import StartRefused, Unavailable
from chassis.http.asgi import App, Message, Receive, Scope, Send
from chassis.http.upstream import HttpUpstream, call
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

SECONDS = 20.0
LARGEST = 8 * 1024 * 1024
"""Bytes of a list at most."""
PEM = b"-----BEGIN"
Lists = Callable[[], Awaitable[Sequence[bytes]]]
"""Returns the lists that are in force, DER; none where none is named. Raises ListsUnavailable."""


class ListsRefused(StartRefused):
    """The addresses of the lists are none."""


class ListsUnavailable(Unavailable):
    """A list cannot be had now, or what is there is none."""

    code, title = "revocation_lists_unavailable", "证书吊销列表暂时取不到"


async def no_lists() -> Sequence[bytes]:
    """Return none: none is named."""
    return ()


def lists_at(addresses: str) -> Lists:
    """Return how the lists at some addresses, commas between them, are had. Raises ListsRefused."""
    places = [one.strip() for one in addresses.split(",") if one.strip()]
    for place in places:
        parts = urlsplit(place)
        is_address = parts.scheme in {"http", "https"} and parts.netloc
        if not is_address and not (parts.scheme == "file" and parts.path):
            raise ListsRefused("ESIGN_CRLS 须为 http(s)://主机/路径 或 file:///路径,以逗号分隔")

    async def lists() -> Sequence[bytes]:
        return await asyncio.gather(*(_at(place) for place in places))

    return lists


async def _at(place: str) -> bytes:
    parts = urlsplit(place)
    try:
        if parts.scheme == "file":
            return _der(await asyncio.to_thread(_read, Path(unquote(parts.path))))
        upstream = HttpUpstream(f"{parts.scheme}://{parts.netloc}", connections=1, timeout=SECONDS)
        query = f"?{parts.query}" if parts.query else ""
        try:
            reply = await call(_capped(upstream), "GET", (parts.path or "/") + query, within=SECONDS)
        finally:
            await upstream.close()
    except OSError as error:
        raise ListsUnavailable(f"{place}:{type(error).__name__}") from error
    if reply.status != 200:
        raise ListsUnavailable(f"{place} answered {reply.status}")
    return _der(reply.body)


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


def _der(found: bytes) -> bytes:
    """Return a list as DER, which is published as that or as PEM. Raises ListsUnavailable."""
    try:
        if len(found) > LARGEST:
            raise ListsUnavailable("the list is too long")
        read = x509.load_pem_x509_crl if found.lstrip().startswith(PEM) else x509.load_der_x509_crl
        return read(found).public_bytes(Encoding.DER)
    except ValueError as error:
        raise ListsUnavailable("what is there is no list of revoked certificates") from error


def _capped(upstream: App) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def counted(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            if size > LARGEST:
                raise ListsUnavailable("the list is too long")
            await send(message)

        await upstream(scope, receive, counted)

    return app
