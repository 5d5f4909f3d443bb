import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any

import pytest
from chassis.base.deadline import Deadline, deadline
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.http.refusals import IssuerUnavailable, TokenRefused
from chassis.http.upstream import Reply, call
from chassis.testing.builders import ManualClock
from gateway.app import build
from gateway.claims import read
from gateway.development.provider import Provider
from gateway.development.provider import build as build_provider
from gateway.settings import GatewaySettings
from gateway.tokens import TokenVerifier
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

PATH = "/api/v1/things/1"


async def ask(gateway: App, token: str) -> Reply:
    return await call(gateway, "GET", PATH, headers={"authorization": f"Bearer {token}"})


def claims_of(provider: Provider, clock: ManualClock, **change: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    claims = {"iss": provider.issuer, "aud": "yiwang", "sub": "dev-citizen", "iat": now, "exp": now + 600}
    claims |= {"kind": "CITIZEN", "real_name_level": 3, **change}
    return {name: value for name, value in claims.items() if value is not None}


def signed(provider: Provider, claims: dict[str, Any], **header: Any) -> str:
    head = {"alg": "RS256", "kid": provider.key.kid, **header}
    head = {name: value for name, value in head.items() if value is not None}
    text = ".".join(_part(json.dumps(one).encode()) for one in (head, claims))
    return f"{text}.{_sign(provider, text)}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _sign(provider: Provider, text: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415  only this forger needs it
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  as above

    assert provider.key.private_key is not None
    return _part(provider.key.private_key.sign(text.encode(), padding.PKCS1v15(), SHA256()))


async def test_a_token_may_name_several_audiences_and_count_fractions_of_a_second(
    gateway: App, provider: Provider, clock: ManualClock
) -> None:
    expires = clock.now().timestamp() + 60.5
    assert (
        await ask(gateway, signed(provider, claims_of(provider, clock, aud=["x", "yiwang"], exp=expires)))
    ).status == 200


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        ({"scope": "openid draft:write"}, 200),
        ({"scope": "draft:write"}, 200),
        ({"scope": " draft:write  openid "}, 200),
        ({"scope": "openid"}, 403),
        ({"scope": ""}, 403),
        ({}, 403),
        ({"scp": ["draft:write"]}, 403),
        ({"scope": "draft:writer draft"}, 403),
        ({"scope": "task:read", "kind": "STAFF"}, 403),
    ],
)
async def test_what_a_token_is_good_for_is_what_its_scope_says(
    gateway: App, provider: Provider, clock: ManualClock, claim: dict[str, Any], status: int
) -> None:
    token = signed(provider, claims_of(provider, clock, **claim))
    reply = await call(gateway, "GET", "/api/v1/things", headers={"authorization": f"Bearer {token}"})
    assert reply.status == status
    assert reply.json().get("code") == (None if status == 200 else "forbidden" if "kind" in claim else "scope_missing")


