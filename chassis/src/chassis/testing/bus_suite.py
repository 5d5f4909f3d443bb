"""How every bus behaves: the same functions run on the embedded log and on a real Kafka."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from chassis.events.bus import Bus, BusUnavailable, Message, Record, Subscription

Open = Callable[[], Awaitable[Bus]]
"""Opens another client of the same log, as another process with the same settings does."""
Behaviour = Callable[[Open], Awaitable[None]]


def _new(kind: str) -> str:
    return f"{kind}-{uuid4().hex[:12]}"


def _numbered(topic: str, count: int, *, keys: int = 1) -> list[Message]:
    return [Message(topic, f"键-{number % keys}", f"值 {number} 𠮷".encode()) for number in range(count)]


def _values(records: list[Record]) -> list[bytes]:
    return [record.value for record in records]


async def _topic(bus: Bus, *messages: bytes) -> str:
    """Make a topic of this test's own and publish into it, all under one key."""
    topic = _new("t")
    await bus.ensure_topics([topic])
    await bus.publish([Message(topic, "k", value) for value in messages])
    return topic


async def _member(bus: Bus, group: str, *topics: str) -> Subscription:
    subscription = bus.subscription(group, topics)
    await subscription.start()
    return subscription


async def _read(subscription: Subscription, count: int, *, commit: bool = True) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            batch = await subscription.fetch(timeout=0.5)
            if batch and commit:
                await subscription.commit(batch)
            found += batch
    return found


async def messages_of_one_key_keep_their_order(open_bus: Open) -> None:
    """A thousand messages of ten keys, in bulk and in Chinese: all there, in order per key, keys and values whole."""
    bus = await open_bus()
    topic = await _topic(bus)
    sent = _numbered(topic, 1000, keys=10)
    await bus.publish(sent[:500])
    await bus.publish(sent[500:])
    subscription = await _member(bus, _new("g"), topic)
    found = await _read(subscription, 1000)
    assert len(found) == 1000
    for key in {message.key for message in sent}:
        assert _values([one for one in found if one.key == key]) == [one.value for one in sent if one.key == key]
    await subscription.close()


async def large_and_empty_values_arrive_whole(open_bus: Open) -> None:
    """The largest event, 256 KiB, no bytes at all, and every byte there is."""
    values = [b"x" * 262_144, b"", bytes(range(256))]
    bus = await open_bus()
    subscription = await _member(bus, _new("g"), await _topic(bus, *values))
    assert _values(await _read(subscription, 3)) == values
    await subscription.close()


async def one_member_reads_several_topics(open_bus: Open) -> None:
    """Each record names its topic, and a busy topic does not keep another waiting."""
    bus = await open_bus()
    busy, calm = await _topic(bus, *[b"busy"] * 50), await _topic(bus, b"calm")
    subscription = await _member(bus, _new("g"), busy, calm)
    found: list[Record] = []
    async with asyncio.timeout(60):
        while len(found) < 51:
            found += await subscription.fetch(timeout=0.5, limit=10)
            assert len(found) < 51 or {record.topic for record in found} == {busy, calm}
    assert [(record.topic, record.value) for record in found].count((calm, b"calm")) == 1
    await subscription.close()


async def what_was_not_committed_comes_again(open_bus: Open) -> None:
    """A member that goes without committing leaves its records to the next one."""
    bus, group = await open_bus(), _new("g")
    topic = await _topic(bus, *[b"%d" % number for number in range(10)])
    first = await _member(bus, group, topic)
    seen = await _read(first, 10, commit=False)
    await first.commit(seen[:4])
    await first.close()
    second = await _member(bus, group, topic)
    assert _values(await _read(second, 6)) == [b"%d" % number for number in range(4, 10)]
    await second.close()


async def what_was_committed_stays_so_for_the_next_process(open_bus: Open) -> None:
    """Another client comes, as after a crash, and goes on where it had committed."""
    bus, group = await open_bus(), _new("g")
    topic = await _topic(bus, b"1", b"2", b"3")
    subscription = await _member(bus, group, topic)
    await subscription.commit((await _read(subscription, 3, commit=False))[:2])
    await subscription.close()
    await bus.close()
    again = await open_bus()
    subscription = await _member(again, group, topic)
    assert _values(await _read(subscription, 1)) == [b"3"]
    assert await subscription.fetch(timeout=0.3) == []
    await subscription.close()


async def groups_read_independently_and_begin_at_the_earliest(open_bus: Open) -> None:
    """A group that comes later reads all that was ever published."""
    bus = await open_bus()
    topic = await _topic(bus, b"1", b"2")
    for group in (_new("g"), _new("g")):
        subscription = await _member(bus, group, topic)
        assert _values(await _read(subscription, 2)) == [b"1", b"2"]
        await subscription.close()


async def two_members_never_both_commit_a_record(open_bus: Open) -> None:
    """While members come and go, each record is committed by exactly one of them."""
    buses, group = [await open_bus(), await open_bus()], _new("g")
    topic = await _topic(buses[0])
    await buses[0].publish(_numbered(topic, 300, keys=30))
    kept: list[Record] = []

    async def read(bus: Bus, limit: int) -> None:
        subscription = await _member(bus, group, topic)
        while len(kept) < limit:
            try:
                batch = await subscription.fetch(timeout=0.3, limit=7)
                await asyncio.sleep(0.01)
                await subscription.commit(batch)
            except BusUnavailable:
                continue
            kept.extend(batch)
        await subscription.close()

    async with asyncio.timeout(60), asyncio.TaskGroup() as members:
        members.create_task(read(buses[0], 300))
        members.create_task(read(buses[1], 100))
    assert len({(record.partition, record.offset) for record in kept}) == len(kept) == 300
    assert {record.value for record in kept} == {message.value for message in _numbered(topic, 300)}


