"""Whether a certificate leads to a root that somebody trusts, held at a time, and was not revoked (RFC 5280, 6)."""

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from asn1crypto import crl, ocsp, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import ExpiredError, PathBuildingError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from sealing import sm
from sealing.signed_data import Validator
from sealing.strength import Unproven, Unsound, require_strong_key

_WEAK = frozenset({"md2", "md5", "sha1"})
_LIFTED = "remove_from_crl"
_MOST = 400


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a file brings along: certificates, revocation lists, and answers of responders (RFC 5280, RFC 6960)."""

    certificates: tuple[x509.Certificate, ...] = ()
    lists: tuple[crl.CertificateList, ...] = field(default=(), repr=False)
    answers: tuple[ocsp.BasicOCSPResponse, ...] = field(default=(), repr=False)


def loaded(certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes]) -> Proofs:
    """Read what can be read; what cannot proves nothing."""
    read = [_read(ocsp.OCSPResponse, one) for one in _few(answers)]
    return Proofs(
        tuple(filter(None, (_read(x509.Certificate, one) for one in _few(certificates)))),
        tuple(filter(None, (_read(crl.CertificateList, one) for one in _few(lists)))),
        tuple(filter(None, (_basic(one) for one in read))),
    )


def _few(texts: Iterable[bytes]) -> list[bytes]:
    return list(dict.fromkeys(texts))[:_MOST]


def _read(kind: Any, text: bytes) -> Any:
    try:
        one = kind.load(text, strict=True)
        one.native  # noqa: B018  reads all of it now
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return one


def _basic(answer: Any) -> ocsp.BasicOCSPResponse | None:
    if answer is None or answer["response_status"].native != "successful":
        return None
    return answer.basic_ocsp_response


@dataclass(frozen=True, slots=True)
class Shown:
    """What a certificate is judged by: proofs, roots, the time, and whether a time stamp proves that time."""

    proofs: Proofs
    roots: tuple[x509.Certificate, ...]
    at: datetime
    stamped: bool


def hold(certificate: x509.Certificate, shown: Shown) -> bool:
    """Hold that a certificate could sign then; tell whether it leads to a root. Raises Unsound, Unproven."""
    require_for_signing(certificate)
    wanting = None
    at = shown.at
    try:
        require_in_force(certificate, shown.at, stamped=shown.stamped)
    except Unproven as unproven:
        wanting = unproven
        at = certificate["tbs_certificate"]["validity"]["not_after"].native
    way = path(certificate, replace(shown, at=at))
    require_not_revoked(way or [certificate], shown)
    if wanting is not None:
        raise wanting
    return way is not None


def require_in_force(certificate: x509.Certificate, at: datetime, *, stamped: bool) -> None:
    """Hold that a certificate was within its validity. Raises Unsound("certificate_period").

    Raises Unproven where it may have been: expired by now, and nothing proves when it was used (ETSI EN 319 102-1,
    5.5.4: no proof of existence).
    """
    validity = certificate["tbs_certificate"]["validity"]
    if at < validity["not_before"].native:
        raise Unsound("certificate_period", "签名时证书尚未生效")
    if at > validity["not_after"].native:
        if stamped:
            raise Unsound("certificate_period", "盖时间戳时证书已过期")
        raise Unproven("certificate_period", "证书已过期,又没有时间戳证明签名时证书仍有效")


def require_for_signing(certificate: x509.Certificate) -> None:
    """Hold that the certificate's key may sign documents (RFC 5280, 4.2.1.3). Raises Unsound("signing_certificate")."""
    usage = certificate.key_usage_value
    if usage is not None and not {"digital_signature", "non_repudiation"} & usage.native:
        raise Unsound("signing_certificate", "证书的密钥用途不包括签名")


_FOR_OTHER_THINGS = {"server_auth", "time_stamping", "ocsp_signing"}


def require_for_sealing(certificate: x509.Certificate) -> None:
    """Hold that the certificate was not issued for servers, clocks or responders alone (RFC 5280, 4.2.1.12; RFC 9336).

    Raises Unproven("signing_certificate"): the signature holds, but no authority says that its key seals documents.
    """
    usage = certificate.extended_key_usage_value
    if usage is not None and set(usage.native) <= _FOR_OTHER_THINGS:
        raise Unproven("signing_certificate", "签章人的证书是为服务器、时间戳或状态查询签发的,不是用来盖章的")


