"""Figures from the journal: how many events a second, a rebuild's time and memory, reads, and whether kills change any.

`python tests/load/figures.py [--events 50000] [--kills 8] [--alone [--counted]]`. On SQLite, or on PostgreSQL where
TEST_DATABASE_URL is set. The journal has cases of ten events each, over two years and 56 units, in no order of their
topics. Processes count it and build it anew and are killed at some moment; afterwards what was counted and what is
built from nothing are held against each other. `--alone` only measures, in this process.
"""

import argparse
import asyncio
import logging
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
import sqlalchemy as sa
import structlog
import uvloop
from chassis.data import migrate
from chassis.data.database import Database
from chassis.http.identity import Kind, Principal
from evaluation_svc import store
from evaluation_svc.handlers import Evaluation, load_evaluation, show_dashboard
from evaluation_svc.handlers.counting import count_some
from evaluation_svc.handlers.figures import counts_of
from evaluation_svc.handlers.rebuilding import begin_rebuild, rebuild, rebuild_page, show_rebuilt
from evaluation_svc.store.generations import standing, sweep_figures
from evaluation_svc.store.opened_figures import FigureFilter, list_marks
from evaluation_svc.store.tallying import by_month
from sqlalchemy.ext.asyncio import AsyncConnection
from yiwang.city import read_evaluation
from yiwang.suite import CITY

SERVER = os.environ.get("TEST_DATABASE_URL", "")
BEGAN = datetime(2025, 1, 6, 1, tzinfo=UTC)
LEVELS = ("VERY_SATISFIED", "SATISFIED", "BASICALLY_SATISFIED", "DISSATISFIED", "VERY_DISSATISFIED")
OF_CASE = 10
AT_ONCE = 5_000


def entries(chance: Random, number: int) -> Iterator[tuple[str, int, datetime, dict[str, Any]]]:
    """Yield what happens to a case: type, version, when and what."""
    at = BEGAN + timedelta(minutes=chance.randrange(2 * 365 * 24 * 60))
    lead, units = f"U{1 + number % 56:02d}", [f"U{1 + chance.randrange(56):02d}" for _ in range(2)]
    of_case = {"matter_code": f"m{number % 300}", "region": f"4101{number % 16:02d}", "lead_unit": lead, "unit": lead}
    iso, due = at.isoformat(), (at + timedelta(days=5)).isoformat()
    online = {"submitted_at": iso, "channel": "ONLINE" if number % 3 else "WINDOW"}
    yield "intake.application.submitted", 1, at, {**of_case, **online}
    ledger = {"elements_asked": 22, "elements_shared": 9, "materials_asked": 5, "materials_shared": 4}
    yield "intake.application.accepted", 2, at, {**of_case, "accepted_at": iso, **ledger}
    yield "workflow.case.opened", 1, at, {**of_case, "promised_due": due, "statutory_due": None}
    for place, unit in enumerate(units):
        task = {**of_case, "task_id": f"{number}-{place}", "task_key": f"k{place}", "unit": unit, "item": f"i{place}"}
        clocks = {"promised_due": due, "statutory_due": None}
        yield "workflow.task.opened", 2 + 2 * place, at, {**task, **clocks}
        decided = at + timedelta(hours=chance.randrange(200))
        said = {"outcome": "granted", "decided_at": decided.isoformat(), "not_needed": []}
        yield "workflow.task.decided", 3 + 2 * place, decided, {**task, **clocks, **said}
    ended = at + timedelta(days=9)
    closed = {"closed_at": ended.isoformat(), "outcome": "granted", "elapsed_working_minutes": 2000}
    yield "workflow.case.closed", 9, ended, {**of_case, **closed}
    rating = {"rating_id": f"r{number}", "level": chance.choice(LEVELS), "number": 1, "channel": "MOBILE"}
    yield "evaluation.rating.submitted", 1, ended, {**of_case, **rating, "is_default": False}
    yield "evaluation.visit.made", 1, ended, {"unit": lead}


