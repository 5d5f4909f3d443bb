"""Answers kept as bytes: what has not changed is neither looked up nor written down again.

A route that declares what the version of its answer is (`declare(..., stored=…)`) answers with an entity tag, as gzip
where that is taken, and with 304 to who has the content already (RFC 9110 §13.1.2). What it answered is kept, and given
again before any routing and reading of the request begins: to whom the route admits, while the version is the same.
All else goes to the app, which alone refuses.
"""

import re
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any, Protocol

from chassis.base.fields import PRINTABLE
from chassis.base.problems import Problem
from chassis.base.recent import Recent
from chassis.http.asgi import App, Message, Receive, Scope, Send, header, values
from chassis.http.coding import LEAST, coded_tag, packed
from chassis.http.identity import HEADER, Policy, Principal
from chassis.http.preconditions import LONGEST, known_tags

Version = Callable[[Any, Principal, Mapping[str, Any]], Awaitable[Hashable]]
"""Tells, of the service's collaborators, the caller and the values in the path, the version of an answer.

While it is the same, so is the answer to the same request; it is asked before the answer is made. None where none is to
be kept.
"""
STORED = "yiwang.stored"
MOST = 10_000
HEAVIEST = 32 * 1024 * 1024
"""Bytes of one service's answers, each counted twice, for its two codings, and of what they answer."""
LONGEST_TARGET = 2048
"""Bytes of a path and its query; what answers a longer one is not kept."""
READABLE = re.compile(PRINTABLE)
GZIP: tuple[tuple[bytes, bytes], ...] = ((b"content-encoding", b"gzip"),)
TOLD_UNCHANGED = frozenset({b"cache-control", b"content-location", b"date", b"expires", b"vary"})
"""What a 304 tells again (RFC 9110 §15.4.5), beside the tag."""
Target = tuple[bytes, bytes]
"""A path as it came, and its query."""


class Verifier(Protocol):
    """Who tells a caller by what the gateway vouches."""

    def verify(self, header: str | None) -> Principal:
        """Return the caller. Raises Unauthenticated."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route declares of its answers; of one that is `shared`, everybody whom it admits gets the same."""

    policy: Policy
    version: Version
    shared: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """How a target is answered: its route, what that declares, and how its version is looked up."""

    route: Any
    declared: Declared
    version: Callable[[Principal], Awaitable[Hashable]]


@dataclass(slots=True)
class Looked:
    """One request's look at the version of its answer, at most once."""

    declared: Declared
    caller: Principal
    asked: Asked | None = None
    version: Hashable = None

    async def look(self, scope: Scope, collaborators: Any, values: Mapping[str, Any]) -> None:
        """Look the version up, unless it was; `values` are those in the path, read and found right."""
        if self.asked is None:
            self.asked = Asked(scope["route"], self.declared, partial(_version, self.declared, collaborators, values))
            self.version = await self.asked.version(self.caller)


async def _version(declared: Declared, collaborators: Any, values: Mapping[str, Any], caller: Principal) -> Hashable:
    return await declared.version(collaborators, caller, values)