def path(certificate: x509.Certificate, shown: Shown) -> list[x509.Certificate] | None:
    """Return the path from a root to the certificate; None where there is none.

    Raises Unsound("chain") where the path to a root is there and does not hold.
    """
    if not shown.roots:
        return None
    context = ValidationContext(
        trust_roots=list(shown.roots),
        other_certs=shown.proofs.certificates,
        moment=shown.at,
        weak_hash_algos=_WEAK,
        signature_validator=Validator(),
    )
    try:
        found: ValidationPath = _finished(CertificateValidator(certificate, (), context).async_validate_path())
    except PathBuildingError:
        return None
    except ExpiredError as expired:
        if shown.stamped:
            raise Unsound("chain", "盖时间戳时上级证书已过期") from expired
        raise Unproven("certificate_period", "上级证书已过期,又没有时间戳证明签名时仍有效") from expired
    except (ValidationError, InvalidSignature, UnsupportedAlgorithm, sm.Unsound) as broken:
        raise Unsound("chain", "证书链不成立:上级证书未签发它、已失效,或不许签发") from broken
    certificates = [one for one in found if isinstance(one, x509.Certificate)]
    for one in certificates:
        require_strong_key(one.public_key)
    return certificates


def _finished(work: Coroutine[Any, Any, ValidationPath]) -> ValidationPath:
    """Return what a coroutine gives that waits for nothing, since nothing is fetched; also inside a running loop."""
    try:
        work.send(None)
    except StopIteration as done:
        found: ValidationPath = done.value
        return found
    work.close()
    raise Unsound("chain", "证书链需要联网才能确认")


def require_not_revoked(certificates: Iterable[x509.Certificate], shown: Shown) -> None:
    """Hold that none was revoked by then, as far as the file's own lists and answers say.

    Raises Unsound("revocation").
    """
    known = [*shown.proofs.certificates, *shown.roots]
    for certificate in certificates:
        issuers = [one for one in known if one.subject == certificate.issuer]
        when = [
            *(_listed(certificate, issuer, one) for one in shown.proofs.lists for issuer in issuers),
            *(_answered(certificate, issuer, one) for one in shown.proofs.answers for issuer in issuers),
        ]
        if min((one for one in when if one is not None), default=_NEVER) <= shown.at:
            raise Unsound("revocation", "证书在签名之前已被吊销")


_NEVER = datetime.max.replace(tzinfo=UTC)


def is_listed(certificate: x509.Certificate, issuers: Iterable[x509.Certificate], lists: Proofs, at: datetime) -> bool:
    """Tell whether a list that is in force at a time says of a certificate whether it is revoked (RFC 5280, 5.1.2)."""
    said = [
        one
        for issuer in issuers
        if issuer.subject == certificate.issuer
        for one in lists.lists
        if _current(one, at) and _listed(certificate, issuer, one) is not None
    ]
    return bool(said)


def _current(found: crl.CertificateList, at: datetime) -> bool:
    body = found["tbs_cert_list"]
    until = body["next_update"].native
    return bool(body["this_update"].native <= at and until is not None and at <= until)


def _listed(certificate: x509.Certificate, issuer: x509.Certificate, found: crl.CertificateList) -> datetime | None:
    """Return when a list revokes the certificate, never where it does not; None where it cannot tell."""
    body = found["tbs_cert_list"]
    if found.issuer != issuer.subject or not _holds(found["signature"], body, issuer, found["signature_algorithm"]):
        return None
    for one in body["revoked_certificates"] or ():
        if one["user_certificate"].native == certificate.serial_number:
            lifted = one.crl_reason_value is not None and one.crl_reason_value.native == _LIFTED
            return _NEVER if lifted else _when(one["revocation_date"])
    return _NEVER


def _answered(certificate: x509.Certificate, issuer: x509.Certificate, found: Any) -> datetime | None:
    body = found["tbs_response_data"]
    responders = [issuer, *(one for one in found["certs"] or () if _may_answer(one, issuer))]
    if not any(_holds(found["signature"], body, one, found["signature_algorithm"]) for one in responders):
        return None
    for one in body["responses"]:
        named = one["cert_id"]
        algorithm = named["hash_algorithm"]["algorithm"].native
        same = named["issuer_key_hash"].native == getattr(issuer.public_key, algorithm, None)
        if named["serial_number"].native != certificate.serial_number or not same:
            continue
        status = one["cert_status"]
        if status.name == "revoked":
            return _when(status.chosen["revocation_time"])
        return _NEVER if status.name == "good" else None
    return None


def _when(value: Any) -> datetime:
    when: datetime = value.native
    return when


def _may_answer(responder: x509.Certificate, issuer: x509.Certificate) -> bool:
    usage = responder.extended_key_usage_value
    named = usage is not None and "ocsp_signing" in usage.native
    body, algorithm = responder["tbs_certificate"], responder["signature_algorithm"]
    return named and _holds(responder["signature_value"], body, issuer, algorithm)


def _holds(signature: Any, body: Any, issuer: x509.Certificate, algorithm: Any) -> bool:
    try:
        Validator().validate_signature(signature.native, body.dump(), issuer.public_key, algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, sm.Unsound, ValueError, AssertionError, TypeError, KeyError):
        return False
    return True
