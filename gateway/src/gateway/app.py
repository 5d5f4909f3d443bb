"""Composes the gateway."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from chassis.base import telemetry
from chassis.base.clock import Clock, SystemClock
from chassis.base.problems import StartRefused
from chassis.http.asgi import App, Message, Receive, Scope, Send
from chassis.http.edge import Edge
from chassis.http.health import Operators, Probe
from chassis.http.identity import HEADER, Kind, Principal, PrincipalSigner, PrincipalVerifier
from chassis.http.refusals import IssuerUnavailable
from chassis.http.rendering import handle_problems
from chassis.http.routing import INTERNAL
from chassis.http.upstream import TIMEOUT_HEADER, HttpUpstream, call
from fastapi import FastAPI
from joserfc.jwk import RSAKey

from gateway import me
from gateway.answers import Answer
from gateway.development.flow import CLIENT, REDIRECT
from gateway.development.provider import Provider
from gateway.development.provider import build as build_provider
from gateway.document import Served, merge
from gateway.pages import SIGNED_IN_PATH, SignIn, add_pages
from gateway.proxy import NotBelieved, Proxy
from gateway.settings import GatewaySettings
from gateway.table import RouteTable, read_contracts, scopes
from gateway.tokens import FetchJson, TokenVerifier

OWN = ("/openapi.json", "/docs", "/dev/")
DEVELOPMENT_PATH = "/dev/identity"
BODY_LIMIT = 64 * 1024 * 1024


class UpstreamMissing(StartRefused):
    """A contract's service was given no upstream; the gateway does not start."""


class Gateway:
    """One app: its own pages, and the way through to the services; `operators` is its side of a process of its own."""

    def __init__(self, own: FastAPI, proxy: Proxy, operators: Operators) -> None:
        self.operators = operators
        self._own = own
        self._proxy = proxy
        self._edge = Edge(self._serve, service="gateway", body_limit=BODY_LIMIT, at_once=None)  # each service has room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in our own time: how long a caller outside would wait is his to see to.

        HEAD is answered where GET is, as GET would be, without the body.
        """
        if scope["type"] != "http":
            await self._edge(scope, receive, send)
            return
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != TIMEOUT_HEADER.encode()]}
        answer = Answer(scope, _bodiless(send) if scope["method"] == "HEAD" else send)
        await self._edge(answer.scope, receive, answer.send)
        await answer.close()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_own = scope["type"] != "http" or scope["path"] == "/" or scope["path"].startswith(OWN)
        if is_own and scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}
        await (self._own if is_own else self._proxy)(scope, receive, send)


def _bodiless(send: Send) -> Send:
    async def without(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return without


def build(  # noqa: PLR0913  what a gateway is composed of
    settings: GatewaySettings,
    *,
    upstreams: Mapping[str, App],
    development: Provider | None = None,
    issuer: App | None = None,
    clock: Clock | None = None,
    elapsed: Callable[[], float] = monotonic,
) -> Gateway:
    """Build the gateway.

    Every contract's service has its upstream, else UpstreamMissing is raised. `development` mounts the development
    identity provider, which embedded mode alone may; `issuer` answers for the identity provider inside this process,
    and nobody outside can reach it.
    """
    clock = clock or SystemClock()
    documents = read_contracts(settings.contracts)
    if missing := sorted(documents.keys() - upstreams.keys() - {me.NAME}):
        raise UpstreamMissing(f"契约中的服务没有上游:{'、'.join(missing)}")
    own = FastAPI(title="网关", openapi_url=None, docs_url=None, redoc_url=None)
    handle_problems(own)
    merged = merge(documents, served=_served(settings, development))
    asked = scopes(documents)
    page = SignIn(settings.oidc_client, settings.oidc_issuer, ("openid", *sorted(asked)))
    add_pages(own, document=merged, sign_in=page)
    provider_app = issuer
    if development is not None:
        telemetry.log.warning("development_identity_provider", notice="开发用身份提供方已启用,不得用于生产")
        provider_app = build_provider(development)
        own.mount(DEVELOPMENT_PATH, provider_app)
    fetch = _fetcher(provider_app)
    tokens = TokenVerifier(
        settings.oidc_issuer, settings.oidc_audience, asked, fetch=fetch, clock=clock, elapsed=elapsed
    )
    signer = PrincipalSigner(settings.signing_key(), clock)
    trusted = settings.trusted_proxies
    all_of_them: dict[str, App] = {
        **upstreams,
        me.NAME: me.build(PrincipalVerifier([settings.signing_key()], clock)).api,
    }
    proxy = Proxy(
        RouteTable(documents), all_of_them, tokens=tokens, signer=signer, clock=clock, trusted=trusted, elapsed=elapsed
    )
    answering = {
        name: _answers(upstream, _plain_read(documents.get(name, {})), signer) for name, upstream in upstreams.items()
    }
    return Gateway(own, proxy, Operators({"issuer": tokens.ready}, any_of=answering))


def development_provider(settings: GatewaySettings, clock: Clock, key: dict[str, Any]) -> Provider:
    """Return the provider for the test people; its clients are the API page, however opened, and the command line."""
    pages = frozenset({SIGNED_IN_PATH, settings.public_url + SIGNED_IN_PATH})
    clients = {settings.oidc_client: pages, CLIENT: frozenset({REDIRECT})}
    return Provider(settings.oidc_issuer, settings.oidc_audience, clients, clock, RSAKey.import_key(key))


def _served(settings: GatewaySettings, development: Provider | None) -> Served:
    """Return where this gateway is served, and where its callers find out how to sign in.

    The development provider answers under the gateway's own name, whichever that is: localhost, an address, a host.
    """
    issuer = DEVELOPMENT_PATH if development else settings.oidc_issuer.rstrip("/")
    environment = "development" if development else "production"
    return Served(settings.public_url, environment, f"{issuer}/.well-known/openid-configuration")


def _plain_read(document: Mapping[str, Any]) -> str:
    """Return the path of a read that needs nothing but a caller."""
    paths = document.get("paths", {})
    plain = (path for path, item in paths.items() if "get" in item and "{" not in path and INTERNAL not in item["get"])
    return next(plain, "/")


def _answers(upstream: App, path: str, signer: PrincipalSigner) -> Probe:
    """See that a service answers, whatever it says, but that it does not know us; its readiness is its operators'."""

    async def probe() -> None:
        reply = await call(upstream, "GET", path, headers={HEADER: signer.sign(Principal("gateway", Kind.STAFF))})
        if reply.status == 401:
            raise NotBelieved

    return probe


def _fetcher(provider: App | None) -> FetchJson:
    """Return how the issuer's documents are fetched: from the provider in this process, or over HTTP."""

    async def fetch(url: str) -> Mapping[str, Any]:
        parts = urlsplit(url)
        upstream: App = provider or HttpUpstream(f"{parts.scheme}://{parts.netloc}")
        path = parts.path.removeprefix(DEVELOPMENT_PATH) if provider else parts.path
        try:
            reply = await call(upstream, "GET", path, within=2.0)
        finally:
            if isinstance(upstream, HttpUpstream):
                await upstream.close()
        if reply.status != 200:
            raise IssuerUnavailable
        found: Mapping[str, Any] = reply.json()
        return found

    return fetch
