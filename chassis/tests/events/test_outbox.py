import asyncio
import json
import random
import shutil
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from chassis.base.processes import new_name
from chassis.data import leases
from chassis.data.database import Database
from chassis.events.bus import Bus, BusUnavailable, Message
from chassis.events.outbox import RELAY, LeaseLost, Relay, append, oldest_seconds, waiting
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import sample
from chassis.testing.builders import ManualClock
from chassis.testing.sample import Counted, count
from sqlalchemy.exc import IntegrityError

CountedPerName = dict[str, list[int]]


class RecordingBus:
    """A bus that remembers what was published and fails when told to."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.down = False

    async def start(self) -> None: ...

    async def ensure_topics(self, topics: object) -> None: ...

    async def publish(self, messages: list[Message]) -> None:
        if self.down:
            raise BusUnavailable("down")
        self.messages += messages

    def versions(self) -> CountedPerName:
        found: CountedPerName = defaultdict(list)
        for message in self.messages:
            found[message.key].append(json.loads(message.value)["aggregateversion"])
        return found


@pytest.fixture
def recording() -> RecordingBus:
    return RecordingBus()


def relay_for(database: Database, bus: Bus | RecordingBus, holder: str = "r1") -> Relay:
    return Relay(database, bus, holder=holder, poll=0.02)  # type: ignore[arg-type]  # publishes only


async def test_eight_writers_with_rollbacks_lose_nothing_and_keep_each_subjects_order(
    database: Database, recording: RecordingBus
) -> None:
    chance = random.Random(7)
    committed: dict[str, int] = defaultdict(int)

    async def writer(number: int) -> None:
        for _ in range(40):
            name = f"n{chance.randrange(5)}"
            try:
                async with database.unit_of_work() as work:
                    await count(work, name, 1, actor=str(number))
                    await asyncio.sleep(chance.random() / 200)
                    if chance.random() < 0.3:
                        raise RuntimeError("rolled back")
                committed[name] += 1
            except RuntimeError:
                pass

    for name in range(5):
        async with database.unit_of_work() as work:
            await count(work, f"n{name}", 1, actor="a")
        committed[f"n{name}"] += 1
    relay = asyncio.create_task(relay_for(database, recording).run())
    await asyncio.gather(*(writer(n) for n in range(8)))
    async with asyncio.timeout(60):
        while await _waiting(database):
            await asyncio.sleep(0.02)
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    assert {name: list(range(1, n + 1)) for name, n in committed.items()} == dict(recording.versions())


async def _waiting(database: Database) -> int:
    async with database.reading() as connection:
        return await waiting(connection)


async def test_the_relay_publishes_a_row_that_committed_after_a_later_one(
    database: Database, recording: RecordingBus
) -> None:
    if database.dialect == "sqlite":
        return  # one writer: positions are committed in order
    token = await leases.acquire(database, RELAY, "r1", seconds=10)
    assert token is not None
    relay = relay_for(database, recording)
    async with database.unit_of_work() as slow:
        await append(slow, Counted(name="slow", by=1), subject="slow", version=1)
        await slow.write()  # its position is taken before the other's
        async with database.unit_of_work() as fast:
            await append(fast, Counted(name="fast", by=1), subject="fast", version=1)
        assert await relay.publish_batch(token) == 1
    assert await relay.publish_batch(token) == 1
    assert [message.key for message in recording.messages] == ["fast", "slow"]


async def test_a_second_event_of_the_same_version_fails_the_transaction(database: Database) -> None:
    async def twice() -> None:
        async with database.unit_of_work() as work:
            await append(work, Counted(name="a", by=1), subject="a", version=1)
            await append(work, Counted(name="a", by=2), subject="a", version=1)

    with pytest.raises(IntegrityError):
        await twice()
    assert await _waiting(database) == 0


async def test_nothing_is_marked_while_the_bus_is_down_and_all_goes_out_afterwards(
    database: Database, recording: RecordingBus
) -> None:
    token = await leases.acquire(database, RELAY, "r1", seconds=10)
    assert token is not None
    async with database.unit_of_work() as work:
        await count(work, "a", 1, actor="a")
    recording.down = True
    with pytest.raises(BusUnavailable):
        await relay_for(database, recording).publish_batch(token)
    assert await _waiting(database) == 1
    recording.down = False
    assert await relay_for(database, recording).publish_batch(token) == 1
    assert await _waiting(database) == 0


async def test_a_relay_that_lost_its_lease_marks_nothing(
    database: Database, recording: RecordingBus, clock: ManualClock
) -> None:
    old = await leases.acquire(database, RELAY, "zombie", seconds=10)
    assert old is not None
    async with database.unit_of_work() as work:
        await count(work, "a", 1, actor="a")
    clock.advance(seconds=11)
    new = await leases.acquire(database, RELAY, "heir", seconds=10)
    assert new == old + 1
    with pytest.raises(LeaseLost):
        await relay_for(database, recording, "zombie").publish_batch(old)
    assert await _waiting(database) == 1
    assert await relay_for(database, recording, "heir").publish_batch(new) == 1


async def test_two_relays_whose_publishing_outlasts_their_lease_lose_nothing_and_keep_the_order(
    database: Database, recording: RecordingBus, clock: ManualClock
) -> None:
    chance = random.Random(11)

    class Slow(RecordingBus):
        async def publish(self, messages: list[Message]) -> None:
            for message in messages:
                await asyncio.sleep(chance.random() / 500)
                recording.messages.append(message)
            clock.advance(seconds=chance.choice([1, 11]))

    relays = [asyncio.create_task(relay_for(database, Slow(), holder).run()) for holder in ("r1", "r2")]
    for number in range(60):
        async with database.unit_of_work() as work:
            await count(work, f"n{number % 3}", 1, actor="a")
        await asyncio.sleep(0.005)
    async with asyncio.timeout(60):
        while await _waiting(database):
            await asyncio.sleep(0.02)
    for relay in relays:
        relay.cancel()
    await asyncio.gather(*relays, return_exceptions=True)
    first = {name: list(dict.fromkeys(found)) for name, found in recording.versions().items()}
    assert first == {f"n{number}": list(range(1, 21)) for number in range(3)}


async def test_only_one_holder_has_the_lease_until_it_is_released(database: Database) -> None:
    first = await leases.acquire(database, RELAY, "one", seconds=10)
    assert first is not None
    assert await leases.acquire(database, RELAY, "two", seconds=10) is None
    assert await leases.renew(database, RELAY, first, seconds=10)
    await leases.release(database, RELAY, first)
    assert await leases.acquire(database, RELAY, "two", seconds=10) == first + 1
    assert not await leases.renew(database, RELAY, first, seconds=10)
    await leases.release(database, RELAY, first)
    assert await leases.acquire(database, RELAY, "one", seconds=10) is None, "it is another's to release now"


async def test_an_event_over_256_kib_is_refused_at_the_append(database: Database) -> None:
    async def huge() -> None:
        async with database.unit_of_work() as work:
            await append(work, Counted(name="x" * 300_000, by=1), subject="a", version=1)

    with pytest.raises(ValueError, match="larger than"):
        await huge()


async def test_a_relay_that_is_stopped_while_the_database_is_out_ends(
    database: Database, recording: RecordingBus, tmp_path: Path
) -> None:
    if database.dialect != "sqlite":
        return  # how the database goes away is SQLite's
    folder = tmp_path / "gone"
    folder.mkdir()
    shutil.copy(database.url.removeprefix("sqlite+aiosqlite:///"), folder / "x.db")
    opened, before = Database.open(f"sqlite+aiosqlite:///{folder / 'x.db'}"), set(threading.enumerate())
    task = asyncio.create_task(Relay(opened, recording, holder="r1", poll=30).run())  # type: ignore[arg-type]
    await asyncio.sleep(0.3)
    await opened.close()
    shutil.rmtree(folder)
    task.cancel()
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()
    while set(threading.enumerate()) - before:  # the driver's threads end beside us
        await asyncio.sleep(0.01)


async def test_a_relay_asks_a_bus_that_is_out_less_and_less_often(database: Database) -> None:
    loop, asked = asyncio.get_running_loop(), list[float]()

    class Out(RecordingBus):
        async def publish(self, messages: list[Message]) -> None:  # noqa: ARG002  the bus' own
            asked.append(loop.time())
            raise BusUnavailable("out")

    async with database.unit_of_work() as work:
        await count(work, "a", 1, actor="a")
    relay = asyncio.create_task(relay_for(database, Out()).run())
    while len(asked) < 5:
        await asyncio.sleep(0.01)
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    for pause, (before, after) in zip((0.04, 0.08, 0.16, 0.32), pairwise(asked), strict=True):
        assert after - before >= pause - 0.001


async def test_a_relay_that_is_woken_as_it_is_stopped_ends(database: Database, recording: RecordingBus) -> None:
    relay = Relay(database, recording, holder="r1", poll=60.0)  # type: ignore[arg-type]  # publishes only
    for turns in range(1, 30):  # somewhere among these it waits for its next event
        work = asyncio.create_task(relay.run())
        for _ in range(40 * turns):
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        database.outbox_changed.set()
        await asyncio.sleep(0)
        work.cancel()
        done, _ = await asyncio.wait([work], timeout=60)
        assert done == {work}


async def test_how_many_events_wait_and_for_how_long_is_known(
    database: Database, recording: RecordingBus, clock: ManualClock
) -> None:
    async def seen() -> tuple[int, float]:
        async with database.reading() as connection:
            return await waiting(connection), await oldest_seconds(connection, clock.now())

    assert await seen() == (0, 0.0)
    for _ in range(2):
        async with database.unit_of_work() as work:
            await count(work, "a", 1, actor="a")
        clock.advance(seconds=30)
    assert await seen() == (2, 60.0)
    token = await leases.acquire(database, RELAY, "r1", seconds=10)
    assert token is not None
    await relay_for(database, recording).publish_batch(token)
    assert await seen() == (0, 0.0)


async def test_two_services_with_one_environment_hold_the_lease_in_turn_and_never_each_others(
    service: Service, settings_for: Callable[..., ServiceSettings], database: Database, bus: Bus
) -> None:
    other = sample.build(settings_for(ServiceSettings), database=database, bus=bus)
    first = await leases.acquire(database, RELAY, service.relay.holder, seconds=10)
    assert first is not None
    assert await leases.acquire(database, RELAY, other.relay.holder, seconds=10) is None
    assert await leases.renew(database, RELAY, first, seconds=10)
    assert (
        await leases.acquire(database, RELAY, service.relay.holder, seconds=10) == first + 1
    )  # its own, after an outage


async def test_the_lease_of_a_process_that_is_no_more_is_taken_over_at_once(database: Database) -> None:
    code = "from chassis.base.processes import new_name; print(new_name())"
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    told, _ = await ended.communicate()
    assert await leases.acquire(database, RELAY, told.decode().strip(), seconds=10) == 1
    assert await leases.acquire(database, RELAY, new_name(), seconds=10) == 2
    elsewhere = "/".join(("another machine", *new_name().split("/")[-2:]))
    assert await leases.acquire(database, "other", elsewhere, seconds=10) == 1
    assert await leases.acquire(database, "other", new_name(), seconds=10) is None
