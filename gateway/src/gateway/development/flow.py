"""Signing in as a test person the way a client does: authorization code with PKCE, over any upstream."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from chassis.http.asgi import App
from chassis.http.upstream import call

CLIENT = "yiwang-cli"
REDIRECT = "http://127.0.0.1/signed-in"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class SignInRefused(Exception):  # noqa: N818  named after the fact
    """The provider refused."""


async def sign_in(upstream: App, person: str, *, path: str = "/dev/identity", scope: str = "") -> str:
    """Return an access token for a test person. Raises SignInRefused with the provider's answer.

    It asks for these scopes, or else for all that there are; granted are those that the person may have.
    """
    if not scope:
        discovery = await call(upstream, "GET", f"{path}/.well-known/openid-configuration")
        scope = " ".join(discovery.json()["scopes_supported"])
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    common = {"client_id": CLIENT, "redirect_uri": REDIRECT}
    asked = {**common, "code_challenge": challenge, "code_challenge_method": "S256", "scope": scope, "state": state}
    chosen = await call(
        upstream, "POST", f"{path}/authorize", body=urlencode({**asked, "person": person}).encode(), headers=FORM
    )
    answer = parse_qs(urlsplit(chosen.headers.get("location", "")).query)
    if chosen.status != 303 or answer.get("state") != [state]:
        raise SignInRefused(chosen.body.decode())
    redeemed = {
        **common,
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "code_verifier": verifier,
    }
    reply = await call(upstream, "POST", f"{path}/token", body=urlencode(redeemed).encode(), headers=FORM)
    if reply.status != 200:
        raise SignInRefused(reply.body.decode())
    return str(reply.json()["access_token"])
