"""X.509 certificates (RFC 5280) for seals and time stamps: built, revoked, and led back to roots that are trusted.

All that is built is signed with a deterministic nonce (RFC 6979): the same words and key give the same bytes.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONGEST_CHAIN = 6
LONGEST_NAME = 64
"""Characters of a name (RFC 5280, appendix A.1: ub-common-name, ub-organization-name)."""


class ChainRefused(Exception):  # noqa: N818  named after the fact
    """A certificate is not fit for its purpose, or nothing leads from it to a trusted root."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certification authority: its certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a seal's certificate: the seal's name, the unit, and its 统一社会信用代码 where it is known."""

    seal: str
    unit: str
    code: str


@dataclass(frozen=True, slots=True)
class Term:
    """A certificate's serial number, its first and its last moment."""

    serial: int
    start: datetime
    end: datetime


def new_root(key: ec.EllipticCurvePrivateKey, name: str, organisation: str, term: Term) -> x509.Certificate:
    """Return a root: it signs certificates and lists of revoked ones, and nothing else."""
    subject = _named(name, organisation)
    return (
        _begun(subject, subject, key.public_key(), term)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, SHA256(), ecdsa_deterministic=True)
    )


def certify_seal(
    issuer: Issuer, public_key: ec.EllipticCurvePublicKey, holder: Holder, term: Term, *, crl_url: str
) -> x509.Certificate:
    """Return a seal's certificate: it signs and commits (RFC 5280, 4.2.1.3), and says of which unit it is.

    The unit's code stands in organizationIdentifier as ETSI EN 319 412-1, clause 5.1.4 writes it. Raises ValueError
    where a name is longer than certificates allow.
    """
    subject = _named(holder.seal, holder.unit, f"NTRCN-{holder.code}" if holder.code else "")
    return (
        _issued(issuer, subject, public_key, term, crl_url)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .sign(issuer.key, SHA256(), ecdsa_deterministic=True)
    )


def certify_stamper(
    issuer: Issuer, public_key: ec.EllipticCurvePublicKey, name: str, term: Term, *, crl_url: str
) -> x509.Certificate:
    """Return a time-stamp authority's certificate: for time stamps alone, and critically so (RFC 3161, 2.3)."""
    organisation = issuer.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    return (
        _issued(issuer, _named(name, str(organisation)), public_key, term, crl_url)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(issuer.key, SHA256(), ecdsa_deterministic=True)
    )


def revocations(issuer: Issuer, revoked: Mapping[int, datetime], *, start: datetime, end: datetime) -> bytes:
    """Return the list of revoked certificates (CRL, DER): by serial number since when; it holds from `start` to `end`.

    Its number is the second it was made in (RFC 5280, 5.2.3: it only grows).
    """
    listed = x509.CertificateRevocationListBuilder(issuer.certificate.subject, start, end)
    for serial, since in sorted(revoked.items()):
        listed = listed.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, since).build())
    return (
        listed.add_extension(_authority(issuer.certificate), critical=False)
        .add_extension(x509.CRLNumber(int(start.timestamp())), critical=False)
        .sign(issuer.key, SHA256(), ecdsa_deterministic=True)
        .public_bytes(Encoding.DER)
    )


def loaded(certificates: Iterable[bytes]) -> list[x509.Certificate]:
    """Read certificates (DER). Raises ChainRefused."""
    try:
        return [x509.load_der_x509_certificate(one) for one in certificates]
    except (ValueError, x509.InvalidVersion) as error:
        raise ChainRefused("证书读不出") from error


def chain_of(
    leaf: x509.Certificate, pool: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> list[x509.Certificate]:
    """Return the way from a certificate to one of the roots, the root last, all valid at a time (RFC 5280, 6.1).

    Names, signatures, terms, who may issue and how deep are looked at; revocation is not. Raises ChainRefused.
    """
    way, trusted = [leaf], set(roots)
    while way[-1] not in trusted:
        above = [one for one in (*roots, *pool) if one not in way and _issues(one, way[-1], len(way) - 1)]
        if not above or len(way) >= LONGEST_CHAIN:
            raise ChainRefused("证书链不通向受信任的根证书")
        way.append(above[0])
    for one in way:
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            raise ChainRefused("证书不在有效期内")
    return way


def require_stamper(certificate: x509.Certificate) -> None:
    """Raise ChainRefused unless a certificate is for time stamps alone, and critically so (RFC 3161, 2.3)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError, TypeError) as error:
        raise ChainRefused("不是时间戳证书") from error
    if not found.critical or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ChainRefused("不是时间戳专用证书")


def _issues(issuer: x509.Certificate, issued: x509.Certificate, between: int) -> bool:
    """Tell whether one certificate issued the other, with so many issuers below it."""
    if issuer.subject != issued.issuer:
        return False
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        issued.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    deep_enough = constraints.path_length is None or constraints.path_length >= between
    return constraints.ca and usage.key_cert_sign and deep_enough


def _named(name: str, organisation: str, identifier: str = "") -> x509.Name:
    said = [
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.ORGANIZATION_IDENTIFIER, identifier),
        (NameOID.COMMON_NAME, name),
    ]
    if not all(len(value) <= LONGEST_NAME for _, value in said):
        raise ValueError("a name in a certificate has at most 64 characters")
    with warnings.catch_warnings():  # cryptography counts bytes; the bound is of characters (RFC 5280, appendix A.1)
        warnings.simplefilter("ignore", UserWarning)
        return x509.Name([x509.NameAttribute(kind, value, _validate=False) for kind, value in said if value])


def _begun(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, term: Term
) -> x509.CertificateBuilder:
    own = x509.SubjectKeyIdentifier.from_public_key(public_key)
    return x509.CertificateBuilder(issuer, subject, public_key, term.serial, term.start, term.end).add_extension(
        own, critical=False
    )


def _issued(
    issuer: Issuer, subject: x509.Name, public_key: ec.EllipticCurvePublicKey, term: Term, crl_url: str
) -> x509.CertificateBuilder:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
    return (
        _begun(subject, issuer.certificate.subject, public_key, term)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_authority(issuer.certificate), critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
    )


def _authority(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _usage(**allowed: bool) -> x509.KeyUsage:
    none = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**none, **allowed})
