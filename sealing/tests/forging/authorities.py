"""Certificates for tests: a root, what it issues, and time-stamp authorities, all made here."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import crl, keys, x509
from cryptography import x509 as made
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""When the files of these tests are made."""
LATER = NOW + timedelta(days=1)
"""When they are judged."""
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its key."""

    certificate: made.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        """Return the certificate's DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def read(self) -> x509.Certificate:
        """Return the certificate as asn1crypto has it."""
        return x509.Certificate.load(self.der)

    @property
    def key_read(self) -> keys.PrivateKeyInfo:
        """Return the key as asn1crypto has it."""
        pkcs8 = serialization.PrivateFormat.PKCS8
        plain = self.key.private_bytes(serialization.Encoding.DER, pkcs8, serialization.NoEncryption())
        return keys.PrivateKeyInfo.load(plain)

    def signer(self, *others: "Holder", **options: Any) -> SimpleSigner:
        """Return what pyHanko signs with."""
        store = SimpleCertificateStore()
        store.register_multiple([one.read for one in (self, *others)])
        return SimpleSigner(signing_cert=self.read, signing_key=self.key_read, cert_registry=store, **options)

    def stamper(self, *others: "Holder", at: datetime = NOW) -> DummyTimeStamper:
        """Return what gives time stamps of that time."""
        store = SimpleCertificateStore()
        store.register_multiple([one.read for one in (self, *others)])
        return DummyTimeStamper(tsa_cert=self.read, tsa_key=self.key_read, certs_to_embed=store, fixed_dt=at)


@functools.cache
def new_rsa(bits: int = 2048, nth: int = 0) -> rsa.RSAPrivateKey:
    """Make a key, once for each `nth`."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def issue(
    name: str,
    issuer: Holder | None = None,
    *,
    key: Any = None,
    days: tuple[int, int] = (-30, 365),
    is_authority: bool = False,
    stamps: bool = False,
    signs: bool = True,
) -> Holder:
    """Issue a certificate; without an issuer it is its own. `days`: its validity, from `NOW`."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = made.Name([made.NameAttribute(NameOID.COUNTRY_NAME, "CN"), made.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = made.KeyUsage(
        digital_signature=signs,
        content_commitment=signs and not is_authority and not stamps,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    building = (
        made.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(made.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(made.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(made.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if stamps:
        building = building.add_extension(made.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return Holder(building.sign(issuer.key if issuer else key, hashes.SHA256()), key)


@dataclass(frozen=True, slots=True)
class City:
    """Who signs and who gives the time in these tests."""

    root: Holder
    middle: Holder
    hall: Holder
    bureau: Holder
    clock: Holder

    @property
    def above(self) -> tuple[Holder, ...]:
        """Return the certificates between the signers and the root."""
        return (self.middle,)


@functools.cache
def city() -> City:
    """Return the same authorities for all tests of a process."""
    root = issue("测试根证书", days=(-3000, 3000), is_authority=True)
    middle = issue("测试签发机构", root, days=(-2000, 2000), is_authority=True)
    return City(
        root,
        middle,
        issue("郑州市政务服务和大数据管理局", middle),
        issue("郑州市市场监督管理局", middle, key=new_rsa()),
        issue("测试时间戳", root, key=new_rsa(nth=1), stamps=True),
    )


def revocations(issuer: Holder, *revoked: tuple[Holder, datetime]) -> crl.CertificateList:
    """Return an issuer's list that revokes these from these times on."""
    building = made.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    building = building.last_update(NOW - timedelta(hours=1)).next_update(NOW + _YEAR)
    for holder, when in revoked:
        one = made.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number).revocation_date(when)
        building = building.add_revoked_certificate(one.build())
    signed = building.sign(issuer.key, hashes.SHA256())
    return crl.CertificateList.load(signed.public_bytes(serialization.Encoding.DER))
