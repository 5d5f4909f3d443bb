"""Certificates for the keys of seals: the role of an authority that this process can ask.

An authority far away is not asked in a transaction: its certificate is handed in with the step that makes the seal.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

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
