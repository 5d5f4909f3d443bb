"""The outer edge of a service's app, one plain ASGI layer: request id, trace, time and body limit, last resort."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from functools import partial
from time import perf_counter

from chassis.base import telemetry
from chassis.base.crash import operation
from chassis.base.deadline import Deadline, deadline
from chassis.base.ids import uuid7
from chassis.base.problems import MEDIA_TYPE, BadRequest, DeadlineExceeded, Problem, TooLarge, Unavailable, Unexpected
from chassis.http.asgi import BEGUN, App, Message, Receive, Scope, Send, answer, declares_over, header, number, values
from chassis.http.files import begins_file
from chassis.http.streams import begins_stream
from chassis.http.upstream import TIMEOUT_HEADER

REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
HOST = re.compile(r"^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$")
AT_ONCE = 500
LOOK_SECONDS = 0.1
LONGEST_STREAM_SECONDS = 600.0
"""However long its service would go on."""
SLOW_SECONDS = 20.0
"""A stream or a file whose reader takes nothing for so long is closed."""
STOPPING = "stopping"
"""In a scope's state: the event that is set when the server begins to stop."""
CLOSE = {"Connection": "close"}
"""Where the next request on the connection begins is not certain either."""
OWN_HEADERS = frozenset({b"x-request-id", b"x-content-type-options"})


class CallerGone(Problem):
    """The client closed the connection before it was answered: no fault of ours, and nobody reads the answer."""

    status, code, title = 499, "caller_gone", "请求方已断开"


class Overloaded(Unavailable):
    """As many requests are under way as can be answered in time; a further one is not begun."""

    code, title = "overloaded", "请求过多,请稍后重试"


