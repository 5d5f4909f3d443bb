"""How every bus behaves: the same functions run on the embedded log and on a real Kafka."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

from chassis.bus import Bus, Message, Record, Subscription

Open = Callable[[str], Awaitable[Bus]]
"""Opens another client of the same log, under an instance name."""
Behaviour = Callable[[Open], Awaitable[None]]


def _topic() -> str:
    return f"t-{uuid4().hex[:12]}"


async def _ready(open_bus: Open, *topics: str) -> Bus:
    bus = await open_bus("a")
    await bus.ensure_topics(topics)
    return bus


async def _read(subscription: Subscription, count: int, *, commit: bool = True) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(40):
        while len(found) < count:
            batch = await subscription.fetch(timeout=0.5)
            if batch and commit:
                await subscription.commit(batch)
            found += batch
    return found


async def messages_of_one_key_keep_their_order(open_bus: Open) -> None:
    """A thousand messages of ten keys, in bulk and in Chinese: all there, in order per key."""
    topic = _topic()
    bus = await _ready(open_bus, topic)
    sent = [Message(topic, f"键-{n % 10}", f"值 {n}".encode()) for n in range(1000)]
    await bus.publish(sent[:500])
    await bus.publish(sent[500:])
    subscription = bus.subscription("g-order", [topic])
    await subscription.start()
    found = await _read(subscription, 1000)
    for key in {message.key for message in sent}:
        assert [one.value for one in found if one.key == key] == [one.value for one in sent if one.key == key]
    await subscription.close()


async def what_was_not_committed_comes_again(open_bus: Open) -> None:
    """A member that goes without committing leaves its records to the next one."""
    topic, group = _topic(), f"g-{uuid4().hex[:8]}"
    bus = await _ready(open_bus, topic)
    await bus.publish([Message(topic, "k", b"%d" % n) for n in range(10)])
    first = bus.subscription(group, [topic])
    await first.start()
    seen = await _read(first, 10, commit=False)
    await first.commit(seen[:4])
    await first.close()
    second = bus.subscription(group, [topic])
    await second.start()
    assert [one.value for one in await _read(second, 6)] == [b"%d" % n for n in range(4, 10)]
    await second.close()


async def groups_read_independently_and_begin_at_the_earliest(open_bus: Open) -> None:
    """A group that comes later reads all that was ever published."""
    topic = _topic()
    bus = await _ready(open_bus, topic)
    await bus.publish([Message(topic, "k", b"1")])
    for group in (f"g-{uuid4().hex[:8]}", f"g-{uuid4().hex[:8]}"):
        subscription = bus.subscription(group, [topic])
        await subscription.start()
        assert [one.value for one in await _read(subscription, 1)] == [b"1"]
        await subscription.close()


async def a_published_message_wakes_a_waiting_reader(open_bus: Open) -> None:
    """A reader that waits gets what another client publishes meanwhile."""
    topic = _topic()
    bus, other = await _ready(open_bus, topic), await open_bus("b")
    subscription = bus.subscription(f"g-{uuid4().hex[:8]}", [topic])
    await subscription.start()
    assert await subscription.fetch(timeout=0.1) == []
    waiting = asyncio.create_task(_read(subscription, 1))
    await asyncio.sleep(0.2)
    await other.publish([Message(topic, "k", b"hello")])
    assert [one.value for one in await waiting] == [b"hello"]
    await subscription.close()


async def nothing_published_is_nothing_read_and_closing_twice_is_fine(open_bus: Open) -> None:
    """The empty cases."""
    topic = _topic()
    bus = await _ready(open_bus, topic)
    await bus.publish([])
    await bus.ensure_topics([topic])
    subscription = bus.subscription(f"g-{uuid4().hex[:8]}", [topic])
    await subscription.start()
    assert await subscription.fetch(timeout=0.1) == []
    assert await subscription.lag() == 0
    assert not subscription.stalled(0.0)
    for _ in range(2):
        await subscription.close()
        await bus.close()


async def the_lag_counts_what_the_group_has_not_committed(open_bus: Open) -> None:
    """Lag falls with each commit, and a lag that stands still is told."""
    topic = _topic()
    bus = await _ready(open_bus, topic)
    await bus.publish([Message(topic, f"k{n}", b"x") for n in range(10)])
    subscription = bus.subscription(f"g-{uuid4().hex[:8]}", [topic])
    await subscription.start()
    found = await _read(subscription, 10, commit=False)
    assert await subscription.lag() == 10
    await asyncio.sleep(0.05)
    assert subscription.stalled(0.01)
    await subscription.commit(found)
    assert await subscription.lag() == 0
    assert not subscription.stalled(0.0)
    await subscription.close()


BEHAVIOURS: tuple[Behaviour, ...] = (
    messages_of_one_key_keep_their_order,
    what_was_not_committed_comes_again,
    groups_read_independently_and_begin_at_the_earliest,
    a_published_message_wakes_a_waiting_reader,
    nothing_published_is_nothing_read_and_closing_twice_is_fine,
    the_lag_counts_what_the_group_has_not_committed,
)
