import asyncio
import struct
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from chassis.events.bus import Bus, BusUnavailable, Keeps, Message, Subscription
from chassis.events.buses import open_bus
from chassis.events.kafka import KafkaBus
from chassis.testing.bus_suite import BEHAVIOURS, Behaviour, Open, a_bus_that_is_gone_says_so

pytestmark = [pytest.mark.connected, pytest.mark.enable_socket]


class Line:
    """A line to one broker that a test may cut, or hold so that nothing comes back.

    Kafka tells its clients where it lives; the line puts its own port into those answers, so that they stay on it.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._broker = port
        self._server: asyncio.Server | None = None
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def servers(self) -> str:
        return f"{self._host}:{self.port}"

    async def mend(self) -> None:
        """Take connections, at the same port as before."""
        self._server = await asyncio.start_server(self._connect, self._host, self.port or None)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in list(self._ends):
            end.transport.abort()
        await asyncio.sleep(0)

    def hold(self) -> None:
        """Take what comes and let nothing back, like a network that drops packets."""
        self._speaking.clear()

    def release(self) -> None:
        """Let answers through again, the held ones first."""
        self._speaking.set()

    async def _connect(self, client_reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._ends.add(client)
        try:
            reader, broker = await asyncio.open_connection(self._host, self._broker)
        except OSError:
            client.transport.abort()
            self._ends.discard(client)
            return
        self._ends.add(broker)
        with suppress(OSError, asyncio.IncompleteReadError):
            await asyncio.wait(
                {
                    asyncio.ensure_future(self._requests(client_reader, broker)),
                    asyncio.ensure_future(self._answers(reader, client)),
                },
                return_when=asyncio.FIRST_COMPLETED,
            )
        for end in (client, broker):
            end.transport.abort()
            self._ends.discard(end)

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while found := await reader.read(65536):
                writer.write(found)
                await writer.drain()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = self._host.encode() + struct.pack(">i", self._broker)
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                size = await reader.readexactly(4)
                frame = await reader.readexactly(int.from_bytes(size))
                await self._speaking.wait()
                writer.write(size + frame.replace(address, self._host.encode() + struct.pack(">i", self.port)))
                await writer.drain()


@pytest.fixture
async def line(kafka_url: str) -> AsyncIterator[Line]:
    """Give a line to the first broker of the address."""
    host, _, port = kafka_url.removeprefix("kafka://").partition(",")[0].partition("?")[0].rpartition(":")
    made = Line(host, int(port))
    await made.mend()
    yield made
    made.release()
    await made.cut()


@pytest.fixture
async def opener(kafka_url: str) -> AsyncIterator[Open]:
    opened: list[Bus] = []

    async def open_one() -> Bus:
        opened.append(open_bus(kafka_url))
        await opened[-1].start()
        return opened[-1]

    yield open_one
    for bus in opened:
        await bus.close()


@pytest.fixture
async def bus(line: Line) -> AsyncIterator[KafkaBus]:
    """Give a bus on the line, and see that nothing of its clients is left when it is closed."""
    made = KafkaBus(line.servers)
    await made.start()
    yield made
    line.release()
    await made.close()
    assert clients() == []


def clients() -> list[str]:
    """Return what runs of aiokafka's clients."""
    running: list[Any] = [task.get_coro() for task in asyncio.all_tasks()]
    return [one.__qualname__ for one in running if "aiokafka" in one.cr_code.co_filename]


async def topic_on(bus: KafkaBus, *values: bytes) -> str:
    topic = f"t-{uuid4().hex[:12]}"
    await bus.ensure_topics([topic])
    await bus.publish([Message(topic, "k", value) for value in values])
    return topic


async def read(subscription: Subscription, count: int) -> list[bytes]:
    found: list[bytes] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            with suppress(BusUnavailable):
                batch = await subscription.fetch(timeout=0.5)
                await subscription.commit(batch)
                found += [record.value for record in batch]
    return found


async def fetched_for_ever(subscription: Subscription) -> None:
    while True:
        await subscription.fetch(timeout=0.5)


async def refused(work: Coroutine[Any, Any, Any]) -> None:
    async with asyncio.timeout(60):
        with pytest.raises(BusUnavailable):
            await work


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.__name__)
async def test_kafka_behaves_as_a_bus(behaviour: Behaviour, opener: Open) -> None:
    await behaviour(opener)


async def test_a_cluster_that_is_not_there_says_so() -> None:
    await a_bus_that_is_gone_says_so(KafkaBus("127.0.0.1:1"))


async def test_a_broker_that_refuses_connections_is_told_in_time_and_used_again_when_it_is_back(
    bus: KafkaBus, line: Line
) -> None:
    topic = await topic_on(bus, b"before")
    await line.cut()
    await refused(bus.publish([Message(topic, "k", b"in the outage")]))
    await refused(bus.publish([Message(topic, "k", b"in the outage")]))
    await refused(bus.ready())
    await line.mend()
    await bus.ready()
    await bus.publish([Message(topic, "k", b"after")])
    subscription = bus.subscription(f"g-{topic}", [topic])
    assert await read(subscription, 2) == [b"before", b"after"], "what failed is not sent behind the caller's back"
    await asyncio.sleep(1)
    assert await subscription.fetch(timeout=1.0) == []
    await subscription.close()


async def test_a_broker_that_falls_silent_is_told_in_time_and_used_again_when_it_answers(
    bus: KafkaBus, line: Line
) -> None:
    topic = await topic_on(bus, b"before")
    line.hold()
    await refused(bus.publish([Message(topic, "k", b"unknown")]))
    await refused(bus.ready())
    line.release()
    await bus.publish([Message(topic, "k", b"after")])
    subscription = bus.subscription(f"g-{topic}", [topic])
    found = await read(subscription, 2)
    if found != [b"before", b"after"]:  # what was on its way may have arrived: the caller was told that it is unknown
        found += await read(subscription, 3 - len(found))
        assert found == [b"before", b"unknown", b"after"]
    await subscription.close()


