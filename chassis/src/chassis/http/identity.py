"""Who calls: the principal that the gateway vouches for, and the policy that each route declares.

The gateway verifies the outside token and signs a short-lived principal (a JWT typed `yiwang-principal+jwt`, Ed25519,
one minute); services verify it and trust nothing else.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from chassis.base.clock import Clock
from chassis.base.problems import Forbidden, Problem, Unauthenticated
from chassis.base.recent import Recent

HEADER = "yiwang-principal"
ALGORITHM = "Ed25519"
TYPE = "yiwang-principal+jwt"
LIFETIME = timedelta(seconds=60)
REMEMBERED = 10_000


class Kind(StrEnum):
    """The kinds of callers; ANONYMOUS has not signed in."""

    ANONYMOUS = "ANONYMOUS"
    CITIZEN = "CITIZEN"
    AGENT = "AGENT"
    STAFF = "STAFF"
    PARTNER = "PARTNER"


class LevelTooLow(Forbidden):
    """The caller's real-name level is below what the operation needs."""

    code, title = "real_name_level_too_low", "实名等级不足,请先完成实名认证"


class RoleMissing(Forbidden):
    """The caller lacks the role that the operation needs."""

    code, title = "role_missing", "没有办理此事项的岗位权限"


class ScopeMissing(Forbidden):
    """The caller's token does not cover the operation."""

    code, title = "scope_missing", "授权范围不含此操作"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: an opaque subject, its kind, real-name level (0-3), unit, roles and scopes. No personal data."""

    subject: str
    kind: Kind
    level: int = 0
    unit: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()


ANONYMOUS = Principal("anonymous", Kind.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may use a route: kinds, and for those a scope, any of the roles (staff), and a real-name level (citizens)."""

    kinds: frozenset[Kind] = frozenset()
    scope: str = ""
    roles: frozenset[str] = field(default=frozenset())
    level: int = 0

    def admit(self, caller: Principal) -> None:
        """Raise Unauthenticated, or the Forbidden that says what is missing, unless the caller may pass."""
        if caller.kind not in self.kinds:
            if caller.kind is Kind.ANONYMOUS:
                raise Unauthenticated("此操作需要登录")
            raise Forbidden("此操作不面向该类用户")
        if caller.kind is Kind.ANONYMOUS:
            return
        if self.scope and self.scope not in caller.scopes:
            raise ScopeMissing(f"需要授权范围 {self.scope}")
        if caller.kind is Kind.STAFF and self.roles and not (self.roles & caller.roles):
            raise RoleMissing(f"需要岗位 {'、'.join(sorted(self.roles))}")
        if caller.kind in {Kind.CITIZEN, Kind.AGENT} and caller.level < self.level:
            raise LevelTooLow(f"需要实名等级 L{self.level},当前为 L{caller.level}")

    def problems(self) -> tuple[type[Problem], ...]:
        """Return what `admit` can raise."""
        signed_in = self.kinds - {Kind.ANONYMOUS}
        possible: dict[type[Problem], bool] = {
            Unauthenticated: Kind.ANONYMOUS not in self.kinds,
            Forbidden: len(signed_in) < len(Kind) - 1,
            ScopeMissing: bool(self.scope and signed_in),
            RoleMissing: bool(self.roles) and Kind.STAFF in self.kinds,
            LevelTooLow: self.level > 0 and not self.kinds.isdisjoint({Kind.CITIZEN, Kind.AGENT}),
        }
        return tuple(problem for problem, can in possible.items() if can)


def policy(*kinds: Kind, scope: str = "", roles: Iterable[str] = (), level: int = 0) -> Policy:
    """Return a policy in few words."""
    return Policy(frozenset(kinds), scope, frozenset(roles), level)


@dataclass(frozen=True, slots=True)
class PrincipalSigner:
    """Signs principals for the services; held by the gateway alone."""

    key: OKPKey
    clock: Clock

    def sign(self, principal: Principal) -> str:
        """Return the header value that vouches for a principal for one minute."""
        now = int(self.clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": "yiwang-gateway",
            "aud": "yiwang-services",
            "iat": now,
            "exp": now + int(LIFETIME.total_seconds()),
            "sub": principal.subject,
            "kind": principal.kind.value,
            "level": principal.level,
            "unit": principal.unit,
            "roles": sorted(principal.roles),
            "scopes": sorted(principal.scopes),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self.key, algorithms=[ALGORITHM])


class PrincipalVerifier:
    """Verifies signed principals; remembers verified ones until they expire (bounded)."""

    def __init__(self, keys: Sequence[OKPKey], clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._known: Recent[str, tuple[float, Principal]] = Recent(REMEMBERED)

    def verify(self, header: str | None) -> Principal:
        """Return the principal of a header; raises Unauthenticated for none, a forged, or an expired one."""
        if not header:
            raise Unauthenticated("请求未经网关")
        now = self._clock.now().timestamp()
        known = self._known.get(header)
        if known is not None and known[0] > now:
            return known[1]
        expires, principal = self._decode(header, int(now))
        self._known.keep(header, (expires, principal))
        return principal

    def _token(self, header: str) -> jwt.Token:
        for key in self._keys[:-1]:
            with suppress(BadSignatureError):
                return jwt.decode(header, key, algorithms=[ALGORITHM])
        return jwt.decode(header, self._keys[-1], algorithms=[ALGORITHM])

    def _decode(self, header: str, now: int) -> tuple[float, Principal]:
        try:
            token = self._token(header)
            claims = token.claims
            rules = jwt.JWTClaimsRegistry(
                now=now,
                leeway=5,
                iss={"essential": True, "value": "yiwang-gateway"},
                aud={"essential": True, "value": "yiwang-services"},
                exp={"essential": True},
                sub={"essential": True},
            )
            rules.validate(claims)
            if token.header.get("typ") != TYPE:
                raise Unauthenticated("凭证类型不符")
            principal = Principal(
                claims["sub"],
                Kind(claims["kind"]),
                int(claims["level"]),
                claims["unit"],
                frozenset(claims["roles"]),
                frozenset(claims["scopes"]),
            )
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("内部凭证无效或已过期") from error
        return float(claims["exp"]), principal


def new_key() -> OKPKey:
    """Return a fresh Ed25519 key for the gateway."""
    return OKPKey.generate_key("Ed25519")
