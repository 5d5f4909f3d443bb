"""What comes too early or too late: late readers, causes that have not arrived, gaps, other schemas."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import pytest
import sqlalchemy as sa
from chassis.data.database import Database, UnitOfWork
from chassis.data.periods import SETTLING, WAITING
from chassis.data.schema import inbox, parked
from chassis.events import parking
from chassis.events.bus import Record
from chassis.events.envelope import Envelope
from chassis.events.inbox import Consumer, NotYetKnown, Received, on
from chassis.events.outbox import Event, append
from chassis.events.parking import DeadLetterNotFound, HandledMeanwhile, NotFirst, State
from chassis.events.standing import Joins
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended


class Told(Event):
    """Something was told."""

    type: ClassVar[str] = "test.tale.told"
    topic: ClassVar[str] = "test.tale"

    text: str


class ToldAgain(Event):
    """The same, in the second version: the text in parts."""

    type: ClassVar[str] = "test.tale.told.v2"
    topic: ClassVar[str] = "test.tale"
    schema_version: ClassVar[int] = 2

    parts: list[str]


class Cause(Event):
    """What a tale may have to wait for."""

    type: ClassVar[str] = "test.cause.known"
    topic: ClassVar[str] = "test.cause"

    name: str


class Silent:
    """A subscription that brings nothing: the tests hand the records over."""

    async def start(self) -> None: ...

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ARG002, ASYNC109  the bus' own
        return []

    async def commit(self, records: object) -> None: ...

    async def lag(self) -> int:
        return 0

    def stalled(self, seconds: float) -> bool:  # noqa: ARG002  the bus' own
        return False

    async def close(self) -> None: ...


class Listener:
    """A reader of tales and causes that keeps what it heard."""

    def __init__(self, database: Database, joins: Joins) -> None:
        self.database = database
        self.heard: list[str] = []
        self.causes: set[str] = set()
        self.tries = 0
        self.wrong: set[str] = set()
        readers = [on(Told, self._told, joins=joins), on(Cause, self._known, joins=Joins.ANY_VERSION)]
        self.consumer = Consumer(database, Silent(), readers, name="t")

    async def _told(self, _work: UnitOfWork, received: Received[Told]) -> None:
        self.tries += 1
        text = received.data.text
        if text in self.wrong:
            raise ValueError("a wrong text")
        if text.startswith("after ") and text.removeprefix("after ") not in self.causes:
            raise NotYetKnown(text, topic=Cause.topic, subject=text.removeprefix("after "))
        self.heard.append(text)

    async def _known(self, _work: UnitOfWork, received: Received[Cause]) -> None:
        self.causes.add(received.data.name)

    async def receives(self, event: Event, *, subject: str, version: int, dataschema: str = "") -> None:
        envelope = Envelope(
            id=f"{event.topic}/{subject}/{version}",
            source="/test",
            type=event.type,
            subject=subject,
            aggregateversion=version,
            time=self.database.clock.now(),
            dataschema=dataschema or event.dataschema(),
            traceparent="",
            data=event.model_dump(mode="json"),
        )
        await self.consumer.handle(Record(event.topic, subject, envelope.model_dump_json().encode(), 0, version))

    async def tales(self, *versions: int, subject: str = "a") -> None:
        for version in versions:
            await self.receives(Told(text=f"{subject}{version}"), subject=subject, version=version)

    async def retry(self, times: int = 1) -> int:
        return sum([await self.consumer.retry_due() for _ in range(times)])

    async def states(self) -> list[tuple[int, str, str]]:
        async with self.database.reading() as connection:
            return [(row.version, row.state, row.reason) for row in await parking.listed(connection)]


Reading = Callable[[Joins], Listener]


@pytest.fixture
def reading(database: Database) -> Reading:
    return lambda joins: Listener(database, joins)


def tale(version: int, subject: str = "a") -> str:
    return f"{Told.topic}/{subject}/{version}"


async def test_a_late_reader_begins_with_the_first_version_it_sees(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.tales(41, 42)
    assert (reader.heard, len(await reader.states())) == ([], 2)
    clock.advance(minutes=SETTLING.total_seconds() / 60)
    await reader.retry(2)
    await reader.tales(43, 40, 41)
    assert (reader.heard, await reader.states()) == (["a41", "a42", "a43"], [])


async def test_what_only_overtook_the_beginning_is_no_base(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.tales(3, 2)
    await reader.tales(1)
    clock.advance(minutes=2)
    await reader.retry(2)
    assert (reader.heard, await reader.states()) == (["a1", "a2", "a3"], [])


async def test_a_gap_after_the_base_is_waited_for(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.tales(7)
    clock.advance(minutes=2)
    await reader.retry()
    await reader.tales(9, 10)
    clock.advance(days=1)
    await reader.retry(3)
    assert reader.heard == ["a7"]
    assert (await reader.states())[:1] == [(9, "waiting", "version 8 of this subject has not arrived")]
    await reader.tales(8)
    await reader.retry(2)
    assert (reader.heard, await reader.states()) == (["a7", "a8", "a9", "a10"], [])


async def test_a_reader_of_all_waits_for_what_its_publisher_publishes_again(
    reading: Reading, clock: ManualClock
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(2, 3)
    clock.advance(days=1)
    assert await reader.retry() == 0
    await reader.tales(1, 2, 3)
    await reader.retry(2)
    assert reader.heard == ["a1", "a2", "a3"]


async def test_a_reader_of_last_words_takes_a_compacted_log_as_it_is(reading: Reading) -> None:
    reader = reading(Joins.ANY_VERSION)
    await reader.tales(5, 9, 9, 7)
    await reader.tales(1, 4, subject="b")
    assert (reader.heard, await reader.states()) == (["a5", "a9", "a7", "b1", "b4"], [])


async def test_a_corrected_last_word_does_not_wait_behind_a_dead_one(reading: Reading) -> None:
    reader = reading(Joins.ANY_VERSION)
    await reader.tales(1, 2)
    await reader.receives(Told(text="a3"), subject="a", version=3, dataschema="/elsewhere")
    await reader.tales(4)
    assert (reader.heard, [one[:2] for one in await reader.states()]) == (["a1", "a2", "a4"], [(3, "dead")])


async def test_of_last_words_each_is_retried_by_itself(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.ANY_VERSION)
    reader.wrong = {"a1", "a2"}
    await reader.tales(1, 2)
    reader.wrong = {"a1"}
    clock.advance(seconds=1)
    await reader.retry()
    assert reader.heard == ["a2"]


async def test_what_waits_is_looked_at_with_growing_pauses_and_what_is_dead_never(
    reading: Reading, database: Database, clock: ManualClock
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(*range(2, 12))
    looks = 0
    for _ in range(360):
        clock.advance(seconds=10)
        async with database.reading() as connection:
            looks += len(await parking.due(connection, clock.now(), reader.consumer.joins))
        await reader.retry()
    assert looks <= 10 * 20
    clock.advance(days=WAITING.days)
    await reader.retry()
    assert await next_look(database) is not None, "what waits behind the dead one"
    for version in range(3, 12):
        async with database.unit_of_work() as work:
            await work.connection.execute(parked.delete().where(parked.c.version == version))
    assert [one[:2] for one in await reader.states()] == [(2, "dead")]
    assert await next_look(database) is None


async def next_look(database: Database) -> datetime | None:
    async with database.reading() as connection:
        return await parking.next_look(connection)


async def test_a_predecessor_that_told_nobody_is_found_by_the_slow_look(
    reading: Reading, database: Database, clock: ManualClock
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(2, 3)
    clock.advance(days=1)
    await reader.retry()
    row = {"topic": Told.topic, "subject": "a", "version": 1, "event_id": tale(1), "handled_at": clock.now()}
    async with database.unit_of_work() as work:
        await work.connection.execute(inbox.insert().values(**row))
    clock.advance(minutes=10)
    await reader.retry(2)
    assert reader.heard == ["a2", "a3"]


async def test_what_waits_too_long_is_a_dead_letter_and_lives_when_the_gap_closes(
    reading: Reading, clock: ManualClock
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(1, 3, 4)
    clock.advance(minutes=WAITING.total_seconds() / 60 - 1)
    await reader.retry()
    assert [state for _, state, _ in await reader.states()] == ["waiting", "waiting"]
    clock.advance(minutes=2)
    await reader.retry(2)
    reason = "version 2 of this subject has not arrived (waited 7 days)"
    assert (await reader.states())[0] == (3, "dead", reason)
    assert (await reader.states())[1][:2] == (4, "waiting"), "what waits behind it is freed with it"
    await reader.tales(2)
    await reader.retry(2)
    assert (reader.heard, await reader.states()) == (["a1", "a2", "a3", "a4"], [])


async def test_redriving_what_waited_no_longer_waits(reading: Reading, database: Database, clock: ManualClock) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(1, 3, 4)
    clock.advance(days=8)
    await reader.retry()
    async with database.unit_of_work() as work:
        await parking.redrive(work, tale(3))
    await reader.retry(2)
    assert (reader.heard, await reader.states()) == (["a1", "a3", "a4"], [])
    await reader.tales(2)
    assert reader.heard == ["a1", "a3", "a4"], "what was given up has no effect out of order"


async def test_only_the_first_parked_event_of_a_subject_is_redriven_or_discarded(
    reading: Reading, database: Database
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(2, 3)
    for command in (parking.redrive, parking.discard):
        with pytest.raises(NotFirst, match="waiting"):
            await within(database, command, tale(3))
        with pytest.raises(DeadLetterNotFound):
            await within(database, command, "nothing")


async def within(database: Database, command: Callable[..., object], event_id: str) -> None:
    async with database.unit_of_work() as work:
        await command(work, event_id)  # type: ignore[misc]  # both are coroutines


async def test_a_discarded_event_counts_as_handled_and_frees_its_subject(reading: Reading, database: Database) -> None:
    reader = reading(Joins.REPUBLISHED)
    reader.wrong = {"a2"}
    await reader.tales(1, 2, 3)
    await within(database, parking.discard, tale(2))
    await reader.retry()
    await reader.tales(2, 4)
    assert (reader.heard, await reader.states()) == (["a1", "a3", "a4"], [])


async def test_what_the_service_handled_meanwhile_is_not_discarded_or_redriven(
    reading: Reading, database: Database
) -> None:
    reader = reading(Joins.REPUBLISHED)
    for command in (parking.discard, parking.redrive):
        await reader.tales(2)
        async with database.unit_of_work() as work:
            assert await parking.take(work, await only_sequence(work))
            asked = asyncio.create_task(within(database, command, tale(2)))
            await asyncio.sleep(0.3)  # on PostgreSQL it has seen the row by now and waits for it; on SQLite it queues
        with pytest.raises((HandledMeanwhile, DeadLetterNotFound)):
            await asked
    async with database.reading() as connection:
        assert list(await connection.execute(sa.select(inbox))) == []


async def only_sequence(work: UnitOfWork) -> int:
    return int((await work.connection.execute(sa.select(parked.c.sequence))).scalar_one())


async def test_an_unreadable_message_that_is_discarded_frees_what_came_after_it(
    reading: Reading, database: Database
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(1)
    await reader.consumer.handle(Record(Told.topic, "a", b"\xff", 0, 9))
    await reader.tales(3, 4)
    await within(database, parking.discard, f"{Told.topic}/0/9")
    await reader.retry(2)
    assert (reader.heard, await reader.states()) == (["a1", "a3", "a4"], [])


async def test_an_event_whose_cause_comes_late_gets_unstuck_by_itself(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.receives(Told(text="after rain"), subject="a", version=1)
    await reader.tales(2)
    for _ in range(40):
        clock.advance(minutes=30)
        await reader.retry()
    assert (await reader.states())[:1] == [(1, "waiting", "NotYetKnown: after rain")]
    await reader.receives(Cause(name="rain"), subject="rain", version=1)
    await reader.retry(2)
    assert (reader.heard, await reader.states()) == (["after rain", "a2"], [])


async def test_a_missing_cause_is_asked_for_with_growing_pauses(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.receives(Told(text="after rain"), subject="a", version=1)
    for _ in range(3600):
        clock.advance(seconds=1)
        await reader.retry()
    assert 10 <= reader.tries <= 20
    await reader.receives(Cause(name="snow"), subject="snow", version=1)
    before = reader.tries
    await reader.retry()
    assert reader.tries == before, "another cause wakes nobody"


async def test_a_cause_that_nothing_tells_of_is_found_by_the_slow_retry(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.receives(Told(text="after rain"), subject="a", version=1)
    clock.advance(days=1)
    await reader.retry()
    reader.causes.add("rain")
    clock.advance(minutes=10)
    await reader.retry()
    assert reader.heard == ["after rain"]


async def test_a_dead_letter_that_only_waited_for_its_cause_is_tried_when_it_comes(
    reading: Reading, clock: ManualClock
) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.receives(Told(text="after rain"), subject="a", version=1)
    clock.advance(days=7)
    await reader.retry(2)
    assert await reader.states() == [(1, "dead", "NotYetKnown: after rain (waited 7 days)")]
    assert await reader.retry() == 0
    await reader.receives(Cause(name="rain"), subject="rain", version=1)
    await reader.retry()
    assert reader.heard == ["after rain"]


async def test_what_waited_behind_another_begins_to_wait_for_its_cause_only_then(
    reading: Reading, clock: ManualClock
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.receives(Told(text="after rain"), subject="a", version=2)
    clock.advance(days=6)
    await reader.tales(1)
    await reader.retry()
    clock.advance(days=6)
    await reader.retry(2)
    assert [state for _, state, _ in await reader.states()] == ["waiting"]


async def test_failing_after_waiting_has_its_whole_number_of_attempts(reading: Reading, clock: ManualClock) -> None:
    reader = reading(Joins.FIRST_SEEN)
    reader.wrong = {"after rain"}
    await reader.receives(Told(text="after rain"), subject="a", version=1)
    for expected in ["retrying"] * 8 + ["dead"]:
        clock.advance(minutes=2)
        await reader.retry()
        assert [state for _, state, _ in await reader.states()] == [expected]


async def test_what_release_n_parked_for_ever_is_freed(
    reading: Reading, database: Database, clock: ManualClock
) -> None:
    reader = reading(Joins.REPUBLISHED)
    await reader.tales(12)
    late = reading(Joins.FIRST_SEEN)
    clock.advance(minutes=2)
    await late.retry()
    assert (late.heard, await late.states()) == (["a12"], [])


@pytest.mark.parametrize("named", ["/contracts/events/test.tale.told.v2.json", "/elsewhere", "x"])
async def test_an_event_of_another_schema_is_not_taken_for_the_known_one(reading: Reading, named: str) -> None:
    reader = reading(Joins.FIRST_SEEN)
    await reader.receives(Told(text="a1"), subject="a", version=1, dataschema=named)
    version, state, reason = (await reader.states())[0]
    assert (reader.heard, version, state) == ([], 1, State.DEAD)
    assert reason == f"OtherSchema: {named} is not /contracts/events/test.tale.told.v1.json, which is what is read here"


async def test_two_versions_of_an_event_live_side_by_side(reading: Reading, database: Database) -> None:
    async with database.unit_of_work() as work:
        await append(work, Told(text="a b"), subject="a", version=1)
        await append(work, ToldAgain(parts=["a", "b"]), subject="a", version=2)
    old, news = reading(Joins.FIRST_SEEN), [*await appended(database)]
    assert [one["dataschema"].rpartition("/")[2] for one in news] == [
        "test.tale.told.v1.json",
        "test.tale.told.v2.json",
    ]
    for envelope in news:
        record = Record(Told.topic, "a", Envelope(**envelope).model_dump_json().encode(), 0, 0)
        await old.consumer.handle(record)
    assert (old.heard, await old.states()) == (["a b"], [])
    await old.tales(3)
    assert old.heard == ["a b", "a3"]


def test_an_events_name_says_its_version() -> None:
    with pytest.raises(TypeError, match="version 2"):
        type("Wrong", (Told,), {"schema_version": 2, "__annotations__": {"schema_version": ClassVar[int]}})
    with pytest.raises(TypeError, match="version 1"):
        type("Wrong", (Told,), {"type": "test.tale.told.v2", "__annotations__": {"type": ClassVar[str]}})


async def test_two_readers_of_a_topic_join_it_alike(database: Database) -> None:
    async def ignore(_work: UnitOfWork, _received: Received[Told]) -> None: ...

    readers = [on(Told, ignore, joins=Joins.FIRST_SEEN), on(Told, ignore, joins=Joins.ANY_VERSION)]
    with pytest.raises(ValueError, match="two ways"):
        Consumer(database, Silent(), readers, name="t")
