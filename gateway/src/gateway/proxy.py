"""The way through: find the operation, know the caller, hold the limits, hand on what is left, untouched."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import isinf
from time import monotonic

from chassis.base import telemetry
from chassis.base.clock import Clock
from chassis.base.deadline import deadline
from chassis.base.problems import Problem, TooLarge, TooMany
from chassis.base.recent import Recent
from chassis.http.addresses import Network, share_holder
from chassis.http.asgi import App, Message, Receive, Scope, Send, declares_over, end_to_end, header, values
from chassis.http.identity import ANONYMOUS, HEADER, Principal, PrincipalSigner
from chassis.http.refusals import AmbiguousLength, RepeatedHeader, TokenRefused
from chassis.http.upstream import TIMEOUT_HEADER, UpstreamUnavailable

from gateway import me
from gateway.claims import EXPIRED, LEEWAY
from gateway.preferences import takes_gzip
from gateway.rate_limits import RateLimits
from gateway.room import (
    MOST_FILES,
    MOST_FILES_OF_ONE,
    MOST_STREAMS,
    MOST_STREAMS_OF_ONE,
    Room,
    too_many_files,
    too_many_streams,
)
from gateway.table import Operation, RouteTable
from gateway.tokens import NOBODY, SignedIn, TokenVerifier

INBOUND_IDENTITY = (b"yiwang-", b"x-user", b"x-real-", b"x-forwarded-", b"x-ssl-", b"x-client-", b"x-remote-")
NOT_PASSED = frozenset({b"authorization", b"cookie", b"traceparent", b"forwarded", b"x-original-url"}) | {
    b"accept-encoding",
}
ONCE = (b"authorization", b"idempotency-key", b"content-type")
RESIGN_SECONDS = 20
SIGNED = 10_000


class NotBelieved(UpstreamUnavailable):
    """A service does not believe the gateway's word for a caller: one of the two has another key."""