async def test_services_are_told_the_scopes_that_operations_ask_for_and_no_others(
    gateway: App, provider: Provider, clock: ManualClock, echo: Any, principal_of: Callable[..., Any]
) -> None:
    scope = " ".join(["openid", "draft:write", *(f"other:{number}" for number in range(500))])
    assert (await ask(gateway, signed(provider, claims_of(provider, clock, scope=scope)))).status == 200
    assert principal_of(echo.seen[0]).scopes == {"draft:write"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
CLAIMS = ("iss", "aud", "sub", "exp", "nbf", "iat", "scope", "kind", "real_name_level", "unit", "roles")


@given(claims=st.dictionaries(st.sampled_from(CLAIMS), JSON, min_size=1))
def test_any_claims_at_all_are_read_or_refused(claims: dict[str, Any]) -> None:
    whole = {"iss": "i", "aud": "a", "sub": "s", "exp": 9e9, **claims}
    try:
        found = read(json.dumps(whole).encode())
        found.require(issuer="i", audience="a", now=1e9)
    except TokenRefused:
        return
    principal = found.principal()
    assert principal.kind in {"CITIZEN", "AGENT", "STAFF", "PARTNER"}
    assert (principal.level, type(principal.level)) in {(level, int) for level in range(4)}
    assert all(
        isinstance(word, str) for word in (principal.subject, principal.unit, *principal.roles, *principal.scopes)
    )


@given(payload=st.binary())
def test_a_payload_that_is_no_claims_is_refused(payload: bytes) -> None:
    with pytest.raises(TokenRefused):
        read(payload)


@pytest.mark.parametrize("payload", [b"[" * 100_000, b'{"a":' * 100_000, b"1" * 100_000, b'"\\ud800"', b"null"])
def test_a_payload_that_is_a_trap_is_refused(payload: bytes) -> None:
    with pytest.raises(TokenRefused):
        read(payload)


async def test_a_right_token_passes_and_becomes_a_principal(
    gateway: App, provider: Provider, echo: Any, principal_of: Callable[..., Any]
) -> None:
    assert (await ask(gateway, provider.token("dev-citizen"))).status == 200
    principal = principal_of(echo.seen[0])
    assert (principal.subject, principal.kind, principal.level) == ("dev-citizen", "CITIZEN", 3)
    assert "authorization" not in echo.seen[0]


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "other issuer": {"iss": "http://evil"},
    "no issuer": {"iss": None},
    "issuer with a slash": {"iss": "http://testserver/dev/identity/"},
    "other audience": {"aud": "another"},
    "no audience": {"aud": None},
    "empty audience": {"aud": []},
    "no expiry": {"exp": None},
    "expired": {"exp": 1},
    "expiry as text": {"exp": "tomorrow"},
    "not yet": {"nbf": 99999999999},
    "issued in the future": {"iat": 99999999999},
    "no subject": {"sub": None},
    "subject as a list": {"sub": ["a"]},
    "subject as a number": {"sub": 1},
    "subject longer than we store": {"sub": "x" * 101},
    "subject no database takes": {"sub": "a\0b"},
    "empty subject": {"sub": ""},
    "anonymous kind": {"kind": "ANONYMOUS"},
    "unknown kind": {"kind": "GOD"},
    "level too high": {"real_name_level": 9},
    "level as text": {"real_name_level": "all"},
    "negative level": {"real_name_level": -1},
    "level as a claim": {"real_name_level": True},
    "level with a fraction": {"real_name_level": 2.5},
    "level as a digit": {"real_name_level": "3"},
    "unit as a number": {"unit": 23},
    "unit as a list": {"unit": ["U23"]},
    "unit no code": {"unit": "U23 OR 1=1"},
    "roles as one text": {"roles": "reviewer"},
    "roles as a map": {"roles": {"reviewer": True}},
    "a role that is none": {"roles": ["reviewer", 1]},
    "more roles than there are": {"roles": ["reviewer"] * 21},
    "scope as a list": {"scope": ["draft:write"]},
    "scope as a number": {"scope": 1},
    "scope with line breaks": {"scope": "draft:write\ntask:decide"},
    "expiry as true": {"exp": True},
    "expiry as digits": {"exp": "9999999999"},
    "expiry beyond all time": {"exp": 10**400},
    "infinite expiry": {"exp": float("inf")},
    "expiry that is no number": {"exp": float("nan")},
    "issued as text": {"iat": "today"},
    "issued before time": {"iat": -1},
    "valid from a list": {"nbf": [1]},
    "audience as a map": {"aud": {"yiwang": True}},
    "audience with a number": {"aud": ["yiwang", 1]},
    "issuer as a list": {"iss": ["http://testserver/dev/identity"]},
}


