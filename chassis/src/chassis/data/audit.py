"""The hash-chained audit log: who did what to what, written in the transaction that did it.

A row that was changed, removed or swapped shows. Truncation together with the head can only be found from outside:
keep the head that `yiwang audit verify` prints elsewhere.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.data.database import UnitOfWork
from chassis.data.schema import audit, audit_head

PAGE = 5000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: how many rows hold, the head, and the first bad row with the reason."""

    rows: int
    head: str
    broken_at: int | None = None
    reason: str = ""


async def record(
    work: UnitOfWork, *, actor: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Append a row to the chain, as the last thing a use case writes (the head's lock is held until the commit).

    `details` carries no personal data: ids, codes, versions.
    """
    head = (await work.connection.execute(sa.select(audit_head).with_for_update())).one()
    row = {
        "sequence": head.sequence + 1,
        "at": work.clock.now().isoformat(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": json.dumps(dict(details or {}), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "previous": head.digest,
    }
    row["digest"] = _digest(row)
    await work.connection.execute(audit.insert().values(**row))
    await work.connection.execute(audit_head.update().values(sequence=row["sequence"], digest=row["digest"]))


async def verify(connection: AsyncConnection) -> Verdict:
    """Recompute the whole chain; name the first row that does not hold."""
    previous, count = "", 0
    while True:
        page = sa.select(audit).where(audit.c.sequence > count).order_by(audit.c.sequence).limit(PAGE)
        rows = (await connection.execute(page)).mappings().all()
        for row in rows:
            expected = count + 1
            if row["sequence"] != expected:
                return Verdict(count, previous, expected, f"row {expected} is missing")
            if row["previous"] != previous:
                return Verdict(count, previous, expected, f"row {expected} does not follow the row before it")
            if row["digest"] != _digest(dict(row)):
                return Verdict(count, previous, expected, f"row {expected} was changed")
            previous, count = row["digest"], expected
        if len(rows) == PAGE:
            continue
        head = (await connection.execute(sa.select(audit_head))).first()
        if head is None:
            return Verdict(count, previous, count + 1, "the chain has no head")
        if (head.sequence, head.digest) == (count, previous):
            return Verdict(count, previous)
        if head.sequence <= count or not rows:  # else rows were added meanwhile, and are looked at as well
            return Verdict(count, previous, count + 1, f"the chain ends at row {count}, its head says {head.sequence}")


def _digest(row: Mapping[str, Any]) -> str:
    parts = [str(row[name]) for name in ("sequence", "at", "actor", "action", "subject", "details", "previous")]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
