import asyncio
import json
import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.base import telemetry
from chassis.data.database import Database, UnitOfWork
from chassis.data.schema import inbox, parked
from chassis.events import parking
from chassis.events.bus import Bus, Record
from chassis.events.inbox import Consumer, Received, on
from chassis.events.outbox import Event
from chassis.events.parking import DeadLetterNotFound, State
from chassis.events.standing import Joins
from chassis.service import Service
from chassis.testing.builders import MONDAY_MORNING, ManualClock
from chassis.testing.client import deliver, recorded
from chassis.testing.sample import Counted, CounterNotFound, count, value_of


@pytest.fixture
def commits(database: Database) -> Iterator[list[str]]:
    """Note every transaction that is committed."""
    found: list[str] = []

    def note(_connection: sa.Connection) -> None:
        found.append("commit")

    sa.event.listen(sa.Engine, "commit", note)
    yield found
    sa.event.remove(sa.Engine, "commit", note)


async def mirrored(database: Database, name: str) -> int:
    try:
        return await value_of(database, f"mirror-{name}")
    except CounterNotFound:
        return 0


async def states(database: Database) -> list[tuple[str, int, str]]:
    async with database.reading() as connection:
        return [(row.subject, row.version, row.state) for row in await parking.listed(connection)]


def consumer_of(service: Service) -> Consumer:
    assert service.consumer is not None
    return service.consumer


async def test_a_duplicate_has_one_effect(service: Service, database: Database) -> None:
    for _ in range(3):
        await deliver(service, Counted(name="a", by=5), subject="a", version=1)
    assert await mirrored(database, "a") == 5


async def test_events_that_arrive_out_of_order_are_handled_in_order(service: Service, database: Database) -> None:
    await deliver(service, Counted(name="a", by=10), subject="a", version=3)
    await deliver(service, Counted(name="a", by=1), subject="a", version=2)
    assert await mirrored(database, "a") == 0
    await deliver(service, Counted(name="a", by=100), subject="a", version=1)
    await _retry_once(service)
    await _retry_once(service)
    assert await mirrored(database, "a") == 111
    assert await states(database) == []


async def _retry_once(service: Service) -> None:
    await consumer_of(service).retry_due()


def records(*events: tuple[str, int, int]) -> list[Record]:
    """Return records of counters' events: each a name, a version, by how much."""
    return [
        recorded(Counted(name=name, by=by), subject=name, version=version, at=MONDAY_MORNING)
        for name, version, by in events
    ]


async def test_events_that_arrive_together_have_their_effects_in_one_transaction(
    service: Service, database: Database, commits: list[str]
) -> None:
    some = records(("a", 1, 5), ("b", 1, 7), ("a", 2, 6), ("a", 2, 6))
    await consumer_of(service).handle_all(some)
    assert len(commits) == 1
    assert (await mirrored(database, "a"), await mirrored(database, "b")) == (11, 7)
    await consumer_of(service).handle_all(some)
    assert (await mirrored(database, "a"), await mirrored(database, "b")) == (11, 7)


async def test_where_one_of_many_fails_it_is_parked_its_subject_waits_and_all_others_have_their_effect(
    service: Service, database: Database
) -> None:
    handled = consumer_of(service).handled
    unreadable = Record("sample.counter", "c", b"no envelope", 0, 9)
    await consumer_of(service).handle_all(
        [*records(("b", 1, 7), ("a", 1, 666), ("a", 2, 1), ("b", 2, 1)), unreadable, *records(("d", 1, 3))]
    )
    assert (await mirrored(database, "a"), await mirrored(database, "b"), await mirrored(database, "d")) == (0, 8, 3)
    assert consumer_of(service).handled - handled == 3
    assert await states(database) == [("a", 1, State.RETRYING), ("a", 2, State.WAITING), ("c", 0, State.DEAD)]


async def test_what_comes_too_early_among_others_waits_and_is_handled_once_the_gap_is_closed(
    service: Service, database: Database
) -> None:
    await consumer_of(service).handle_all(records(("a", 2, 10), ("b", 1, 7), ("a", 1, 1), ("a", 3, 100)))
    assert (await mirrored(database, "a"), await mirrored(database, "b")) == (1, 7)
    await _retry_once(service)
    await _retry_once(service)
    assert await mirrored(database, "a") == 111
    assert await states(database) == []


async def test_an_id_that_was_handled_is_known_whatever_version_it_comes_with(
    service: Service, database: Database
) -> None:
    again = [
        recorded(Counted(name="a", by=by), subject="a", version=by, at=MONDAY_MORNING, event_id="same") for by in (1, 2)
    ]
    async with asyncio.timeout(60):
        await consumer_of(service).handle_all(again)
        await consumer_of(service).handle(again[1])
    assert await mirrored(database, "a") == 1
    assert await states(database) == []


