"""Who calls: the principal that is vouched for, and the policy that each route declares.

The gateway verifies the outside token and signs a short-lived principal (a JWT typed `yiwang-principal+jwt`, Ed25519,
one minute). A service that acts on an event, with nobody to speak for, signs one of its own for the sibling that it
asks. Services verify either and trust nothing else: whose key it was says what may be vouched for (decision 43).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
LASTS = int(LIFETIME.total_seconds())
PREFIX, GATEWAY, SERVICES = "yiwang-", "gateway", "services"
REMEMBERED = 10_000


class Kind(StrEnum):
    """The kinds of callers; ANONYMOUS has not signed in, SERVICE is one of ours that speaks for itself."""

    ANONYMOUS = "ANONYMOUS"
    CITIZEN = "CITIZEN"
    AGENT = "AGENT"
    STAFF = "STAFF"
    PARTNER = "PARTNER"
    SERVICE = "SERVICE"


OUTSIDE = frozenset(Kind) - {Kind.SERVICE}
"""The kinds that the gateway vouches for."""


class PolicyMixed(Exception):  # noqa: N818  named after the fact
    """A policy admits services beside others, or does not say which services."""


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
    """A caller: an opaque subject, its kind, real-name level (0-3), unit, roles and scopes. No personal data.

    A service's subject is its name, and it has nothing of the rest.
    """

    subject: str
    kind: Kind
    level: int = 0
    unit: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()


ANONYMOUS = Principal("anonymous", Kind.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may use a route: kinds, and for those a scope, any of the roles (staff), and a real-name level (citizens).

    A route for services is for the named ones and for nobody else. Raises PolicyMixed.
    """

    kinds: frozenset[Kind] = frozenset()
    scope: str = ""
    roles: frozenset[str] = field(default=frozenset())
    level: int = 0
    services: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Hold that services and outside callers do not meet on a route."""
        wanted = frozenset({Kind.SERVICE}) if self.services else self.kinds - {Kind.SERVICE}
        if self.kinds != wanted:
            raise PolicyMixed(f"{sorted(self.kinds)} for {sorted(self.services)}")

    @property
    def is_internal(self) -> bool:
        """Whether the route is for services: it is in the contract, and not reached through the gateway."""
        return bool(self.services)

    def admit(self, caller: Principal) -> None:
        """Raise Unauthenticated, or the Forbidden that says what is missing, unless the caller may pass."""
        if caller.kind not in self.kinds:
            if caller.kind is Kind.ANONYMOUS:
                raise Unauthenticated("此操作需要登录")
            raise Forbidden("此操作不面向该类用户")
        if caller.kind is Kind.ANONYMOUS:
            return
        if caller.kind is Kind.SERVICE and caller.subject not in self.services:
            raise Forbidden("此操作不面向该服务")
        if self.scope and self.scope not in caller.scopes:
            raise ScopeMissing(f"需要授权范围 {self.scope}")
        if caller.kind is Kind.STAFF and self.roles and not (self.roles & caller.roles):
            raise RoleMissing(f"需要岗位 {'、'.join(sorted(self.roles))}")
        if caller.kind in {Kind.CITIZEN, Kind.AGENT} and caller.level < self.level:
            raise LevelTooLow(f"需要实名等级 L{self.level},当前为 L{caller.level}")

    def problems(self) -> tuple[type[Problem], ...]:
        """Return what `admit` can raise to whom the route is there for: outside callers, or services."""
        signed_in = self.kinds - {Kind.ANONYMOUS}
        possible: dict[type[Problem], bool] = {
            Unauthenticated: Kind.ANONYMOUS not in self.kinds,
            Forbidden: signed_in != OUTSIDE - {Kind.ANONYMOUS},
            ScopeMissing: bool(self.scope and signed_in),
            RoleMissing: bool(self.roles) and Kind.STAFF in self.kinds,
            LevelTooLow: self.level > 0 and not self.kinds.isdisjoint({Kind.CITIZEN, Kind.AGENT}),
        }
        return tuple(problem for problem, can in possible.items() if can)


def policy(*kinds: Kind, scope: str = "", roles: Iterable[str] = (), level: int = 0) -> Policy:
    """Return a policy in few words."""
    return Policy(frozenset(kinds), scope, frozenset(roles), level)


def services_only(*names: str) -> Policy:
    """Return the policy of a route that these services use in their own name, and nobody else."""
    return Policy(frozenset({Kind.SERVICE}), services=frozenset(names))


@dataclass(frozen=True, slots=True)
class PrincipalSigner:
    """Signs principals for the services; held by the gateway alone."""

    key: OKPKey
    clock: Clock

    def sign(self, principal: Principal) -> str:
        """Return the header value that vouches for a principal for one minute."""
        return _signed(self.key, self.clock, principal, issuer=GATEWAY, audience=SERVICES)


Vouch = Callable[[str], str]
"""Returns the header value with which a service asks the named sibling in its own name."""


@dataclass(frozen=True, slots=True)
class ServiceSigner:
    """Signs a service's own principal; held by that service alone."""

    name: str
    key: OKPKey
    clock: Clock

    def vouch(self, sibling: str) -> str:
        """Return the header value that vouches for the service at one sibling, and at no other, for one minute."""
        me = Principal(self.name, Kind.SERVICE)
        return _signed(self.key, self.clock, me, issuer=self.name, audience=sibling)


