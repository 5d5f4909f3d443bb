"""The audit log: who did what to what, written in the transaction that did it, then chained by hashes.

A use case writes its row sealed under the service's data key and waits for nobody. Within a second a running process
moves what was committed into the chain, in batches. A row that was changed, removed or swapped in the chain shows, and
one that was changed before it got there; one that is put in again is not chained again; one that does not get there in
time alarms. What only the outside can tell: rows cut off the chain's end together with its head, or a chain that is
written anew (`chassis.data.heads` signs heads and hands them out), and a row removed between its commit and its
chaining.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base import telemetry
from chassis.base.ids import uuid7
from chassis.base.works import moving
from chassis.data.chained import ROW as CHAINED
from chassis.data.chained import WORDS, Walk, chained_digest, digest_of
from chassis.data.cipher import FieldCipher, Undecipherable
from chassis.data.database import Database, DatabaseUnavailable, UnitOfWork
from chassis.data.schema import audit, audit_head, audit_unchained

PAGE = 5000
BATCH = 500
PAUSE_SECONDS = 1.0
LATE_SECONDS = 60.0
ROW = "row"
"""Among the details: the row's own id, so that no two genuine rows are alike."""
CHANGED, REPEATED = "was changed before it was chained", "is in the chain already: it was put in again"
NOTE = "note"
"""Among the details: what somebody wrote down, sealed for the row's subject, since it may hold personal data."""
NO_HEADS: Mapping[int, tuple[int, str]] = {}
_PAGE = (
    sa.select(*(audit.c[word] for word in CHAINED))
    .where(audit.c.sequence > sa.bindparam("after", type_=sa.BigInteger))
    .order_by(audit.c.sequence)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_HEAD = sa.select(audit_head.c.sequence, audit_head.c.digest)
_NEWEST = sa.select(
    sa.select(sa.func.max(audit_head.c.sequence)).scalar_subquery(),
    sa.select(sa.func.max(audit_unchained.c.position)).scalar_subquery(),
    sa.select(sa.func.count()).select_from(audit_unchained).scalar_subquery(),
)


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Unsealed(Exception):  # noqa: N818  named after the fact
    """A database that was opened without the service's cipher is to be written to: nobody could seal the row."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: how many rows hold, the head, how many wait, the first bad row with the reason."""

    rows: int
    head: str
    waiting: int = 0
    broken_at: int | None = None
    reason: str = ""


async def record(
    work: UnitOfWork, *, actor: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Write a row, sealed; it is chained after the commit. No lock is taken.

    `details` carries no personal data: ids, codes, versions; the row's own id is added. Raises Unsealed.
    """
    row = {
        "at": work.clock.now().isoformat(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": _encode({**(details or {}), ROW: uuid7()}),
    }
    seal = _cipher(work.cipher).encrypt(digest_of([row[word] for word in WORDS]), table="audit", column="seal", row="")
    work.add(audit_unchained, {**row, "seal": seal})


async def record_look(
    database: Database, *, actor: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Write the row of a look that changes nothing, in a transaction of its own; to be called before the answer goes.

    Raises DatabaseUnavailable: without the row there is no answer (个人信息保护法 art. 51 and 54).
    """
    async with database.unit_of_work() as work:
        await record(work, actor=actor, action=action, subject=subject, details=details)


async def newest(connection: AsyncConnection) -> tuple[int, int, int]:
    """Return what tells one last row from any other: the chain's length, the newest position that waits, how many wait.

    It is another after each committed row, in whatever order positions are taken and committed, and after what waited
    was chained; what it was before never comes again.
    """
    row = (await connection.execute(_NEWEST)).one()
    return row[0] or 0, row[1] or 0, row[2]


def sealed_note(work: UnitOfWork, note: str, *, subject: str) -> dict[str, str]:
    """Return the details that carry a note on a subject, sealed; none for a blank one. Raises Unsealed."""
    if not note.strip():
        return {}
    return {NOTE: _cipher(work.cipher).encrypt(note, table="audit", column=NOTE, row=subject)}


async def rows_about(database: Database, subject: str) -> list[dict[str, Any]]:
    """Return all rows that name a subject, the oldest first, those that wait to be chained too; notes are opened.

    A row names it as its subject or among its details: a list that was shown has the unit as its subject. It goes
    through all rows.
    """
    rows: list[dict[str, Any]] = []
    async with database.reading() as connection:
        for table, place in ((audit, audit.c.sequence), (audit_unchained, audit_unchained.c.position)):
            named = table.c.details.contains(json.dumps(subject, ensure_ascii=False), autoescape=True)
            about = sa.select(*(table.c[word] for word in WORDS)).where(sa.or_(table.c.subject == subject, named))
            rows += [dict(row) for row in (await connection.execute(about.order_by(place))).mappings()]
    found = [{**row, "details": json.loads(row["details"])} for row in rows]
    for row in found:
        if sealed := row["details"].get(NOTE):
            opened = _cipher(database.cipher).decrypt(sealed, table="audit", column=NOTE, row=row["subject"])
            row["details"][NOTE] = opened
    return [{word: row[word] for word in WORDS} for row in found]


async def keep_chained(database: Database) -> None:
    """Chain what is committed until cancelled, and once more then. What cannot be chained is told, each row once."""
    told: set[int] = set()
    try:
        while True:
            moving()
            try:
                moved = await chain(database)
                await _tell(database, told)
            except DatabaseUnavailable as outage:
                moved = 0
                telemetry.log.warning("audit_waits", reason=type(outage).__name__)
            if moved < BATCH:
                await asyncio.sleep(PAUSE_SECONDS)
    except asyncio.CancelledError:
        await asyncio.shield(_last(database))
        raise


async def _last(database: Database) -> None:
    try:
        await chain(database)
    except DatabaseUnavailable:
        return  # the next start chains it


async def chain(database: Database) -> int:
    """Move the oldest waiting rows into the chain, all whose seals hold; return how many.

    The head's row is the lease: while another process holds it there is nothing to do here.
    """
    async with database.reading() as connection:
        if not await _waiting(connection, 1):
            return 0
    async with database.unit_of_work() as work:
        head = (await work.connection.execute(sa.select(audit_head).with_for_update(skip_locked=True))).first()
        if head is None:
            return 0
        waiting = await _waiting(work.connection, BATCH)
        wrong = await _wrong(work.connection, work.cipher, waiting)
        sound = [row for row in waiting if row["position"] not in wrong]
        for row in sound:
            if _late(
                row, work.clock.now()
            ):  # after an outage, or put in by hand: it holds, but who was it waiting for?
                telemetry.log.warning("audit_chained_late", position=row["position"], at=row["at"])
        if sound:
            await _append(work.connection, head.sequence, head.digest, sound)
    return len(sound)


async def _wrong(
    connection: AsyncConnection, cipher: FieldCipher | None, waiting: Sequence[Mapping[str, Any]]
) -> dict[int, str]:
    """Say of each waiting row that is never chained why: its seal does not hold, or it was there before.

    A genuine row that is copied back later has the marks of one that is in the chain already, or waits before it.
    """
    moments = sorted({row["at"] for row in waiting})
    chained = sa.select(*(audit.c[word] for word in WORDS)).where(audit.c.at.in_(moments))
    seen = {tuple(row) for row in await connection.execute(chained)}
    wrong: dict[int, str] = {}
    for row in waiting:
        words = tuple(row[word] for word in WORDS)
        if not _seal_holds(cipher, row):
            wrong[row["position"]] = CHANGED
        elif words in seen:
            wrong[row["position"]] = REPEATED
        else:
            seen.add(words)
    return wrong


async def _append(connection: AsyncConnection, sequence: int, digest: str, waiting: Sequence[Any]) -> None:
    rows: list[dict[str, Any]] = []
    for found in waiting:
        sequence += 1
        row = {"sequence": sequence, **{word: found[word] for word in WORDS}, "previous": digest}
        row["digest"] = digest = chained_digest(row)
        rows.append(row)
    await connection.execute(audit.insert(), rows)
    moved = audit_unchained.c.position.in_([row["position"] for row in waiting])
    await connection.execute(audit_unchained.delete().where(moved))
    await connection.execute(audit_head.update().values(sequence=sequence, digest=digest))


async def _waiting(connection: AsyncConnection, limit: int | None = None) -> list[dict[str, Any]]:
    oldest = sa.select(audit_unchained).order_by(audit_unchained.c.position).limit(limit)
    return [dict(row) for row in (await connection.execute(oldest)).mappings()]


async def _tell(database: Database, told: set[int]) -> None:
    """Log each row once that waits though it should be in the chain."""
    async with database.reading() as connection:
        rows = await _waiting(connection, BATCH)
        wrong = await _wrong(connection, database.cipher, rows)
    now = database.clock.now()
    stuck = [row for row in rows if row["position"] in wrong or _late(row, now)]
    for row in stuck:
        if row["position"] not in told:
            why = wrong.get(row["position"], "late")
            telemetry.log.error("audit_unchained", position=row["position"], reason=why)
    told.intersection_update(row["position"] for row in stuck)
    told.update(row["position"] for row in stuck)


async def oldest_seconds(connection: AsyncConnection, now: datetime) -> float:
    """Return for how long the oldest row that is not chained has been waiting, 0 when there is none."""
    return max((_age(row, now) for row in await _waiting(connection, 1)), default=0.0)


async def verify(database: Database, heads: Mapping[int, tuple[int, str]] = NO_HEADS) -> Verdict:
    """Recompute the whole chain, then look at what waits to be chained; name the first row that does not hold.

    `heads` says by row of which digest it was, and in which signed head: found is then also what was cut off the end,
    or written anew with all its digests.
    """
    async with database.reading() as connection:
        verdict = await _verify_chain(connection, heads)
        if verdict.broken_at is not None:
            return verdict
        rows = await _waiting(connection)
        wrong: dict[int, str] = {}
        for start in range(0, len(rows), BATCH):
            wrong |= await _wrong(connection, database.cipher, rows[start : start + BATCH])
    reason = ""
    for row in rows:
        if row["position"] in wrong:
            reason = f"the row waiting at {row['position']} {wrong[row['position']]}"
        elif _late(row, database.clock.now()):
            reason = f"the row waiting at {row['position']} since {row['at']} is not chained; does the service run?"
        if reason:
            return Verdict(verdict.rows, verdict.head, len(rows), verdict.rows + 1, reason)
    return Verdict(verdict.rows, verdict.head, len(rows))


async def _verify_chain(connection: AsyncConnection, heads: Mapping[int, tuple[int, str]]) -> Verdict:
    walk = Walk(heads)
    while True:
        rows = (await connection.execute(_PAGE, {"after": walk.rows, "size": PAGE})).all()
        if not walk.take(rows):
            break
        if len(rows) < PAGE:
            head = (await connection.execute(_HEAD)).first()
            walk.end(None if head is None else (head.sequence, head.digest))
            break
    return Verdict(walk.rows, walk.digest, broken_at=walk.broken_at, reason=walk.reason)


def _seal_holds(cipher: FieldCipher | None, row: Mapping[str, Any]) -> bool:
    try:
        sealed = _cipher(cipher).decrypt(row["seal"], table="audit", column="seal", row="")
    except Undecipherable:
        return False
    return sealed == digest_of([row[word] for word in WORDS])


def _cipher(cipher: FieldCipher | None) -> FieldCipher:
    if cipher is None:
        raise Unsealed
    return cipher


def _age(row: Mapping[str, Any], now: datetime) -> float:
    try:
        return (now - datetime.fromisoformat(row["at"])).total_seconds()
    except ValueError:  # changed: its seal tells
        return 0.0


def _late(row: Mapping[str, Any], now: datetime) -> bool:
    return _age(row, now) > LATE_SECONDS
