"""Whether a certificate's chain leads to a root that the verifier trusts, at a time; with revocation lists if given."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from asn1crypto import crl, x509

from sealing import sm
from sealing.national import certificates, der
from sealing.verdict import Trust


class Standing(Enum):
    """TRUSTED: a root signed it. UNKNOWN: no given root issues such certificates. BROKEN: it must not be believed."""

    TRUSTED = auto()
    UNKNOWN = auto()
    BROKEN = auto()


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a certificate stands, in words, and whether it ended since (it lapsed or was revoked after the time)."""

    standing: Standing
    detail: str
    ended_since: bool = False


def chain(certificate: x509.Certificate, at: datetime, now: datetime, trust: Trust) -> Chain:
    """Judge a certificate at the time of its use. Every root is an anchor, an authority below another as well."""
    named = [root for root in _authorities(trust) if root.subject == certificate.issuer]
    ended = not certificates.is_valid_at(certificate, now)
    if certificate.dump() in trust.roots:
        return Chain(Standing.TRUSTED, "证书本身在信任列表中", ended)
    for root in named:
        if certificates.is_signed_by(certificate, root):
            return _below(certificate, root, at, now, trust)
    if any(_keys_agree(certificate, root) for root in named):
        return Chain(Standing.BROKEN, "证书不是所称的机构签发的")
    return Chain(Standing.UNKNOWN, "签发证书的机构不在信任列表中", ended)


def _below(certificate: x509.Certificate, root: x509.Certificate, at: datetime, now: datetime, trust: Trust) -> Chain:
    if not certificates.may_issue(root) or not certificates.is_valid_at(root, at):
        return Chain(Standing.BROKEN, "签发机构的证书无权签发证书,或者当时不在有效期内")
    revoked = _revoked_at(certificate, root, now, trust)
    if revoked is not None and revoked <= at:
        return Chain(Standing.BROKEN, f"证书已于 {revoked:%Y-%m-%d} 吊销")
    ended = revoked is not None or not certificates.is_valid_at(certificate, now)
    return Chain(Standing.TRUSTED, "证书由信任列表中的机构签发", ended)


def _authorities(trust: Trust) -> list[x509.Certificate]:
    """Read the roots that are whole; what is not X.509 is nobody's root."""
    read = []
    for root in trust.roots:
        try:
            read.append(certificates.read(root))
        except der.Malformed:
            continue
    return read


def _keys_agree(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    said, held = certificate.authority_key_identifier, root.key_identifier
    return said is None or held is None or said == held


def _revoked_at(certificate: x509.Certificate, root: x509.Certificate, now: datetime, trust: Trust) -> datetime | None:
    """Return when the certificate was revoked, by a list that its issuer signed and that is not from the future."""
    for data in trust.crls:
        listed = _list_of(data, root)
        if listed is None or listed["tbs_cert_list"]["this_update"].native > now:
            continue
        for one in listed["tbs_cert_list"]["revoked_certificates"]:
            if one["user_certificate"].native == certificate.serial_number:
                moment: datetime = one["revocation_date"].native
                return moment
    return None


def _list_of(data: bytes, root: x509.Certificate) -> crl.CertificateList | None:
    """Read a list where this root signed it."""
    try:
        der.require_der(data)
        listed = crl.CertificateList.load(data, strict=True)
        _ = listed.native, listed.issuer.hashable
        digest = sm.digest_to_sign(certificates.public_of(root), listed["tbs_cert_list"].dump())
    except Exception:  # noqa: BLE001  hostile bytes make asn1crypto raise anything
        return None
    if listed.issuer != root.subject or listed["signature_algorithm"]["algorithm"].dotted != sm.SM2_WITH_SM3:
        return None
    return listed if sm.verify(certificates.public_of(root), digest, listed["signature"].native) else None
