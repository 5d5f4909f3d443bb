"""Outside tokens: OIDC access tokens verified against the issuer's published keys (RFC 8725, RFC 9068).

One algorithm per key, taken from the key and never from the token; issuer, audience and expiry required; whatever a
header brings along as a key (`jwk`, `jku`, `x5c`, `x5u`) or as an unknown demand (`crit`) is refused.

Nobody is kept from showing a token, however many bad ones came from where he stands: a bad one costs us no more than
the request that brings it. What is cheap is looked at first, the signature last.
"""

import asyncio
import base64
import hashlib
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, Literal

from chassis.base import telemetry
from chassis.base.clock import Clock
from chassis.base.recent import Recent
from chassis.http.identity import ANONYMOUS, Principal
from chassis.http.refusals import IssuerUnavailable, TokenRefused
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway import claims

FetchJson = Callable[[str], Awaitable[Mapping[str, Any]]]
"""Fetches a JSON document by its URL; raises a Problem when it cannot be had."""

ALGORITHMS = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
LONGEST = 8192
REMEMBERED = 50_000
PROMISE_SECONDS = 60.0
"""A key that its issuer takes back is refused within this: what was had from the issuer says nothing after it."""
KEYS_SECONDS = 25.0
"""Keys older than this are fetched anew; until the promise ends, the known ones serve meanwhile."""
UNKNOWN_KEY_SECONDS = 10.0
REFRESH_SECONDS, RETRY_SECONDS = 2.0, 1.0


class Head(BaseModel):
    """A token's header: these members and no other."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    alg: str
    kid: str
    typ: Literal["JWT", "at+jwt"] | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom a token is about, and until when (seconds since 1970). The name it may tell is handed to no service."""

    principal: Principal
    name: str = field(default="", repr=False)
    until: float = math.inf


NOBODY = SignedIn(ANONYMOUS)


class TokenVerifier:
    """Turns a bearer token into whom it is about; verified tokens are remembered for at most a minute.

    The issuer's keys are fetched by a task of its own: no caller's time or going away ends it.
    Of a token's scopes those are kept that some operation asks for (`scopes`); others say nothing here.
    """

    def __init__(  # noqa: PLR0913  what a token is held against, and what it is read with
        self,
        issuer: str,
        audience: str,
        scopes: Collection[str],
        *,
        fetch: FetchJson,
        clock: Clock,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._scopes = frozenset(scopes)
        self._fetch = fetch
        self._clock = clock
        self._elapsed = elapsed
        self._keys: dict[str, Key] = {}
        self._fetched = self._failed = -math.inf
        self._refreshing: asyncio.Task[None] | None = None
        self._known: Recent[bytes, tuple[float, float, SignedIn]] = Recent(REMEMBERED)

    async def signed_in(self, token: str) -> SignedIn:
        """Return whom a token is about. Raises TokenRefused, IssuerUnavailable."""
        if len(token) > LONGEST:
            raise TokenRefused("凭证过长")
        digest = hashlib.sha256(token.encode()).digest()
        now = self._clock.now().timestamp()
        known = self._known.get(digest)
        if known is not None and known[0] > now and known[1] > self._elapsed():
            return known[2]
        claimed, until = await self._verified(token, now)
        principal = claimed.principal()
        kept = replace(principal, scopes=principal.scopes & self._scopes)
        found = SignedIn(kept, claimed.name, claimed.exp)
        self._known.keep(digest, (claimed.exp, until, found))
        return found

    async def ready(self) -> None:
        """See that the issuer's keys are at hand. Raises IssuerUnavailable."""
        if self._age() > KEYS_SECONDS:
            await self._refreshed()
        if self._age() >= PROMISE_SECONDS:
            raise IssuerUnavailable

    async def _verified(self, token: str, now: float) -> tuple[claims.Claims, float]:
        """Return what a token claims, and until when (on the elapsed clock) the key that signed it may be believed."""
        head, claimed = _read(token)
        claimed.require(issuer=self._issuer, audience=self._audience, now=now)
        key, until = await self._key(head.kid)
        algorithm = ALGORITHMS[key.key_type]
        if head.alg != algorithm:
            raise TokenRefused("签名算法与密钥不符")
        try:
            jws.deserialize_compact(token, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused from error
        return claimed, until

    async def _key(self, kid: str) -> tuple[Key, float]:
        if (known := self._fresh(kid)) is None and self._age() > UNKNOWN_KEY_SECONDS:
            await self._refreshed()
            known = self._fresh(kid)
        if known is not None:
            if self._age() > KEYS_SECONDS:
                self._refresh()  # whoever names a known key does not wait for it
            return known, self._fetched + PROMISE_SECONDS
        if self._age() > UNKNOWN_KEY_SECONDS:  # nobody could say whether there is such a key
            raise IssuerUnavailable("暂时无法取得身份认证平台的公钥")
        raise TokenRefused("签名密钥未知")

    def _fresh(self, kid: str) -> Key | None:
        return self._keys.get(kid) if self._age() < PROMISE_SECONDS else None

    def _age(self) -> float:
        return self._elapsed() - self._fetched

    async def _refreshed(self) -> None:
        """Wait for the one refresh under way; its end is told by the age of the keys."""
        if task := self._refresh():
            await asyncio.wait({task})

    def _refresh(self) -> asyncio.Task[None] | None:
        """Return the refresh under way, begun if need be; for a moment after one that failed, that one."""
        resting = self._refreshing is None or self._refreshing.done()
        if resting and self._elapsed() - self._failed >= RETRY_SECONDS:
            self._refreshing = asyncio.create_task(self._fetch_keys(), context=Context())
        return self._refreshing

    async def _fetch_keys(self) -> None:
        begun = self._elapsed()
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                discovery = await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                published = await self._fetch(discovery["jwks_uri"])
            self._keys, self._fetched = dict(_usable(published["keys"])), begun
        except Exception as error:  # noqa: BLE001  whatever comes of the issuer's answer: the known keys stay their time
            self._failed = self._elapsed()
            telemetry.log.warning("issuer_unavailable", error=type(error).__name__)


def _usable(published: Iterable[Any]) -> Iterator[tuple[str, Key]]:
    """Yield the keys that can be used; one of a kind not known here does not spoil the others."""
    for one in published:
        if not isinstance(one, dict):
            continue
        try:
            key = import_key(one)
        except (JoseError, KeyError, ValueError, TypeError):
            continue
        if key.kid and key.key_type in ALGORITHMS:
            yield str(key.kid), key


def _read(token: str) -> tuple[Head, claims.Claims]:
    """Return what a token says of itself, on its own word. Raises TokenRefused for any but a plain one."""
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefused("凭证格式有误")
    try:
        head = Head.model_validate_json(_decoded(parts[0]))
    except ValidationError as error:
        raise TokenRefused("凭证头部不被接受") from error
    return head, claims.read(_decoded(parts[1]))


def _decoded(part: str) -> bytes:
    """Return the bytes of a part: base64url without padding and nothing else, so that it reads in one way only."""
    try:
        if not set(part) & set("+/="):
            return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise TokenRefused("凭证格式有误") from error
    raise TokenRefused("凭证格式有误")
