"""SM2 证书 (X.509 certificates with SM2 keys, GM/T 0015, GB/T 20518): issued, read strictly, and judged."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509
from asn1crypto.core import OctetString

from sealing import sm
from sealing.national import der

MOST_BYTES = 64 * 1024
KNOWN_EXTENSIONS = frozenset({"basic_constraints", "key_usage", "extended_key_usage", "certificate_policies"})
SignDigest = Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom a certificate is: its public key, common name, and the number that its issuer gives it."""

    public: bytes
    name: str
    serial: int
    is_authority: bool = False


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: its name, its public key, and what signs with its key."""

    name: str
    public: bytes
    sign: SignDigest


async def issue(holder: Holder, issuer: Issuer, valid_from: datetime, valid_to: datetime) -> bytes:
    """Issue a certificate, DER. Whoever issues for its own key makes a root."""
    body = _body(holder, issuer.name, issuer.public, (valid_from, valid_to))
    return _whole(body, await issuer.sign(sm.digest_to_sign(issuer.public, body.dump())))


def issue_with(key: bytes, name: str, holder: Holder, valid_from: datetime, valid_to: datetime) -> bytes:
    """Issue a certificate, DER, with an authority's key that is at hand (`sm.new_key`)."""
    public = sm.public_key(key)
    body = _body(holder, name, public, (valid_from, valid_to))
    return _whole(body, sm.sign(key, sm.digest_to_sign(public, body.dump())))


def _body(holder: Holder, issuer: str, public: bytes, term: tuple[datetime, datetime]) -> x509.TbsCertificate:
    return x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": holder.serial,
            "signature": {"algorithm": sm.SM2_WITH_SM3},
            "issuer": _name(issuer),
            "validity": {"not_before": _time(term[0]), "not_after": _time(term[1])},
            "subject": _name(holder.name),
            "subject_public_key_info": sm.to_spki(holder.public),
            "extensions": _extensions(holder, public),
        }
    )


def _whole(body: x509.TbsCertificate, signature: bytes) -> bytes:
    algorithm = {"algorithm": sm.SM2_WITH_SM3}
    return bytes(
        x509.Certificate(
            {"tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": signature}
        ).dump()
    )


def read(data: bytes) -> x509.Certificate:
    """Read a certificate with nothing behind it. Raises der.Malformed."""
    if len(data) > MOST_BYTES:
        raise der.Malformed("证书过大")
    der.require_der(data)
    try:
        certificate = x509.Certificate.load(data, strict=True)
        _ = certificate.native, certificate.subject.hashable, certificate.issuer.hashable
        both = (certificate["tbs_certificate"]["signature"], certificate["signature_algorithm"])
    except Exception as refused:  # hostile bytes make asn1crypto raise anything
        raise der.Malformed("证书不符合 X.509 的结构") from refused
    if both[0].dump() != both[1].dump():
        raise der.Malformed("证书内外的签名算法不一致")
    return certificate


def common_name(certificate: x509.Certificate) -> str:
    """Return the common name of the subject, or the whole name where there is none."""
    return str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)


def public_of(certificate: x509.Certificate) -> bytes:
    """Return the SM2 public key. Raises sm.Unsound where the key is another."""
    return sm.from_spki(certificate.public_key)


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether the issuer's SM2 key signed the certificate."""
    algorithm = certificate["signature_algorithm"]["algorithm"].dotted
    if algorithm != sm.SM2_WITH_SM3:
        return False
    try:
        public = public_of(issuer)
    except sm.Unsound:
        return False
    digest = sm.digest_to_sign(public, certificate["tbs_certificate"].dump())
    return sm.verify(public, digest, certificate["signature_value"].native)


def may_issue(certificate: x509.Certificate) -> bool:
    """Tell whether the certificate is an authority's."""
    usage = certificate.key_usage_value
    return bool(certificate.ca) and (usage is None or "key_cert_sign" in usage.native)


def may_sign(certificate: x509.Certificate) -> bool:
    """Tell whether the certificate's key may sign documents, and is bound to nothing that is not known here."""
    usage = certificate.key_usage_value
    signs = usage is None or bool({"digital_signature", "non_repudiation"} & usage.native)
    return signs and certificate.critical_extensions <= KNOWN_EXTENSIONS


def is_valid_at(certificate: x509.Certificate, moment: datetime) -> bool:
    """Tell whether the moment lies inside the certificate's validity."""
    return bool(certificate.not_valid_before <= moment <= certificate.not_valid_after)


def _name(common: str) -> x509.Name:
    return x509.Name.build({"country_name": "CN", "common_name": common})


def _time(moment: datetime) -> x509.Time:
    if moment.year < 2050:
        return x509.Time({"utc_time": moment.replace(microsecond=0)})
    return x509.Time({"general_time": moment.replace(microsecond=0)})


def _extensions(holder: Holder, issuer: bytes) -> list[dict[str, object]]:
    usage = {"key_cert_sign", "crl_sign"} if holder.is_authority else {"digital_signature", "non_repudiation"}
    return [
        {"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": holder.is_authority}},
        {"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage(usage)},
        {"extn_id": "key_identifier", "extn_value": OctetString(_key_id(holder.public))},
        {"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": _key_id(issuer)}},
    ]


def _key_id(public: bytes) -> bytes:
    return sm.sm3(public)[:20]
