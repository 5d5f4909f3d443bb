"""What a verification answers, the same for every format and in words that a clerk understands."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """VALID: all is sound and its chain is trusted. INDETERMINATE: sound, only the chain or the time is unknown."""

    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Check:
    """One step: its stable name (snake_case), whether it passed, and a sentence in Chinese."""

    check: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SignatureSeen:
    """A signature or time stamp of a file."""

    field: str
    kind: str
    """`seal`, `timestamp`."""
    signer: str
    """The common name of the signing certificate; empty when there is none."""
    signed_at: datetime | None
    """By the time stamp where there is one, else what the signer says."""
    covers_whole_file: bool
    covered_bytes: int = 0
    """How many of the file's bytes it covers, from the first one; 0 where that is not how the format signs."""
    certificate_sha256: str = ""
    """Of the signing certificate (DER), hexadecimal; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `trust`: a chain leads to a given root; `reason`: the first thing that did not hold."""

    verdict: Outcome
    trust: bool
    reason: str
    checks: tuple[Check, ...] = ()
    signatures: tuple[SignatureSeen, ...] = ()
    licence: dict[str, Any] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier trusts: root certificates (DER), and the time at which to judge; without one, now."""

    roots: tuple[bytes, ...] = ()
    at: datetime | None = None
    crls: tuple[bytes, ...] = ()
    """Lists of revoked certificates (DER) that the verifier has; one that no root signed says nothing."""
