"""Apache Kafka as the bus: acks=all, idempotent producer, manual commits, static membership, every await bounded.

aiokafka can hang for ever with a broker gone, so a producer or consumer that does not answer in time is thrown away and
made anew; what was not acknowledged is published again, what was not committed is read again, and the inbox knows both.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from chassis.bus import BusUnavailable, Message, Record

T = TypeVar("T")
ANSWER_SECONDS = 10.0
STOP_SECONDS = 3.0
SESSION_MS = 15_000
MAX_POLL_MS = 120_000


async def bounded(work: Awaitable[T], seconds: float = ANSWER_SECONDS) -> T:
    """Wait for work within a time; what Kafka raises, and silence, become BusUnavailable."""
    try:
        return await asyncio.wait_for(work, seconds)
    except (KafkaError, TimeoutError, OSError, AssertionError) as error:
        raise BusUnavailable(f"{type(error).__name__}: {error}") from error


class KafkaBus:
    """A Kafka cluster."""

    def __init__(
        self, servers: str, *, instance: str, partitions: int = 3, replication: int = 1, prefix: str = ""
    ) -> None:
        self._servers = servers
        self._prefix = prefix
        self._instance = instance
        self._partitions = partitions
        self._replication = replication
        self._producer: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Probe the cluster. Raises BusUnavailable."""
        await self.ready()

    async def ready(self) -> None:
        """Ask the cluster for its topics. Raises BusUnavailable."""
        await self._administer(lambda admin: admin.list_topics())

    async def ensure_topics(self, topics: Sequence[str]) -> None:
        """Create the topics that are missing."""

        async def ensure(admin: AIOKafkaAdminClient) -> None:
            missing = {self._prefix + topic for topic in topics} - set(await admin.list_topics())
            new = [NewTopic(topic, self._partitions, self._replication) for topic in sorted(missing)]
            if new:
                with suppress(TopicAlreadyExistsError):
                    await admin.create_topics(new)

        await self._administer(ensure)

    async def _administer(self, work: Any) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers, request_timeout_ms=5000)
        try:
            await bounded(admin.start())
            await bounded(work(admin))
        finally:
            self._let_go(admin.close())

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all messages and wait for every acknowledgement. Raises BusUnavailable when one is missing."""
        if not messages:
            return
        async with self._lock:
            producer = await self._started()
            try:
                await bounded(self._send(producer, messages))
            except BusUnavailable:
                self._producer = None
                self._let_go(producer.stop())
                raise

    async def _send(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        sent = [
            await producer.send(self._prefix + message.topic, message.value, message.key.encode())
            for message in messages
        ]
        await asyncio.gather(*sent)

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=True,
                request_timeout_ms=5000,
                linger_ms=0,
            )
            try:
                await bounded(producer.start())
            except BusUnavailable:
                self._let_go(producer.stop())
                raise
            self._producer = producer
        return self._producer

    def _let_go(self, stopping: Awaitable[None]) -> None:
        """Stop something beside the work; it is given its time and then forgotten."""

        async def stop() -> None:
            with suppress(BusUnavailable):
                await bounded(stopping, STOP_SECONDS)

        task = asyncio.create_task(stop())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def subscription(self, group: str, topics: Sequence[str]) -> "KafkaSubscription":
        """Return a member-to-be of a consumer group."""
        return KafkaSubscription(
            self._servers, group, tuple(topics), instance=f"{group}-{self._instance}", prefix=self._prefix
        )

    async def close(self) -> None:
        """Close within seconds, whatever the broker does."""
        if self._producer is not None:
            self._let_go(self._producer.stop())
            self._producer = None
        if self._leaving:
            await asyncio.wait(set(self._leaving), timeout=STOP_SECONDS + 1)


class KafkaSubscription:
    """A static member of a consumer group."""

    def __init__(self, servers: str, group: str, topics: tuple[str, ...], *, instance: str, prefix: str) -> None:
        self._servers = servers
        self._prefix = prefix
        self._group = prefix + group
        self._topics = tuple(prefix + topic for topic in topics)
        self._instance = instance
        self._consumer: AIOKafkaConsumer | None = None
        self._moved = time.monotonic()
        self._lag = 0

    async def start(self) -> None:
        """Join at the first fetch, so that an absent broker does not stop a service from starting."""

    async def _joined(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                *self._topics,
                bootstrap_servers=self._servers,
                group_id=self._group,
                group_instance_id=self._instance,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=3000,
                max_poll_interval_ms=MAX_POLL_MS,
                request_timeout_ms=20_000,
            )
            try:
                await bounded(consumer.start(), SESSION_MS / 1000 + ANSWER_SECONDS)
            except BusUnavailable:
                await self._leave(consumer)
                raise
            self._consumer = consumer
        return self._consumer

    async def _leave(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = None
        with suppress(BusUnavailable):
            await bounded(consumer.stop(), STOP_SECONDS)

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ASYNC109  the bus' own wait
        """Return the next records. Raises BusUnavailable, and joins anew at the next call."""
        consumer = await self._joined()
        try:
            found = await bounded(
                consumer.getmany(timeout_ms=int(timeout * 1000), max_records=limit), timeout + ANSWER_SECONDS
            )
        except BusUnavailable:
            await self._leave(consumer)
            raise
        records = [self._record(one) for batch in found.values() for one in batch]
        self._measure(consumer)
        if records:
            self._moved = time.monotonic()
        return records

    def _record(self, one: Any) -> Record:
        topic, key = one.topic.removeprefix(self._prefix), (one.key or b"").decode("utf-8", "replace")
        return Record(topic, key, one.value or b"", one.partition, one.offset)

    def _measure(self, consumer: AIOKafkaConsumer) -> None:
        """Remember the lag the last fetch told of, without asking the broker."""
        lag = 0
        for place in consumer.assignment():
            end = consumer.highwater(place)
            state = consumer._subscription.subscription.assignment.state_value(place)  # noqa: SLF001  no public view
            if end is not None and state is not None and state.has_valid_position:
                lag += max(end - state.position, 0)
        self._lag = lag

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit the offsets after these records. Raises BusUnavailable; they then come again, and the inbox knows."""
        consumer = await self._joined()
        offsets: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(self._prefix + record.topic, record.partition)
            offsets[place] = max(offsets.get(place, 0), record.offset + 1)
        try:
            await bounded(consumer.commit(offsets))
        except BusUnavailable:
            await self._leave(consumer)
            raise
        self._moved = time.monotonic()

    async def lag(self) -> int:
        """Return how many records of its partitions the group has not committed. Raises BusUnavailable."""
        consumer = await self._joined()
        places = sorted(consumer.assignment())
        ends = await bounded(consumer.end_offsets(places)) if places else {}
        self._lag = sum([ends[place] - (await bounded(consumer.committed(place)) or 0) for place in places])
        return self._lag

    def stalled(self, seconds: float) -> bool:
        """Tell whether there is lag and nothing has moved for so many seconds."""
        return self._lag > 0 and time.monotonic() - self._moved > seconds

    async def close(self) -> None:
        """Leave within seconds; a static member's partitions wait for its return."""
        if self._consumer is not None:
            await self._leave(self._consumer)
