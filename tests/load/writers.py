"""Writes a second of one service on PostgreSQL: `python tests/load/writers.py [at once] [seconds] [rounds]`.

Needs TEST_DATABASE_URL. Each write is a use case as small as there can be: a row of its own, its event, its audit row.
Rounds with and without the audit row alternate, so that both meet the same machine; the chain is written meanwhile, as
it is in a running service.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import measuring
from chassis.data import audit, migrate
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database, UnitOfWork
from chassis.events.outbox import append
from chassis.testing.plugin import DATABASE, required
from chassis.testing.sample import Counted, counters

Write = Callable[[UnitOfWork, str], Awaitable[None]]


async def plain(work: UnitOfWork, name: str) -> None:
    await work.connection.execute(counters.insert().values(name=name, value=1, version=1))
    await append(work, Counted(name=name, by=1), subject=name, version=1)


async def audited(work: UnitOfWork, name: str) -> None:
    await plain(work, name)
    await audit.record(work, actor="writer", action="counter.counted", subject=name, details={"by": 1})


async def round_of(database: Database, write: Write, at_once: int, seconds: float) -> float:
    """Return the writes a second."""
    ends, written = perf_counter() + seconds, 0

    async def writer() -> None:
        nonlocal written
        while perf_counter() < ends:
            async with database.unit_of_work() as work:
                await write(work, work.ids())
            written += 1

    await asyncio.gather(*(writer() for _ in range(at_once)))
    return written / seconds


async def main(at_once: int, seconds: int, rounds: int) -> None:
    async with measuring.database(required(DATABASE), f"writers_{uuid4().hex[:8]}") as url:
        database = Database.open(url, pool_size=at_once + 2, cipher=FieldCipher({"k": bytes(32)}, "k"))
        try:
            await migrate.upgrade(url, "chassis.testing.sample")
            chaining = asyncio.create_task(audit.keep_chained(database))
            found: dict[str, list[float]] = {"audited": [], "plain": []}
            await round_of(database, audited, at_once, 1.0)
            for _ in range(rounds):
                found["audited"].append(await round_of(database, audited, at_once, seconds))
                found["plain"].append(await round_of(database, plain, at_once, seconds))
            chaining.cancel()
        finally:
            await database.close()
    for kind, rates in found.items():
        print(f"{kind}: {median(rates):.0f} a second ({min(rates):.0f}-{max(rates):.0f}), {at_once} at once")


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:4]]
    asyncio.run(main(*(words + [16, 4, 3][len(words) :])))
