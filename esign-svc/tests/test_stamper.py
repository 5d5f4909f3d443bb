from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chassis.base.clock import SystemClock
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.http.upstream import UpstreamUnavailable
from chassis.settings import new_secret
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from esign_svc import app
from esign_svc.outside import development_app
from esign_svc.outside.authorities import authorities
from esign_svc.outside.development import DevelopmentAuthority, DevelopmentAuthorityOutside
from esign_svc.outside.stamper import HttpStamper, TimeStampsRefused
from esign_svc.settings import EsignSettings
from sealing.signing import StampRefused

DIGEST = bytes(range(32))


@pytest.fixture
def authority() -> DevelopmentAuthority:
    return DevelopmentAuthority(DIGEST, SystemClock())


def stamper(authority: DevelopmentAuthority, upstream: App, path: str = "/tsa") -> HttpStamper:
    roots = (x509.load_der_x509_certificate(authority.root),)
    return HttpStamper(upstream, path, roots=roots, clock=SystemClock())


async def test_a_stamp_comes_from_an_authority_at_an_address(authority: DevelopmentAuthority) -> None:
    token = await stamper(authority, development_app.build(authority)).stamp(DIGEST)
    assert token[:1] == b"\x30"
    assert DIGEST in token


def _answering(status: int, kind: bytes, *bodies: bytes) -> App:
    async def upstream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        for body in bodies:
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return upstream


REPLY = b"application/timestamp-reply"


@pytest.mark.parametrize(
    "upstream",
    [
        _answering(200, REPLY, b""),
        _answering(200, REPLY, b"\x30\x03\x02\x01\x00"),
        _answering(200, b"text/html", b"<html>"),
        _answering(302, REPLY, b""),
        _answering(500, REPLY, b""),
        _answering(200, REPLY, *[bytes(1000)] * 65),
    ],
)
async def test_an_answer_that_does_not_hold_is_refused(authority: DevelopmentAuthority, upstream: App) -> None:
    with pytest.raises(StampRefused):
        await stamper(authority, upstream).stamp(DIGEST)


async def test_an_authority_that_is_out_refuses_the_stamp(authority: DevelopmentAuthority) -> None:
    async def out(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise UpstreamUnavailable("nobody is there")

    with pytest.raises(StampRefused, match="UpstreamUnavailable"):
        await stamper(authority, out).stamp(DIGEST)


async def test_an_answer_to_a_question_of_before_is_refused(authority: DevelopmentAuthority) -> None:
    """The nonce differs, though digest and signature are right."""
    seen: list[bytes] = []

    async def replaying(scope: Scope, receive: Receive, send: Send) -> None:
        question = (await receive())["body"]
        seen.append(await authority.answer(question))
        await _answering(200, REPLY, seen[0])(scope, receive, send)

    one = stamper(authority, replaying)
    await one.stamp(DIGEST)
    with pytest.raises(StampRefused, match="question"):
        await one.stamp(DIGEST)


async def test_another_authority_s_stamp_is_refused(authority: DevelopmentAuthority) -> None:
    other = DevelopmentAuthority(bytes(32), SystemClock())
    with pytest.raises(StampRefused, match="根证书"):
        await stamper(authority, development_app.build(other)).stamp(DIGEST)


def _roots(authority: DevelopmentAuthority, folder: Path) -> Path:
    file = folder / "roots.pem"
    file.write_bytes(x509.load_der_x509_certificate(authority.root).public_bytes(Encoding.PEM))
    return file


async def test_the_settings_name_the_authority(
    settings_for: Callable[..., EsignSettings], authority: DevelopmentAuthority, tmp_path: Path
) -> None:
    clock, urls = SystemClock(), {"database_url": "sqlite+aiosqlite:///x", "bus_url": "embedded:///y"}
    secret = new_secret()
    development = authorities(settings_for(EsignSettings, development_secret=secret, **urls), clock)
    assert development.development is not None
    assert development.roots == development.development.roots
    roots = _roots(authority, tmp_path)
    outside = authorities(settings_for(EsignSettings, tsa_url="https://tsa.invalid/a", tsa_roots=roots), clock)
    assert (outside.roots, outside.development) == ((authority.root,), None)
    with pytest.raises(StampRefused, match="ESIGN_TSA_URL"):
        await authorities(settings_for(EsignSettings), clock).stamp(DIGEST)


@pytest.mark.parametrize("url", ["tsa.invalid", "ftp://tsa.invalid/", "https:///x", "https://h/x?y=1"])
def test_an_address_that_is_none_keeps_the_process_from_starting(
    settings_for: Callable[..., EsignSettings], authority: DevelopmentAuthority, tmp_path: Path, url: str
) -> None:
    with pytest.raises(TimeStampsRefused, match="地址"):
        authorities(settings_for(EsignSettings, tsa_url=url, tsa_roots=_roots(authority, tmp_path)), SystemClock())


def test_roots_that_are_missing_keep_the_process_from_starting(
    settings_for: Callable[..., EsignSettings], tmp_path: Path
) -> None:
    for roots in (None, tmp_path / "nothing.pem"):
        with pytest.raises(TimeStampsRefused, match=r"ROOTS|根证书"):
            authorities(settings_for(EsignSettings, tsa_url="http://h/", tsa_roots=roots), SystemClock())
    both = {
        "development_secret": new_secret(),
        "tsa_url": "http://h/",
        "database_url": "sqlite://",
        "bus_url": "embedded:///x",
    }
    with pytest.raises(TimeStampsRefused, match="只能用一个"):
        authorities(settings_for(EsignSettings, **both), SystemClock())


@pytest.mark.parametrize(
    "urls",
    [
        {"database_url": "postgresql+asyncpg://h/d", "bus_url": "embedded:///x"},
        {"database_url": "sqlite+aiosqlite:///x", "bus_url": "kafka://h:9092"},
    ],
)
def test_the_development_authority_keeps_a_real_installation_from_starting(
    settings_for: Callable[..., EsignSettings], database: Database, bus: Bus, urls: dict[str, str]
) -> None:
    settings = settings_for(EsignSettings, development_secret=new_secret(), **urls)
    words: dict[str, Any] = dict.fromkeys(("intake", "workflow"))
    with pytest.raises(DevelopmentAuthorityOutside):
        app.build(settings, database=database, bus=bus, **words)
