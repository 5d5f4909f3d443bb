"""An OpenID Connect provider for development: authorization code with PKCE, and nothing to prove but a choice.

It says loudly what it is, keeps all in memory, and is mounted in embedded mode alone.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlencode

import yaml
from chassis.base.clock import Clock
from chassis.base.recent import Recent
from chassis.http.identity import Kind
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.development import pages
from gateway.development.redirects import is_registered

CODE_SECONDS = 60
MOST_CODES = 1000
TOKEN_SECONDS = 3600


class NotEmbedded(Exception):  # noqa: N818  named after the fact
    """The development provider was asked for beside a PostgreSQL database or a Kafka bus."""


def new_provider_key() -> RSAKey:
    """Return a fresh signing key for the provider."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)})


@dataclass(frozen=True, slots=True)
class Person:
    """A test person; the claims that a token about it carries."""

    subject: str
    name: str
    claims: Mapping[str, Any]


def people() -> Sequence[Person]:
    """Return the named test people."""
    text = resources.files("gateway.development").joinpath("people.yaml").read_text(encoding="utf-8")
    return [
        Person(entry["subject"], entry["name"], {k: v for k, v in entry.items() if k not in {"subject", "name"}})
        for entry in yaml.safe_load(text)
    ]


def allowances() -> dict[Kind, frozenset[str]]:
    """Return the scopes that each kind of person may have."""
    text = resources.files("gateway.development").joinpath("scopes.yaml").read_text(encoding="utf-8")
    return {Kind(kind): frozenset(found) for kind, found in yaml.safe_load(text).items()}


def outside(*urls: str) -> list[str]:
    """Return the kinds of addresses that are neither SQLite nor the embedded log."""
    return [url.partition(":")[0] for url in urls if not url.startswith(("sqlite", "embedded"))]


def require_embedded(*urls: str) -> None:
    """Raise NotEmbedded unless every database is SQLite and the bus is the embedded log."""
    if found := outside(*urls):
        raise NotEmbedded(f"开发用身份提供方不得与 {'、'.join(found)} 一起使用")


@dataclass(slots=True)
class _Grant:
    """An authorization code's other half."""

    subject: str
    client: str
    redirect_uri: str
    challenge: str
    nonce: str
    scope: str
    expires: float


@dataclass(slots=True)
class Provider:
    """Issues codes and tokens for registered clients (`client id -> redirect URIs`, see `redirects`)."""

    issuer: str
    audience: str
    clients: Mapping[str, frozenset[str]]
    clock: Clock
    key: RSAKey = field(default_factory=new_provider_key)
    codes: Recent[str, _Grant] = field(default_factory=lambda: Recent(MOST_CODES))
    persons: dict[str, Person] = field(default_factory=lambda: {one.subject: one for one in people()})
    allowed: Mapping[Kind, frozenset[str]] = field(default_factory=allowances)

    def scopes(self) -> list[str]:
        """Return every scope that can be asked for."""
        return ["openid", *sorted(frozenset().union(*self.allowed.values()))]

    def granted(self, subject: str, asked: str) -> str:
        """Return, of the scopes that a client asks for, those that a person may have."""
        allowed = self.allowed[Kind(self.persons[subject].claims["kind"])] | {"openid"}
        return " ".join(sorted(allowed & frozenset(asked.split())))

    def token(self, subject: str, **overrides: Any) -> str:
        """Return an access token about a person, with all scopes that the person may have."""
        scope = self.granted(subject, " ".join(self.scopes()))
        return self._signed(subject, {"scope": scope, **overrides})

    def identity(self, grant: "_Grant") -> str:
        """Return the ID token that tells a client who has signed in; it opens nothing."""
        return self._signed(grant.subject, {"aud": grant.client, "nonce": grant.nonce})

    def _signed(self, subject: str, overrides: Mapping[str, Any]) -> str:
        now = int(self.clock.now().timestamp())
        claims = {"iss": self.issuer, "aud": self.audience, "sub": subject, "iat": now, "exp": now + TOKEN_SECONDS}
        claims |= {"name": self.persons[subject].name, **self.persons[subject].claims, **overrides}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, "typ": "at+jwt"}, claims, self.key)

    def code(self, form: Mapping[str, str]) -> str:
        """Return a single-use code for a person who was chosen."""
        code = secrets.token_urlsafe(24)
        expires = self.clock.now().timestamp() + CODE_SECONDS
        parts = (form["person"], form["client_id"], form["redirect_uri"], form["code_challenge"])
        scope = self.granted(form["person"], form.get("scope", ""))
        self.codes.keep(code, _Grant(*parts, form.get("nonce", ""), scope, expires))
        return code

    def redeem(self, form: Mapping[str, str]) -> _Grant | None:
        """Return a code's grant, once, if client, redirect URI, verifier and time are right."""
        grant = self.codes.take(form.get("code", ""))
        if grant is None or grant.expires < self.clock.now().timestamp():
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        same = (form.get("client_id"), form.get("redirect_uri")) == (grant.client, grant.redirect_uri)
        return grant if same and hmac.compare_digest(challenge, grant.challenge) else None


def refusal(provider: Provider, asked: Mapping[str, str], origin: str) -> str:
    """Return why an authorization request at an origin is refused, or an empty text."""
    registered = provider.clients.get(asked.get("client_id", ""), frozenset())
    if not is_registered(asked.get("redirect_uri", ""), registered, origin=origin):
        return "client_id 或 redirect_uri 未登记"
    if asked.get("response_type", "code") != "code" or asked.get("code_challenge_method") != "S256":
        return "只支持授权码加 PKCE(S256)"
    return "" if asked.get("code_challenge") else "缺少 code_challenge"


def build(provider: Provider) -> FastAPI:
    """Build the provider's app; mount it at the issuer's path."""
    app = FastAPI(title="开发用身份提供方", openapi_url=None)

    @app.get("/.well-known/openid-configuration")
    async def discovery(request: Request) -> dict[str, Any]:
        here = _origin(request) + request.scope["root_path"]  # by whichever name it was asked
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": provider.scopes(),
        }

    @app.get("/jwks")
    async def keys() -> dict[str, Any]:
        return {"keys": [{**provider.key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}

    @app.get("/authorize")
    async def choose(request: Request) -> Response:
        asked = dict(request.query_params)
        if why := refusal(provider, asked, _origin(request)):
            return pages.refused(why)
        return pages.choice(asked, [(one.subject, one.name) for one in provider.persons.values()])

    @app.post("/authorize")
    async def chosen(request: Request) -> Response:
        form = await _form(request)
        why = refusal(provider, form, _origin(request))
        why = why or ("" if form.get("person") in provider.persons else "没有这个测试人员")
        if why:
            return pages.refused(why)
        answer = urlencode({"code": provider.code(form), "state": form.get("state", ""), "iss": provider.issuer})
        return RedirectResponse(f"{form['redirect_uri']}?{answer}", 303)

    @app.post("/token")
    async def token(request: Request) -> Response:
        form = await _form(request)
        grant = provider.redeem(form) if form.get("grant_type") == "authorization_code" else None
        if grant is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = provider.token(grant.subject, scope=grant.scope)
        body = {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": grant.scope}
        if "openid" in grant.scope.split():
            body["id_token"] = provider.identity(grant)
        return JSONResponse(body, headers={"cache-control": "no-store"})

    return app


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def _form(request: Request) -> dict[str, str]:
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}
