import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chassis.bus import Bus, BusUnavailable, Message
from chassis.buses import open_bus
from chassis.embedded_log import EmbeddedLog
from chassis.kafka import KafkaBus
from chassis.testing.bus_suite import BEHAVIOURS, Behaviour, Open

KAFKA = pytest.param("kafka", marks=[pytest.mark.connected, pytest.mark.enable_socket])


def kafka_url() -> str:
    url = os.environ.get("TEST_KAFKA_URL", "")
    if not url and os.environ.get("CI"):
        pytest.fail("TEST_KAFKA_URL is not set: in CI the connected suites must run")
    if not url:
        pytest.skip("needs a Kafka: set TEST_KAFKA_URL")
    return url


@pytest.fixture(params=["embedded", KAFKA])
async def opener(request: pytest.FixtureRequest, bus_url: str) -> AsyncIterator[Open]:
    opened: list[Bus] = []

    async def open_one(instance: str) -> Bus:
        url = bus_url if request.param == "embedded" else kafka_url()
        opened.append(open_bus(url, instance=instance))
        await opened[-1].start()
        return opened[-1]

    yield open_one
    for bus in opened:
        await bus.close()


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.__name__)
async def test_a_bus(behaviour: Behaviour, opener: Open) -> None:
    await behaviour(opener)


WRITER = """
import asyncio, sys
from pathlib import Path
from chassis.bus import Message
from chassis.embedded_log import EmbeddedLog

async def main():
    log = EmbeddedLog(Path(sys.argv[1]))
    await log.start()
    number = 0
    while True:
        await log.publish([Message("t", "k", b"%d" % n) for n in range(number, number + 5)])
        number += 5
        print(number, flush=True)

asyncio.run(main())
"""


async def test_every_message_acknowledged_before_a_sigkill_is_there_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    acknowledged = 0
    for _ in range(30):
        acknowledged = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *(int(line) for line in writer.stdout if line.strip().isdigit())])
    writer.wait()
    writer.stdout.close()
    log = EmbeddedLog(path)
    await log.start()
    subscription = log.subscription("g", ["t"])
    await subscription.start()
    found = await subscription.fetch(timeout=1.0, limit=1_000_000)
    assert [int(record.value) for record in found[:acknowledged]] == list(range(acknowledged))
    assert len(found) % 5 == 0
    await log.close()


async def test_a_second_member_waits_and_takes_over_when_the_first_is_gone(tmp_path: Path) -> None:
    logs = [EmbeddedLog(tmp_path / "log.db") for _ in range(2)]
    for log in logs:
        await log.start()
    await logs[0].publish([Message("t", "k", b"%d" % n) for n in range(3)])
    first, second = (log.subscription("g", ["t"]) for log in logs)
    seen = await first.fetch(timeout=0.2)
    assert await second.fetch(timeout=0.2) == []
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("UPDATE membership SET expires = 0")  # the first member's lease lapses
    connection.close()
    assert [record.value for record in await second.fetch(timeout=1.0)] == [b"0", b"1", b"2"]
    with pytest.raises(BusUnavailable, match="taken over"):
        await first.commit(seen)
    for log in logs:
        await log.close()


async def test_an_embedded_log_without_its_folder_is_unavailable(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path / "missing" / "log.db")
    with pytest.raises(BusUnavailable):
        await log.start()
    await log.close()


@pytest.mark.enable_socket
async def test_a_kafka_that_is_not_there_is_unavailable_within_seconds() -> None:
    bus = KafkaBus("127.0.0.1:1", instance="a")
    async with asyncio.timeout(15):
        with pytest.raises(BusUnavailable):
            await bus.ready()
        with pytest.raises(BusUnavailable):
            await bus.publish([Message("t", "k", b"x")])
        await bus.close()


def test_an_unknown_address_is_refused() -> None:
    with pytest.raises(ValueError, match="no bus at amqp"):
        open_bus("amqp://x", instance="a")