async def test_an_event_and_the_one_after_it_in_two_processes_at_once_are_both_handled_or_parked(
    service: Service, database: Database, bus: Bus
) -> None:
    moments = random.Random(3)
    other = Consumer(
        database, bus.subscription("other", []), [on(Counted, ignore, joins=Joins.REPUBLISHED)], name="other"
    )
    for number in range(40):
        first, second = records((f"n{number}", 1, 1), (f"n{number}", 2, 1))

        async def later(record: Record = second) -> None:
            await asyncio.sleep(moments.random() * 0.005)
            await consumer_of(service).handle(record)

        await asyncio.gather(other.handle(first), later())
    async with database.reading() as connection:
        handled = set(await connection.execute(sa.select(inbox.c.subject, inbox.c.version)))
        waiting = set(await connection.execute(sa.select(parked.c.subject, parked.c.version)))
    assert {tuple(row) for row in handled | waiting} == {(f"n{n}", v) for n in range(40) for v in (1, 2)}


async def ignore(_work: UnitOfWork, _received: Received[Counted]) -> None:
    await asyncio.sleep(0)


async def test_two_processes_that_get_the_same_events_at_once_give_them_one_effect(
    service: Service, database: Database
) -> None:
    some = records(*((f"n{number}", 1, 1) for number in range(20)))
    await asyncio.gather(*(consumer_of(service).handle_all(some) for _ in range(4)))
    assert {await mirrored(database, f"n{number}") for number in range(20)} == {1}
    assert await states(database) == []


async def test_a_failing_event_becomes_a_dead_letter_its_subject_waits_and_others_flow(
    service: Service, database: Database, clock: ManualClock
) -> None:
    await deliver(service, Counted(name="a", by=666), subject="a", version=1)
    await deliver(service, Counted(name="a", by=1), subject="a", version=2)
    await deliver(service, Counted(name="b", by=7), subject="b", version=1)
    assert await mirrored(database, "b") == 7
    assert await states(database) == [("a", 1, State.RETRYING), ("a", 2, State.WAITING)]
    for _ in range(12):
        clock.advance(minutes=2)
        await _retry_once(service)
    assert await states(database) == [("a", 1, State.DEAD), ("a", 2, State.WAITING)]
    async with database.reading() as connection:
        dead = await parking.shown(connection, "sample.counter/a/1")
    assert "does not like" in dead.reason
    assert dead.attempts == 10


async def test_the_pauses_between_attempts_double_up_to_a_minute(
    service: Service, database: Database, clock: ManualClock
) -> None:
    await deliver(service, Counted(name="a", by=666), subject="a", version=1)
    pauses = []
    for _ in range(9):
        async with database.reading() as connection:
            row = await parking.shown(connection, "sample.counter/a/1")
        pauses.append((row.next_attempt_at - clock.now()).total_seconds())
        clock.set(row.next_attempt_at - timedelta(milliseconds=1))
        assert await consumer_of(service).retry_due() == 0
        clock.set(row.next_attempt_at)
        assert await consumer_of(service).retry_due() == 1
    assert pauses == [0.2, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60.0]
    assert await states(database) == [("a", 1, State.DEAD)]


async def test_redriving_a_dead_letter_has_one_effect_and_frees_those_behind_it(
    service: Service, database: Database, clock: ManualClock
) -> None:
    await deliver(service, Counted(name="a", by=666), subject="a", version=1)
    await deliver(service, Counted(name="a", by=1), subject="a", version=2)
    for _ in range(12):
        clock.advance(minutes=2)
        await _retry_once(service)
    async with database.unit_of_work() as work:
        mended = sa.select(parked.c.envelope).where(parked.c.version == 1)
        envelope = json.loads((await work.connection.execute(mended)).scalar_one())
        envelope["data"]["by"] = 600
        await work.connection.execute(
            parked.update().where(parked.c.version == 1).values(envelope=json.dumps(envelope))
        )
    for _ in range(2):
        async with database.unit_of_work() as work:
            with suppress(DeadLetterNotFound):
                await parking.redrive(work, "sample.counter/a/1")
        for _ in range(3):
            await _retry_once(service)
    assert await mirrored(database, "a") == 601
    assert await states(database) == []
    await deliver(service, Counted(name="a", by=600), subject="a", version=1)
    assert await mirrored(database, "a") == 601


async def test_a_message_that_is_no_envelope_is_parked_and_its_key_waits(service: Service, database: Database) -> None:
    await consumer_of(service).handle(Record("sample.counter", "a", b"\xff{", 0, 9))
    await deliver(service, Counted(name="a", by=1), subject="a", version=1)
    await deliver(service, Counted(name="b", by=1), subject="b", version=1)
    assert await states(database) == [("a", 0, State.DEAD), ("a", 1, State.WAITING)]
    assert await mirrored(database, "b") == 1


