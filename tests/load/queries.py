"""Queries with their evidence: how many a CPU second, and whether reads and log rows are equal after kills.

`python tests/load/queries.py [--queries 20000] [--kills 6] [--alone]`. On SQLite, or on PostgreSQL where
TEST_DATABASE_URL is set; the network answers at once in the process. Processes ask their share and are killed at a
moment of their work; afterwards each question that the network was asked, each row of the log and each row of the
chained log are held against each other, and the chain is verified. `--alone` only measures: statements apart, the CPU
of this process, and with PostgreSQL that of the server's processes for the database.
"""

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asking
import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
import measuring
import structlog
import uvloop
from chassis.data import audit, migrate
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database

SERVER = os.environ.get("TEST_DATABASE_URL", "")
LONGEST = 600.0


async def made(folder: Path) -> str:
    """Return the address of a new database."""
    if not SERVER:
        return f"sqlite+aiosqlite:///{folder / 'datashare.db'}"
    name = f"queries_{uuid4().hex[:8]}"
    connection = await asyncpg.connect(SERVER)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    return SERVER.replace("postgresql://", "postgresql+asyncpg://").rpartition("/")[0] + f"/{name}"


async def dropped(url: str) -> None:
    """Drop a database that was made."""
    if SERVER:
        connection = await asyncpg.connect(SERVER)
        await connection.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')
        await connection.close()


async def alone(url: str, folder: Path, queries: int) -> None:
    """Measure queries in this process."""
    service = asking.built(url, folder, *asking.lines(folder / "keys"))
    datashare = service.api.state.collaborators
    await asking.ask_all(datashare, range(-200, 0), folder / "told")
    name = url.rpartition("/")[2]
    before = (await measuring.postgresql(SERVER, [name]))[0] if SERVER else {}
    began, spent = monotonic(), process_time()
    await asking.ask_all(datashare, range(queries), folder / "told")
    took, spent = monotonic() - began, process_time() - spent
    server = measuring.since(before, (await measuring.postgresql(SERVER, [name]))[0]) if SERVER else 0.0
    told = f"{queries} queries in {took:.1f} s: {queries / took:.0f}/s, {spent / queries * 1000:.2f} ms CPU each"
    print(f"{told}, {server / queries * 1000:.2f} ms of the server's", flush=True)
    await service.database.close()


async def killed(url: str, folder: Path, queries: int, kills: int) -> None:
    """Ask in processes that are killed at some moment, the last one excepted."""
    share = queries // (kills + 1)
    for number in range(kills + 1):
        asked = len(asking.lines(folder / "seen"))
        first, count = number * queries, queries - asked if number == kills else share
        command = [sys.executable, asking.__file__, url, str(folder), str(first), str(first + count)]
        process = subprocess.Popen(command)
        half = len(asking.lines(folder / "told")) + share // 2
        until = monotonic() + LONGEST
        while number < kills and process.poll() is None and monotonic() < until:
            if len(asking.lines(folder / "told")) > half:
                process.send_signal(signal.SIGKILL)
            await asyncio.sleep(0.02)
        process.wait()
    print(f"{len(asking.lines(folder / 'seen'))} asked, {len(asking.lines(folder / 'told'))} told, {kills} kills")


async def main(told: argparse.Namespace) -> None:
    """Measure and print; that rows are chained late is no news here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = await made(folder)
        data_key, _ = asking.make_keys(folder)
        await migrate.upgrade(url, "datashare_svc")
        database = Database.open(url, cipher=FieldCipher.of(data_key))
        await asking.prepare(database)
        if told.alone:
            await alone(url, folder, told.queries)
        else:
            await killed(url, folder, told.queries, told.kills)
        while await audit.chain(database):
            pass
        began = monotonic()
        verdict = await audit.verify(database)
        print(f"{verdict.rows} chained rows verified in {monotonic() - began:.1f} s, broken at {verdict.broken_at}")
        print(f"faults: {await asking.faults(database, folder)}")
        await database.close()
        await dropped(url)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--alone", action="store_true")
    uvloop.run(main(parser.parse_args()))