class Edge:
    """Wraps an app; what the app raises before it has answered becomes a problem, and the client learns a trace id."""

    def __init__(  # noqa: PLR0913  what an app is wrapped with
        self,
        app: App,
        *,
        service: str,
        body_limit: int = 1024 * 1024,
        time_limit: float = 30.0,
        at_once: int | None = AT_ONCE,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self._app = app
        self._slow_seconds = slow_seconds
        self._at_once = at_once
        self._under_way = 0
        self._service = service
        self._body_limit = body_limit
        self._time_limit = time_limit
        self._refused = Refused(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = number(scope, TIMEOUT_HEADER.encode())
        within = min(self._time_limit, asked / 1000 if asked else self._time_limit)
        self._under_way += 1
        try:
            with _own_context(header(scope, b"traceparent"), within):
                await self._serve(scope, receive, send, within)
        finally:
            self._under_way -= 1

    def _refuse_excess(self) -> None:
        if self._at_once is not None and self._under_way > self._at_once:
            raise Overloaded(retry_after=1)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, within: float) -> None:
        exchange = _Exchange(scope, receive, send, self._body_limit)
        started = perf_counter()
        problem: Problem | None = None
        try:
            async with asyncio.timeout(within) as limit:
                exchange.refuse_unclear()
                self._refuse_excess()
                exchange.on_gone = partial(_expire, limit)
                exchange.on_stream = partial(self._let_stream, exchange, limit)
                exchange.on_file = partial(self._let_take_time, exchange, limit)
                await exchange.look_for_bodiless()
                await self._app(scope, exchange.receive, exchange.send)
        except Problem as raised:
            problem = raised
        except TimeoutError:
            problem = CallerGone() if exchange.gone else DeadlineExceeded()
        except Exception as error:  # noqa: BLE001  the last resort: nothing internal leaves
            telemetry.log.error("unexpected", service=self._service, request_id=exchange.request_id, exc_info=error)
            problem = Unexpected()
        finally:
            exchange.look_no_more()
            if exchange.streaming:
                self._under_way += 1  # taken off again with all others
                telemetry.STREAMS.labels(self._service).dec()
        if problem is not None and not exchange.status:
            await send_problem(problem, scope, exchange.send)
        elif exchange.streaming:
            await exchange.end()
        self._tell(scope, exchange, problem, perf_counter() - started)

    def _let_take_time(self, exchange: "_Exchange", limit: asyncio.Timeout) -> None:
        """Let a file go on as long as its reader takes of it: the time was for the answer to begin."""
        exchange.within = self._slow_seconds
        limit.reschedule(asyncio.get_running_loop().time() + LONGEST_STREAM_SECONDS)

    def _let_stream(self, exchange: "_Exchange", limit: asyncio.Timeout) -> None:
        """Let an answer go on that is a stream: it takes up no room of the others, and ends when the process stops."""
        self._let_take_time(exchange, limit)
        self._under_way -= 1
        telemetry.STREAMS.labels(self._service).inc()
        exchange.end_when_stopping(partial(_expire, limit))

    def _tell(self, scope: Scope, exchange: "_Exchange", problem: Problem | None, seconds: float) -> None:
        route = scope.get("route")
        name = getattr(route, "name", None) or "none"
        if not exchange.streaming:  # how long one is read says nothing of how fast we answer
            telemetry.REQUESTS.labels(self._service, name, str(exchange.status)).observe(seconds)
        if not scope.get(BEGUN) and (400 <= exchange.status < 500 or isinstance(problem, Overloaded)):
            self._refused.count(name, exchange.status)
            return
        told = {"operation": name, "status": exchange.status, "ms": round(seconds * 1000, 1)}
        telemetry.log.info("request", service=self._service, request_id=exchange.request_id, **told)


def _expire(limit: asyncio.Timeout) -> None:
    """Let a time be over now, if it is not yet."""
    if not limit.expired():
        limit.reschedule(0)


@contextmanager
def _own_context(traceparent: str, within: float) -> Iterator[None]:
    """Give a request its own trace, deadline and operation: in one process, the caller's go on afterwards."""
    ends, under = deadline.set(Deadline.after(within)), operation.set("request")
    try:
        with telemetry.following(traceparent):
            yield
    finally:
        deadline.reset(ends)
        operation.reset(under)


class Refused:
    """Counts what was refused before any use case began, and tells it in one line a minute: refusals cost no line each.

    Each request is in the metric all the same. What is counted when the process stops is told then.
    """

    def __init__(self, service: str, *, every: float = 60.0) -> None:
        self._service = service
        self._every = every
        self._counts: Counter[str] = Counter()
        self._telling: asyncio.Task[None] | None = None

    def count(self, operation: str, status: int) -> None:
        """Count one; the first of a minute sees to it that the minute is told."""
        if not self._counts:
            self._telling = asyncio.create_task(self._tell(), context=Context())
        self._counts[f"{operation} {status}"] += 1

    async def _tell(self) -> None:
        try:
            await asyncio.sleep(self._every)
        finally:  # the process stops
            counts, self._counts = dict(self._counts), Counter()
            telemetry.log.info("requests_refused", service=self._service, seconds=self._every, counts=counts)


class _Exchange:
    """One request: counts what comes in, remembers what went out, sees when nobody waits for it any more.

    Most are answered before anybody looks; one that takes longer is looked after once its body is whole.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, body_limit: int) -> None:
        given = header(scope, b"x-request-id")
        self.request_id = given if REQUEST_ID.match(given) else uuid7()
        self.status = 0
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limit = body_limit
        self._taken = 0
        self._whole = False
        self._kept: Message | None = None
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self.gone = False
        self.streaming = False
        self.within: float | None = None
        self.on_gone: Callable[[], None] = lambda: None
        self.on_stream: Callable[[], None] = lambda: None
        self.on_file: Callable[[], None] = lambda: None

    async def look_for_bodiless(self) -> None:
        """Take the one empty message of a request without a body: the app may never ask for it."""
        if not values(self._scope, b"content-length") and not values(self._scope, b"transfer-encoding"):
            self._kept = await self.receive()

    def end_when_stopping(self, end: Callable[[], None]) -> None:
        """Call `end` when the server begins to stop, if it is one that says so."""
        stopping: asyncio.Event | None = self._scope.get("state", {}).get(STOPPING)
        if stopping is not None:
            self._stopping = asyncio.create_task(_called_after(stopping, end), context=Context())

    async def end(self) -> None:
        """End a stream as it should be, so that its reader knows that no more is coming; not for one who takes nothing.

        What then remains of it is the server's to close.
        """
        if not self._ended and not self.gone:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def look_no_more(self) -> None:
        for one in (self._timer, self._looking, self._stopping):
            if one is not None:
                one.cancel()

    def _look(self) -> asyncio.Task[None]:
        if self._looking is None:
            self._looking = asyncio.create_task(self._see())
        return self._looking

    async def _see(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._ended:
            self.gone = True
            self.on_gone()

    def refuse_unclear(self) -> None:
        """Refuse what two readers might read differently, and a body that is declared too large."""
        version = self._scope.get("http_version", "1.1")
        if version not in {"1.0", "1.1"}:
            raise BadRequest("只支持 HTTP/1.1", headers=CLOSE)
        hosts = values(self._scope, b"host")
        if len(hosts) > 1 or (not hosts and version == "1.1" and "http_version" in self._scope):
            raise BadRequest("须有且只有一个 Host", headers=CLOSE)
        if hosts and not HOST.match(hosts[0].strip()):
            raise BadRequest("Host 不规范", headers=CLOSE)
        if [coding.strip().lower() for coding in values(self._scope, b"transfer-encoding")] not in ([], ["chunked"]):
            raise BadRequest("Transfer-Encoding 只能是 chunked", headers=CLOSE)
        if declares_over(self._scope, self._limit):
            raise TooLarge(f"最多 {self._limit} 字节")

    async def receive(self) -> Message:
        if self._kept is not None:
            message, self._kept = self._kept, None
            return message
        if self._whole:
            await asyncio.wait({self._look()})
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise CallerGone
        self._whole = not message.get("more_body")
        if self._whole:
            self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)
        self._taken += len(message.get("body", b""))
        if self._taken > self._limit:
            raise TooLarge(f"最多 {self._limit} 字节")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [pair for pair in message["headers"] if pair[0].lower() not in OWN_HEADERS]
            own = [(b"x-request-id", self.request_id.encode()), (b"x-content-type-options", b"nosniff")]
            message = {**message, "headers": [*headers, *own]}
            if begins_stream(message):
                self.streaming = True
                self.on_stream()
            elif begins_file(message):
                self.on_file()
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body")
        if self.within is None:
            await self._send(message)
            return
        async with asyncio.timeout(self.within):
            await self._send(message)


async def _called_after(event: asyncio.Event, call: Callable[[], None]) -> None:
    await event.wait()
    call()


async def send_problem(problem: Problem, scope: Scope, send: Send) -> None:
    """Send a problem as the whole answer (RFC 9457)."""
    body = json.dumps(problem.body(scope["path"], telemetry.trace_id()), ensure_ascii=False).encode()
    await answer(send, problem.status, body, MEDIA_TYPE, {"cache-control": "no-store", **problem.headers})