def envelope(**change: Any) -> bytes:
    fields = {
        "id": "e1",
        "source": "/test",
        "type": Counted.type,
        "subject": "a",
        "time": "2026-03-02T01:30:00Z",
        "dataschema": Counted.dataschema(),
        "aggregateversion": 1,
        "traceparent": "",
        "data": {"name": "a", "by": 1},
    }
    return json.dumps({**fields, **change}).encode()


POISON = {
    "a NUL byte": b"\x00",
    "a NUL inside JSON": b'{"a": "\x00"}',
    "an empty message": b"",
    "a subject no database takes": envelope(subject="a\0"),
    "a long subject": envelope(subject="a" * 65),
    "an empty subject": envelope(subject=""),
    "a long id": envelope(id="e" * 65),
    "an id no database takes": envelope(id="\0"),
    "a long type": envelope(type="t" * 101),
    "a version beyond every counter": envelope(aggregateversion=2**31),
    "a version before the first": envelope(aggregateversion=0),
    "a lone surrogate": envelope().replace(b'"a"', b'"\\ud800"'),
    "nesting without end": b"[" * 100_000,
    "a long trace": envelope(traceparent="x" * 1000),
}


@pytest.mark.parametrize("value", POISON.values(), ids=POISON.keys())
@pytest.mark.parametrize("key", ["a", "a\0", "a" * 100], ids=["plain key", "NUL in the key", "long key"])
async def test_poison_is_parked_as_it_came_and_nobody_else_waits(
    service: Service, database: Database, value: bytes, key: str
) -> None:
    await consumer_of(service).handle(Record("sample.counter", key, value, 0, 9))
    await consumer_of(service).handle(Record("sample.counter", key, value, 0, 9))
    await deliver(service, Counted(name="b", by=1), subject="b", version=1)
    assert [state for _, _, state in await states(database)] == [State.DEAD]
    assert await mirrored(database, "b") == 1


async def test_what_a_handler_says_with_a_nul_is_parked_too(service: Service, database: Database) -> None:
    await deliver(service, Counted(name="a\0", by=1), subject="a", version=1)
    assert [(subject, version) for subject, version, _ in await states(database)] in ([("a", 1)], [])


async def test_an_event_that_is_retried_keeps_its_trace(service: Service, clock: ManualClock) -> None:
    traces: list[str] = []

    async def failing_once(work: UnitOfWork, received: Received[Event]) -> None:
        traces.append(telemetry.trace_id())
        if len(traces) == 1:
            raise RuntimeError

    object.__setattr__(consumer_of(service)._readers[Counted.type], "handler", failing_once)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    value = envelope(traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    await consumer_of(service).handle(Record("sample.counter", "a", value, 0, 9))
    clock.advance(minutes=2)
    await _retry_once(service)
    assert traces == [trace, trace]


async def test_the_effect_and_the_inbox_row_are_one_transaction(service: Service, database: Database) -> None:
    await deliver(service, Counted(name="a", by=666), subject="a", version=1)
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(inbox))).all() == []


async def test_a_running_service_relays_and_consumes_its_own_events(
    service: Service, database: Database, bus: Bus
) -> None:
    async with service.running():
        for _ in range(20):
            async with database.unit_of_work() as work:
                await count(work, "a", 1, actor="a")
        async with asyncio.timeout(60):
            while await mirrored(database, "a") < 20:
                await asyncio.sleep(0.02)
    assert await mirrored(database, "a") == 20


class Behind:
    """A member that has one record, is behind, and has not moved for long."""

    def __init__(self) -> None:
        self.records = [Record("sample.counter", "a", envelope(), 0, 9)]
        self.asked = 0

    async def start(self) -> None: ...

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ARG002, ASYNC109  the bus' own
        await asyncio.sleep(0.01)
        self.asked += 1
        return self.records

    async def commit(self, records: object) -> None: ...

    async def lag(self) -> int:
        return 1

    def stalled(self, seconds: float) -> bool:  # noqa: ARG002  the bus' own
        return True

    async def close(self) -> None: ...


async def test_an_outage_of_the_database_is_no_stall_that_a_restart_would_mend(
    service: Service, database: Database, tmp_path: Path
) -> None:
    gone = Database.open(f"sqlite+aiosqlite:///{tmp_path}/nowhere/x.db")
    there, before = Behind(), set(threading.enumerate())
    out, well = Consumer(gone, Behind(), [], name="t"), Consumer(database, there, [], name="t")
    waiting = asyncio.create_task(out.run())
    while out.stalled(60):  # until it has seen that the database is out
        await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await gone.close()
    while set(threading.enumerate()) - before:  # the driver's threads end beside us
        await asyncio.sleep(0.01)
    running = asyncio.create_task(well.run())
    while there.asked < 3:
        await asyncio.sleep(0.01)
    assert well.stalled(60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
