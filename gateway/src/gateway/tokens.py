"""Outside tokens: OIDC access tokens verified against the issuer's published keys (RFC 8725, RFC 9068).

One algorithm per key, taken from the key and never from the token; issuer, audience and expiry required; whatever a
header brings along as a key (`jwk`, `jku`, `x5c`, `x5u`) or as an unknown demand (`crit`) is refused.
"""

import asyncio
import base64
import binascii
import json
import math
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from time import monotonic
from typing import Any

from chassis.base import telemetry
from chassis.base.clock import Clock
from chassis.base.problems import Problem
from chassis.http.identity import Kind, Principal
from chassis.http.refusals import IssuerUnavailable, TokenRefused
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

FetchJson = Callable[[str], Awaitable[Mapping[str, Any]]]
"""Fetches a JSON document by its URL; raises a Problem when it cannot be had."""

ALGORITHMS = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})
TYPES = frozenset({None, "JWT", "at+jwt"})
LONGEST = 8192
LEEWAY = 30
REMEMBERED = 50_000
# A key that its issuer takes back is refused within a minute: remembered keys and tokens together last less.
KEYS_SECONDS, REMEMBER_SECONDS = 25.0, 30.0
UNKNOWN_KEY_SECONDS = 10.0
SUBJECT = re.compile(r"[\x21-\x7e]{1,100}")

SCOPES: Mapping[Kind, frozenset[str]] = {
    Kind.CITIZEN: frozenset({"matter:read", "draft:write", "application:write", "application:read", "case:read"}),
    Kind.STAFF: frozenset(
        {"matter:read", "application:read", "application:accept", "case:read", "task:read", "task:decide"}
    ),
    Kind.PARTNER: frozenset({"matter:read"}),
    Kind.AGENT: frozenset({"matter:read"}),
}


class TokenVerifier:
    """Turns a bearer token into a principal; verified tokens are remembered for at most a minute."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        fetch: FetchJson,
        clock: Clock,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._fetch = fetch
        self._clock = clock
        self._elapsed = elapsed
        self._keys: dict[str, Key] = {}
        self._fetched = -math.inf
        self._fetching = asyncio.Lock()
        self._known: dict[str, tuple[float, float, Principal]] = {}

    def remembered(self, token: str) -> Principal | None:
        """Return the principal of a token that was verified a moment ago and has not expired since."""
        known = self._known.get(token)
        if known is None or known[0] <= self._clock.now().timestamp() or known[1] <= self._elapsed():
            return None
        return known[2]

    async def verify(self, token: str) -> Principal:
        """Return the principal of a token. Raises TokenRefused, IssuerUnavailable."""
        if len(token) > LONGEST:
            raise TokenRefused("凭证过长")
        claims = await self._claims(token, int(self._clock.now().timestamp()))
        principal = _principal(claims)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[token] = (float(claims["exp"]), self._elapsed() + REMEMBER_SECONDS, principal)
        return principal

    async def _claims(self, token: str, now: int) -> dict[str, Any]:
        header = _header(token)
        key = await self._key(header["kid"])
        algorithm = ALGORITHMS[key.key_type]
        if header["alg"] != algorithm:
            raise TokenRefused("签名算法与密钥不符")
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm]).claims
            rules = jwt.JWTClaimsRegistry(
                now=now,
                leeway=LEEWAY,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._audience},
                exp={"essential": True},
                sub={"essential": True},
            )
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused(_advice(error)) from error
        return claims

    async def _key(self, kid: str) -> Key:
        async with self._fetching:  # whoever comes meanwhile waits for the one answer
            age = self._elapsed() - self._fetched
            if age > KEYS_SECONDS or (kid not in self._keys and age > UNKNOWN_KEY_SECONDS):
                await self._refresh()
                self._fetched = self._elapsed()
        if kid not in self._keys:
            if not self._keys:
                raise IssuerUnavailable("暂时无法取得身份认证平台的公钥")
            raise TokenRefused("签名密钥未知")
        return self._keys[kid]

    async def _refresh(self) -> None:
        try:
            discovery = await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            published = await self._fetch(discovery["jwks_uri"])
            self._keys = dict(_usable(published["keys"]))
        except (Problem, KeyError, ValueError, TypeError) as error:
            # the keys known so far stay; without any, the caller is told
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


def _header(token: str) -> dict[str, Any]:
    """Return the token's header. Raises TokenRefused for any but a plain one."""
    first, _, _ = token.partition(".")
    try:
        header = json.loads(base64.b64decode(first + "=" * (-len(first) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise TokenRefused("凭证格式有误") from error
    if not isinstance(header, dict) or not header.keys() <= HEADER_MEMBERS or header.get("typ") not in TYPES:
        raise TokenRefused("凭证头部不被接受")
    if not isinstance(header.get("kid"), str) or not isinstance(header.get("alg"), str):
        raise TokenRefused("凭证未指明密钥")
    return header


def _principal(claims: Mapping[str, Any]) -> Principal:
    try:
        kind = Kind(claims.get("kind", Kind.CITIZEN))
        level, unit = int(claims.get("real_name_level", 0)), str(claims.get("unit", ""))
        roles = frozenset(str(role) for role in claims.get("roles", ()))
    except (ValueError, TypeError) as error:
        raise TokenRefused("凭证声明有误") from error
    subject = claims["sub"]
    if kind is Kind.ANONYMOUS or not isinstance(subject, str) or not SUBJECT.fullmatch(subject) or not 0 <= level <= 3:
        raise TokenRefused("凭证声明有误")
    return Principal(subject, kind, level, unit, roles, SCOPES[kind])


def _advice(error: Exception) -> str:
    return "凭证已过期,请重新登录" if "expired" in type(error).__name__.lower() else ""
