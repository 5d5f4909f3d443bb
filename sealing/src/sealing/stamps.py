"""Time stamps (RFC 3161): asking for one, reading the answer strictly, and giving one.

An answer counts only if it is for this digest and this question, signed by a certificate for time stamps alone that
leads to a trusted root, and near to our own time. Whether that certificate was revoked is not looked at here.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from sealing import certificates
from sealing.cms import SHA256 as SHA256_NAME
from sealing.cms import SIGNED_DATA, enveloping
from sealing.der import (
    BOOLEAN,
    FIRST,
    INTEGER,
    OCTETS,
    SECOND,
    SEQUENCE,
    SET,
    TIME,
    NotDer,
    Parts,
    Value,
    der,
    integer,
    oid,
    read,
)
from sealing.signing import Signatory, StampRefused

TST_INFO = oid("1.2.840.113549.1.9.16.1.4")
DRIFT = timedelta(minutes=5)
"""How far an authority's clock may be from ours."""
REFUSED = der(SEQUENCE, der(SEQUENCE, integer(2)))
"""The answer `rejection`."""
_OID = 0x06
_NULL = b"\x05\x00"
_GRANTED = der(SEQUENCE, integer(0))
_WITH_CERTIFICATE = der(BOOLEAN, b"\xff")
_ACCURACY = der(SEQUENCE, integer(1))
_CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.16.2.12")
_SIGNING_CERTIFICATE_V2 = oid("1.2.840.113549.1.9.16.2.47")
_HASHES = {
    oid("2.16.840.1.101.3.4.2.1"): "sha256",
    oid("2.16.840.1.101.3.4.2.2"): "sha384",
    oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_HASHED: Mapping[str, type[HashAlgorithm]] = {"sha256": SHA256, "sha384": SHA384, "sha512": SHA512}
_SIGNATURES = {
    oid("1.2.840.113549.1.1.1"): "rsa",
    oid("1.2.840.113549.1.1.11"): "rsa256",
    oid("1.2.840.113549.1.1.12"): "rsa384",
    oid("1.2.840.113549.1.1.13"): "rsa512",
    oid("1.2.840.10045.4.3.2"): "ecdsa256",
    oid("1.2.840.10045.4.3.3"): "ecdsa384",
    oid("1.2.840.10045.4.3.4"): "ecdsa512",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an authority: a time stamp for a SHA-256 digest, with a nonce, certificates included."""

    digest: bytes
    nonce: int

    def encoded(self) -> bytes:
        """Return the TimeStampReq (RFC 3161, 2.4.1)."""
        imprint = der(SEQUENCE, SHA256_NAME, der(OCTETS, self.digest))
        return der(SEQUENCE, integer(1), imprint, integer(self.nonce), _WITH_CERTIFICATE)


def ask(digest: bytes) -> Question:
    """Return a question that nobody asked before."""
    return Question(digest, secrets.randbits(64))


def read_question(encoded: bytes) -> Question:
    """Read a TimeStampReq such as `Question` writes. Raises StampRefused."""
    try:
        parts = read(encoded)
        version, imprint, nonce = parts.take(INTEGER).number(), parts.take(SEQUENCE), parts.take(INTEGER).number()
        wanted = parts.one(BOOLEAN)
        question = Question(_imprint(imprint), nonce)
    except NotDer as error:
        raise StampRefused("the question cannot be read") from error
    if version != 1 or nonce < 0 or wanted.content != b"\xff":
        raise StampRefused("only SHA-256, with a nonce and certificates, is stamped")
    return question


async def answer(question: Question, signatory: Signatory, *, serial: int, at: datetime, policy: bytes) -> bytes:
    """Return a TimeStampResp that grants a time stamp, to the second, under a policy (an object identifier, DER)."""
    stated = der(
        SEQUENCE,
        integer(1),
        policy,
        der(SEQUENCE, SHA256_NAME, der(OCTETS, question.digest)),
        integer(serial),
        der(0x18, at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()),
        _ACCURACY,
        integer(question.nonce),
    )
    return der(SEQUENCE, _GRANTED, await enveloping(TST_INFO, stated, signatory))


def read_answer(encoded: bytes, question: Question, *, roots: Sequence[x509.Certificate], at: datetime) -> bytes:
    """Return the time stamp token (DER) of an answer that holds. Raises StampRefused, which says what does not."""
    try:
        parts = read(encoded)
        status = parts.take(SEQUENCE).parts().take(INTEGER).number()
        if status != 0:
            raise StampRefused(f"the authority grants nothing: status {status}")
        token = parts.one(SEQUENCE)
        _require_for(_signed(token, roots), question, at)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: of names in certificates, read late
        raise StampRefused(f"the answer cannot be read: {error}") from error
    except certificates.ChainRefused as error:
        raise StampRefused(str(error)) from error
    return token.whole


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a time stamp states: for which digest, when, in answer to what."""

    digest: bytes
    at: datetime
    nonce: int | None


def _require_for(stated: _Stated, question: Question, at: datetime) -> None:
    if stated.digest != question.digest:
        raise StampRefused("another digest was stamped")
    if stated.nonce != question.nonce:
        raise StampRefused("it answers another question")
    if abs(stated.at - at) > DRIFT:
        raise StampRefused("the authority's clock and ours differ")


def _stated(content: bytes) -> _Stated:
    """Read a TSTInfo (RFC 3161, 2.4.2)."""
    parts = read(content)
    if parts.take(INTEGER).number() != 1:
        raise NotDer("another version")
    parts.take(_OID)
    digest = _imprint(parts.take(SEQUENCE))
    parts.take(INTEGER)
    at = _time(parts.take(TIME).content)
    parts.maybe(SEQUENCE)
    parts.maybe(BOOLEAN)
    nonce = parts.maybe(INTEGER)
    parts.maybe(FIRST)
    parts.end()  # extensions, of which none is known here, would be left
    return _Stated(digest, at, nonce.number() if nonce else None)


def _imprint(value: Value) -> bytes:
    parts = value.parts()
    name, digest = _hash(parts.take(SEQUENCE)), parts.one(OCTETS).content
    if name != "sha256" or len(digest) != 32:
        raise NotDer("not a SHA-256 digest")
    return digest


def _time(text: bytes) -> datetime:
    """Read a GeneralizedTime of DER: UTC, with or without parts of a second."""
    found = re.fullmatch(rb"(\d{14})(?:\.(\d{0,8}[1-9]))?Z", text)
    if not found:
        raise NotDer("not a time")
    whole = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return whole + timedelta(seconds=float(b"0." + (found[2] or b"0")))


def _hash(algorithm: Value) -> str:
    """Return the hash that an AlgorithmIdentifier names. Raises NotDer."""
    return _known(algorithm, _HASHES)


def _known(algorithm: Value, names: Mapping[bytes, str]) -> str:
    parts = algorithm.parts()
    name = parts.take(_OID).whole
    if parts.left and (len(parts.left) > 1 or parts.left[0].whole != _NULL):
        raise NotDer("an algorithm with parameters")
    if name not in names:
        raise NotDer("an algorithm that is too weak or not known")
    return names[name]


def _signed(token: Value, roots: Sequence[x509.Certificate]) -> _Stated:
    """Return what a token states, if one signer with a fit certificate signed just that (RFC 3161, 2.4.2)."""
    parts = token.parts()
    if parts.take(_OID).whole != SIGNED_DATA:
        raise NotDer("not signed data")
    signed = parts.one(FIRST).parts(FIRST).one(SEQUENCE).parts()
    if signed.take(INTEGER).number() != 3:
        raise NotDer("another version")
    announced = [_hash(algorithm) for algorithm in signed.take(SET).parts(SET).left]
    contained = signed.take(SEQUENCE).parts()
    if contained.take(_OID).whole != TST_INFO:
        raise NotDer("not a time stamp")
    content = contained.one(FIRST).parts(FIRST).one(OCTETS).content
    pool = certificates.loaded(one.whole for one in signed.take(FIRST).parts(FIRST).left)
    signed.maybe(SECOND)
    signer = signed.one(SET).parts(SET).one(SEQUENCE).parts()
    stated = _stated(content)
    leaf = _checked(signer, content, pool, announced)
    certificates.require_stamper(leaf)
    certificates.chain_of(leaf, pool, roots, stated.at)
    return stated


def _checked(
    signer: Parts, content: bytes, pool: Sequence[x509.Certificate], announced: Sequence[str]
) -> x509.Certificate:
    """Return the certificate of a SignerInfo (RFC 5652, 5.3) that holds over the content by an announced hash."""
    if signer.take(INTEGER).number() != 1:
        raise NotDer("another version")
    named, name = signer.take(SEQUENCE).whole, _hash(signer.take(SEQUENCE))
    if name not in announced:
        raise NotDer("a hash that was not announced")
    attributes = signer.take(FIRST)
    algorithm, signature = signer.take(SEQUENCE), signer.take(OCTETS).content
    signer.maybe(SECOND)
    signer.end()
    said = _attributes(attributes)
    if said.get(_CONTENT_TYPE) != TST_INFO or said.get(_MESSAGE_DIGEST) != der(
        OCTETS, hashlib.new(name, content).digest()
    ):
        raise StampRefused("the signature is for other content")
    leaf = _bound(named, said, pool)
    try:
        _verify(leaf, algorithm, name, signature, bytes((SET,)) + attributes.whole[1:])
    except InvalidSignature as error:
        raise StampRefused("the signature does not hold") from error
    return leaf


def _attributes(value: Value) -> dict[bytes, bytes]:
    said: dict[bytes, bytes] = {}
    for one in value.parts(FIRST).left:
        parts = one.parts()
        kind = parts.take(_OID).whole
        values = parts.one(SET).parts(SET).left
        if kind in said or len(values) != 1:
            raise NotDer("an attribute that stands twice")
        said[kind] = values[0].whole
    return said


def _bound(named: bytes, said: Mapping[bytes, bytes], pool: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the one certificate that the signer names and that ESS binds (RFC 5035; RFC 2634 where that is older)."""
    found = [one for one in pool if der(SEQUENCE, one.issuer.public_bytes(), _serial(one)) == named]
    if len(found) != 1:
        raise StampRefused("the signing certificate is missing")
    newer, older = said.get(_SIGNING_CERTIFICATE_V2), said.get(_SIGNING_CERTIFICATE)
    if newer is None and older is None:
        raise StampRefused("the signing certificate is not bound")
    for bound, usual in ((newer, "sha256"), (older, "sha1")):
        if bound is not None:
            first = read(bound).take(SEQUENCE).parts().left[0].parts()
            algorithm = first.maybe(SEQUENCE)
            name = _hash(algorithm) if algorithm else usual
            if hashlib.new(name, found[0].public_bytes(Encoding.DER)).digest() != first.take(OCTETS).content:
                raise StampRefused("another certificate is bound")
    return found[0]


def _serial(certificate: x509.Certificate) -> bytes:
    number = certificate.serial_number
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def _verify(leaf: x509.Certificate, algorithm: Value, name: str, signature: bytes, attributes: bytes) -> None:
    """Raise InvalidSignature unless the signature is over the attributes as they stand."""
    used, key = _known(algorithm, _SIGNATURES), leaf.public_key()
    if used.endswith(("256", "384", "512")) and used[-3:] != name[-3:]:
        raise NotDer("the signature's two algorithms differ")
    if isinstance(key, rsa.RSAPublicKey) and used.startswith("rsa") and key.key_size >= 2048:
        key.verify(signature, attributes, padding.PKCS1v15(), _HASHED[name]())
    elif isinstance(key, ec.EllipticCurvePublicKey) and used.startswith("ecdsa"):
        key.verify(signature, attributes, ec.ECDSA(_HASHED[name]()))
    else:
        raise StampRefused("the signature's algorithm is too weak or not known")
