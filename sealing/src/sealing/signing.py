"""The seam between formats and keys: who signs, and who gives the time. An HSM, a file and a test fit alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Sign: TypeAlias = Callable[[bytes], Awaitable[bytes]]
"""Takes a digest (32 bytes) and returns a signature, DER `SEQUENCE {r, s}`: ECDSA over a SHA-256 digest for P-256;
for SM2 over e = SM3(Z || M), which the caller computed (GB/T 32918.2)."""
Stamp: TypeAlias = Callable[[bytes], Awaitable[bytes]]
"""Takes a SHA-256 digest and returns a time stamp token (RFC 3161), DER of the CMS ContentInfo. Raises StampRefused."""


class Algorithm(StrEnum):
    """The algorithms of keys."""

    P256 = "P-256"
    SM2 = "SM2"


class StampRefused(Exception):  # noqa: N818  named after the fact
    """No time stamp was to be had: the authority is out, slow, or its answer does not hold."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs: its certificate and the chain above it (DER, the issuer first), its algorithm, and its key's use."""

    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    algorithm: Algorithm
    sign: Sign = field(repr=False)
