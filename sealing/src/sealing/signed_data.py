"""CMS signatures (RFC 5652) as seals of PDFs and time stamps have them: one signer, its certificate bound, no more.

Only what is inside is judged here; whether a chain leads to a root is `chains`' work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, parser, tsp, x509
from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.core import Void
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko_certvalidator.sig_validate import (
    DefaultSignatureValidator,
    SignatureValidationContext,
    SignatureValidator,
)

from sealing import sm
from sealing.strength import SHA3_SIGNATURES, STRONG, Unsound, digest_name, require_strong

Digest = Callable[[hashes.HashAlgorithm], bytes]
"""Gives the digest of what is signed, by an algorithm."""
LARGEST = 4 * 2**20
_SHA1 = hashes.SHA1()  # noqa: S303  names a certificate in old time stamps (RFC 2634, 5.4); it signs nothing


@dataclass(frozen=True, slots=True)
class Signed:
    """A sound signature: its certificate, all that came with it, when its maker says, its value, what it signs."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    said: datetime | None
    value: bytes
    content: bytes
    stamps: tuple[cms.ContentInfo, ...]


class Validator(SignatureValidator):
    """Checks signatures by `cryptography`, and by SM2 where the algorithm says so. Raises InvalidSignature."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: Any,
        signature_algorithm: SignedDigestAlgorithm,
        context: SignatureValidationContext = SignatureValidationContext(),  # noqa: B008  frozen, and the library's own
    ) -> None:
        """Check one. Raises InvalidSignature."""
        if signature_algorithm["algorithm"].dotted in SHA3_SIGNATURES:
            _check_sha3(signature, signed_data, public_key_info, signature_algorithm)
            return
        if signature_algorithm["algorithm"].dotted != sm.SM2_WITH_SM3:
            plain = DefaultSignatureValidator()
            plain.validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
            return
        public = sm.from_spki(public_key_info)
        if not sm.verify(public, sm.digest_to_sign(public, signed_data), signature):
            raise InvalidSignature


def _check_sha3(signature: bytes, signed: bytes, public_key_info: Any, algorithm: Any) -> None:
    kind, name = SHA3_SIGNATURES[algorithm["algorithm"].dotted]
    key = serialization.load_der_public_key(public_key_info.dump())
    if kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(STRONG[name]))
    elif kind == "rsassa_pkcs1v15" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), STRONG[name])
    else:
        raise InvalidSignature


def read(contents: bytes) -> cms.ContentInfo:
    """Read a CMS that zeros may follow. Raises Unsound."""
    try:
        length = parser.peek(contents)
        if contents[length:].strip(b"\0") or length > LARGEST:
            raise Unsound("cms_structure", "签名数据之后藏有其他数据")
        return cms.ContentInfo.load(contents[:length], strict=True)
    except (ValueError, TypeError) as broken:
        raise Unsound("cms_structure", "签名数据不是完整的 CMS 结构") from broken


def verify(info: cms.ContentInfo, digest: Digest | None, *, kind: str = "data", binds: bool = True) -> Signed:
    """Verify a signature over what `digest` gives, or over its own content where `digest` is None. Raises Unsound.

    Signatures of before PAdES need not name their certificate (`binds` false); one that does must name the right one.
    """
    try:
        return _verify(info, digest, kind, binds)
    except Unsound:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as broken:
        raise Unsound("cms_structure", "签名数据的结构有误") from broken


def _verify(info: cms.ContentInfo, digest: Digest | None, kind: str, binds: bool) -> Signed:  # noqa: FBT001
    if info["content_type"].native != "signed_data":
        raise Unsound("cms_structure", "签名数据不是 CMS 签名")
    data = info["content"]
    signers = data["signer_infos"]
    if len(signers) != 1:
        raise Unsound("cms_structure", f"签名数据应只有一个签名者,却有 {len(signers)} 个")
    content = _content(data["encap_content_info"], kind, embedded=digest is None)
    signer = signers[0]
    attributes = _attributes(signer)
    certificates = [one.chosen for one in data["certificates"] or () if one.name == "certificate"]
    certificate = _certificate(signer["sid"], certificates)
    if not _is_readable(certificate):
        raise Unsound("signing_certificate", "签章人的证书无法读出")
    _require_bound(attributes, certificate, binds=binds)
    name = digest_name(signer["digest_algorithm"])
    expected = _digest(STRONG[name], content) if digest is None else digest(STRONG[name])
    if _one(attributes, "content_type").native != kind:
        raise Unsound("cms_structure", "签名属性与内容类型不符")
    if _one(attributes, "message_digest").native != expected:
        raise Unsound("digest", "内容与签名时不一致,文件被改动过")
    require_strong(signer["signature_algorithm"], certificate.public_key, name)
    _require_signature(signer, certificate, name)
    return Signed(
        certificate,
        tuple(filter(_is_readable, certificates)),
        _said(attributes),
        signer["signature"].native,
        content,
        _stamps(signer),
    )


def _content(encapsulated: Any, kind: str, *, embedded: bool) -> bytes:
    if encapsulated["content_type"].native != kind:
        raise Unsound("cms_structure", "签名数据的内容类型不对")
    content = encapsulated["content"]
    there = not isinstance(content, Void)
    if there != embedded:
        raise Unsound("cms_structure", "签名数据里夹带了另一份内容" if there else "签名数据没有内容")
    return bytes(content) if there else b""


def _attributes(signer: Any) -> dict[str, list[Any]]:
    attributes: dict[str, list[Any]] = {}
    for one in signer["signed_attrs"] or ():
        attributes.setdefault(one["type"].native, []).append(one["values"])
    if not attributes:
        raise Unsound("cms_structure", "签名没有签名属性")
    return attributes


def _one(attributes: dict[str, list[Any]], name: str) -> Any:
    sets = attributes.get(name, [])
    if len(sets) != 1 or len(sets[0]) != 1:
        raise Unsound("cms_structure", f"签名属性 {name} 应恰有一个")
    return sets[0][0]


def _certificate(sid: Any, certificates: list[x509.Certificate]) -> x509.Certificate:
    if sid.name == "issuer_and_serial_number":
        wanted = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
        found = {c.dump(): c for c in certificates if (c.issuer.dump(), c.serial_number) == wanted}
    else:
        found = {c.dump(): c for c in certificates if c.key_identifier == sid.chosen.native}
    if len(found) != 1:
        raise Unsound("signing_certificate", "签名数据里没有签章人的证书" if not found else "签章人的证书不唯一")
    return next(iter(found.values()))


def _is_readable(certificate: x509.Certificate) -> bool:
    """Tell whether all of a certificate can be read, which asn1crypto does only when it is asked."""
    try:
        certificate.native  # noqa: B018  reads all of it now
    except (ValueError, TypeError, KeyError, OverflowError):
        return False
    return True


def _require_bound(attributes: dict[str, list[Any]], certificate: x509.Certificate, *, binds: bool) -> None:
    """Hold that ESS signing-certificate(-v2) names the certificate (RFC 5035, RFC 2634 5.4; ETSI EN 319 122-1)."""
    if binds and "signing_certificate_v2" not in attributes and "signing_certificate" not in attributes:
        raise Unsound("signing_certificate", "签名没有绑定签章证书(缺少 signing-certificate 属性)")
    for name in {"signing_certificate_v2", "signing_certificate"} & attributes.keys():
        named = _one(attributes, name)["certs"][0]
        algorithm: hashes.HashAlgorithm = _SHA1
        if name == "signing_certificate_v2":
            algorithm = STRONG[digest_name(named["hash_algorithm"])]
        if named["cert_hash"].native != _digest(algorithm, certificate.dump()) or _names_other(named, certificate):
            raise Unsound("signing_certificate", "签名所绑定的不是这张签章证书")


def _names_other(named: Any, certificate: x509.Certificate) -> bool:
    """Tell whether `issuerSerial` speaks of another certificate; one that is badly written says nothing."""
    try:
        serial = named["issuer_serial"]
        return serial.native is not None and serial["serial_number"].native != certificate.serial_number
    except (ValueError, TypeError):
        return False


def _digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _require_signature(signer: Any, certificate: x509.Certificate, name: str) -> None:
    signed = signer["signed_attrs"].untag().dump()
    context = SignatureValidationContext(contextual_md_algorithm=name)
    for text in dict.fromkeys((signed, signer["signed_attrs"].untag().dump(force=True))):
        try:
            Validator().validate_signature(
                signer["signature"].native, text, certificate.public_key, signer["signature_algorithm"], context
            )
        except (InvalidSignature, sm.Unsound, ValueError, AssertionError, UnsupportedAlgorithm):
            continue
        return
    raise Unsound("signature_value", "签名值与证书对不上:不是这张证书的密钥签的,或签名被改动")


def _said(attributes: dict[str, list[Any]]) -> datetime | None:
    if "signing_time" not in attributes:
        return None
    said = _one(attributes, "signing_time").native
    return said if isinstance(said, datetime) else None


def _stamps(signer: Any) -> tuple[cms.ContentInfo, ...]:
    return tuple(
        stamp
        for one in signer["unsigned_attrs"] or ()
        if one["type"].native == "signature_time_stamp_token"
        for stamp in one["values"]
    )


@dataclass(frozen=True, slots=True)
class Stamped:
    """A sound time stamp: its signature, and the time that it says."""

    signed: Signed
    at: datetime


def verify_stamp(info: cms.ContentInfo, digest: Digest) -> Stamped:
    """Verify a time stamp token over what `digest` gives (RFC 3161, 2.4.2). Raises Unsound."""
    signed = verify(info, None, kind="tst_info")
    try:
        told = tsp.TSTInfo.load(signed.content, strict=True)
        imprint = told["message_imprint"]
        name = digest_name(imprint["hash_algorithm"])
        at = told["gen_time"].native
        usage = signed.certificate.extended_key_usage_value
        stamped = imprint["hashed_message"].native
    except (ValueError, TypeError, KeyError, AttributeError) as broken:
        raise Unsound("time_stamp", "时间戳的结构有误") from broken
    if stamped != digest(STRONG[name]):
        raise Unsound("time_stamp", "时间戳盖的不是这份内容")
    if usage is None or "time_stamping" not in usage.native or not isinstance(at, datetime) or at.tzinfo is None:
        raise Unsound("time_stamp", "签发时间戳的证书不是时间戳证书")
    return Stamped(signed, at)


def digest_of(*parts: bytes | memoryview) -> Digest:
    """Return what digests these bytes, one after another."""

    def digest(algorithm: hashes.HashAlgorithm) -> bytes:
        one = hashes.Hash(algorithm)
        for part in parts:
            one.update(part)
        return one.finalize()

    return digest