async def fill(database: Database, events: int, *, counted: bool) -> None:
    """Write so many events into the journal, those of a hundred cases mixed with one another."""
    chance = Random(1)
    for first in range(0, events // OF_CASE, 100):
        rows = []
        for number in range(first, min(first + 100, events // OF_CASE)):
            key = f"{number:08x}-0000-7000-8000-000000000000"
            for type_, version, at, data in entries(chance, number):
                row = {"entry_id": str(uuid4()), "kind": "case", "key": key, "type": type_, "version": version}
                rows.append({**row, "at": at, "received_at": at, "data": data, "counted": counted})
        chance.shuffle(rows)
        for begin in range(0, len(rows), AT_ONCE):
            async with database.unit_of_work() as work:
                await work.connection.execute(store.journal.insert(), rows[begin : begin + AT_ONCE])


async def made(folder: Path) -> str:
    """Return the address of a new database."""
    if not SERVER:
        return f"sqlite+aiosqlite:///{folder / 'evaluation.db'}"
    name = f"figures_{uuid4().hex[:8]}"
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


def peak() -> int:
    """Return how many MB this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def alone(database: Database, events: int) -> None:
    """Measure counting as it happens, a rebuild, and reads."""
    for what, go in (("counted", count_all), ("built anew, shown", build_all), ("swept", sweep_figures)):
        before, began, spent = peak(), monotonic(), process_time()
        done = await go(database)
        took, spent = monotonic() - began, process_time() - spent
        told = f"{events} events {what} in {took:.1f} s: {events / took:.0f}/s, {spent / events * 1e6:.0f} µs CPU each"
        print(f"{told}, at most {peak()} MB (before {before}); {done}", flush=True)
    wanted = FigureFilter("cases_closed", "2026-03")
    measures = frozenset({"cases", "online_cases"})
    asked: dict[str, Callable[[AsyncConnection], Awaitable[Any]]] = {
        "counts of a month by unit": lambda c: counts_of(c, "2026-03", "unit"),
        "counts of a half-year by unit": lambda c: counts_of(c, "2026-H1", "unit"),
        "counts of a month by matter": lambda c: counts_of(c, "2026-03", "matter"),
        "two years of one unit": lambda c: by_month(c, "unit", "U23", measures, "2026-12"),
        "a page of what a figure counts": lambda c: list_marks(c, wanted, after=None, size=50),
    }
    for name, ask in asked.items():
        times = []
        for _ in range(21):
            async with database.reading() as connection:
                began = monotonic()
                await ask(connection)
                times.append(monotonic() - began)
        tell(name, times)
    await board(database)


def tell(name: str, times: list[float]) -> None:
    """Print how long each of some reads took."""
    ordered = sorted(times)
    late = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"{name}: median {1000 * median(times):.1f} ms, p95 {1000 * late:.1f} ms of {len(times)}", flush=True)


async def board(database: Database) -> None:
    """Measure the whole dashboard, with the indicators and targets of Zhengzhou, as a leader sees it."""
    async with database.unit_of_work() as work:
        await load_evaluation(work, read_evaluation(CITY))
    nothing: Any = None
    evaluation = Evaluation(database, Until(), nothing, nothing, device_mark=nothing, intake=nothing, vouch=nothing)
    leader, times = Principal("leader", Kind.STAFF, unit="ZWB", roles=frozenset({"leader"})), []
    for _ in range(41):
        began = monotonic()
        await show_dashboard(evaluation, leader, months=12)
        times.append(monotonic() - began)
    tell("the dashboard", times)


class Until:
    """A clock that stands at the end of what happened."""

    def now(self) -> datetime:
        return BEGAN + timedelta(days=700)


async def count_all(database: Database) -> int:
    """Count everything that was not; return how much."""
    done = 0
    while page := await count_some(database):
        done += page
    return done


async def build_all(database: Database) -> str:
    """Build the figures anew and show them; return how many differed."""
    await begin_rebuild(database)
    while (rebuilt := await show_rebuilt(database)) is None:
        while await rebuild_page(database):
            pass
    return f"differences {len(rebuilt.lost)} {len(rebuilt.gained)}"


async def child(url: str, what: str) -> None:
    """Be one of the processes that are killed: count, or build anew."""
    database = Database.open(url)
    if what == "count":
        await count_all(database)
    else:
        await build_all(database)
    await database.close()


async def progress(database: Database) -> tuple[int, int]:
    """Return how many entries are counted, and how many are in the generation being built."""
    async with database.reading() as connection:
        counted = sa.select(sa.func.count()).where(store.journal.c.counted)
        return int(await connection.scalar(counted) or 0), (await standing(connection)).built_entries


async def killed(url: str, database: Database, what: str, kills: int) -> None:
    """Run processes that are killed after a while, the last one excepted; the figures shown are never empty."""
    chance = Random(kills)
    for number in range(kills + 1):
        process = subprocess.Popen([sys.executable, __file__, "--child", what, "--url", url])
        before = await progress(database)
        while number < kills and process.poll() is None and await progress(database) == before:
            await asyncio.sleep(0.05)
        if number < kills:
            await asyncio.sleep(chance.random())
            process.send_signal(signal.SIGKILL)
        while process.poll() is None:
            await asyncio.sleep(0.05)
        async with database.reading() as connection:
            now = await standing(connection)
            tallies = sa.select(sa.func.count()).where(store.tallies.c.generation == now.current)
            told = f"{await connection.scalar(tallies)} tallies shown of generation {now.current}"
        print(f"{what} {number}: ended {process.returncode}, {await progress(database)}, {told}", flush=True)


async def main(told: argparse.Namespace) -> None:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if told.child:
        await child(told.url, told.child)
        return
    with TemporaryDirectory() as name:
        url = await made(Path(name))
        await migrate.upgrade(url, "evaluation_svc")
        database = Database.open(url)
        await fill(database, told.events, counted=told.counted)
        print(f"{told.events} events written, at most {peak()} MB", flush=True)
        if told.alone:
            await alone(database, told.events)
        else:
            await killed(url, database, "count", told.kills)
            await killed(url, database, "rebuild", told.kills)
            last = await rebuild(database)
            print(f"from nothing, {last.entries} events: differences {len(last.lost)} {len(last.gained)}")
        await database.close()
        await dropped(url)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--counted", action="store_true", help="the journal is counted already: a rebuild alone")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    uvloop.run(main(parser.parse_args()))
