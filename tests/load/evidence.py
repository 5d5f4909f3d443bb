"""How long a log of a million rows takes to verify: `python tests/load/evidence.py [--rows N] [--heads N] [--url U]`.

The rows are chained by the chain's own digest and put into a database of datashare as they are, on SQLite or at an
address; so many heads are signed, and stand in a file, too. What is measured is what
`yiwang audit verify datashare --heads FILE` does.
"""

import argparse
import asyncio
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import sqlalchemy as sa
from chassis.data import heads, migrate
from chassis.data.chained import chained_digest
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.heads import Head, print_of, sign
from chassis.data.schema import audit, audit_head, signed_head
from chassis.http.identity import new_key
from chassis.settings import new_secret
from chassis.testing.filling import as_uuid, moment

BATCH = 10_000
KEY = new_key()


def chained(count: int) -> Iterator[dict[str, Any]]:
    """Yield so many rows of a chain, each as large as one of a query."""
    previous = ""
    for n in range(1, count + 1):
        details = f'{{"answer":"{n:064x}","application_id":"{as_uuid(n)}","unit":"U23","row":"{as_uuid(n)}"}}'
        row: dict[str, Any] = {"sequence": n, "at": moment(n).isoformat(), "actor": "intake", "action": "data.answered"}
        row |= {"subject": as_uuid(n), "details": details, "previous": previous}
        row["digest"] = previous = chained_digest(row)
        yield row


async def fill(database: Database, count: int, many: int) -> list[str]:
    """Put the rows and the heads into a database; return the lines of the file."""
    lines: list[str] = []
    batch: list[dict[str, Any]] = []
    last: dict[str, Any] = {}
    before, every = "", max(count // many, 1)
    signed: list[dict[str, Any]] = []
    for row in chained(count):
        batch.append(row)
        if row["sequence"] % every == 0:
            at = row["at"]
            one = sign(Head(len(lines) + 1, row["sequence"], row["digest"], "datashare", at, before), KEY)
            before = print_of(one.jws)
            lines.append(one.line)
            head = {"number": one.head.number, "sequence": row["sequence"], "digest": row["digest"], "at": at}
            signed.append({**head, "jws": one.jws})
        if len(batch) == BATCH or row["sequence"] == count:
            async with database.unit_of_work() as work:
                await work.connection.execute(audit.insert(), batch)
            batch = []
            last = row
    async with database.unit_of_work() as work:
        await work.connection.execute(signed_head.insert(), signed)
        values = {"sequence": last["sequence"], "digest": last["digest"]}
        await work.connection.execute(audit_head.update(), values)
    return lines


async def measure(url: str, count: int, many: int) -> None:
    """Fill a database, verify it, and print how long that took and how much memory there was at most."""
    await migrate.upgrade(url, "datashare_svc")
    database = Database.open(url, cipher=FieldCipher.of(f"k1.{new_secret()}"))
    lines = await fill(database, count, many)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, spent = perf_counter(), process_time()
    verdict, judged = await heads.verify(database, "datashare", [KEY], lines)
    took, cpu = perf_counter() - begun, process_time() - spent
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (verdict.rows, verdict.broken_at, judged.last) == (count, None, len(lines)), verdict
    print(
        f"{database.dialect}: {count} rows, {len(lines)} heads: {took:.1f} s ({cpu:.1f} s CPU), at most"
        f" {after // 1024} MB ({(after - before) // 1024} MB more than before)"
    )
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(audit))).scalar_one() == count
    await database.close()


def main() -> None:
    """Measure on a fresh database."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--heads", type=int, default=1_000)
    parser.add_argument("--url", default="", help="an empty database; without one a SQLite file of its own")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite+aiosqlite:///{Path(folder)}/datashare.db"
        asyncio.run(measure(url, given.rows, given.heads))


if __name__ == "__main__":
    main()