@pytest.mark.parametrize("outage", ["cut", "held"])
async def test_a_reader_lives_through_an_outage_and_misses_nothing(bus: KafkaBus, line: Line, outage: str) -> None:
    topic = await topic_on(bus, b"before")
    subscription = bus.subscription(f"g-{topic}", [topic])
    assert await read(subscription, 1) == [b"before"]
    if outage == "cut":
        await line.cut()
    else:
        line.hold()
    async with asyncio.timeout(60):  # the broker's absence is noticed at the next look, not by every fetch
        with pytest.raises(BusUnavailable):
            await fetched_for_ever(subscription)
    if outage == "cut":
        await line.mend()
    line.release()
    await bus.publish([Message(topic, "k", b"after")])
    assert await read(subscription, 1) == [b"after"]
    assert await subscription.lag() == 0
    await subscription.close()


async def test_what_could_not_be_committed_in_an_outage_comes_again(bus: KafkaBus, line: Line) -> None:
    topic = await topic_on(bus, b"1", b"2")
    subscription = bus.subscription(f"g-{topic}", [topic])
    records = await subscription.fetch(timeout=10.0)
    assert len(records) == 2
    await subscription.commit(records[:1])
    await line.cut()
    await refused(subscription.commit(records))
    await line.mend()
    assert await read(subscription, 1) == [b"2"]
    await subscription.close()


@pytest.mark.parametrize("outage", ["cut", "held"])
async def test_closing_in_an_outage_takes_seconds_and_leaves_nothing_behind(
    bus: KafkaBus, line: Line, outage: str
) -> None:
    topic = await topic_on(bus, b"1")
    subscription = bus.subscription(f"g-{topic}", [topic])
    await read(subscription, 1)
    if outage == "cut":
        await line.cut()
    else:
        line.hold()
    publishing = asyncio.create_task(bus.publish([Message(topic, "k", b"2")]))
    await asyncio.sleep(0.5)
    async with asyncio.timeout(60):
        await subscription.close()
        await bus.close()
    with pytest.raises(BusUnavailable):
        await publishing
    await bus.close()


async def test_topics_have_the_partitions_asked_for_and_a_refusal_is_told(kafka_url: str) -> None:
    prefix = f"p{uuid4().hex[:6]}."
    bus = open_bus(f"{kafka_url}?partitions=5&prefix={prefix}")
    await bus.ensure_topics(["t"])
    await bus.ensure_topics(["t"])
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url.removeprefix("kafka://"))
    await admin.start()
    assert [len(topic["partitions"]) for topic in await admin.describe_topics([f"{prefix}t"])] == [5]
    await admin.close()
    with pytest.raises(BusUnavailable, match="InvalidTopic"):
        await bus.ensure_topics(["a name / with spaces"])
    await bus.close()


async def settings_of(kafka_url: str, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url.removeprefix("kafka://"))
    await admin.start()
    (found,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return {entry[0]: entry[1] for entry in found.resources[0][4] if entry[3] == 1}


async def test_topics_keep_what_their_publisher_says_also_those_that_were_there_before(kafka_url: str) -> None:
    prefix = f"p{uuid4().hex[:6]}."
    bus = open_bus(f"{kafka_url}?prefix={prefix}")
    await bus.ensure_topics(["events", "words"])
    assert await settings_of(kafka_url, f"{prefix}words") == {}, "who only reads says nothing"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url.removeprefix("kafka://"))
    await admin.start()
    own = {"max.message.bytes": "2000000", "retention.ms": "1000"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, f"{prefix}events", own)])
    await admin.close()
    for _ in range(2):
        await bus.ensure_topics(["events", "words"], {"events": Keeps.PERIOD, "words": Keeps.LAST_WORD})
        month = str(30 * 24 * 3600 * 1000)
        assert await settings_of(kafka_url, f"{prefix}events") == {
            "max.message.bytes": "2000000",
            "cleanup.policy": "delete",
            "retention.ms": month,
        }
        assert await settings_of(kafka_url, f"{prefix}words") == {
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": month,
        }
    assert await bus.trim({"events": Keeps.PERIOD}) == 0
    await bus.close()


async def test_a_prefix_keeps_cities_apart(kafka_url: str) -> None:
    prefixes = [f"p{uuid4().hex[:6]}." for _ in range(2)]
    buses = [open_bus(f"{kafka_url}?prefix={prefix}") for prefix in prefixes]
    for bus, prefix in zip(buses, prefixes, strict=True):
        await bus.ensure_topics(["t"])
        await bus.publish([Message("t", "k", prefix.encode())])
    for bus, prefix in zip(buses, prefixes, strict=True):
        subscription = bus.subscription("g", ["t"])
        assert await read(subscription, 1) == [prefix.encode()]
        assert await subscription.fetch(timeout=0.3) == []
        await subscription.close()
        await bus.close()


async def test_a_member_that_comes_back_with_another_topic_is_given_it(bus: KafkaBus) -> None:
    old, new = await topic_on(bus, b"old"), await topic_on(bus, b"new")
    subscription = bus.subscription(f"g-{old}", [old])
    assert await read(subscription, 1) == [b"old"]
    await subscription.close()
    subscription = bus.subscription(f"g-{old}", [old, new])
    assert await read(subscription, 1) == [b"new"]
    await subscription.close()
