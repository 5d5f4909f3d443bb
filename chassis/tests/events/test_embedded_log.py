import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chassis.events.bus import BusUnavailable, Message, Record
from chassis.events.embedded_log import EmbeddedLog, EmbeddedSubscription
from chassis.testing.bus_suite import BEHAVIOURS, Behaviour, Open, a_bus_that_is_gone_says_so
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CHILD = """
import asyncio, os, sys
from pathlib import Path
from chassis.events.bus import BusUnavailable, Message, Record
from chassis.events.embedded_log import EmbeddedLog

async def main():
    log = EmbeddedLog(Path(sys.argv[1]), lease_seconds=float(sys.argv[2]))
    await log.start()
    subscription = log.subscription("g", ["t"])
"""
PUBLISH_FOR_EVER = """
    number = 0
    while True:
        await log.publish([Message("t", "k", b"%d" % n) for n in range(number, number + 5)])
        number += 5
        print(number, flush=True)
"""
PUBLISH_200 = """
    for number in range(200):
        await log.publish([Message("t", str(os.getpid()), b"%d" % number)])
    await log.close()
"""
TAKE_FOUR_COMMIT_TWO = """
    records = await subscription.fetch(5.0, limit=4)
    await subscription.commit(records[:2])
    print(len(records), flush=True)
    await asyncio.sleep(60)
"""
COMMIT_WHEN_TOLD = """
    records = await subscription.fetch(5.0, limit=4)
    print(len(records), flush=True)
    sys.stdin.readline()
    try:
        await subscription.commit(records)
    except BusUnavailable as error:
        print(error, flush=True)
    print(len(await subscription.fetch(0.3)), flush=True)
"""


@contextmanager
def child(script: str, path: Path, *, lease: float = 15.0) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", CHILD + script + "\nasyncio.run(main())", str(path), str(lease)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
async def open_log(path: Path) -> AsyncIterator[Callable[..., EmbeddedLog]]:
    opened: list[EmbeddedLog] = []

    def open_one(lease: float = 15.0) -> EmbeddedLog:
        opened.append(EmbeddedLog(path, lease_seconds=lease))
        return opened[-1]

    yield open_one
    for log in opened:
        await log.close()


@pytest.fixture
async def log(open_log: Callable[..., EmbeddedLog]) -> EmbeddedLog:
    opened = open_log()
    await opened.start()
    return opened


@pytest.fixture
def opener(path: Path, open_log: Callable[..., EmbeddedLog]) -> Open:
    async def open_one() -> EmbeddedLog:
        opened = open_log()
        await opened.start()
        return opened

    return open_one


async def publish(log: EmbeddedLog, count: int) -> None:
    await log.publish([Message("t", "k", b"%d" % number) for number in range(count)])


async def values(subscription: EmbeddedSubscription, timeout: float = 0.2, limit: int = 1_000_000) -> list[int]:  # noqa: ASYNC109  handed on
    return [int(record.value) for record in await subscription.fetch(timeout, limit)]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.__name__)
async def test_the_embedded_log_behaves_as_a_bus(behaviour: Behaviour, opener: Open) -> None:
    await behaviour(opener)


async def test_a_log_without_its_folder_does_not_open(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path / "missing" / "log.db")
    with pytest.raises(BusUnavailable):
        await log.start()
    await a_bus_that_is_gone_says_so(log)


async def test_a_log_whose_folder_is_taken_away_says_so_and_acknowledges_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    log = EmbeddedLog(folder / "log.db")
    await log.start()
    await log.publish([Message("t", "k", b"x")])
    shutil.rmtree(folder)
    await a_bus_that_is_gone_says_so(log)


async def test_a_log_whose_file_is_replaced_says_so(path: Path, log: EmbeddedLog) -> None:
    path.rename(path.with_suffix(".old"))
    other = EmbeddedLog(path)
    await other.start()
    with pytest.raises(BusUnavailable, match="replaced"):
        await log.publish([Message("t", "k", b"x")])
    await other.close()


async def test_every_message_acknowledged_before_a_sigkill_is_there_afterwards(path: Path, log: EmbeddedLog) -> None:
    with child(PUBLISH_FOR_EVER, path) as writer:
        acknowledged = [int(line(writer)) for _ in range(40)][-1]
        writer.send_signal(signal.SIGKILL)
        assert writer.stdout is not None
        acknowledged = max([acknowledged, *(int(number) for number in writer.stdout if number.endswith("\n"))])
    found = await values(log.subscription("g", ["t"]))
    assert len(found) >= acknowledged
    assert found == list(range(len(found)))
    assert len(found) % 5 == 0, "a batch is there as a whole or not at all"


async def test_processes_that_open_a_new_file_and_write_at_once_lose_nothing(path: Path, log: EmbeddedLog) -> None:
    await log.close()
    path.unlink()
    with child(PUBLISH_200, path) as a, child(PUBLISH_200, path) as b, child(PUBLISH_200, path) as c:
        assert [await asyncio.to_thread(process.wait, 60) for process in (a, b, c)] == [0, 0, 0]
    reader = EmbeddedLog(path)
    await reader.start()
    found = await reader.subscription("g", ["t"]).fetch(0.2, limit=1000)
    await reader.close()
    assert [record.offset for record in found] == list(range(600))
    for process in (a, b, c):
        assert [int(one.value) for one in found if one.key == str(process.pid)] == list(range(200))


