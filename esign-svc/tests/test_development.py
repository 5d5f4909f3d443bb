from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.base.clock import SystemClock
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from esign_svc.errors import CertificateUnfit
from esign_svc.outside.certifier import CertificateRequest, NationalRequest
from esign_svc.outside.development import LOUD, DevelopmentAuthority, DevelopmentAuthorityOutside, require_embedded
from sealing.certificates import chain_of
from sealing.national import certificates as national
from sealing.national import structures
from sealing.seal_face import SealFace
from sealing.signing import Algorithm

from sealing import sm, stamps

SECRET = bytes(range(32))


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


async def _certified(authority: DevelopmentAuthority, **other: Any) -> x509.Certificate:
    now = datetime.now(UTC)
    words: dict[str, Any] = {
        "name": "郑州市公安局审批专用章",
        "unit": "郑州市公安局",
        "uscc": "11410100005252015C",
        "algorithm": Algorithm.P256,
    }
    key = _public(ec.generate_private_key(ec.SECP256R1()))
    words |= {"public_key": key, "valid_from": now, "valid_until": now + timedelta(days=365), **other}
    made = await authority.certify(CertificateRequest(**words))
    assert made.chain == (authority.root,)
    return x509.load_der_x509_certificate(made.certificate)


async def test_the_authority_is_the_same_after_a_restart_and_another_with_another_secret() -> None:
    first, second, other = (DevelopmentAuthority(secret, SystemClock()) for secret in (SECRET, SECRET, SECRET[::-1]))
    assert first.root == second.root != other.root
    leaf, root = await _certified(first), x509.load_der_x509_certificate(second.root)
    assert chain_of(leaf, [], [root], datetime.now(UTC) + timedelta(days=1)) == [leaf, root]


@pytest.mark.parametrize("name", ["郑州市公安局审批专用章", "很" * 60])
async def test_every_certificate_says_that_it_is_for_development(name: str) -> None:
    authority = DevelopmentAuthority(SECRET, SystemClock())
    for one in (await _certified(authority, name=name, uscc=""), x509.load_der_x509_certificate(authority.root)):
        assert LOUD in one.subject.rfc4514_string()
        assert LOUD in one.issuer.rfc4514_string()


async def test_a_seal_s_certificate_names_the_unit_and_commits() -> None:
    found = await _certified(DevelopmentAuthority(SECRET, SystemClock()))
    said = {one.oid.dotted_string: one.value for one in found.subject}
    assert said["2.5.4.10"] == "郑州市公安局"
    assert said["2.5.4.97"] == "NTRCN-11410100005252015C"
    usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign


def test_what_is_revoked_stands_in_the_list() -> None:
    authority = DevelopmentAuthority(SECRET, SystemClock())
    since = datetime(2026, 11, 1, tzinfo=UTC)
    listed = x509.load_der_x509_crl(authority.crl({77: since}))
    root = x509.load_der_x509_certificate(authority.root)
    key = root.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert listed.is_signature_valid(key)
    found = listed.get_revoked_certificate_by_serial_number(77)
    assert found is not None
    assert found.revocation_date_utc == since
    assert listed.get_revoked_certificate_by_serial_number(78) is None


@pytest.mark.parametrize("url", ["postgresql+asyncpg://h/d", "kafka://h:9092"])
def test_it_refuses_to_be_beside_a_real_database_or_bus(url: str) -> None:
    require_embedded("sqlite+aiosqlite:///x", "embedded:///y")
    with pytest.raises(DevelopmentAuthorityOutside, match="不具法律效力"):
        require_embedded("sqlite+aiosqlite:///x", url)


async def test_it_stamps_what_is_asked_and_rejects_what_it_cannot_read() -> None:
    authority = DevelopmentAuthority(SECRET, SystemClock())
    assert await authority.answer(b"?") == stamps.REFUSED
    assert (await authority.stamp(bytes(32)))[:1] == b"\x30"


@pytest.mark.parametrize("algorithm", [Algorithm.SM2, Algorithm.P256])
async def test_a_key_that_is_not_on_p_256_is_not_certified(algorithm: Algorithm) -> None:
    key = _public(ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(CertificateUnfit, match="P-256"):
        await _certified(DevelopmentAuthority(SECRET, SystemClock()), public_key=key, algorithm=algorithm)


async def test_the_national_root_is_known_by_its_key_after_a_restart_and_says_that_it_is_for_development() -> None:
    first, second, other = (DevelopmentAuthority(secret, SystemClock()) for secret in (SECRET, SECRET, SECRET[::-1]))
    roots = [national.read(one.national.root) for one in (first, second, other)]
    assert roots[0].public_key.dump() == roots[1].public_key.dump() != roots[2].public_key.dump()
    assert national.is_signed_by(roots[0], roots[1])
    now, key = datetime.now(UTC), sm.new_key()
    made = await first.national.make(
        NationalRequest(
            name="郑州市公安局审批专用章",
            code="4101990092003",
            face=SealFace("郑州市公安局", "审批专用章", "4101990092003"),
            public=sm.public_key(key),
            valid_from=now,
            valid_until=now + timedelta(days=365),
        )
    )
    certificate, maker = national.read(made.certificate), structures.read_seal(made.seal)["cert"].native
    for one in (certificate, national.read(maker), roots[0]):
        assert LOUD in national.common_name(one)
        assert national.is_signed_by(one, roots[1])
    assert national.public_of(certificate) == sm.public_key(key)
    assert made.chain == (first.national.root,)
