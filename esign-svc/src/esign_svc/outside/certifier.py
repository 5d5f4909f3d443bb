"""Certificates for the keys of seals: the role of an authority that this process can ask.

An authority far away is not asked in a transaction: its certificate is handed in with the step that makes the seal.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sealing.seal_face import SealFace
from sealing.signing import Algorithm


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """Whose certificate is wanted: the seal's name, its unit's name, and the unit's USCC where it is known."""

    name: str
    unit: str
    uscc: str
    public_key: bytes = field(repr=False)
    """SubjectPublicKeyInfo, DER."""
    valid_from: datetime
    valid_until: datetime
    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class CertificateMade:
    """A certificate and the chain above it, DER, the issuer first and the root last."""

    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


class Certifier(Protocol):
    """Certifies a seal's key at once, in this process."""

    async def certify(self, request: CertificateRequest) -> CertificateMade:
        """Return a certificate for sealing (digitalSignature, nonRepudiation), valid as asked.

        Raises CertificateUnfit for a key that the authority does not certify.
        """


@dataclass(frozen=True, slots=True)
class NationalRequest:
    """Whose national seal is wanted (GB/T 38540-2020): the seal's name, code, face and time, and its SM2 public key."""

    name: str
    code: str
    face: SealFace
    public: bytes = field(repr=False)
    """The point, X || Y."""
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class NationalMade:
    """A seal's SM2 certificate, the chain above it, and its SESeal, all DER."""

    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    seal: bytes = field(repr=False)


class NationalMaker(Protocol):
    """Makes national seals (制章者) at once, in this process; one far away is not asked in a transaction."""

    async def make(self, request: NationalRequest) -> NationalMade:
        """Certify the key, and make the seal that may be used with it."""
