"""A time-stamp authority at an address (RFC 3161 over HTTP, its section 3.4).

Whatever goes wrong is StampRefused: the document waits and is tried again later; nothing goes out without its time
stamp. An authority is asked seldom, so it gets a connection a question and none is kept.
"""

from pathlib import Path
from urllib.parse import urlsplit

from chassis.base.clock import Clock
from chassis.base.problems import Problem, StartRefused
from chassis.http.asgi import App, Message, Receive, Scope, Send
from chassis.http.upstream import HttpUpstream, call
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sealing.signing import StampRefused

from sealing import stamps

SECONDS = 10.0
LARGEST = 64_000
"""Bytes of an answer at most."""
_ASKS, _ANSWERS = "application/timestamp-query", "application/timestamp-reply"


class TimeStampsRefused(StartRefused):
    """The settings for time stamps are not whole."""


class HttpStamper:
    """Asks an authority for time stamps, and takes none that does not hold under one of the given roots."""

    def __init__(self, upstream: App, path: str, *, roots: tuple[x509.Certificate, ...], clock: Clock) -> None:
        self._upstream, self._path, self._trusted, self._clock = upstream, path, roots, clock
        self.roots = tuple(one.public_bytes(Encoding.DER) for one in roots)
        """The authority's roots, DER."""

    @classmethod
    def at(cls, url: str, roots: Path, clock: Clock) -> "HttpStamper":
        """Return the stamper of an authority at an address, with the file (PEM) of its roots.

        Raises TimeStampsRefused.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query:
            raise TimeStampsRefused("时间戳机构的地址须为 http(s)://主机/路径")
        try:
            trusted = tuple(x509.load_pem_x509_certificates(roots.read_bytes()))
        except (OSError, ValueError) as error:
            raise TimeStampsRefused(f"时间戳机构的根证书 {roots} 读不出;须为 PEM 文件") from error
        return cls(_connecting(f"{parts.scheme}://{parts.netloc}"), parts.path or "/", roots=trusted, clock=clock)

    async def stamp(self, digest: bytes) -> bytes:
        """Return a time stamp token (DER) for a SHA-256 digest. Raises StampRefused."""
        question = stamps.ask(digest)
        headers = {"content-type": _ASKS, "accept": _ANSWERS}
        try:
            reply = await call(
                self._capped, "POST", self._path, body=question.encoded(), headers=headers, within=SECONDS
            )
        except Problem as error:
            raise StampRefused(f"no answer: {type(error).__name__}") from error
        if reply.status != 200 or reply.headers.get("content-type", "").partition(";")[0].strip() != _ANSWERS:
            raise StampRefused(f"the authority answers {reply.status} {reply.headers.get('content-type', '')[:60]}")
        return stamps.read_answer(reply.body, question, roots=self._trusted, at=self._clock.now())

    async def _capped(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def counted(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            if size > LARGEST:
                raise StampRefused("the answer is too long")
            await send(message)

        await self._upstream(scope, receive, counted)


def _connecting(base: str) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        upstream = HttpUpstream(base, connections=1, timeout=SECONDS)
        try:
            await upstream(scope, receive, send)
        finally:
            await upstream.close()

    return app


async def no_stamps(_digest: bytes) -> bytes:
    """Refuse: no authority is named, so whatever wants a time stamp waits. Raises StampRefused."""
    raise StampRefused("no time-stamp authority is named (ESIGN_TSA_URL)")
