"""How long lists and look-ups take among many rows: `python tests/load/lists.py [rows …] [--only text]`.

Needs TEST_DATABASE_URL for PostgreSQL, else only SQLite is measured. The rows are made by one statement a table and
nothing is analysed; PostgreSQL's tables are vacuumed, as autovacuum does after so many inserts. Of each question the
median of nine is taken (of SQLite in CPU of this process, of PostgreSQL in time) at every number of rows, and the last
is compared with the first; those beyond 1.5 are named. Needs 3 GB of disk; the databases are removed at the end.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
from chassis.data import migrate
from chassis.data.database import Database
from chassis.testing.plugin import DATABASE
from sqlalchemy.ext.asyncio import AsyncConnection

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lists import FILLS, Look

SIZES = (10_000, 100_000, 1_000_000)
FLAT = 1.5
TIMES = 9
IN_BULK = {
    "sqlite": ("PRAGMA cache_size = -400000", "PRAGMA temp_store = MEMORY"),
    "postgresql": ("SET LOCAL statement_timeout = 0", "SET LOCAL maintenance_work_mem = '256MB'"),
}


async def administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def opened(backend: str, package: str) -> AsyncIterator[Database]:
    """Give a migrated database of its own, and remove it at the end."""
    name, server = f"lists_{uuid4().hex[:8]}", os.environ.get(DATABASE, "")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/{name}.db"
        if backend == "postgresql":
            await administer(server, f'CREATE DATABASE "{name}"')
            url = server.replace("postgresql://", "postgresql+asyncpg://").rpartition("/")[0] + f"/{name}"
        await migrate.upgrade(url, package)
        database = Database.open(url)
        try:
            yield database
        finally:
            await database.close()
            if backend == "postgresql":
                await administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def seconds_of(connection: AsyncConnection, look: Look) -> float:
    """Return the median time of a question; the first asking, which compiles, is not counted."""
    read = process_time if connection.dialect.name == "sqlite" else perf_counter
    found = []
    for _ in range(TIMES + 1):
        started = read()
        await look.ask(connection)
        found.append(read() - started)
    return median(found[1:])


async def measured(backend: str, package: str, size: int, only: str) -> dict[str, tuple[float, bool]]:
    """Return the milliseconds of each question of a package, and whether it is to be flat."""
    fill, looks = FILLS[package]
    async with opened(backend, package) as database:
        started = perf_counter()
        async with database.unit_of_work() as work:
            for statement in IN_BULK[backend]:
                await work.connection.exec_driver_sql(statement)
            await fill(work.connection, size)
        if backend == "postgresql":
            await administer(database.url.replace("+asyncpg", ""), "VACUUM")
        print(f"{backend} {package} {size:,} rows made in {perf_counter() - started:.0f} s", flush=True)
        found: dict[str, tuple[float, bool]] = {}
        for look in looks(size):
            if only in look.name:
                async with database.unit_of_work() as work:
                    found[look.name] = (1000 * await seconds_of(work.connection, look), look.flat)
        return found


async def main(sizes: list[int], only: str) -> None:
    for backend in ("sqlite", *(["postgresql"] if os.environ.get(DATABASE) else [])):
        for package in FILLS:
            rows = [await measured(backend, package, size, only) for size in sizes]
            beyond = 0
            for name in rows[0]:
                times = [row[name][0] for row in rows]
                grows = times[-1] / times[0] > FLAT and rows[0][name][1]
                beyond += grows
                shown = "".join(f"{one:9.2f}" for one in times)
                kind = "GROWS" if grows else "" if rows[0][name][1] else "as many as are counted"
                print(f"{backend:10} {name:45}{shown} ms {times[-1] / times[0]:7.2f} {kind}", flush=True)
            print(f"{backend} {package}: {beyond} of {len(rows[0])} beyond {FLAT}", flush=True)


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("rows", nargs="*", type=int, default=list(SIZES))
    words.add_argument("--only", default="")
    given = words.parse_args()
    asyncio.run(main(given.rows, given.only))
