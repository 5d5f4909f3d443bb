"""The way through: find the operation, know the caller, hold the limits, hand on what is left, untouched."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from time import monotonic

from chassis.base import telemetry
from chassis.base.problems import Problem, TooLarge, TooMany
from chassis.http.asgi import App, Message, Receive, Scope, Send, declares_over, header
from chassis.http.identity import ANONYMOUS, HEADER, Principal, PrincipalSigner
from chassis.http.refusals import AmbiguousLength, TokenRefused
from chassis.http.upstream import TIMEOUT_HEADER, deadline

from gateway.rate_limits import Rate, RateLimits
from gateway.table import Operation, RouteTable
from gateway.tokens import TokenVerifier

INBOUND_IDENTITY = (b"yiwang-", b"x-user", b"x-real-", b"x-forwarded-user", b"x-ssl-", b"x-client-", b"x-remote-")
NOT_PASSED = frozenset({b"authorization", b"cookie", b"host", b"traceparent", b"forwarded", b"x-original-url"})
RESIGN_SECONDS = 20
REFUSALS = Rate.read("120/minute")
"""How many tokens may be refused to one address before its unknown tokens are no longer looked at."""


class Proxy:
    """Passes requests to the services they belong to."""

    def __init__(
        self, table: RouteTable, upstreams: Mapping[str, App], *, tokens: TokenVerifier, signer: PrincipalSigner
    ) -> None:
        self._table = table
        self._upstreams = upstreams
        self._tokens = tokens
        self._signer = signer
        self._limits = RateLimits()
        self._signed: dict[Principal, tuple[float, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on. Raises the problem that stops it; limits are told with it."""
        raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        operation = self._table.match(scope["method"], raw_path)
        scope["route"] = operation
        if header(scope, b"transfer-encoding") and header(scope, b"content-length"):
            raise AmbiguousLength
        caller = await self._caller(scope)
        limits = self._limit(operation, caller, scope)
        try:
            operation.policy.admit(caller)
            exchange = _Passing(operation, receive, send, limits)
            exchange.refuse_declared_excess(scope)
            inner = {**scope, "headers": self._headers(scope, caller), "state": {}}
            inner.pop("route")
            await self._upstreams[operation.service](inner, exchange.receive, exchange.send)
        except Problem as problem:
            problem.headers |= limits
            raise

    async def _caller(self, scope: Scope) -> Principal:
        given = header(scope, b"authorization")
        if not given:
            return ANONYMOUS
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("请使用 Bearer 凭证")
        token = token.strip()
        return self._tokens.remembered(token) or await self._verified(token, _address(scope))

    async def _verified(self, token: str, address: str) -> Principal:
        """Verify an unknown token, unless its address has had too many refused: a check costs us more than them."""
        if self._limits.left(REFUSALS, "refused", address) <= 0:
            raise TooMany("无效凭证过多", headers={"Retry-After": str(self._limits.renewed_in(REFUSALS))})
        try:
            return await self._tokens.verify(token)
        except TokenRefused:
            self._limits.hit(REFUSALS, "refused", address)
            raise

    def _limit(self, operation: Operation, caller: Principal, scope: Scope) -> dict[str, str]:
        who = ("address", _address(scope)) if caller is ANONYMOUS else ("caller", caller.subject)
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
            for name, value in scope["headers"]
            if name not in NOT_PASSED and not name.replace(b"_", b"-").startswith(INBOUND_IDENTITY)
        ]
        kept.append((HEADER.encode(), self._vouch(caller).encode()))
        kept.append((b"traceparent", telemetry.traceparent().encode()))
        kept.append((b"host", b"upstream"))
        if (ends := deadline.get()) is not None:
            kept.append((TIMEOUT_HEADER.encode(), str(int(ends.left() * 1000)).encode()))
        return kept

    def _vouch(self, caller: Principal) -> str:
        now = monotonic()
        known = self._signed.get(caller)
        if known is not None and known[0] > now:
            return known[1]
        if len(self._signed) > 10_000:
            self._signed.clear()
        signed = self._signer.sign(caller)
        self._signed[caller] = (now + RESIGN_SECONDS, signed)
        return signed


def _address(scope: Scope) -> str:
    """Return where a request comes from; of IPv6 the /64, within which a caller may take any address."""
    host = (scope.get("client") or ("unknown",))[0]
    try:
        version = ip_address(host).version
    except ValueError:
        return str(host)
    return str(ip_network((host, 64), strict=False)) if version == 6 else str(host)


class _Passing:
    """One exchange: holds the operation's body limit on the way in, adds the limits' headers on the way out."""

    def __init__(self, operation: Operation, receive: Receive, send: Send, limits: Mapping[str, str]) -> None:
        self._operation = operation
        self._receive = receive
        self._send = send
        self._limits = [(name.encode(), value.encode()) for name, value in limits.items()]
        self._taken = 0

    def refuse_declared_excess(self, scope: Scope) -> None:
        if declares_over(scope, self._operation.body_limit):
            raise TooLarge(f"最多 {self._operation.body_limit} 字节")

    async def receive(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self._operation.body_limit:
            raise TooLarge(f"最多 {self._operation.body_limit} 字节")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *self._limits]
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", self._caching(message["status"])))
            message = {**message, "headers": headers}
        await self._send(message)

    def _caching(self, status: int) -> bytes:
        """Return how long an answer may be kept: a public one for its seconds, any other not at all."""
        if self._operation.cache_seconds and status in {200, 304}:
            return b"public, max-age=%d" % self._operation.cache_seconds
        return b"no-store"