async def a_cancelled_fetch_loses_nothing(open_bus: Open) -> None:
    """What a fetch had in hand when it was cancelled comes again to the same member."""
    bus = await open_bus()
    topic = await _topic(bus)
    subscription = await _member(bus, _new("g"), topic)
    await subscription.fetch(timeout=0.1)
    found: list[Record] = []
    for number in range(8):
        fetching = asyncio.create_task(subscription.fetch(timeout=5.0))
        await asyncio.sleep(0)
        await bus.publish([Message(topic, "k", b"%d" % number)])
        await asyncio.sleep(number / 2000)
        fetching.cancel()
        done = (await asyncio.gather(fetching, return_exceptions=True))[0]
        if isinstance(done, BaseException):
            done = await _read(subscription, 1, commit=False)
        await subscription.commit(done)
        found += done
    assert _values(found) == [b"%d" % number for number in range(8)]
    await subscription.close()


async def a_published_message_wakes_a_waiting_reader(open_bus: Open) -> None:
    """A reader that waits gets what another client publishes meanwhile, soon."""
    bus, other = await open_bus(), await open_bus()
    topic = await _topic(bus)
    subscription = await _member(bus, _new("g"), topic)
    assert await subscription.fetch(timeout=0.1) == []
    for publisher in (bus, other):
        waiting = asyncio.create_task(subscription.fetch(timeout=90.0))
        await asyncio.sleep(0.2)
        await publisher.publish([Message(topic, "k", b"hello")])
        async with asyncio.timeout(60):
            assert _values(await waiting) == [b"hello"]
    await subscription.close()


async def a_fetch_gives_up_after_its_timeout(open_bus: Open) -> None:
    """Nothing to read is an empty list, in time; publishing nothing is nothing, making a topic twice too."""
    bus = await open_bus()
    topic = await _topic(bus)
    await bus.publish([])
    await bus.ensure_topics([topic])
    subscription = await _member(bus, _new("g"), topic)
    await subscription.fetch(timeout=0.0)
    began = time.monotonic()
    assert await subscription.fetch(timeout=0.3) == []
    assert time.monotonic() > began + 0.25
    assert await subscription.lag() == 0
    assert not subscription.stalled(0.0)
    await subscription.close()


async def the_lag_counts_what_the_group_has_not_committed(open_bus: Open) -> None:
    """Lag falls with each commit; a lag that stands still is told, one that has just come about is not."""
    bus = await open_bus()
    topic = await _topic(bus)
    subscription = await _member(bus, _new("g"), topic)
    assert await subscription.fetch(timeout=0.1) == []
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await bus.publish(_numbered(topic, 10, keys=10))
    assert await subscription.lag() == 10
    assert not subscription.stalled(time.monotonic() - began)
    found = await _read(subscription, 10, commit=False)
    assert await subscription.lag() == 10
    await asyncio.sleep(0.05)
    assert subscription.stalled(0.01)
    await subscription.commit(found[:9])
    assert await subscription.lag() == 1
    await subscription.commit(found)
    assert await subscription.lag() == 0
    assert not subscription.stalled(0.0)
    await subscription.close()


async def closing_ends_and_twice_is_fine(open_bus: Open) -> None:
    """In the middle of its work too; afterwards nothing is taken any more."""
    bus = await open_bus()
    subscription = await _member(bus, _new("g"), await _topic(bus, b"1"))
    await _read(subscription, 1, commit=False)
    async with asyncio.timeout(60):
        for _ in range(2):
            await subscription.close()
            await bus.close()


async def a_bus_that_is_gone_says_so(bus: Bus) -> None:
    """Nothing waits for ever and nothing is pretended: every call ends in BusUnavailable, and closing works."""
    subscription = bus.subscription(_new("g"), ["t"])
    async with asyncio.timeout(60):
        for call in (
            bus.ready,
            lambda: bus.ensure_topics(["t"]),
            lambda: bus.publish([Message("t", "k", b"x")]),
            lambda: subscription.fetch(timeout=0.1),
            subscription.lag,
        ):
            try:
                await call()
            except BusUnavailable:
                continue
            raise AssertionError(f"{call} did not say that the bus is gone")
        await subscription.close()
        await bus.close()


BEHAVIOURS: tuple[Behaviour, ...] = (
    messages_of_one_key_keep_their_order,
    large_and_empty_values_arrive_whole,
    one_member_reads_several_topics,
    what_was_not_committed_comes_again,
    what_was_committed_stays_so_for_the_next_process,
    groups_read_independently_and_begin_at_the_earliest,
    two_members_never_both_commit_a_record,
    a_cancelled_fetch_loses_nothing,
    a_published_message_wakes_a_waiting_reader,
    a_fetch_gives_up_after_its_timeout,
    the_lag_counts_what_the_group_has_not_committed,
    closing_ends_and_twice_is_fine,
)
