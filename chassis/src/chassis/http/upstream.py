"""Calling a sibling: one protocol, ASGI.

A service in this process is its app; one elsewhere is `HttpUpstream`, an app that forwards. So the gateway proxies,
services call each other, and the demo and the tests drive the suite, all through the same call.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from socket import AF_UNSPEC, AddressFamily
from ssl import SSLContext
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict
from yarl import URL

from chassis.base import telemetry
from chassis.base.deadline import deadline
from chassis.base.problems import DeadlineExceeded, Problem, Unavailable
from chassis.http.asgi import App, Message, Receive, Scope, Send, end_to_end, number

TIMEOUT_HEADER = "yiwang-timeout-ms"
IDLE_SECONDS = 20.0
CONNECT_SECONDS = 3.0


class UpstreamUnavailable(Unavailable):
    """A sibling service does not answer."""

    code = "upstream_unavailable"


class AnswerTooLarge(UpstreamUnavailable):
    """A sibling, or whoever is outside, answers more than is taken; the rest was not read."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the body's JSON value; None for an empty body."""
        return json.loads(self.body) if self.body else None


class HttpUpstream:
    """A sibling at an address, as an ASGI app: streams both ways, keeps connections, all four timeouts set.

    It has a connection for each request and each stream that the gateway lets be under way at one service. What its
    name resolves to is connected with only where `reaches` lets it; of an address instead of a name nobody is asked.
    `tls` is what vouches for its certificate, where that is not the system.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connections: int = 500,
        timeout: float = 30.0,
        reaches: Callable[[str], bool] | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        self._reaches, self._tls = reaches, tls
        self._base = base_url.rstrip("/")
        self._limit = connections
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limit,
                    keepalive_timeout=IDLE_SECONDS,
                    resolver=_Resolver(self._reaches) if self._reaches else None,
                    ssl=self._tls or True,
                ),
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers={"User-Agent", "Accept", "Accept-Encoding", "Content-Type"},
            )
        return self._session

    def _times(self, scope: Scope) -> aiohttp.ClientTimeout:
        """Return the timeouts of a request: of its caller's time at most half may pass before anything is sent."""
        told = number(scope, TIMEOUT_HEADER.encode())
        connect = min(CONNECT_SECONDS, told / 2000) if told else CONNECT_SECONDS
        return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=self._timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward one request.

        Raises UpstreamUnavailable where no answer comes or not the whole of one, DeadlineExceeded where the request was
        sent and its outcome is not known, and the problem of a bad body.
        """
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        query = scope.get("query_string", b"")
        url = self._base + path.decode("latin-1") + ("?" + query.decode("latin-1") if query else "")
        headers = CIMultiDict((k.decode("latin-1"), v.decode("latin-1")) for k, v in end_to_end(scope["headers"]))
        bodiless = scope["method"] in {"GET", "HEAD"} and "content-length" not in headers
        begun = False
        try:
            async with self._open().request(
                scope["method"],
                URL(url, encoded=True),
                headers=headers,
                data=None if bodiless else _chunks(receive),
                allow_redirects=False,
                timeout=self._times(scope),
            ) as answer:
                begun = True
                kept = end_to_end(answer.raw_headers)
                await send({"type": "http.response.start", "status": answer.status, "headers": kept})
                more = True
                async for chunk in answer.content.iter_any():
                    more = not answer.content.at_eof()
                    await send({"type": "http.response.body", "body": chunk, "more_body": more})
                if more:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (
            aiohttp.ConnectionTimeoutError
        ) as error:  # no connection, of the sibling's or of our own: nothing was sent
            raise UpstreamUnavailable(f"{type(error).__name__}") from error
        except TimeoutError as error:
            if begun:
                raise
            raise DeadlineExceeded from error
        except aiohttp.ClientError as error:
            if isinstance(error.__cause__, Problem):  # raised while the body was read: the caller's, not the sibling's
                raise error.__cause__ from error
            raise UpstreamUnavailable(f"{type(error).__name__}") from error

    async def close(self) -> None:
        """Close kept connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class _Resolver(AbstractResolver):
    """Resolves a name to those of its addresses that may be connected with."""

    def __init__(self, reaches: Callable[[str], bool]) -> None:
        self._reaches = reaches
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        """Return the addresses. Raises OSError where there is none that may be connected with."""
        found = [one for one in await self._inner.resolve(host, port, family) if self._reaches(one["host"])]
        if not found:
            raise OSError("no address that may be connected with")
        return found

    async def close(self) -> None:
        """Nothing is kept."""


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the caller has gone")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return


async def call(  # noqa: PLR0913  a request has this many parts
    upstream: App,
    method: str,
    path: str,
    *,
    query: Mapping[str, str | int] | None = None,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    within: float = 5.0,
    at_most: int | None = None,
) -> Reply:
    """Send one request and return the whole answer, whatever its status.

    `body` is a JSON value, or bytes as they are; `within` seconds also travel down as `Yiwang-Timeout-Ms`. The trace
    goes with it. No more than `at_most` bytes of an answer are read. Raises DeadlineExceeded after that time (the
    outcome is then unknown), UpstreamUnavailable without an answer, AnswerTooLarge for a longer one.
    """
    if (mine := deadline.get()) is not None:
        within = min(within, mine.left())
    payload = (
        b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    )
    sent = {"host": "upstream", TIMEOUT_HEADER: str(int(within * 1000)), "traceparent": telemetry.traceparent()}
    if payload:
        sent |= {"content-type": "application/json", "content-length": str(len(payload))}
    sent |= {name.lower(): value for name, value in (headers or {}).items()}
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path, safe="/%").encode(),
        "query_string": urlencode(query or {}).encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("127.0.0.1", 0),
        "server": ("upstream", 80),
        "state": {},
    }
    collected = _Collected(payload, at_most)
    try:
        async with asyncio.timeout(within):
            await upstream(scope, collected.receive, collected.send)
    except TimeoutError as error:
        raise DeadlineExceeded(f"{method} {path}") from error
    return collected.reply()


class _Collected:
    """The near end of one ASGI exchange held in memory."""

    def __init__(self, payload: bytes, at_most: int | None) -> None:
        self._payload: bytes | None = payload
        self._at_most = at_most
        self._size = 0
        self._status = 0
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._finished = asyncio.Event()

    async def receive(self) -> Message:
        if self._payload is None:
            await self._finished.wait()
            return {"type": "http.disconnect"}
        body, self._payload = self._payload, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            part = message.get("body", b"")
            self._size += len(part)
            if self._at_most is not None and self._size > self._at_most:
                raise AnswerTooLarge(f"more than {self._at_most} bytes")
            self._parts.append(part)
            if not message.get("more_body"):
                self._finished.set()

    def reply(self) -> Reply:
        if not self._status:
            raise UpstreamUnavailable("no answer")
        return Reply(self._status, self._headers, b"".join(self._parts))
