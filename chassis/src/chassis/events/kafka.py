"""Apache Kafka as the bus: acks=all, idempotent producer, manual commits, every await bounded.

aiokafka can wait for ever for a broker that is gone (its issues 1013, 1037, 1101), so a producer or consumer that fails
or does not answer in time is cut off and made anew. What was not acknowledged is published again, what was not
committed is read again, and the inbox knows both.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, ProducerClosed, TopicAlreadyExistsError, for_code

from chassis.data.periods import ON_THE_BUS
from chassis.events.bus import NOTHING, BusUnavailable, Keeps, Message, Progress, Record

T = TypeVar("T")
ANSWER_SECONDS = 10.0
STOP_SECONDS = 3.0
SESSION_SECONDS = 10.0
POLL_LIMIT_SECONDS = 120.0
LOOK_SECONDS = 10.0
PATIENCE_SECONDS = 30.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
BROKER_DEFAULT = -1
TOPIC_SETTING = 1  # of a setting's possible origins: the topic's own, neither the broker's nor Kafka's
KEPT_MILLISECONDS = str(int(ON_THE_BUS.total_seconds() * 1000))
FOR_THE_PERIOD = {"cleanup.policy": "delete", "retention.ms": KEPT_MILLISECONDS}
SETTINGS = {
    Keeps.PERIOD: FOR_THE_PERIOD,
    Keeps.HISTORY: FOR_THE_PERIOD,
    Keeps.LAST_WORD: {"cleanup.policy": "compact", "min.compaction.lag.ms": KEPT_MILLISECONDS},
}


async def bounded(work: Coroutine[Any, Any, T], seconds: float = ANSWER_SECONDS) -> T:
    """Give work its time; what Kafka raises, and silence, become BusUnavailable.

    `asyncio.wait_for` would not do: it waits until the cancelled work has ended, and aiokafka may swallow a
    cancellation, or raise one of its own.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.add_done_callback(lambda late: late.cancelled() or late.exception())  # no complaint about it later
            task.cancel()
    if not task.done():
        raise BusUnavailable(f"no answer within {seconds:g} seconds")
    try:
        return task.result()
    except (KafkaError, OSError, AssertionError, asyncio.CancelledError) as error:
        raise BusUnavailable(f"{type(error).__name__}: {error}") from error


async def ended(work: Coroutine[Any, Any, Any], seconds: float = STOP_SECONDS) -> bool:
    """Give work that stops something its time; tell whether it ended well. aiokafka may raise anything from a stop."""
    with suppress(Exception):
        await bounded(work, seconds)
        return True
    return False


