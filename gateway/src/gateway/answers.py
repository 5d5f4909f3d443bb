"""How answers leave the gateway: problems in the caller's language, large texts compressed, tags that say which.

Here once, for what the services answer, what the gateway itself does, and its pages. A text is taken whole before it
leaves; streams of events, files and what a service compressed already, for all who take it, pass as they are.

To compress is safe for what leaves here (BREACH): no answer holds a secret beside text that somebody else chose; the
tokens are in headers, which are not compressed.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources

import yaml
from chassis.base.problems import MEDIA_TYPE as PROBLEM
from chassis.http.asgi import Message, Scope, Send, header
from chassis.http.coding import CODED, LEAST, coded_tag, packed
from chassis.http.edge import send_problem
from chassis.http.upstream import UpstreamUnavailable

from gateway.preferences import CHINESE, ENGLISH, language, takes_gzip

LARGE = 256 * 1024
"""What is larger is compressed beside the event loop, and remembered: it is one of the few pages."""
TEXTS = frozenset({"application/json", PROBLEM, "text/html", "text/css", "text/javascript", "text/plain"})
CONDITIONS = frozenset({b"if-match", b"if-none-match", b"if-range"})
Headers = list[tuple[bytes, bytes]]


@cache
def titles() -> Mapping[str, str]:
    """Return the English titles of problems by their codes."""
    text = resources.files("gateway").joinpath("titles.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


class Answer:
    """One answer on its way out. `scope` is the request as the services are to see it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._asked = scope
        self._send = send
        self._gzip = takes_gzip(header(scope, b"accept-encoding"))
        self._coded = any(name in CONDITIONS and CODED in value for name, value in scope["headers"])
        self.scope = {**scope, "headers": self._uncoded(scope["headers"])} if self._coded else scope
        self._start: Message | None = None
        self._body = bytearray()

    def _uncoded(self, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Return the conditions with the tags that the services gave; what the caller no longer takes, he has not."""
        known = CONDITIONS if self._gzip else CONDITIONS - {b"if-none-match"}
        return [(name, value.replace(CODED, b'"') if name in known else value) for name, value in headers]

    async def close(self) -> None:
        """Say that there is no answer, where one has begun and did not come whole."""
        if self._start is not None:
            request_id = _value(self._start["headers"], b"x-request-id").decode("latin-1")
            self._start = None
            gone = UpstreamUnavailable()
            gone.headers |= {"x-request-id": request_id, "content-language": CHINESE}
            await send_problem(gone, self._asked, self._send)

    async def send(self, message: Message) -> None:
        """Take a part of the answer; send it on, or keep it until the whole is there."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start, bytes(self._body))

    async def _begin(self, message: Message) -> None:
        headers: Headers = [(name.lower(), value) for name, value in message["headers"]]
        kind = _value(headers, b"content-type").partition(b";")[0].strip().decode("latin-1")
        if message["status"] == 304:
            await self._send({**message, "headers": self._tagged(headers)})
        elif kind not in TEXTS or _value(headers, b"content-encoding"):
            await self._send(message)
        else:
            headers = _varying(headers, b"Accept-Encoding")
            if kind == PROBLEM:
                headers = [*_varying(headers, b"Accept-Language"), (b"content-language", self._language().encode())]
            self._start = {**message, "headers": headers}
            if kind != PROBLEM and not self._gzip:
                await self._send(self._start)
                self._start = None

    def _language(self) -> str:
        return language(header(self._asked, b"accept-language"))

    def _tagged(self, headers: Headers) -> Headers:
        """Return a 304's headers with the tag that the caller knows: that of the coding he has."""
        return _coded(_varying(headers, b"Accept-Encoding")) if self._coded else headers

    async def _finish(self, start: Message, body: bytes) -> None:
        self._start = None
        headers: Headers = start["headers"]
        if _value(headers, b"content-type").startswith(PROBLEM.encode()) and self._language() == ENGLISH:
            body = _in_english(body)
        if self._gzip and len(body) >= LEAST:
            body = await _packed(body)
            headers = [*_coded(headers), (b"content-encoding", b"gzip")]
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**start, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def _in_english(body: bytes) -> bytes:
    """Return a problem with its English title; its details stay as they are."""
    problem = json.loads(body)
    problem["title"] = titles().get(problem.get("code", ""), problem.get("title", ""))
    return json.dumps(problem, ensure_ascii=False).encode()


async def _packed(body: bytes) -> bytes:
    return await asyncio.to_thread(_page_packed, body) if len(body) > LARGE else packed(body)


@lru_cache(maxsize=16)
def _page_packed(body: bytes) -> bytes:
    return packed(body)


def _coded(headers: Headers) -> Headers:
    return [(name, coded_tag(value) if name == b"etag" else value) for name, value in headers]


def _varying(headers: Headers, name: bytes) -> Headers:
    """Return headers that say, in one place, that an answer depends on this one of the request too."""
    told = [part.strip() for part in _value(headers, b"vary").split(b",") if part.strip()]
    if b"*" in told or name.lower() in {part.lower() for part in told}:
        return headers
    return [*(pair for pair in headers if pair[0] != b"vary"), (b"vary", b", ".join([*told, name]))]


def _value(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    return b", ".join(value for key, value in headers if key == name)
