"""Readers that begin when the bus has let go of the beginning."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from chassis.data import leases
from chassis.data.database import Database, UnitOfWork
from chassis.data.periods import ON_THE_BUS
from chassis.events.bus import Keeps
from chassis.events.embedded_log import EmbeddedLog
from chassis.events.inbox import Consumer, Received, on
from chassis.events.outbox import RELAY, Event, Relay, append, republish, trim_outbox
from chassis.events.standing import Joins
from chassis.testing.builders import ManualClock
from chassis.testing.plugin import OpenDatabase

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Told(Event):
    """Something was told; the whole tale is kept."""

    type: ClassVar[str] = "test.tale.told"
    topic: ClassVar[str] = "test.tale"
    keeps: ClassVar[Keeps] = Keeps.HISTORY

    text: str


class Word(Event):
    """What holds now, in the first version."""

    type: ClassVar[str] = "test.word.spoken"
    topic: ClassVar[str] = "test.word"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD

    text: str


class WordAgain(Event):
    """The same, in the second version: the text in parts."""

    type: ClassVar[str] = "test.word.spoken.v2"
    topic: ClassVar[str] = "test.word"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    schema_version: ClassVar[int] = 2

    parts: list[str]


class Withdrawn(Event):
    """From a day on the word does not hold; what it said is still needed."""

    type: ClassVar[str] = "test.word.withdrawn"
    topic: ClassVar[str] = "test.word"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD

    since: str


KEEPS = {Told.topic: Told.keeps, Word.topic: Word.keeps}


class Publisher:
    """A publisher whose bus and database grow old together."""

    def __init__(self, database: Database, clock: ManualClock, path: Path) -> None:
        self.database, self._clock = database, clock
        self.log = EmbeddedLog(path, seconds=lambda: clock.now().timestamp())
        self._relay = Relay(database, self.log, keeps=KEEPS, holder="r")

    async def publishes(self, *events: Event, subject: str, first: int = 1) -> None:
        for version, event in enumerate(events, start=first):
            async with self.database.unit_of_work() as work:
                await append(work, event, subject=subject, version=version)
        await self.relays()

    async def relays(self) -> None:
        token = await leases.acquire(self.database, RELAY, "r", seconds=60)
        assert token is not None
        while await self._relay.publish_batch(token):
            pass

    async def grows_old(self) -> None:
        self._clock.advance(days=ON_THE_BUS.days + 10)
        await self.publishes(Word(text="today"), subject="today")
        await trim_outbox(KEEPS)(self.database)
        await self.log.trim(KEEPS)


@pytest.fixture
async def publisher(database: Database, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Publisher]:
    made = Publisher(database, clock, tmp_path / "aged.db")
    await made.log.start()
    await made.log.ensure_topics(list(KEEPS))
    yield made
    await made.log.close()


class Reader:
    """A reader of one event type that keeps what it heard."""

    def __init__(self, database: Database, log: EmbeddedLog, event: type[Event], joins: Joins) -> None:
        self.heard: list[str] = []
        self._subscription = log.subscription(event.type, [event.topic])
        self._consumer = Consumer(database, self._subscription, [on(event, self._told, joins=joins)], name="t")

    async def _told(self, _work: UnitOfWork, received: Received[Event]) -> None:
        self.heard.append(f"{received.version} {next(iter(received.data.model_dump().values()))}")

    async def reads(self) -> list[str]:
        await self._subscription.start()
        while records := await self._subscription.fetch(0.1):
            for record in records:
                await self._consumer.handle(record)
            await self._subscription.commit(records)
        while await self._consumer.retry_due():
            pass
        return self.heard


Late = Callable[[type[Event], Joins], Reader]


@pytest.fixture
async def late(open_database: OpenDatabase, publisher: Publisher) -> Late:
    database = await open_database("chassis.testing.sample")
    return lambda event, joins: Reader(database, publisher.log, event, joins)


async def test_what_the_bus_let_go_of_is_brought_whole_to_a_late_reader(publisher: Publisher, late: Late) -> None:
    await publisher.publishes(*(Told(text=text) for text in "abc"), subject="s")
    await publisher.grows_old()
    await publisher.publishes(Told(text="d"), subject="s", first=4)
    reader = late(Told, Joins.REPUBLISHED)
    assert await reader.reads() == []
    async with publisher.database.unit_of_work() as work:
        assert (await republish(work, LONG_AGO, topic=Told.topic))[0] == 4
    await publisher.relays()
    assert await reader.reads() == ["1 a", "2 b", "3 c", "4 d"]


@pytest.mark.parametrize(("event", "word"), [(Word, "2 new"), (Withdrawn, "3 2027-01-01")])
async def test_what_was_said_is_found_by_a_late_reader_though_its_end_was_told_after_it(
    publisher: Publisher, late: Late, event: type[Event], word: str
) -> None:
    await publisher.publishes(Word(text="old"), Word(text="new"), Withdrawn(since="2027-01-01"), subject="s")
    await publisher.grows_old()
    heard = await late(event, Joins.ANY_VERSION).reads()
    assert [one for one in heard if not one.endswith("today")] == [word]


@pytest.mark.parametrize(("event", "word"), [(Word, "3 new"), (WordAgain, "4 ['new']")])
async def test_of_an_event_in_two_versions_a_late_reader_finds_the_last_word_in_his(
    publisher: Publisher, late: Late, event: type[Event], word: str
) -> None:
    told = (Word(text="old"), WordAgain(parts=["old"]), Word(text="new"), WordAgain(parts=["new"]))
    await publisher.publishes(*told, subject="s")
    await publisher.grows_old()
    heard = await late(event, Joins.ANY_VERSION).reads()
    assert [one for one in heard if "today" not in one] == [word]