class KafkaBus:
    """A Kafka cluster. `partitions` and `replication` are those of topics yet to be made."""

    def __init__(
        self, servers: str, *, partitions: int = 3, replication: int = BROKER_DEFAULT, prefix: str = ""
    ) -> None:
        self._servers = servers
        self._prefix = prefix
        self._partitions = partitions
        self._replication = replication
        self._producer: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()
        self._leaving: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """Probe the cluster. Raises BusUnavailable."""
        await self.ready()

    async def ready(self) -> None:
        """Ask the cluster for its topics. Raises BusUnavailable."""
        await self._administer(lambda admin: admin.list_topics())

    async def ensure_topics(self, topics: Sequence[str], keeps: Mapping[str, Keeps] = NOTHING) -> None:
        """Create the topics that are missing, and bring those in `keeps` to their settings.

        Settings of a topic that are not about what it keeps stay as they are. Raises BusUnavailable when the cluster
        refuses one.
        """

        async def ensure(admin: AIOKafkaAdminClient) -> None:
            await self._ensure(admin, topics)
            for topic, kept in keeps.items():
                await _settle(admin, self._prefix + topic, SETTINGS[kept])

        await self._administer(ensure)

    async def trim(self, keeps: Mapping[str, Keeps]) -> int:  # noqa: ARG002  the bus' own
        """Do nothing: the cluster does."""
        return 0

    async def _ensure(self, admin: AIOKafkaAdminClient, topics: Sequence[str]) -> None:
        missing = {self._prefix + topic for topic in topics} - set(await admin.list_topics())
        # aiokafka takes the broker's own replication only together with an explicit, here empty, assignment
        places: dict[int, list[int]] | None = {} if self._replication == BROKER_DEFAULT else None
        new = [NewTopic(topic, self._partitions, self._replication, places) for topic in sorted(missing)]
        for _topic, code, message in (await admin.create_topics(new)).topic_errors if new else ():
            refusal = for_code(code)
            if code and refusal is not TopicAlreadyExistsError:
                raise refusal(message)

    async def _administer(self, work: Callable[[AIOKafkaAdminClient], Coroutine[Any, Any, Any]]) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers, request_timeout_ms=5000)
        try:
            await bounded(admin.start())
            await bounded(work(admin))
        finally:
            self._let_go(ended(admin.close()))

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
                self._let_go(_cut_off(producer))
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
                self._producer = producer
            finally:
                if self._producer is None:
                    self._let_go(_cut_off(producer))
        return self._producer

    def _let_go(self, stopping: Coroutine[Any, Any, object]) -> None:
        """Stop something beside the work."""
        task = asyncio.create_task(stopping)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def subscription(self, group: str, topics: Sequence[str]) -> "KafkaSubscription":
        """Return a member-to-be of a consumer group."""
        return KafkaSubscription(self._servers, group, tuple(topics), prefix=self._prefix)

    async def close(self) -> None:
        """Close within seconds, whatever the broker does; a second call does nothing."""
        if self._producer is not None:
            self._let_go(_cut_off(self._producer))
            self._producer = None
        if self._leaving:
            await asyncio.wait(set(self._leaving), timeout=2 * STOP_SECONDS)


async def _settle(admin: AIOKafkaAdminClient, topic: str, settings: Mapping[str, str]) -> None:
    """Bring a topic to its settings; the protocol replaces all of a topic's own, so the others are sent along."""
    (found,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    own = {entry[0]: entry[1] for entry in found.resources[0][4] if entry[3] == TOPIC_SETTING}
    if settings.items() <= own.items():
        return
    (answer,) = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {**own, **settings})])
    code, message = answer.resources[0][:2]
    if code:
        raise for_code(code)(message)


async def _cut_off(producer: AIOKafkaProducer) -> None:
    """Stop a producer so that it sends nothing more.

    Its own stop() first waits for what it could not send, and an idempotent producer tries that for ever.
    """
    await ended(producer._sender.close())  # noqa: SLF001  there is no public way to give up
    producer._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001  as above
    await ended(producer.stop())
    await ended(producer.client.close())


