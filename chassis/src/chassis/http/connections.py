"""What holds at each connection before a request is whole: how long a client may take, and how many it may open."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from chassis.base import telemetry
from chassis.base.ids import uuid7
from chassis.base.problems import MEDIA_TYPE, BadRequest, Problem
from chassis.http.addresses import Network, is_among, neighbourhood

HEAD_BYTES = 64 * 1024
PER_CONNECTION = logging.getLogger("yiwang.connections")
"""The server warns in a line of each request it cannot read; here only its errors are told, refusals are counted."""
PER_CONNECTION.addFilter(lambda record: record.levelno >= logging.ERROR)


class _HeadTooLarge(Exception):  # noqa: N818  named after the fact
    """A head is larger than `HEAD_BYTES`."""


class RequestTimeout(Problem):
    """The request did not come whole in time (RFC 9110 §15.5.9)."""

    status, code, title = 408, "request_timeout", "请求未在规定时间内送达"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a listener takes. `per_address` counts no trusted neighbour: behind a proxy all callers have its address."""

    head_seconds: float = 10.0
    body_seconds: float = 30.0
    closing_seconds: float = 10.0
    most: int = 800
    per_address: int | None = None
    trusted: Sequence[Network] = ()


class Connections(ServerState):
    """The open connections of one listener."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self._of: Counter[str] = Counter()

    def admit(self, host: str) -> str:
        """Count one more of an address; say what it is one too many of, if it is."""
        address = neighbourhood(host)
        self._of[address] += 1
        if len(self.connections) > self.limits.most:
            return "too_many"
        most = self.limits.per_address
        if most is not None and self._of[address] > most and not is_among(self.limits.trusted, host):
            return "too_many_from_address"
        return ""

    def leave(self, host: str) -> None:
        """Count one less."""
        address = neighbourhood(host)
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]

    def sweep(self, now: float) -> None:
        """Close what has taken too long, by the event loop's clock."""
        for connection in list(self.connections):
            if isinstance(connection, Connection):
                connection.check(now)


class _Awaited(Enum):
    """What a connection waits for from its client."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class Connection(HttpToolsProtocol):
    """The server's parser, which by itself waits for ever and collects a request head of any size."""

    def __init__(self, config: Config, server_state: ServerState, *rest: Any, **named: Any) -> None:
        super().__init__(config, server_state, *rest, **named)
        self._all = server_state if isinstance(server_state, Connections) else Connections(Limits())
        self._awaited = _Awaited.NOTHING
        self._since = 0.0
        self._unparsed = 0
        self._closing_since: float | None = None
        self.logger = PER_CONNECTION
        self._host = ""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request, or close what is one too many."""
        super().connection_made(transport)
        self._host = self.client[0] if self.client else ""
        self._await(_Awaited.HEAD)
        if reason := self._all.admit(self._host):
            self._close(reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._all.leave(self._host)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that does not end."""
        if self._awaited is _Awaited.NOTHING and self._idle():
            self._await(_Awaited.HEAD)
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(BadRequest("请求头过长"), "head_too_large")

    def on_message_begin(self) -> None:
        """Wait for the rest of the head."""
        super().on_message_begin()
        self._await(_Awaited.HEAD)

    def on_headers_complete(self) -> None:
        """Begin the request, unless its head is too large though it came at once."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            raise _HeadTooLarge  # the parser then calls send_400_response
        self._unparsed = 0
        super().on_headers_complete()
        self._await(_Awaited.BODY)

    def on_body(self, body: bytes) -> None:
        """Hand on a part of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing more; for the next request, when this one was answered before it was whole."""
        super().on_message_complete()
        self._await(_Awaited.HEAD if self.cycle.response_complete else _Awaited.NOTHING)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  the server's signature
        """Refuse what is no request (the server's own word for it is not told), or has too large a head."""
        if self._unparsed > HEAD_BYTES:
            self._refuse(BadRequest("请求头过长"), "head_too_large")
        else:
            self._refuse(BadRequest("不是规范的 HTTP/1.1 请求"), "not_http")

    def check(self, now: float) -> None:
        """Close the connection if its client takes too long; time in which we did not read does not count."""
        limits = self._all.limits
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > limits.closing_seconds:
                self.transport.abort()
        elif self.flow.read_paused:
            self._since = now
        elif self._awaited is _Awaited.HEAD and now - self._since > limits.head_seconds:
            if self._unparsed:
                self._refuse(RequestTimeout(), "slow_head")
            else:
                self._close("silent")
        elif self._awaited is _Awaited.BODY and now - self._since > limits.body_seconds:
            self._refuse(RequestTimeout(), "slow_body")

    def _idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is None or cycle.response_complete

    def _await(self, awaited: _Awaited) -> None:
        self._awaited, self._since = awaited, self.loop.time()

    def _refuse(self, problem: Problem, reason: str) -> None:
        """Answer with a problem and close; where another answer is under way, only close."""
        mine = self._awaited is _Awaited.BODY and not self.cycle.response_started and not self.pipeline
        if mine or (self._awaited is not _Awaited.BODY and self._idle()):
            self.transport.write(_answer(problem))
        self._close(reason)

    def _close(self, reason: str) -> None:
        telemetry.CONNECTIONS_CLOSED.labels(reason).inc()
        self.transport.close()


def _answer(problem: Problem) -> bytes:
    body = json.dumps(problem.body(), ensure_ascii=False).encode()
    headers = (
        f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\ncache-control: no-store\r\n"
        f"x-content-type-options: nosniff\r\nx-request-id: {uuid7()}\r\nconnection: close\r\n\r\n"
    )
    return STATUS_LINE[problem.status] + headers.encode() + body
