"""SIGTERM with requests under way, in both modes: they are finished, what was answered is kept, the exit is clean."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
import pytest
import sqlalchemy as sa
from chassis.base.problems import Problem
from chassis.data.database import Database
from chassis.http.upstream import Reply, call
from chassis.testing.streams import reading
from harness import MODES, OUTSIDE, Running, run_mode
from intake_svc.store import drafts
from yiwang import journey
from yiwang.journey import ANSWERS, MATTER, Actor

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket, pytest.mark.timeout(300)]

STOP_SECONDS = 20
MANY_DRAFTS = {"INTAKE_DRAFTS_AT_MOST": "10000"}


@dataclass(slots=True)
class Answered:
    """What clients were answered."""

    made: list[str] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    gone: int = 0

    def note(self, reply: Reply) -> None:
        if reply.status == 201:
            self.made.append(reply.json()["draft_id"])
        else:
            self.others.append(reply.status)


async def make(citizen: Actor) -> Reply:
    headers = {"authorization": f"Bearer {citizen.token}", "idempotency-key": str(uuid4())}
    body = {"matter_code": MATTER, "answers": dict(ANSWERS)}
    return await call(citizen.gateway, "POST", "/api/v1/drafts", body=body, headers=headers, within=15.0)


async def keep_making(citizen: Actor, answered: Answered) -> None:
    """Make drafts, fewer than the operation's rate allows, until the suite no longer takes any."""
    while True:
        try:
            answered.note(await make(citizen))
            await asyncio.sleep(0.1)
        except Problem:
            answered.gone += 1
            return


@asynccontextmanager
async def held(running: Running) -> AsyncIterator[None]:
    """Hold intake's database against writers, so that requests stay under way."""
    url = running.database("intake")
    if running.mode == "embedded":
        lock = sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None, timeout=10)
        lock.execute("BEGIN IMMEDIATE")
        yield
        lock.close()
        return
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    async with connection.transaction():
        await connection.execute("LOCK TABLE draft IN EXCLUSIVE MODE")
        yield
    await connection.close()


async def ends(running: Running, asked: float) -> dict[str, int]:
    """Wait for the processes that were told to stop; return their exit codes."""
    own = {name: process for name, process in running.processes.items() if name not in OUTSIDE}
    left = asked + STOP_SECONDS - monotonic()
    codes = await asyncio.gather(*(asyncio.to_thread(process.wait, left) for process in own.values()))
    return dict(zip(own, codes, strict=True))


async def stored(running: Running) -> set[str]:
    database = Database.open(running.database("intake"))
    try:
        async with database.reading() as connection:
            return set((await connection.execute(sa.select(drafts.c.draft_id))).scalars())
    finally:
        await database.close()


@pytest.mark.parametrize("mode", MODES)
async def test_a_suite_told_to_stop_finishes_what_is_under_way_and_keeps_what_it_answered(
    mode: str, tmp_path: Path
) -> None:
    async with run_mode(mode, tmp_path, MANY_DRAFTS) as running:
        citizen = await running.actor("dev-citizen")
        answered = Answered()
        clients = [asyncio.create_task(keep_making(citizen, answered)) for _ in range(2)]
        await asyncio.sleep(1.0)
        before = len(answered.made)
        async with held(running):
            waiting = [asyncio.create_task(make(citizen)) for _ in range(4)]
            await asyncio.sleep(0.5)
            asked = monotonic()
            for name, process in running.processes.items():
                if name not in OUTSIDE:
                    process.send_signal(signal.SIGTERM)
            await asyncio.sleep(2.0)
            assert not any(task.done() for task in waiting), "the lock holds nothing up"
        replies = await asyncio.gather(*waiting)
        await asyncio.gather(*clients)
        codes = await ends(running, asked)
        took = monotonic() - asked
        for reply in replies:
            answered.note(reply)
        kept = await stored(running)
    print(f"\n{mode}: {len(answered.made)} drafts, other answers {answered.others}, stopped in {took:.1f} s, {codes}")
    assert before > 0
    assert [reply.status for reply in replies] == [201] * 4
    assert set(codes.values()) == {0}
    assert set(answered.made) <= kept
    assert set(answered.others) <= {503}


@pytest.mark.parametrize("mode", MODES)
async def test_a_suite_told_to_stop_ends_its_streams_and_waits_for_none(mode: str, tmp_path: Path) -> None:
    async with run_mode(mode, tmp_path) as running:
        citizen = await running.actor("dev-citizen")
        saved = await journey.draft(citizen)
        application = await journey.submit(citizen, saved)
        path = f"/api/v1/applications/{application['application_id']}/changes"
        async with reading(running.gateway, path, {"authorization": f"Bearer {citizen.token}"}) as stream:
            assert await stream.next()
            asked = monotonic()
            for name, process in running.processes.items():
                if name not in OUTSIDE:
                    process.send_signal(signal.SIGTERM)
            await stream.rest()
            ended = monotonic() - asked
        codes = await ends(running, asked)
    print(f"\n{mode}: the stream ended after {ended:.1f} s, the processes after {monotonic() - asked:.1f} s")
    assert ended < 5
    assert set(codes.values()) == {0}