def _signed(key: OKPKey, clock: Clock, principal: Principal, *, issuer: str, audience: str) -> str:
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": PREFIX + issuer,
        "aud": PREFIX + audience,
        "iat": now,
        "exp": now + LASTS,
        "sub": principal.subject,
        "kind": principal.kind.value,
        "level": principal.level,
        "unit": principal.unit,
        "roles": sorted(principal.roles),
        "scopes": sorted(principal.scopes),
    }
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, key, algorithms=[ALGORITHM])


class PrincipalVerifier:
    """Verifies signed principals; remembers verified ones until they expire (bounded).

    `keys` are the gateway's. `callers` are the keys of the services that may ask the service `name` in their own name.
    """

    def __init__(
        self,
        keys: Sequence[OKPKey],
        clock: Clock,
        *,
        name: str = "",
        callers: Mapping[str, Sequence[OKPKey]] | None = None,
    ) -> None:
        of_services = ((caller, key) for caller, listed in (callers or {}).items() for key in listed)
        self._keys = [*((GATEWAY, key) for key in keys), *of_services]
        self._name = name
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

    def _token(self, header: str) -> tuple[str, jwt.Token]:
        """Return whose key the header is signed with, and what it says. The key alone tells the signer."""
        for signer, key in self._keys:
            with suppress(BadSignatureError):
                return signer, jwt.decode(header, key, algorithms=[ALGORITHM])
        raise BadSignatureError

    def _decode(self, header: str, now: int) -> tuple[float, Principal]:
        try:
            signer, token = self._token(header)
            claims = token.claims
            if token.header.get("typ") != TYPE:
                raise Unauthenticated("凭证类型不符")
            self._require_claims(signer, claims, now)
            principal = Principal(
                claims["sub"],
                Kind(claims["kind"]),
                int(claims["level"]),
                claims["unit"],
                frozenset(claims["roles"]),
                frozenset(claims["scopes"]),
            )
            _require_own(signer, principal)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("内部凭证无效或已过期") from error
        return float(claims["exp"]), principal

    def _require_claims(self, signer: str, claims: Mapping[str, Any], now: int) -> None:
        """Raise JoseError or ValueError unless a token is of its signer, for here, and good for a minute at most."""
        audience = SERVICES if signer == GATEWAY else self._name
        rules = jwt.JWTClaimsRegistry(
            now=now,
            leeway=5,
            iss={"essential": True, "value": PREFIX + signer},
            iat={"essential": True},
            exp={"essential": True},
            sub={"essential": True},
        )
        rules.validate(dict(claims))
        if claims["aud"] != PREFIX + audience:
            raise ValueError("for others, or for others too")
        if not (type(claims["exp"]) is type(claims["iat"]) is int and claims["exp"] - claims["iat"] <= LASTS):
            raise ValueError("good for too long")


def _require_own(signer: str, principal: Principal) -> None:
    """Raise ValueError where one vouches for what is not his: the gateway for a service, a service for another."""
    own = Principal(signer, Kind.SERVICE)
    is_allowed = principal.kind is not Kind.SERVICE if signer == GATEWAY else principal == own
    if not is_allowed:
        raise ValueError(f"{signer} cannot vouch for that")


def new_key() -> OKPKey:
    """Return a fresh Ed25519 key, for the gateway or for a service of its own name."""
    return OKPKey.generate_key("Ed25519")
