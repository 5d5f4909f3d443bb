"""A service's word for itself: good at the one sibling it was given for, for a minute, and for nobody else."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from chassis.base.problems import Unauthenticated
from chassis.http.identity import (
    ALGORITHM,
    HEADER,
    TYPE,
    Kind,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
    ServiceSigner,
    new_key,
    services_only,
)
from chassis.http.routing import Caller, declare, router
from chassis.service import Service
from chassis.testing.builders import MONDAY_MORNING, ManualClock, clerk, staff
from chassis.testing.client import Client
from joserfc import jwe
from joserfc.jwk import OctKey, OKPKey

NOW = int(MONDAY_MORNING.timestamp())
ESIGN, EVALUATION, GATEWAY, STRANGER = (new_key() for _ in range(4))
KEYS = {"esign": [ESIGN], "evaluation": [EVALUATION]}
HEAD = {"alg": ALGORITHM, "typ": TYPE}
NOTHING_MORE = {"level": 0, "unit": "", "roles": [], "scopes": []}
GOOD = {
    "iss": "yiwang-esign",
    "aud": "yiwang-intake",
    "iat": NOW,
    "exp": NOW + 60,
    "sub": "esign",
    "kind": "SERVICE",
    **NOTHING_MORE,
}
A_CLERKS = {**GOOD, "iss": "yiwang-gateway", "aud": "yiwang-services", "sub": "clerk-1", "kind": "STAFF", "unit": "U23"}


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(claims: Any, head: Any = HEAD, *, key: OKPKey = ESIGN) -> str:
    """Return a token as anyone with a key could make it, however odd its parts."""
    told = f"{encoded(head)}.{encoded(claims)}"
    return f"{told}.{encoded(key.private_key.sign(told.encode()))}"  # type: ignore[union-attr]  # of Ed25519


def shared_secret(secret: bytes) -> str:
    told = f"{encoded({**HEAD, 'alg': 'HS256'})}.{encoded(GOOD)}"
    return f"{told}.{encoded(hmac.digest(secret, told.encode(), hashlib.sha256))}"


def without(name: str) -> dict[str, Any]:
    return {claim: value for claim, value in GOOD.items() if claim != name}


def public(key: OKPKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


PEM = ESIGN.as_pem(private=False)
RAW = base64.urlsafe_b64decode(public(ESIGN)["x"] + "=")
WHOLE = signed(GOOD)
PARTS = WHOLE.split(".")
ENCRYPTED = jwe.encrypt_compact({"alg": "dir", "enc": "A128GCM"}, json.dumps(GOOD), OctKey.generate_key(128))
FORGED = {
    # who says it
    "a stranger's key": signed(GOOD, key=STRANGER),
    "another service's key": signed(GOOD, key=EVALUATION),
    "the gateway's key for a service": signed(GOOD, key=GATEWAY),
    "the gateway's key and claims for a service": signed(
        {**GOOD, "iss": "yiwang-gateway", "aud": "yiwang-services"}, key=GATEWAY
    ),
    "the gateway for this service alone": signed({**A_CLERKS, "aud": "yiwang-intake"}, key=GATEWAY),
    "the gateway as a service": signed({**GOOD, "iss": "yiwang-gateway", "sub": "gateway"}, key=GATEWAY),
    "a service as the gateway": signed(A_CLERKS),
    "a service as the gateway, here": signed({**A_CLERKS, "aud": "yiwang-intake"}),
    # of what it says
    "another's name as issuer": signed({**GOOD, "iss": "yiwang-evaluation"}),
    "another's name as subject": signed({**GOOD, "sub": "evaluation"}),
    "another's name as both": signed({**GOOD, "iss": "yiwang-evaluation", "sub": "evaluation"}),
    "no issuer": signed(without("iss")),
    "issuers": signed({**GOOD, "iss": ["yiwang-esign", "yiwang-gateway"]}),
    "no subject": signed(without("sub")),
    "an empty subject": signed({**GOOD, "sub": ""}),
    "a citizen": signed({**GOOD, "kind": "CITIZEN"}),
    "staff": signed({**GOOD, "kind": "STAFF", "unit": "U23", "roles": ["reviewer"]}),
    "nobody": signed({**GOOD, "kind": "ANONYMOUS"}),
    "no kind": signed(without("kind")),
    "a kind in small letters": signed({**GOOD, "kind": "service"}),
    "a unit": signed({**GOOD, "unit": "U23"}),
    "a role": signed({**GOOD, "roles": ["window_clerk"]}),
    "a scope": signed({**GOOD, "scopes": ["personal:read"]}),
    "a level": signed({**GOOD, "level": 3}),
    # for whom
    "another sibling's": signed({**GOOD, "aud": "yiwang-workflow"}),
    "all services'": signed({**GOOD, "aud": "yiwang-services"}),
    "two siblings'": signed({**GOOD, "aud": ["yiwang-intake", "yiwang-workflow"]}),
    "a list of one": signed({**GOOD, "aud": ["yiwang-intake"]}),
    "nobody's": signed(without("aud")),
    "the bare name's": signed({**GOOD, "aud": "intake"}),
    # how long
    "over": signed({**GOOD, "iat": NOW - 70, "exp": NOW - 10}),
    "for an hour": signed({**GOOD, "exp": NOW + 3600}),
    "for ever": signed(without("exp")),
    "until no number": signed({**GOOD, "exp": float("nan")}),
    "until a text": signed({**GOOD, "exp": str(NOW + 60)}),
    "since ever": signed(without("iat")),
    "since tomorrow": signed({**GOOD, "iat": NOW + 86_400, "exp": NOW + 86_460}),
    "since true": signed({**GOOD, "iat": True}),
    # how it is signed
    "not at all": f"{encoded({**HEAD, 'alg': 'none'})}.{PARTS[1]}.",
    "none, with a signature": signed(GOOD, {**HEAD, "alg": "none"}),
    "a shared secret: the public key's bytes": shared_secret(RAW),
    "a shared secret: the public key's PEM": shared_secret(PEM),
    "another algorithm's name": signed(GOOD, {**HEAD, "alg": "EdDSA"}),
    "a curve's name": signed(GOOD, {**HEAD, "alg": "ES256"}),
    "no algorithm": signed(GOOD, {"typ": TYPE}),
    "a key of its own in the header": signed(GOOD, {**HEAD, "jwk": public(STRANGER)}, key=STRANGER),
    "a key at an address": signed(GOOD, {**HEAD, "jku": "https://keys.example/set"}, key=STRANGER),
    "another's key id": signed(GOOD, {**HEAD, "kid": "esign"}, key=STRANGER),
    "what must be understood and is not": signed(GOOD, {**HEAD, "crit": ["exp"], "exp": 1}),
    "a payload that is not encoded": signed(GOOD, {**HEAD, "crit": ["b64"], "b64": False}),
    "a login token's type": signed(GOOD, {**HEAD, "typ": "at+jwt"}),
    "no type": signed(GOOD, {"alg": ALGORITHM}),
    # how it is written
    "no signature": f"{PARTS[0]}.{PARTS[1]}.",
    "two parts": f"{PARTS[0]}.{PARTS[1]}",
    "four parts": f"{WHOLE}.{PARTS[2]}",
    "another's signature": f"{PARTS[0]}.{PARTS[1]}.{signed(A_CLERKS).split('.')[2]}",
    "a changed payload": f"{PARTS[0]}.{encoded({**GOOD, 'exp': NOW + 61})}.{PARTS[2]}",
    "encrypted": ENCRYPTED,
    "an array for claims": signed([GOOD]),
    "no JSON": signed(b"{"),
    "as JSON": json.dumps({"protected": PARTS[0], "payload": PARTS[1], "signature": PARTS[2]}),
    "nothing": "",
    "a word": "esign",
    "dots": "..",
    "very long": "a" * 100_000,
}


@pytest.fixture
def verifier(clock: ManualClock) -> PrincipalVerifier:
    return PrincipalVerifier([GATEWAY], clock, name="intake", callers=KEYS)


def test_a_service_is_believed_where_it_asks_and_the_gateway_goes_on_being(
    verifier: PrincipalVerifier, clock: ManualClock
) -> None:
    assert verifier.verify(ServiceSigner("esign", ESIGN, clock).vouch("intake")) == Principal("esign", Kind.SERVICE)
    assert verifier.verify(WHOLE) == Principal("esign", Kind.SERVICE)
    assert verifier.verify(PrincipalSigner(GATEWAY, clock).sign(clerk())) == clerk()


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_what_a_service_did_not_say_for_itself_to_this_one_is_nobodys(verifier: PrincipalVerifier, forged: str) -> None:
    for _ in range(2):  # as it is remembered, too
        with pytest.raises(Unauthenticated):
            verifier.verify(forged)


def test_the_table_of_forgeries_is_of_different_ones() -> None:
    assert len(set(FORGED.values())) == len(FORGED) > 60


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SERVICE])
def test_the_gateway_vouches_for_everybody_but_services(
    verifier: PrincipalVerifier, clock: ManualClock, kind: Kind
) -> None:
    signer = PrincipalSigner(GATEWAY, clock)
    assert verifier.verify(signer.sign(Principal("esign", kind))).kind is kind
    with pytest.raises(Unauthenticated):
        verifier.verify(signer.sign(Principal("esign", Kind.SERVICE)))


def test_a_word_given_to_one_sibling_is_nothing_at_another(clock: ManualClock) -> None:
    word = ServiceSigner("esign", ESIGN, clock).vouch("intake")
    for name in ("workflow", "esign", "services", "gateway", ""):
        with pytest.raises(Unauthenticated):
            PrincipalVerifier([GATEWAY], clock, name=name, callers=KEYS).verify(word)


def test_a_service_that_is_not_listed_is_nobody(clock: ManualClock) -> None:
    verifier = PrincipalVerifier([GATEWAY], clock, name="intake")
    with pytest.raises(Unauthenticated):
        verifier.verify(WHOLE)


def test_while_a_services_key_changes_both_are_believed_and_then_the_new_one(clock: ManualClock) -> None:
    old, new = new_key(), new_key()
    words = [ServiceSigner("esign", key, clock).vouch("intake") for key in (old, new)]
    both = PrincipalVerifier([GATEWAY], clock, name="intake", callers={"esign": [old, new]})
    assert [both.verify(word).subject for word in words] == ["esign", "esign"]
    after = PrincipalVerifier([GATEWAY], clock, name="intake", callers={"esign": [new]})
    assert after.verify(words[1]).subject == "esign"
    with pytest.raises(Unauthenticated):
        after.verify(words[0])


def test_the_gateways_key_listed_as_a_services_is_still_the_gateways(clock: ManualClock) -> None:
    verifier = PrincipalVerifier([GATEWAY], clock, name="intake", callers={"esign": [GATEWAY]})
    with pytest.raises(Unauthenticated):
        verifier.verify(signed(GOOD, key=GATEWAY))


def test_a_services_word_lasts_a_minute_remembered_or_not(verifier: PrincipalVerifier, clock: ManualClock) -> None:
    word = ServiceSigner("esign", ESIGN, clock).vouch("intake")
    verifier.verify(word)
    clock.advance(seconds=59)
    verifier.verify(word)
    clock.advance(seconds=7)
    for one in (verifier, PrincipalVerifier([GATEWAY], clock, name="intake", callers=KEYS)):
        with pytest.raises(Unauthenticated):
            one.verify(word)


@pytest.fixture
def asked(service: Service, client: Callable[..., Client]) -> Client:
    """Give the sample a route that esign alone may use."""
    routes = router()

    @routes.get("/inside", **declare(services_only("esign")))
    async def inside(caller: Caller) -> str:
        return caller.subject

    service.api.include_router(routes)
    return client(service.app)


async def test_a_route_for_services_is_open_to_the_named_one_and_shut_to_all_others(
    asked: Client, speaker: ServiceSigner
) -> None:
    path = "/api/v1/inside"
    told = await asked.get(path, by=None, headers={HEADER: speaker.vouch("sample")})
    assert (told.status, told.json()) == (200, "esign")
    assert (await asked.get(path, by=None, headers={HEADER: speaker.vouch("intake")})).status == 401
    for by, status in ((clerk(), 403), (staff("esign", unit="U23", roles=frozenset()), 403)):
        assert (await asked.get(path, by=by)).status == status
    assert (await asked.get(path)).status == 401
    assert (await asked.get(path, by=None)).status == 401


async def test_a_service_that_is_known_but_not_named_is_refused(
    service: Service, service_key: OKPKey, clock: ManualClock, client: Callable[..., Client]
) -> None:
    routes = router()

    @routes.get("/for-another", **declare(services_only("evaluation")))
    async def for_another() -> str:
        return "told"

    service.api.include_router(routes)
    word = ServiceSigner("esign", service_key, clock).vouch("sample")
    reply = await client(service.app).get("/api/v1/for-another", by=None, headers={HEADER: word})
    assert (reply.status, reply.json()["code"]) == (403, "forbidden")