class Proxy:
    """Passes requests to the services they belong to."""

    def __init__(  # noqa: PLR0913  what a request is held against, and where it goes
        self,
        table: RouteTable,
        upstreams: Mapping[str, App],
        *,
        tokens: TokenVerifier,
        signer: PrincipalSigner,
        clock: Clock,
        trusted: Sequence[Network] = (),
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self._table = table
        self._upstreams = upstreams
        self._tokens = tokens
        self._signer = signer
        self._clock = clock
        self._trusted = trusted
        self._elapsed = elapsed
        self._limits = RateLimits(elapsed)
        self._rooms = {service: Room() for service in upstreams}
        self._streams = Room(MOST_STREAMS, MOST_STREAMS_OF_ONE, crowded=too_many_streams)
        self._incoming, self._outgoing = (Room(MOST_FILES, MOST_FILES_OF_ONE, crowded=too_many_files) for _ in "io")
        self._signed: Recent[Principal, tuple[float, str]] = Recent(SIGNED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on. Raises the problem that stops it; limits are told with it."""
        raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        operation = self._table.match(scope["method"], raw_path)
        scope["route"] = operation
        if header(scope, b"transfer-encoding") and header(scope, b"content-length"):
            raise AmbiguousLength
        if repeated := [name.decode() for name in ONCE if len(values(scope, name)) > 1]:
            raise RepeatedHeader(f"只能出现一次:{'、'.join(repeated)}")
        signed_in = await self._signed_in(scope)
        caller = signed_in.principal
        who = ("address", share_holder(scope, self._trusted)) if caller is ANONYMOUS else ("caller", caller.subject)
        limits = self._limit(operation, who)
        try:
            operation.policy.admit(caller)
            exchange = _Passing(operation, receive, send, limits)
            exchange.refuse_declared_excess(scope)
            if not operation.takes_file:
                await exchange.take_body()
            told = {me.STATE: signed_in} if operation.service == me.NAME else {}
            inner = {**scope, "method": operation.method, "headers": self._headers(scope, caller), "state": told}
            inner.pop("route")
            only_begun = scope["method"] == "HEAD" and (operation.stream or operation.gives_file)
            with self._room(operation).taken(who):
                if operation.stream or only_begun:
                    await self._stream(inner, exchange, signed_in, only_begun=only_begun)
                else:
                    await self._upstreams[operation.service](inner, exchange.receive, exchange.send)
            exchange.refuse_disbelief()
        except Problem as problem:
            problem.headers |= limits
            raise

    def _room(self, operation: Operation) -> Room:
        """Return what has room for a request: files and streams, which last, take none of the service's own."""
        if operation.stream:
            return self._streams
        if operation.takes_file:
            return self._incoming
        return self._outgoing if operation.gives_file else self._rooms[operation.service]

    async def _stream(self, inner: Scope, exchange: "_Passing", signed_in: SignedIn, *, only_begun: bool) -> None:
        """Pass on an answer that goes on, until it ends or the caller's token does; for HEAD, its beginning alone."""
        left = signed_in.until + LEEWAY - self._clock.now().timestamp()
        limit = asyncio.timeout(None if isinf(left) else left)
        try:
            async with limit:
                if only_begun:
                    exchange.on_start = partial(limit.reschedule, 0)
                await self._upstreams[exchange.operation.service](inner, exchange.receive, exchange.send)
        except TimeoutError:
            if not limit.expired():  # another time ran out: that of a reader who takes nothing
                raise
            await exchange.end()

    async def _signed_in(self, scope: Scope) -> SignedIn:
        given = header(scope, b"authorization")
        if not given:
            return NOBODY
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("请使用 Bearer 凭证")
        return await self._tokens.signed_in(token.strip())

    def _limit(self, operation: Operation, who: tuple[str, str]) -> dict[str, str]:
        rate = operation.rate
        left = self._limits.hit(rate, operation.name, *who)
        wait = str(self._limits.renewed_in(rate))
        limits = {
            "ratelimit-limit": str(rate.amount),
            "ratelimit-remaining": str(max(left, 0)),
            "ratelimit-reset": wait,
        }
        if left < 0:
            raise TooMany(f"每 {rate.seconds} 秒最多 {rate.amount} 次", headers={"Retry-After": wait, **limits})
        return limits

    def _headers(self, scope: Scope, caller: Principal) -> list[tuple[bytes, bytes]]:
        kept = [
            (name, value)
            for name, value in end_to_end(scope["headers"])
            if name not in NOT_PASSED and not name.replace(b"_", b"-").startswith(INBOUND_IDENTITY)
        ]
        kept.append((HEADER.encode(), self._vouch(caller).encode()))
        kept.append((b"traceparent", telemetry.traceparent().encode()))
        kept.append((b"host", b"upstream"))
        if takes_gzip(header(scope, b"accept-encoding")):  # in one word, as a service reads it
            kept.append((b"accept-encoding", b"gzip"))
        if (ends := deadline.get()) is not None:
            kept.append((TIMEOUT_HEADER.encode(), str(int(ends.left() * 1000)).encode()))
        return kept

    def _vouch(self, caller: Principal) -> str:
        now = self._elapsed()
        known = self._signed.get(caller)
        if known is not None and known[0] > now:
            return known[1]
        signed = self._signer.sign(caller)
        self._signed.keep(caller, (now + RESIGN_SECONDS, signed))
        return signed


class _Passing:
    """One exchange: takes the body in before a service is asked, adds the limits' headers on the way out.

    A file is not taken in but passed on as it comes: it is held nowhere, and has room of its own for its time.
    """

    def __init__(self, operation: Operation, receive: Receive, send: Send, limits: Mapping[str, str]) -> None:
        self.operation = operation
        self.on_start: Callable[[], None] = lambda: None
        self._receive = receive
        self._send = send
        self._limits = [(name.encode(), value.encode()) for name, value in limits.items()]
        self._body: bytes | None = None
        self._passed = 0
        self._disbelieved = False
        self._begun = False

    def refuse_declared_excess(self, scope: Scope) -> None:
        if declares_over(scope, self.operation.body_limit):
            raise TooLarge(f"最多 {self.operation.body_limit} 字节")

    async def take_body(self) -> None:
        """Take the whole body: until it has come, nothing at a service is held for it."""
        body, more = bytearray(), True
        while more:
            message = await self._receive()
            body += message.get("body", b"")
            if len(body) > self.operation.body_limit:
                raise TooLarge(f"最多 {self.operation.body_limit} 字节")
            more = message.get("more_body", False)
        self._body = bytes(body)

    async def receive(self) -> Message:
        """Give the body that was taken in, or, of a file, what comes next: no more than its operation takes."""
        if self._body is None:
            message = await self._receive()
            self._passed += len(message.get("body", b""))
            if self._passed > self.operation.body_limit:
                raise TooLarge(f"最多 {self.operation.body_limit} 字节")
            return message
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    def refuse_disbelief(self) -> None:
        """Raise NotBelieved when a service took a caller whom we vouched for to be nobody: no fault of the caller's."""
        if self._disbelieved:
            telemetry.log.error("not_believed", service=self.operation.service)
            raise NotBelieved

    async def end(self) -> None:
        """End what has begun. Raises TokenRefused when nothing has."""
        if not self._begun:
            raise TokenRefused(EXPIRED)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(self, message: Message) -> None:
        self._disbelieved = self._disbelieved or message.get("status") == 401
        if self._disbelieved:
            return
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", self._caching(message["status"])))
            if not _is_shared(headers):
                headers += self._limits
            message = {**message, "headers": headers}
            self._begun = True
            self.on_start()
        await self._send(message)

    def _caching(self, status: int) -> bytes:
        """Return how long an answer may be kept: a public one for its seconds, any other not at all."""
        if self.operation.cache_seconds and status in {200, 304}:
            return b"public, max-age=%d" % self.operation.cache_seconds
        return b"no-store"


def _is_shared(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tell whether a cache may give an answer to others, whom one caller's limits do not concern (RFC 9111)."""
    told = [value.lower() for name, value in headers if name.lower() == b"cache-control"]
    return any(b"public" in value or b"s-maxage" in value for value in told)
