"""The audit chain itself: what a row's digest is, and whether rows follow one another. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

WORDS = ("at", "actor", "action", "subject", "details")
"""What a row says; its own id is among the details."""
ROW = ("sequence", *WORDS, "previous", "digest")
"""A row of the chain, as `Walk` takes it."""


def digest_of(parts: Sequence[Any]) -> str:
    """Return the SHA-256, in hexadecimal, of some parts as a JSON list of texts."""
    written = ", ".join(map(encode_basestring, map(str, parts)))
    return hashlib.sha256(f"[{written}]".encode()).hexdigest()


def chained_digest(row: Mapping[str, Any]) -> str:
    """Return the digest of a row that is about to be chained."""
    return digest_of([row[word] for word in ROW[:-1]])


class Walk:
    """A walk along a chain from its first row: it stops where a row does not hold.

    `heads` says by sequence which signed head there is, and of which digest (`chassis.data.heads`).
    """

    def __init__(self, heads: Mapping[int, tuple[int, str]]) -> None:
        self.rows = 0
        self.digest = ""
        self.broken_at: int | None = None
        self.reason = ""
        self._heads = heads
        self._held = 0
        """The row of the last signed head that was found to be what it was."""

    def take(self, rows: Sequence[Sequence[Any]]) -> bool:
        """Go on along rows, each as `ROW` names its parts; tell whether all hold."""
        for row in rows:
            expected = self.rows + 1
            if row[0] != expected:
                return self._stop(expected, f"row {expected} is missing")
            if row[6] != self.digest:
                return self._stop(expected, f"row {expected} does not follow the row before it")
            if row[7] != digest_of(row[:7]):
                return self._stop(expected, f"row {expected} was changed")
            if expected in self._heads:
                number, digest = self._heads[expected]
                if digest != row[7]:
                    reason = f"row {expected} is not the one that signed head {number} was of: the log was rewritten"
                    return self._stop(self._held + 1, reason)
                self._held = expected
            self.rows, self.digest = expected, row[7]
        return True

    def end(self, head: tuple[int, str] | None) -> bool:
        """Hold the chain's end against its head and the signed heads; tell whether it is the end."""
        beyond = min((sequence for sequence in self._heads if sequence > self.rows), default=0)
        if beyond:
            number = self._heads[beyond][0]
            reason = f"the chain ends at row {self.rows}, signed head {number} is of row {beyond}: rows were cut off"
            return self._stop(self.rows + 1, reason)
        if head is None:
            return self._stop(self.rows + 1, "the chain has no head")
        if head != (self.rows, self.digest):
            return self._stop(self.rows + 1, f"the chain ends at row {self.rows}, its head says {head[0]}")
        return True

    def _stop(self, broken_at: int, reason: str) -> bool:
        self.broken_at, self.reason = broken_at, reason
        return False
