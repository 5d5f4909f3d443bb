"""Signed data (CMS, RFC 5652) as PAdES and RFC 3161 want it, written straight in DER.

What depends on the signer alone is prepared once; a signature then costs two hashes and one use of the key.
"""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography import x509

from sealing.der import FIRST, OCTETS, SECOND, SEQUENCE, SET, der, integer, oid
from sealing.signing import Algorithm, Signatory, Stamp

LONGEST_SIGNATURE = 72
"""Bytes of an ECDSA signature on P-256 in DER, at most."""


DATA = oid("1.2.840.113549.1.7.1")
SIGNED_DATA = oid("1.2.840.113549.1.7.2")
SHA256 = der(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"))
_ECDSA = der(SEQUENCE, oid("1.2.840.10045.4.3.2"))
_CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.16.2.47")
_PROTECTION = oid("1.2.840.113549.1.9.52")
_TIME_STAMP = oid("1.2.840.113549.1.9.16.2.14")


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a signer says the same each time: its certificates, its name, the attributes that bind both."""

    certificates: bytes = field(repr=False)
    identity: bytes = field(repr=False)
    attributes: tuple[bytes, ...] = field(repr=False)


def attribute(kind: bytes, value: bytes) -> bytes:
    """Return an attribute of one value."""
    return der(SEQUENCE, kind, der(SET, value))


@lru_cache(maxsize=1024)
def _prepared(certificate: bytes, chain: tuple[bytes, ...]) -> _Prepared:
    """Prepare a signer.

    Its certificate is bound by ESS signing-certificate-v2 (RFC 5035, SHA-256 being the default that DER leaves out),
    its algorithms by CMSAlgorithmProtection (RFC 6211).
    """
    read = x509.load_der_x509_certificate(certificate)
    bound = der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, der(OCTETS, hashlib.sha256(certificate).digest()))))
    protected = der(SEQUENCE, SHA256, der(SECOND, _ECDSA[2:]))
    return _Prepared(
        der(FIRST, *sorted({certificate, *chain})),
        der(SEQUENCE, read.issuer.public_bytes(), integer(read.serial_number)),
        (attribute(_SIGNING_CERTIFICATE, bound), attribute(_PROTECTION, protected)),
    )


async def detached(digest: bytes, signatory: Signatory, stamp: Stamp | None = None) -> bytes:
    """Return signed data over content that stands elsewhere, given its SHA-256 digest; with a time stamp of it.

    The attributes are those of a PAdES baseline signature (ETSI EN 319 142-1, clause 6.3): no signing-time, since the
    signature dictionary has /M. Raises StampRefused, and whatever the key raises.
    """
    return await _signed(DATA, b"", digest, signatory, stamp)


async def enveloping(kind: bytes, content: bytes, signatory: Signatory) -> bytes:
    """Return signed data that contains its content, of the kind of an object identifier (DER)."""
    digest = hashlib.sha256(content).digest()
    return await _signed(kind, der(FIRST, der(OCTETS, content)), digest, signatory, None)


@lru_cache(maxsize=1024)
def _longest(certificate: bytes, chain: tuple[bytes, ...]) -> int:
    prepared = _prepared(certificate, chain)
    attributes = _attributes(DATA, bytes(32), prepared)
    return len(_assembled(DATA, b"", prepared, attributes, bytes(LONGEST_SIGNATURE))) + 16


def size_of(signatory: Signatory) -> int:
    """Return how many bytes detached signed data of this signer has at most, without a time stamp's."""
    return _longest(signatory.certificate, signatory.chain)


async def _signed(kind: bytes, content: bytes, digest: bytes, signatory: Signatory, stamp: Stamp | None) -> bytes:
    if signatory.algorithm is not Algorithm.P256:
        raise ValueError("PDF and RFC 3161 are signed on P-256; SM2 is for GB/T 38540")
    prepared = _prepared(signatory.certificate, signatory.chain)
    attributes = _attributes(kind, digest, prepared)
    signature = await signatory.sign(hashlib.sha256(attributes).digest())
    if stamp is None:
        return _assembled(kind, content, prepared, attributes, signature)
    token = await stamp(hashlib.sha256(signature).digest())
    stamped = der(SECOND, attribute(_TIME_STAMP, token))
    return _assembled(kind, content, prepared, attributes, signature, stamped)


def _attributes(kind: bytes, digest: bytes, prepared: _Prepared) -> bytes:
    """Return the signed attributes as they are signed: a SET, in the order of DER."""
    said = (attribute(_CONTENT_TYPE, kind), attribute(_MESSAGE_DIGEST, der(OCTETS, digest)), *prepared.attributes)
    return der(SET, *sorted(said))


def _assembled(  # noqa: PLR0913, PLR0917  signed data has this many parts
    kind: bytes, content: bytes, prepared: _Prepared, attributes: bytes, signature: bytes, stamped: bytes = b""
) -> bytes:
    said = bytes((FIRST,)) + attributes[1:]
    signer = der(SEQUENCE, integer(1), prepared.identity, SHA256, said, _ECDSA, der(OCTETS, signature), stamped)
    version = integer(1 if kind == DATA else 3)
    contained = der(SEQUENCE, kind, content)
    whole = der(SEQUENCE, version, der(SET, SHA256), contained, prepared.certificates, der(SET, signer))
    return der(SEQUENCE, SIGNED_DATA, der(FIRST, whole))
