"""A seal's national side where no authority makes it at once: its key is made here, the rest is brought and tried."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import csr, pem
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.events.outbox import Event
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, staff
from chassis.testing.client import Client, audited, deliver
from esign_svc import app
from esign_svc.domain.seals import SealKind
from esign_svc.handlers import Esign
from esign_svc.handlers.make import make
from esign_svc.handlers.national import national_side
from esign_svc.handlers.sealing import SealInUse, seal_in_use
from esign_svc.outside.authorities import Authorities
from esign_svc.outside.certifier import NationalMade, NationalRequest
from esign_svc.outside.development import DevelopmentAuthority
from esign_svc.settings import EsignSettings
from esign_svc.store import document_exports, documents
from sealing.judge import judge
from sealing.seal_face import SealFace
from sealing.verdict import Outcome, Trust

from sealing import sm

APPLICATION = "01900000-0000-7000-8000-00000000000a"
SCOPES = frozenset({"seal:read", "seal:manage"})
BOB = staff("bob", unit="DSJ", roles=frozenset({"seal_maker", "seal_administrator"}), scopes=SCOPES)
Brings = Callable[..., Any]


@pytest.fixture
def service(
    settings: EsignSettings, database: Database, bus: Bus, authority: DevelopmentAuthority, siblings: dict[str, Any]
) -> Service:
    """Esign where keys are certified at once, and national seals are not made."""
    asked = Authorities(authority.stamp, authority.roots)
    return app.build(settings, database=database, bus=bus, certifier=authority, asked=asked, **siblings)


@pytest.fixture
async def seal(esign: Esign, database: Database, sealed_units: None) -> SealInUse:
    async with database.reading() as connection:
        return await seal_in_use(connection, "U23", SealKind.ACCEPTANCE, esign.clock.now())


async def with_key(api: Client, seal: SealInUse) -> bytes:
    """Have the national key made, and return its public half as the certificate request tells it."""
    path = f"/api/v1/seals/{seal.seal_id}/national"
    made = await api.post(f"{path}/key", by=BOB, key="key")
    assert (made.status, made.json()["is_made"]) == (201, False)
    asked = (await api.get(f"{path}/certificate-request", by=BOB)).json()["pem"]
    info = csr.CertificationRequest.load(pem.unarmor(asked.encode())[2])["certification_request_info"]
    assert info["subject"].native["organization_name"] == seal.unit_name
    return sm.from_spki(info["subject_pk_info"])


def wanted(seal: SealInUse, public: bytes, **changed: Any) -> NationalRequest:
    given = {"name": seal.name, "code": seal.seal_code, "face": SealFace(seal.unit_name, "受理专用章", seal.seal_code)}
    span = {"valid_from": seal.valid_from, "valid_until": seal.valid_until}
    return NationalRequest(**{**given, **span, "public": public, **changed})


def brought(made: NationalMade, **changed: Any) -> dict[str, str]:
    return {
        "certificate": pem.armor("CERTIFICATE", made.certificate).decode(),
        "chain": pem.armor("CERTIFICATE", made.chain[0]).decode(),
        "seal": base64.b64encode(made.seal).decode(),
        **changed,
    }


async def bring(api: Client, seal: SealInUse, body: dict[str, str], by: Principal = BOB) -> Reply:
    key = str(hash((by.subject, *body.values())))
    return await api.post(f"/api/v1/seals/{seal.seal_id}/national", by=by, body=body, key=key)


async def test_what_a_seal_seals_is_an_ofd_too_once_its_national_side_was_brought(
    service: Service,
    database: Database,
    api: Client,
    esign: Esign,
    authority: DevelopmentAuthority,
    seal: SealInUse,
    submitted: Callable[..., Event],
) -> None:
    public = await with_key(api, seal)
    reply = await bring(api, seal, brought(await authority.national.make(wanted(seal, public))))
    assert (reply.status, reply.json()["is_made"]) == (201, True)
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    async with database.reading() as connection:
        (document,) = list(await connection.execute(documents.select()))
    await make(esign, document.document_id)
    async with database.reading() as connection:
        (export,) = list(await connection.execute(document_exports.select()))
    data = b"".join([chunk async for chunk in esign.storage.read(export.file_name)])
    assert judge(data, Trust((authority.national.root,), esign.clock.now())).verdict is Outcome.VALID
    actions = [row.action for row in await audited(database) if row.actor == BOB.subject]
    assert actions == ["seal.national_key_made", "seal.national_made"]


async def test_a_key_that_is_asked_for_again_is_the_same_and_a_valid_seal_is_not_replaced(
    api: Client, authority: DevelopmentAuthority, seal: SealInUse
) -> None:
    public = await with_key(api, seal)
    path = f"/api/v1/seals/{seal.seal_id}/national"
    await api.post(f"{path}/key", by=BOB, key="again")
    asked = (await api.get(f"{path}/certificate-request", by=BOB)).json()["pem"]
    info = csr.CertificationRequest.load(pem.unarmor(asked.encode())[2])["certification_request_info"]
    assert sm.from_spki(info["subject_pk_info"]) == public
    assert (await bring(api, seal, brought(await authority.national.make(wanted(seal, public))))).status == 201
    again = await bring(api, seal, brought(await authority.national.make(wanted(seal, public))))
    assert (again.status, again.json()["code"]) == (409, "seal_step_not_possible")


async def test_a_seal_of_another_unit_is_not_there_and_the_applicant_and_who_is_early_are_refused(
    api: Client, seal: SealInUse
) -> None:
    path = f"/api/v1/seals/{seal.seal_id}/national"
    stranger = staff("eve", unit="U09", roles=frozenset({"seal_maker"}), scopes=SCOPES)
    assert (await api.post(f"{path}/key", by=stranger, key="a")).json()["code"] == "seal_not_found"
    assert (await api.get(f"{path}/certificate-request", by=stranger)).json()["code"] == "seal_not_found"
    applicant = staff("pack", unit="U23", roles=frozenset({"seal_maker"}), scopes=SCOPES)
    assert (await api.post(f"{path}/key", by=applicant, key="b")).json()["code"] == "same_hands"
    assert (await api.get(f"{path}/certificate-request", by=BOB)).json()["code"] == "seal_step_not_possible"
    early = await bring(api, seal, {"certificate": "x", "seal": "MIIC"})
    assert (early.status, early.json()["code"]) == (409, "seal_step_not_possible")


async def test_what_a_verifier_would_refuse_or_is_another_seal_s_is_not_taken(
    api: Client, authority: DevelopmentAuthority, seal: SealInUse, esign: Esign
) -> None:
    public, national = await with_key(api, seal), authority.national
    good = await national.make(wanted(seal, public))
    other = await national.make(wanted(seal, public))
    changed = bytearray(good.seal)
    changed[-5] ^= 1
    now = esign.clock.now()
    past = {"valid_from": now - timedelta(days=9), "valid_until": now - timedelta(days=1)}
    stranger = DevelopmentAuthority(bytes(32), esign.clock).national
    wrong = {
        "another key's": brought(await national.make(wanted(seal, sm.public_key(sm.new_key())))),
        "another code": brought(await national.make(wanted(seal, public, code="4101990992001"))),
        "another name": brought(await national.make(wanted(seal, public, name=f"{seal.unit_name}审批专用章"))),
        "another unit": brought(await national.make(wanted(seal, public, name="郑州市公安局受理专用章"))),
        "over": brought(await national.make(wanted(seal, public, **past))),
        "not listed": brought(good, seal=base64.b64encode(other.seal).decode()),
        "changed": brought(good, seal=base64.b64encode(bytes(changed)).decode()),
        "no seal": brought(good, seal="MIIC"),
        "no base64": brought(good, seal="A"),
        "no certificate": brought(good, certificate="nothing"),
        "an authority's": brought(good, certificate=pem.armor("CERTIFICATE", national.root).decode()),
        "another chain": brought(good, chain=pem.armor("CERTIFICATE", stranger.root).decode()),
        "two certificates": brought(good, certificate=2 * pem.armor("CERTIFICATE", good.certificate).decode()),
    }
    for what, body in wrong.items():
        reply = await bring(api, seal, body)
        assert (what, reply.status, reply.json()["code"]) == (what, 422, "certificate_unfit")
    assert (await bring(api, seal, brought(good))).status == 201


async def test_a_national_side_that_is_over_seals_nothing_and_may_be_brought_anew(
    api: Client, authority: DevelopmentAuthority, seal: SealInUse, esign: Esign, clock: ManualClock
) -> None:
    public, now = await with_key(api, seal), esign.clock.now()
    short = wanted(seal, public, valid_until=now + timedelta(days=1))
    assert (await bring(api, seal, brought(await authority.national.make(short)))).status == 201
    clock.advance(days=2)
    assert await national_side(esign, seal) is None
    assert (await bring(api, seal, brought(await authority.national.make(wanted(seal, public))))).status == 201
    assert await national_side(esign, seal) is not None