class KafkaSubscription:
    """A member of a consumer group.

    Its name is the broker's to give: two processes of one environment are two members, and one that stops leaves its
    partitions to the others at once.
    """

    def __init__(self, servers: str, group: str, topics: tuple[str, ...], *, prefix: str) -> None:
        self._servers = servers
        self._prefix = prefix
        self._group = prefix + group
        self._topics = tuple(prefix + topic for topic in topics)
        self._consumer: AIOKafkaConsumer | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._look_at = 0.0
        self._progress = Progress()

    async def start(self) -> None:
        """Do nothing yet: the first fetch joins the group, so that an absent broker keeps no service from starting."""

    @asynccontextmanager
    async def _member(self) -> AsyncIterator[AIOKafkaConsumer]:
        """Give the consumer, joining first. If the block fails it is left: the next one begins at the last commit."""
        if self._consumer is None:
            self._consumer = await self._join()
        try:
            yield self._consumer
            self._pause = FIRST_PAUSE_SECONDS
        except BaseException:
            await self.close()
            raise

    async def _join(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            *self._topics,
            bootstrap_servers=self._servers,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(SESSION_SECONDS * 1000),
            heartbeat_interval_ms=3000,
            max_poll_interval_ms=int(POLL_LIMIT_SECONDS * 1000),
            request_timeout_ms=20_000,
        )
        try:
            await bounded(consumer.start(), SESSION_SECONDS + ANSWER_SECONDS)
        except BaseException as error:
            await _leave(consumer)
            if isinstance(error, BusUnavailable):
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            raise
        self._look_at = time.monotonic() + LOOK_SECONDS
        return consumer

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ASYNC109  the bus' own wait
        """Return the next records. Raises BusUnavailable, with a growing pause while the group cannot be joined."""
        async with self._member() as consumer:
            getting = consumer.getmany(timeout_ms=int(timeout * 1000), max_records=limit)
            found = await bounded(getting, timeout + ANSWER_SECONDS)
            records = [self._record(one) for batch in found.values() for one in batch]
            if not records and time.monotonic() >= self._look_at:
                await self._look(consumer)
        self._progress.fetched(len(records))
        return records

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        """See from time to time that there is indeed nothing to read: a consumer may fall silent (aiokafka#1037)."""
        self._look_at = time.monotonic() + LOOK_SECONDS
        places = consumer.assignment()
        ends = await bounded(consumer.end_offsets(places)) if places else {}
        self._progress.measured(sum([ends[place] - await bounded(consumer.position(place)) for place in places]))
        if self._progress.stalled(PATIENCE_SECONDS):
            raise BusUnavailable("the consumer has fallen silent")

    def _record(self, one: Any) -> Record:
        topic, key = one.topic.removeprefix(self._prefix), (one.key or b"").decode("utf-8", "replace")
        return Record(topic, key, one.value or b"", one.partition, one.offset)

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit the offsets after these records. Raises BusUnavailable; they then come again, and the inbox knows."""
        if not records:
            return
        offsets: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(self._prefix + record.topic, record.partition)
            offsets[place] = max(offsets.get(place, 0), record.offset + 1)
        async with self._member() as consumer:
            await bounded(consumer.commit(offsets))
        self._progress.committed(len(records))

    async def lag(self) -> int:
        """Return how many records of its partitions the group has not committed. Raises BusUnavailable."""
        async with self._member() as consumer:
            places = consumer.assignment()
            ends = await bounded(consumer.end_offsets(places)) if places else {}
            lag = int(sum([ends[place] - (await bounded(consumer.committed(place)) or 0) for place in places]))
        self._progress.measured(lag)
        return lag

    def stalled(self, seconds: float) -> bool:
        """Tell whether there is lag and nothing has moved for so many seconds."""
        return self._progress.stalled(seconds)

    async def close(self) -> None:
        """Leave within seconds."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await _leave(consumer)


async def _leave(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer; one that does not stop by itself is taken apart, so that nothing of it comes back to life."""
    if await ended(consumer.stop()):
        return
    coordinator, fetcher = consumer._coordinator, consumer._fetcher  # noqa: SLF001  its stop() gave up half-way
    if coordinator is not None:
        await ended(coordinator._stop_heartbeat_task())  # noqa: SLF001  as above
        await ended(coordinator._stop_commit_offsets_refresh_task())  # noqa: SLF001  as above
    if fetcher is not None:
        await ended(fetcher.close())
    await ended(consumer._client.close())  # noqa: SLF001  as above


def open_at(address: str) -> KafkaBus:
    """Open the cluster at `host:port[,host:port][?partitions=3&replication=1&prefix=]`.

    Partitions and replication (by default the broker's) are those of topics yet to be made; the prefix goes before
    topics and groups, so that several cities may share a cluster. Raises ValueError for another query.
    """
    servers, _, query = address.partition("?")
    asked = dict(parse_qsl(query, strict_parsing=bool(query)))
    return KafkaBus(
        servers,
        partitions=int(asked.get("partitions", 3)),
        replication=int(asked.get("replication", BROKER_DEFAULT)),
        prefix=asked.get("prefix", ""),
    )