async def test_a_message_of_another_process_is_fetched_while_one_waits(path: Path, log: EmbeddedLog) -> None:
    subscription = log.subscription("g", ["t"])
    assert await values(subscription) == []
    with child(PUBLISH_FOR_EVER, path) as writer:
        assert (await values(subscription, timeout=20.0, limit=5))[0] == 0
        writer.kill()


async def test_when_the_holder_of_a_group_is_killed_the_next_member_goes_on_at_once(
    path: Path, log: EmbeddedLog
) -> None:
    await publish(log, 10)
    subscription = log.subscription("g", ["t"])
    with child(TAKE_FOUR_COMMIT_TWO, path) as holder:
        assert line(holder) == "4"
        assert await values(subscription) == []
        holder.kill()
        holder.wait()
        assert await values(subscription, timeout=5.0) == list(range(2, 10)), "long before its lease has run out"


async def test_a_holder_that_sleeps_past_its_lease_is_refused_when_it_wakes(
    path: Path, open_log: Callable[..., EmbeddedLog]
) -> None:
    log = open_log(0.5)
    await log.start()
    await publish(log, 10)
    subscription = log.subscription("g", ["t"])
    with child(COMMIT_WHEN_TOLD, path, lease=0.5) as zombie:
        assert line(zombie) == "4"
        zombie.send_signal(signal.SIGSTOP)
        records = await subscription.fetch(5.0)
        assert [int(record.value) for record in records] == list(range(10))
        zombie.send_signal(signal.SIGCONT)
        assert zombie.stdin is not None
        zombie.stdin.write("\n")
        zombie.stdin.flush()
        assert "another member" in await asyncio.to_thread(line, zombie)
        await subscription.commit(records)
        assert await asyncio.to_thread(line, zombie) == "0"
    assert await subscription.lag() == 0


async def test_a_member_that_lost_its_place_waits_and_gets_it_back(open_log: Callable[..., EmbeddedLog]) -> None:
    logs = [open_log(), open_log()]
    for one in logs:
        await one.start()
    await publish(logs[0], 6)
    first, second = (one.subscription("g", ["t"]) for one in logs)
    held = await first.fetch(0.1, limit=3)
    with sqlite3.connect(logs[0].path) as connection:
        connection.execute("UPDATE membership SET expires = 0")
    connection.close()
    assert await values(second, limit=4) == [0, 1, 2, 3]
    for _ in range(2):
        with pytest.raises(BusUnavailable, match="taken over"):
            await first.commit(held)
    assert await values(first) == []
    assert not first.stalled(0.0), "who waits for another member is not stalled"
    await second.close()
    assert await values(first) == [0, 1, 2, 3, 4, 5]


async def test_a_lease_from_before_the_machine_last_started_counts_as_run_out(path: Path, log: EmbeddedLog) -> None:
    await publish(log, 1)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO membership VALUES ('g', ?, 7, ?)", (f"elsewhere/{os.getpid()}/x", time.monotonic() + 86_400)
        )
    connection.close()
    assert await values(log.subscription("g", ["t"])) == [0]


async def test_a_full_disk_refuses_a_batch_as_a_whole_and_then_takes_it(log: EmbeddedLog) -> None:
    batch = [Message("t", "k", b"%d" % number + b" " * 2000) for number in range(100)]
    pages = await log.run(lambda: log.connection().execute("PRAGMA page_count").fetchone()[0])
    await log.run(lambda: log.connection().execute(f"PRAGMA max_page_count={pages + 5}").fetchone())
    with pytest.raises(BusUnavailable, match="full"):
        await log.publish(batch)
    subscription = log.subscription("g", ["t"])
    assert await values(subscription) == []
    await log.run(lambda: log.connection().execute("PRAGMA max_page_count=1000000").fetchone())
    await log.publish(batch)
    assert await values(subscription) == list(range(100))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 5)),
        st.tuples(st.just("fetch"), st.integers(1, 4)),
        st.tuples(st.just("commit"), st.integers(1, 9)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_whatever_happens_a_group_reads_on_from_its_last_commit_without_a_gap(steps: list[tuple[str, int]]) -> None:
    async def play(path: Path) -> None:
        log = EmbeddedLog(path)
        await log.start()
        subscription = log.subscription("g", ["t"])
        published = committed = read = 0
        for step, count in steps:
            if step == "publish":
                await log.publish([Message("t", "k", b"%d" % (published + number)) for number in range(count)])
                published += count
            elif step == "fetch":
                found = await values(subscription, timeout=0.0, limit=count)
                assert found == list(range(read, min(read + count, published)))
                read += len(found)
            elif step == "commit" and read > committed:
                committed = min(committed + count, read)
                await subscription.commit([Record("t", "k", b"", 0, committed - 1)])
            elif step == "restart":
                await subscription.close()
                await log.close()
                log = EmbeddedLog(path)
                await log.start()
                subscription, read = log.subscription("g", ["t"]), committed
            assert await subscription.lag() == published - committed
        await log.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "log.db"))
