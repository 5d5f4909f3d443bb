"""Signing heads of the audit chain at intervals, and handing them outside: as an event, and to a file.

Row and event are written in one transaction; the file is appended to afterwards, by whoever comes next, from the rows:
so a crash, a full disk or a file that is away delays a head and loses none. The file is only ever appended to, so that
it may lie where nothing can be changed.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from joserfc.jwk import OKPKey

from chassis.base import telemetry
from chassis.base.crash import crash_point, operation
from chassis.base.works import moving
from chassis.data.database import Database, DatabaseUnavailable, UnitOfWork
from chassis.data.heads import Head, SignedHead, print_of, sign
from chassis.data.schema import audit_head, signed_head

PAUSE_SECONDS = 15.0
AT_ONCE = 500
TAIL = 64 * 1024
"""More bytes than any line of a file has."""
Told = Callable[[UnitOfWork, SignedHead], Awaitable[None]]
"""Appends a service's own event of a head to the transaction that writes its row."""
_LOCK_HEAD = sa.select(audit_head).with_for_update()
_NEWEST = sa.select(signed_head).order_by(signed_head.c.number.desc()).limit(1)
_AFTER = (
    sa.select(signed_head)
    .where(signed_head.c.number > sa.bindparam("after", type_=sa.BigInteger))
    .order_by(signed_head.c.number)
    .limit(AT_ONCE)
)
_ONE = sa.select(signed_head.c.jws).where(signed_head.c.number == sa.bindparam("number", type_=sa.BigInteger))
_ADD = signed_head.insert()


@dataclass(frozen=True, slots=True)
class Signing:
    """Whose heads are signed, with which key, how often, and where they are handed."""

    service: str
    key: OKPKey
    seconds: float
    told: Told
    file: Path | None = None


class FileForked(Exception):  # noqa: N818  named after the fact
    """The file's last head is not this database's: one of the two is another, or was rolled back."""


async def keep_heads(database: Database, signing: Signing) -> None:
    """Sign and hand until cancelled. What cannot be handed now is told and handed later."""
    operation.set("heads")
    while True:
        moving()
        try:
            await sign_head(database, signing)
            if signing.file is not None:
                await hand_heads(database, signing.service, signing.file)
        except DatabaseUnavailable as outage:
            telemetry.log.warning("heads_wait", reason=type(outage).__name__)
        except (OSError, FileForked) as refused:
            telemetry.log.error("heads_not_handed", reason=type(refused).__name__, said=str(refused))
        await asyncio.sleep(min(signing.seconds, PAUSE_SECONDS))


async def sign_head(database: Database, signing: Signing) -> SignedHead | None:
    """Sign the chain's head where the last one that was signed is old enough; return it, with its event written.

    A head is signed at each interval, also where nothing was written since: silence is then told from a stop. The lock
    of the chain's head keeps two processes from signing one number.
    """
    async with database.unit_of_work() as work:
        end = (await work.connection.execute(_LOCK_HEAD)).first()
        last = (await work.connection.execute(_NEWEST)).first()
        now = work.clock.now()
        due = None if last is None else datetime.fromisoformat(last.at) + timedelta(seconds=signing.seconds)
        if end is None or end.sequence == 0 or (due is not None and now < due):
            return None
        number, previous = (1, "") if last is None else (last.number + 1, print_of(last.jws))
        head = Head(number, end.sequence, end.digest, signing.service, now.isoformat(), previous)
        signed = sign(head, signing.key)
        kept = {name: getattr(head, name) for name in ("number", "sequence", "digest", "at")}
        await work.connection.execute(_ADD, {**kept, "jws": signed.jws})
        await signing.told(work, signed)
    crash_point("after_head_before_file")
    return signed


async def hand_heads(database: Database, service: str, file: Path) -> int:
    """Append to a file what it lacks of the database's heads; return how many. Raises OSError, FileForked."""
    last = await asyncio.to_thread(_last_in, file)
    number = 0 if last is None else last[0]
    async with database.reading() as connection:
        if last is not None and (await connection.execute(_ONE, {"number": number})).scalar() != last[1]:
            raise FileForked(f"{file.name} ends with head {number}, which is not this database's")
        rows = (await connection.execute(_AFTER, {"after": number})).all()
    before = "" if last is None else print_of(last[1])
    lines: list[str] = []
    for row in rows:
        head = Head(row.number, row.sequence, row.digest, service, row.at, before)
        lines.append(SignedHead(head, row.jws).line)
        before = print_of(row.jws)
    if lines:
        return await asyncio.to_thread(_append, file, number, lines)
    return 0


def _append(file: Path, after: int, lines: Sequence[str]) -> int:
    """Append lines unless another process did so meanwhile; return how many. Durable when this returns."""
    is_new = not file.exists()
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        last = _last_of(_tail(handle))
        if (0 if last is None else last[0]) != after:
            return 0
        torn = "" if _tail(handle).endswith(b"\n") or not os.fstat(handle).st_size else "\n"
        left = (torn + "".join(f"{line}\n" for line in lines)).encode()
        while left:
            left = left[os.write(handle, left) :]
            crash_point("within_heads_file")
        os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        _sync_folder(file.parent)
    return len(lines)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _last_in(file: Path) -> tuple[int, str] | None:
    """Return number and signature of a file's last whole line; None where there is none yet."""
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return _last_of(_tail(handle))
    finally:
        os.close(handle)


def _tail(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    return os.pread(handle, TAIL, max(size - TAIL, 0))


def _last_of(tail: bytes) -> tuple[int, str] | None:
    for line in reversed(tail.split(b"\n")):
        try:
            told = json.loads(line)
            return int(told["number"]), str(told["jws"])
        except (ValueError, KeyError, TypeError):
            continue
    return None