@dataclass(frozen=True)
class Answer:
    """An answer of 200 as bytes; `headers` without its length and its tag."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: bytes

    @cached_property
    def _plain(self) -> tuple[Message, Message]:
        return _whole(200, self.body, ((b"etag", self.etag), *self.headers))

    @cached_property
    def _coded(self) -> tuple[Message, Message]:
        return _whole(200, packed(self.body), ((b"etag", coded_tag(self.etag)), *GZIP, *self.headers))

    @cached_property
    def _unchanged(self) -> tuple[Message, Message]:
        told = tuple(pair for pair in self.headers if pair[0] in TOLD_UNCHANGED)
        start = {"type": "http.response.start", "status": 304, "headers": ((b"etag", self.etag), *told)}
        return start, {"type": "http.response.body", "body": b"", "more_body": False}

    async def send(self, scope: Scope, send: Send) -> None:
        """Send it as the request would have it: compressed, or 304 to who has just that."""
        for message in self._as_asked(scope):
            await send(message)

    def _as_asked(self, scope: Scope) -> tuple[Message, Message]:
        if (lines := values(scope, b"if-none-match")) and known_tags(lines).have_alike(self.etag.decode("latin-1")):
            return self._unchanged
        takes_gzip = header(scope, b"accept-encoding") == "gzip"  # the gateway says it in this one word
        return self._coded if takes_gzip and len(self.body) >= LEAST else self._plain


def _whole(status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> tuple[Message, Message]:
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status, "headers": (*headers, length)}
    return start, {"type": "http.response.body", "body": body, "more_body": False}


class Stored:
    """Wraps an app; gives what is kept, and keeps what the app answers where its route declares a version."""

    def __init__(self, app: App, verifier: Verifier, *, most: int = MOST, heaviest: int = HEAVIEST) -> None:
        self._app = app
        self._verifier = verifier
        self._asked: Recent[Target, Asked] = Recent(most, heaviest=heaviest // 8)
        self._answers: Recent[tuple[Target, Principal | None], tuple[Hashable, Answer]] = Recent(
            most, heaviest=heaviest
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        target = (scope.get("raw_path") or scope["path"].encode(), scope["query_string"])
        asked = self._asked.get(target)
        answer = None if asked is None else await self._kept(scope, target, asked)
        if answer is None:
            await self._app(scope, receive, _Taking(self._keep, scope, target, send).send)
        else:
            await answer.send(scope, send)

    async def _kept(self, scope: Scope, target: Target, asked: Asked) -> Answer | None:
        """Return what may be given at once; nothing where the app has to see to the request."""
        try:
            caller = self._verifier.verify(header(scope, HEADER.encode()))
            asked.declared.policy.admit(caller)
        except Problem:
            return None
        kept = self._answers.get((target, None if asked.declared.shared else caller))
        if kept is None or not _is_readable(scope):
            return None
        version = await asked.version(caller)
        if version != kept[0]:
            scope[STORED] = Looked(asked.declared, caller, asked, version)
            return None
        scope["route"] = asked.route
        return kept[1]

    def _keep(self, target: Target, looked: Looked, answer: Answer) -> None:
        length = sum(map(len, target))
        if looked.asked is None or looked.version is None or length > LONGEST_TARGET:
            return
        self._asked.keep(target, looked.asked, length)
        who = None if looked.declared.shared else looked.caller
        weight = length + 2 * len(answer.body) + sum(len(name) + len(value) for name, value in answer.headers)
        self._answers.keep((target, who), (looked.version, answer), weight)


Keep = Callable[[Target, Looked, Answer], None]


class _Taking:
    """Takes the answer of a route that declares a version whole; any other passes as it comes."""

    def __init__(
        self, keep: Callable[[Target, Looked, Answer], None], scope: Scope, target: Target, send: Send
    ) -> None:
        self._keep = keep
        self._scope = scope
        self._target = target
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200 and STORED in self._scope:
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                answer = _answer(self._start, bytes(self._body))
                self._keep(self._target, self._scope[STORED], answer)
                await answer.send(self._scope, self._send)


def _answer(start: Message, body: bytes) -> Answer:
    headers = {name.lower(): value for name, value in start["headers"] if name.lower() != b"content-length"}
    etag = headers.pop(b"etag", None) or f'"{sha256(body).hexdigest()[:32]}"'.encode()
    return Answer((*headers.items(), (b"vary", b"Accept-Encoding")), body, etag)


def _is_readable(scope: Scope) -> bool:
    """Tell whether the contract takes what a request says of what it has: the rest is the app's to refuse."""
    return all(len(line) <= LONGEST and READABLE.match(line) for line in values(scope, b"if-none-match"))