@pytest.mark.parametrize("change", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
async def test_wrong_claims_are_refused(
    gateway: App, provider: Provider, clock: ManualClock, change: dict[str, Any]
) -> None:
    reply = await ask(gateway, signed(provider, claims_of(provider, clock, **change)))
    assert (reply.status, reply.json()["code"]) == (401, "token_refused")
    assert reply.headers["www-authenticate"].startswith("Bearer")


WRONG_HEADERS: dict[str, dict[str, Any]] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg HS256": {"alg": "HS256"},
    "alg RS512": {"alg": "RS512"},
    "alg PS256": {"alg": "PS256"},
    "alg missing": {"alg": None},
    "alg as a list": {"alg": ["RS256"]},
    "kid missing": {"kid": None},
    "kid unknown": {"kid": "other"},
    "kid as a path": {"kid": "../../../dev/null"},
    "kid as a number": {"kid": 1},
    "crit": {"crit": ["exp"]},
    "unknown crit": {"crit": ["x"], "x": 1},
    "jku": {"jku": "http://evil/jwks"},
    "x5u": {"x5u": "http://evil/cert"},
    "x5c": {"x5c": ["MII"]},
    "embedded jwk": {"jwk": {"kty": "RSA"}},
    "b64 false": {"b64": False},
    "typ of another token": {"typ": "yiwang-principal+jwt"},
    "typ of a logout token": {"typ": "logout+jwt"},
    "zip": {"zip": "DEF"},
    "enc": {"enc": "A256GCM"},
}


@pytest.mark.parametrize("header", WRONG_HEADERS.values(), ids=WRONG_HEADERS.keys())
async def test_wrong_headers_are_refused(
    gateway: App, provider: Provider, clock: ManualClock, header: dict[str, Any]
) -> None:
    assert (await ask(gateway, signed(provider, claims_of(provider, clock), **header))).status == 401


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30", "é.é.é", "x" * 9000, "[].[].[]", "bnVsbA.bnVsbA.x"]
)
async def test_rubbish_is_refused(gateway: App, token: str) -> None:
    reply = await call(gateway, "GET", PATH, headers={"authorization": b"Bearer ".decode() + token})
    assert reply.status == 401


async def test_confused_and_foreign_keys_are_refused(gateway: App, provider: Provider, clock: ManualClock) -> None:
    claims = claims_of(provider, clock)
    kid = provider.key.kid
    body = f"{_part(json.dumps({'alg': 'HS256', 'kid': kid}).encode())}.{_part(json.dumps(claims).encode())}"
    confused = hmac.new(provider.key.as_pem(private=False), body.encode(), hashlib.sha256).digest()
    assert (await ask(gateway, f"{body}.{_part(confused)}")).status == 401
    foreign = RSAKey.generate_key(2048)
    curve = ECKey.generate_key("P-256")
    for key, algorithm in ((foreign, "RS256"), (curve, "ES256")):
        token = jwt.encode({"alg": algorithm, "kid": kid}, claims, key, algorithms=[algorithm])
        assert (await ask(gateway, token)).status == 401


async def test_a_changed_payload_or_cut_signature_is_refused(gateway: App, provider: Provider) -> None:
    head, body, signature = provider.token("dev-citizen").split(".")
    forged = _part(json.dumps({"sub": "someone-else"}).encode())
    for token in (
        f"{head}.{forged}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}",
        f"{head}.{body}",
    ):
        assert (await ask(gateway, token)).status == 401


async def test_a_remembered_token_ends_with_its_expiry(gateway: App, provider: Provider, clock: ManualClock) -> None:
    now = int(clock.now().timestamp())
    token = provider.token("dev-citizen", exp=now + 40)
    assert (await ask(gateway, token)).status == 200
    clock.advance(seconds=100)
    assert (await ask(gateway, token)).status == 401


async def test_other_schemes_are_refused_and_no_token_is_anonymous(gateway: App) -> None:
    basic = await call(gateway, "GET", PATH, headers={"authorization": "Basic YTpi"})
    assert basic.json()["code"] == "token_refused"
    assert (await call(gateway, "GET", PATH)).json()["code"] == "unauthenticated"
    assert (await call(gateway, "GET", "/api/v1/open")).status == 200


