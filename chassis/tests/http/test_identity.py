from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from chassis.base.problems import Forbidden, Problem, Unauthenticated
from chassis.http.identity import (
    ALGORITHM,
    ANONYMOUS,
    LIFETIME,
    OUTSIDE,
    TYPE,
    Kind,
    Policy,
    PolicyMixed,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
    new_key,
    services_only,
)
from chassis.testing.builders import ManualClock, clerk
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

KINDS = [frozenset({kind}) for kind in sorted(OUTSIDE)] + [OUTSIDE, OUTSIDE - {Kind.ANONYMOUS}]
POLICIES = [
    Policy(kinds, scope, frozenset(roles), level)
    for kinds, scope, roles, level in product(KINDS, ["", "case:read"], [(), ("reviewer",)], [0, 2])
]
CALLERS = [ANONYMOUS] + [
    Principal("someone", kind, level, roles=frozenset(roles), scopes=frozenset(scopes))
    for kind, level, roles, scopes in product(
        sorted(OUTSIDE - {Kind.ANONYMOUS}), [0, 3], [(), ("reviewer",)], [(), ("case:read",)]
    )
]


def refusal(policy: Policy, caller: Principal) -> type[Problem] | None:
    try:
        policy.admit(caller)
    except Problem as problem:
        return type(problem)
    return None


def said(policy: Policy) -> str:
    return f"{'+'.join(sorted(policy.kinds))}-{policy.scope}-{''.join(policy.roles)}-{policy.level}"


@pytest.mark.parametrize("policy", POLICIES, ids=said)
def test_a_policy_names_exactly_what_it_can_refuse_with(policy: Policy) -> None:
    assert {refusal(policy, caller) for caller in CALLERS} - {None} == set(policy.problems())


ESIGN, OTHER = (Principal(name, Kind.SERVICE) for name in ("esign", "evaluation"))
MAKERS = services_only("esign")


def test_a_route_for_services_admits_the_named_ones_and_says_with_what_it_refuses_everyone_else() -> None:
    assert refusal(MAKERS, ESIGN) is None
    assert {caller: refusal(MAKERS, caller) for caller in CALLERS} == {
        caller: Unauthenticated if caller is ANONYMOUS else Forbidden for caller in CALLERS
    }
    assert refusal(MAKERS, OTHER) is Forbidden
    assert set(MAKERS.problems()) == {Unauthenticated, Forbidden}


@pytest.mark.parametrize("policy", POLICIES, ids=said)
def test_what_is_there_for_people_is_there_for_no_service(policy: Policy) -> None:
    assert refusal(policy, ESIGN) is Forbidden


@pytest.mark.parametrize(
    ("kinds", "services"),
    [({Kind.SERVICE}, ()), ({Kind.SERVICE, Kind.STAFF}, ("esign",)), ({Kind.STAFF}, ("esign",)), ((), ("esign",))],
)
def test_a_policy_that_mixes_services_with_others_or_names_none_cannot_be_made(
    kinds: set[Kind], services: tuple[str, ...]
) -> None:
    with pytest.raises(PolicyMixed):
        Policy(frozenset(kinds), services=frozenset(services))


LEEWAY = timedelta(seconds=5)
KNOWN = {"kind": "STAFF", "level": 3, "unit": "U23", "roles": ["window_clerk"], "scopes": ["task:read"]}


def vouched(key: Any, clock: ManualClock, *, alg: str = ALGORITHM, typ: str | None = TYPE, **change: Any) -> str:
    """Return what the gateway would vouch with, with some claims changed; None leaves one out."""
    now = int(clock.now().timestamp())
    claims = {"iss": "yiwang-gateway", "aud": "yiwang-services", "iat": now, "exp": now + 60, "sub": "clerk-1"}
    given = {name: value for name, value in {**claims, **KNOWN, **change}.items() if value is not None}
    head = {"alg": alg, **({"typ": typ} if typ else {})}
    return jwt.encode(head, given, key, algorithms=[alg])


def test_a_principal_arrives_as_it_was_vouched_for(gateway_key: OKPKey, clock: ManualClock) -> None:
    verifier, told = PrincipalVerifier([gateway_key], clock), clerk()
    assert verifier.verify(PrincipalSigner(gateway_key, clock).sign(told)) == told
    assert verifier.verify(vouched(gateway_key, clock)).subject == "clerk-1"


@pytest.mark.parametrize(
    "change",
    [
        *[{"iss": "another"}, {"iss": ""}, {"iss": None}],
        *[{"aud": "another"}, {"aud": ""}, {"aud": None}, {"aud": []}],
        *[{"exp": 0}, {"exp": None}, {"exp": "soon"}],
        *[{"sub": None}, {"kind": "KING"}, {"kind": None}, {"level": "high"}, {"roles": 5}, {"scopes": None}],
        *[{"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": None}],
    ],
    ids=str,
)
def test_a_principal_that_says_anything_else_is_nobodys(
    gateway_key: OKPKey, clock: ManualClock, change: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        PrincipalVerifier([gateway_key], clock).verify(vouched(gateway_key, clock, **change))


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (new_key(), ALGORITHM),
        (OctKey.generate_key(256), "HS256"),
        (ECKey.generate_key("P-256"), "ES256"),
    ],
    ids=["another gateway's", "shared", "another kind"],
)
def test_a_principal_signed_otherwise_is_nobodys(gateway_key: OKPKey, clock: ManualClock, key: Any, alg: str) -> None:
    with pytest.raises(Unauthenticated):
        PrincipalVerifier([gateway_key], clock).verify(vouched(key, clock, alg=alg))


def test_while_keys_change_the_new_ones_and_the_old_ones_word_is_believed(clock: ManualClock) -> None:
    old, new = new_key(), new_key()
    verifier = PrincipalVerifier([old, new], clock)
    assert [verifier.verify(vouched(key, clock)).subject for key in (old, new)] == ["clerk-1"] * 2


def test_a_principal_lasts_a_minute_remembered_or_not(gateway_key: OKPKey, clock: ManualClock) -> None:
    remembering, header = PrincipalVerifier([gateway_key], clock), PrincipalSigner(gateway_key, clock).sign(clerk())
    remembering.verify(header)
    clock.advance(seconds=LIFETIME.total_seconds() - 1)
    for verifier in (remembering, PrincipalVerifier([gateway_key], clock)):
        assert verifier.verify(header) == clerk()
    clock.advance(seconds=LEEWAY.total_seconds() + 2)
    for verifier in (remembering, PrincipalVerifier([gateway_key], clock)):
        with pytest.raises(Unauthenticated):
            verifier.verify(header)
