"""Signed heads of the audit chain: what a head says, and whether heads and chain belong together.

A head says that the chain had so many rows and ended in this digest at a moment; it is signed (JWS, Ed25519), numbered
without a gap and names the digest of the head before it. Whoever keeps heads outside of the database can tell when rows
are cut off its end, when it is rolled back, and when all of it is written anew: for that the service's key is needed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.data import audit
from chassis.data.audit import Verdict
from chassis.data.database import Database
from chassis.data.schema import signed_head

ALGORITHM = "Ed25519"
TYPE = "yiwang-log-head+jws"
_ALL = sa.select(*(signed_head.c[name] for name in ("number", "sequence", "digest", "at", "jws"))).order_by(
    signed_head.c.number
)


class HeadForged(Exception):  # noqa: N818  named after the fact
    """A head is not one: not signed by the keys given, or it does not say what a head says."""


@dataclass(frozen=True, slots=True)
class Head:
    """The chain of a service had `sequence` rows and ended in `digest`; `previous` is of the head before it."""

    number: int
    sequence: int
    digest: str
    service: str
    at: str
    previous: str


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and its signature, which holds the head, too."""

    head: Head
    jws: str

    @property
    def line(self) -> str:
        """The line of a file of heads: what the head says, for people, and its signature."""
        return json.dumps({**asdict(self.head), "jws": self.jws}, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Judged:
    """Heads that hold, by row: number and digest; the last number, and the first thing wrong with what comes after.

    `broken_at` is the first row of which nothing holds any more. `behind` is how many heads a file lacks at its end.
    """

    at: Mapping[int, tuple[int, str]]
    last: int = 0
    broken_at: int | None = None
    reason: str = ""
    behind: int = 0


def print_of(text: str) -> str:
    """Return the digest by which the next head names this one."""
    return hashlib.sha256(text.encode()).hexdigest()


def sign(head: Head, key: OKPKey) -> SignedHead:
    """Sign a head."""
    told = {"alg": ALGORITHM, "typ": TYPE, "kid": key.thumbprint()}
    payload = json.dumps(asdict(head), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return SignedHead(head, jws.serialize_compact(told, payload, key, algorithms=[ALGORITHM]))


def opened(text: str, keys: Sequence[OKPKey]) -> Head:
    """Return what a signed head says. Raises HeadForged."""
    for key in keys:
        try:
            found = jws.deserialize_compact(text, key, algorithms=[ALGORITHM])
            head = Head(**json.loads(found.payload))
        except (JoseError, ValueError, TypeError):
            continue
        if found.headers().get("typ") == TYPE and _is_well_formed(head):
            return head
    raise HeadForged


def _is_well_formed(head: Head) -> bool:
    counts = type(head.number) is type(head.sequence) is int
    return counts and all(type(one) is str for one in (head.digest, head.service, head.at, head.previous))


class _Chain:
    """Heads in their order, each held against the one before it."""

    def __init__(self, service: str, keys: Sequence[OKPKey], known: dict[str, Head]) -> None:
        """`known` are heads that were opened before, by their signatures; what is opened here is added."""
        self.last: SignedHead | None = None
        self._service = service
        self._keys = keys
        self._known = known

    @property
    def number(self) -> int:
        """The number of the last head; 0 before the first."""
        return self.last.head.number if self.last else 0

    def take(self, text: str) -> str:
        """Go on to the next head; say what is wrong with it."""
        expected = self.number + 1
        try:
            head = self._known[text] = self._known.get(text) or opened(text, self._keys)
        except HeadForged:
            return f"signed head {expected} is not signed by the key given"
        wrong = self._misplaced(head, expected)
        self.last = self.last if wrong else SignedHead(head, text)
        return wrong

    def _misplaced(self, head: Head, expected: int) -> str:
        if head.service != self._service:
            return f"signed head {head.number} is of {head.service}"
        if head.number != expected:
            return f"signed head {expected} is missing"
        if head.previous != (print_of(self.last.jws) if self.last else ""):
            return f"signed head {expected} does not follow the one before it"
        if self.last is None:
            return ""
        before = self.last.head
        is_earlier = head.sequence < before.sequence or head.at < before.at
        return f"signed head {expected} goes back" if is_earlier else ""


def judge(
    service: str, keys: Sequence[OKPKey], kept: Iterable[Sequence[Any]], lines: Sequence[str] | None = None
) -> Judged:
    """Hold a database's heads (number, sequence, digest, at, jws) and the lines of a file against one another."""
    opened_before: dict[str, Head] = {}
    chain = _Chain(service, keys, opened_before)
    found: list[SignedHead] = []
    wrong = ""
    for row in kept:
        wrong = chain.take(row[4])
        if wrong or chain.last is None:
            break
        head = chain.last.head
        if tuple(row[:4]) != (head.number, head.sequence, head.digest, head.at):
            wrong = f"signed head {head.number} was changed"
            break
        found.append(chain.last)
    held = {one.head.sequence: (one.head.number, one.head.digest) for one in found}
    judged = Judged(held, len(found), max(held, default=0) + 1 if wrong else None, wrong)
    return judged if lines is None else _with_file(judged, found, _Chain(service, keys, opened_before), lines)


def _with_file(judged: Judged, found: Sequence[SignedHead], chain: _Chain, lines: Sequence[str]) -> Judged:
    """Hold the lines of a file, from the first head on, against the heads that hold in the database.

    A line that was broken off by a crash is the beginning of the one after it, or the last.
    """
    held, wrong, torn = dict(judged.at), "", ""
    for line in filter(None, lines):
        told = _told_by(line)
        if told is None:
            torn = line
            continue
        wrong = _next_in_file(chain, line, told, torn)
        if wrong or chain.last is None:
            break
        torn, head = "", chain.last.head
        held[head.sequence] = (head.number, head.digest)
        if head.number > judged.last:
            wrong = f"signed head {head.number} was handed outside, and the database lacks it"
        elif found[head.number - 1].jws != chain.last.jws:
            wrong = f"signed head {head.number} is not the database's"
        if wrong:
            break
    behind = max(judged.last - chain.number, 0)
    if judged.reason or not wrong:
        return replace(judged, at=held, behind=behind)
    return Judged(held, judged.last, max(judged.at, default=0) + 1, f"in the file: {wrong}", behind)


def _next_in_file(chain: _Chain, line: str, told: Mapping[str, Any], torn: str) -> str:
    """Go on to the head of a line, which may stand there twice; say what is wrong with it."""
    if not line.startswith(torn):
        return f"the line before signed head {chain.number + 1} cannot be read"
    text = str(told.get("jws"))
    if chain.last is None or text != chain.last.jws:
        wrong = chain.take(text)
        if wrong or chain.last is None:
            return wrong
    return "" if line == chain.last.line else f"the line of signed head {chain.number} is not what was signed"


def _told_by(line: str) -> Mapping[str, Any] | None:
    """Return what a line says; None where it was broken off."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else {}


async def kept_heads(connection: AsyncConnection) -> list[Any]:
    """Return the heads that a database has, in their order."""
    return list(await connection.execute(_ALL))


async def verify(
    database: Database, service: str, keys: Sequence[OKPKey], lines: Sequence[str] | None = None
) -> tuple[Verdict, Judged]:
    """Verify a service's chain with the heads that were signed of it; return what is wrong first, and of the heads."""
    async with database.reading() as connection:
        kept = await kept_heads(connection)
    judged = judge(service, keys, kept, lines)
    verdict = await audit.verify(database, judged.at)
    if judged.broken_at is not None and (verdict.broken_at is None or judged.broken_at < verdict.broken_at):
        verdict = replace(verdict, broken_at=judged.broken_at, reason=judged.reason)
    return verdict, judged