class Issuer:
    """An issuer that publishes what it is told, may be out, and takes a moment to answer."""

    url = "http://issuer"

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.seconds = 0.0
        self.asked = 0
        self.out = False
        self.hanging: asyncio.Event | None = None
        self.published: list[Any] = []
        self.broken: list[Any] = []
        self.refused = 0
        self.verifier = TokenVerifier(
            self.url, "yiwang", (), fetch=self.fetch, clock=clock, elapsed=lambda: self.seconds
        )

    async def fetch(self, url: str) -> Mapping[str, Any]:
        if (hurried := deadline.get()) is not None:  # as any call of ours would
            hurried.left()
        await (self.hanging.wait() if self.hanging else asyncio.sleep(0))
        if self.out:
            self.refused += 1
            raise IssuerUnavailable
        if self.broken:
            self.refused += 1
            found: Mapping[str, Any] = self.broken[0]
            return found
        self.asked += not url.endswith("jwks")
        return {"keys": self.published} if url.endswith("jwks") else {"jwks_uri": f"{self.url}/jwks"}

    async def answered(self) -> None:
        """Wait until it has refused a question."""
        while not self.refused:
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    def new_key(self, kid: str) -> ECKey:
        key = ECKey.generate_key("P-256", {"kid": kid})
        self.published.append(key.as_dict(private=False))
        return key

    def token(self, key: ECKey) -> str:
        now = int(self.clock.now().timestamp())
        claims = {"iss": self.url, "aud": "yiwang", "sub": "s", "exp": now + 3600}
        return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])

    async def accepts(self, token: str) -> bool:
        try:
            return bool(await self.verifier.signed_in(token))
        except TokenRefused:
            return False


@pytest.fixture
def issuer(clock: ManualClock) -> Issuer:
    return Issuer(clock)


async def test_the_first_requests_of_all_callers_wait_for_the_one_answer_of_the_issuer(issuer: Issuer) -> None:
    token = issuer.token(issuer.new_key("a"))
    assert await asyncio.gather(*(issuer.accepts(token) for _ in range(50))) == [True] * 50
    assert issuer.asked == 1


async def test_a_new_key_is_taken_at_once_and_unknown_ones_do_not_flood_the_issuer(issuer: Issuer) -> None:
    assert await issuer.accepts(issuer.token(issuer.new_key("a")))
    issuer.seconds += 11
    assert await issuer.accepts(issuer.token(issuer.new_key("b")))
    stranger = ECKey.generate_key("P-256", {"kid": "stranger"})
    for _ in range(20):
        assert not await issuer.accepts(issuer.token(stranger))
    assert issuer.asked == 2


async def test_a_key_that_was_taken_back_is_refused_within_a_minute(issuer: Issuer) -> None:
    token = issuer.token(issuer.new_key("a"))
    for _ in range(5):  # its use goes on all the time
        assert await issuer.accepts(token)
        issuer.seconds += 5
    issuer.published.clear()
    issuer.new_key("b")
    issuer.seconds += 35
    assert not await issuer.accepts(token)


async def test_a_remembered_token_is_not_remembered_longer_when_the_clock_is_set_back(issuer: Issuer) -> None:
    token = issuer.token(issuer.new_key("a"))
    assert await issuer.accepts(token)
    issuer.published.clear()
    issuer.new_key("b")
    issuer.clock.advance(days=-45)
    issuer.seconds += 61
    assert not await issuer.accepts(token)


async def test_a_known_key_is_used_while_a_stranger_has_the_issuer_asked(issuer: Issuer) -> None:
    key = issuer.new_key("a")
    assert await issuer.accepts(issuer.token(key))
    issuer.seconds += 11
    issuer.hanging = asyncio.Event()
    stranger = asyncio.create_task(issuer.accepts(issuer.token(ECKey.generate_key("P-256", {"kid": "stranger"}))))
    await asyncio.sleep(0)
    issuer.clock.advance(seconds=1)
    assert await issuer.accepts(issuer.token(key))
    assert not stranger.done()
    issuer.hanging.set()
    assert not await stranger


async def test_keys_stay_a_minute_while_the_issuer_is_out_and_without_any_the_caller_is_told(issuer: Issuer) -> None:
    key = issuer.new_key("a")
    issuer.out = True
    with pytest.raises(IssuerUnavailable):
        await issuer.accepts(issuer.token(key))
    issuer.out = False
    issuer.seconds += 2
    assert await issuer.accepts(issuer.token(key))
    issuer.out = True
    for _ in range(5):
        issuer.seconds += 11
        issuer.clock.advance(seconds=11)
        assert await issuer.accepts(issuer.token(key))
    issuer.seconds += 11
    with pytest.raises(IssuerUnavailable):
        await issuer.accepts(issuer.token(key))
    issuer.out = False
    issuer.seconds += 2
    assert await issuer.accepts(issuer.token(key))


async def test_the_issuer_is_asked_in_nobodys_time_and_whoever_goes_away_leaves_the_question_asked(
    issuer: Issuer,
) -> None:
    token = issuer.token(issuer.new_key("a"))
    issuer.hanging = asyncio.Event()
    hurried = Context()
    hurried.run(deadline.set, Deadline.after(0.001))
    first = asyncio.create_task(issuer.accepts(token), context=hurried)
    await asyncio.sleep(0)
    waiting = asyncio.create_task(issuer.accepts(token))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    issuer.hanging.set()
    assert await waiting
    assert issuer.asked == 1


async def test_a_key_that_was_taken_back_is_refused_within_a_minute_however_hurried_all_callers_are(
    issuer: Issuer,
) -> None:
    token = issuer.token(issuer.new_key("a"))
    assert await issuer.accepts(token)
    issuer.published.clear()
    issuer.new_key("b")
    for _ in range(60):
        issuer.seconds += 1
        hurried = Context()
        hurried.run(deadline.set, Deadline.after(0.001))
        await asyncio.create_task(issuer.accepts(token), context=hurried)
    assert not await issuer.accepts(token)
    assert issuer.asked >= 2


async def test_nobody_waits_for_the_issuer_while_the_known_keys_are_young_enough(issuer: Issuer) -> None:
    key = issuer.new_key("a")
    assert await issuer.accepts(issuer.token(key))
    issuer.hanging = asyncio.Event()
    issuer.seconds += 59
    issuer.clock.advance(seconds=1)
    async with asyncio.timeout(60):
        assert await issuer.accepts(issuer.token(key))
    issuer.hanging.set()


async def test_a_failed_question_is_asked_again_after_a_moment_and_not_by_everybody(issuer: Issuer) -> None:
    token = issuer.token(issuer.new_key("a"))
    issuer.out = True
    for _ in range(3):
        for _ in range(20):
            with pytest.raises(IssuerUnavailable):
                await issuer.accepts(token)
        issuer.seconds += 1
    assert issuer.refused == 3


@pytest.mark.parametrize("broken", [5, None, [], {}, {"jwks_uri": None}, {"keys": 1, "jwks_uri": "x"}])
async def test_an_answer_that_is_none_leaves_the_known_keys(issuer: Issuer, broken: Any) -> None:
    key = issuer.new_key("a")
    assert await issuer.accepts(issuer.token(key))
    issuer.broken = [broken]
    issuer.seconds += 59
    issuer.clock.advance(seconds=1)
    assert await issuer.accepts(issuer.token(key))
    await issuer.answered()
    issuer.clock.advance(seconds=1)
    assert await issuer.accepts(issuer.token(key))
    issuer.seconds += 2
    with pytest.raises(IssuerUnavailable):
        await issuer.accepts(issuer.token(key))


async def test_a_hurried_first_caller_keeps_nobody_else_from_signing_in(
    settings: GatewaySettings, provider: Provider, echo: Any, clock: ManualClock
) -> None:
    inner = build_provider(provider)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.05)
        await inner(scope, receive, send)

    gateway = build(settings, upstreams={"sample": echo}, issuer=slow, clock=clock)
    headers = {"authorization": f"Bearer {provider.token('dev-citizen')}"}
    for _ in range(2):
        hurried = await call(gateway, "GET", PATH, headers={**headers, "yiwang-timeout-ms": "65"})
        assert hurried.status == 200
    assert (await ask(gateway, provider.token("dev-citizen-other"))).status == 200


async def test_a_key_of_an_unknown_kind_does_not_spoil_the_others(issuer: Issuer) -> None:
    issuer.published += [{"kty": "AKP", "kid": "new"}, {"kty": "EC", "crv": "P-999"}, "rubbish", None, {}]
    assert await issuer.accepts(issuer.token(issuer.new_key("a")))
