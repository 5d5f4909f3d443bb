import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.base.problems import Unavailable
from chassis.base.telemetry import REGISTRY
from chassis.data import outgoing
from chassis.data.database import Database
from chassis.data.outgoing import ATTEMPTS, OutgoingNotFound, Postponed, Refused, State, Worker
from chassis.service import Service
from chassis.testing.builders import ManualClock
from sqlalchemy.exc import DBAPIError

KIND, ME, OTHER = "letter", "elsewhere/1/me", "elsewhere/2/other"


async def ask(database: Database, *subjects: str) -> None:
    async with database.unit_of_work() as work:
        for subject in subjects:
            outgoing.ask(work, KIND, subject)


async def left(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return await outgoing.listed(connection)


def worker(database: Database, do: Callable[[str], Awaitable[None]], **parts: Any) -> Worker:
    return Worker(database, "sample", KIND, do, **parts)


def doing(database: Database, done: list[str]) -> Callable[[str], Awaitable[None]]:
    async def do(subject: str) -> None:
        async with database.unit_of_work() as work:
            if await outgoing.finish(work, KIND, subject):
                done.append(subject)

    return do


def failing(*errors: Exception) -> Callable[[str], Awaitable[None]]:
    later = list(errors)

    async def do(subject: str) -> None:
        raise later.pop(0) if len(later) > 1 else later[0]

    return do


async def test_work_that_was_asked_for_is_done_once_and_is_gone(database: Database) -> None:
    done: list[str] = []
    await ask(database, "a", "b", "c")
    at_work = worker(database, doing(database, done), at_once=2)
    assert [await at_work.round(ME) for _ in range(3)] == [2, 1, 0]
    assert sorted(done) == ["a", "b", "c"]
    assert await left(database) == []


async def test_what_was_asked_for_in_a_transaction_that_failed_is_not_done(database: Database) -> None:
    async def rolled_back() -> None:
        async with database.unit_of_work() as work:
            outgoing.ask(work, KIND, "a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await rolled_back()
    assert await worker(database, failing(AssertionError())).round(ME) == 0


async def test_what_is_asked_for_again_is_done_once_more_whatever_became_of_it(
    database: Database, clock: ManualClock
) -> None:
    done: list[str] = []
    at_work = worker(database, doing(database, done))
    for _ in range(2):
        async with database.unit_of_work() as work:
            await outgoing.ask_again(work, KIND, "a")
    assert await at_work.round(ME) == 1
    async with database.unit_of_work() as work:
        await outgoing.ask_again(work, KIND, "a")
    assert (await at_work.round(ME), done) == (1, ["a", "a"])
    await ask(database, "b")
    await worker(database, failing(Refused("as things were"))).round(ME)
    async with database.unit_of_work() as work:
        await outgoing.ask_again(work, KIND, "b")
    (row,) = await left(database)
    assert (row.state, row.attempts, row.next_attempt_at) == (State.WAITING, 0, clock.now())
    assert (await at_work.round(ME), done) == (1, ["a", "a", "b"])


async def test_of_two_workers_one_waits_while_the_other_is_at_work(database: Database) -> None:
    await ask(database, "a", "b")
    done: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def do(subject: str) -> None:
        begun.set()
        await go_on.wait()
        await doing(database, done)(subject)

    first = asyncio.create_task(worker(database, do).round(ME))
    await begun.wait()
    assert await worker(database, failing(AssertionError())).round(OTHER) == 0
    go_on.set()
    assert await first == 2


async def test_of_two_that_did_the_same_work_one_has_an_effect(database: Database, clock: ManualClock) -> None:
    await ask(database, "a")
    done: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(subject: str) -> None:
        begun.set()
        await go_on.wait()
        await doing(database, done)(subject)

    asleep = asyncio.create_task(worker(database, slowly).round(ME))
    await begun.wait()
    clock.advance(hours=1)
    assert await worker(database, doing(database, done)).round(OTHER) == 1
    go_on.set()
    await asleep
    assert done == ["a"]


async def test_what_fails_again_and_again_is_stuck_and_says_only_what_kind_of_failure_it_was(
    database: Database, clock: ManualClock
) -> None:
    await ask(database, "a")
    at_work = worker(database, failing(ValueError("张三的身份证号")))
    for _ in range(ATTEMPTS):
        assert await at_work.round(ME) == 1
        assert await at_work.round(ME) == 0, "it waits before it is tried again"
        clock.advance(minutes=10)
    (row,) = await left(database)
    assert (row.state, row.attempts, row.last_error) == (State.STUCK.value, ATTEMPTS, "ValueError")
    assert await at_work.round(ME) == 0


@pytest.mark.parametrize("outage", [Postponed("时间戳服务没有应答"), Unavailable(), TimeoutError()])
async def test_what_lacks_something_that_is_out_is_tried_on_however_long_that_takes(
    outage: Exception, database: Database, clock: ManualClock
) -> None:
    await ask(database, "a")
    at_work = worker(database, failing(outage))
    for _ in range(3 * ATTEMPTS):
        assert await at_work.round(ME) == 1
        clock.advance(minutes=10)
    (row,) = await left(database)
    assert (row.state, row.attempts) == (State.WAITING.value, 0)
    assert row.last_error == (str(outage) if isinstance(outage, Postponed) else type(outage).__name__)


async def test_what_takes_too_long_is_given_up_and_tried_again(database: Database, clock: ManualClock) -> None:
    async def never(subject: str) -> None:
        await asyncio.Event().wait()

    await ask(database, "a")
    assert await worker(database, never, within=0.01).round(ME) == 1
    clock.advance(minutes=10)
    done: list[str] = []
    assert await worker(database, doing(database, done)).round(ME) == 1
    assert done == ["a"]


async def test_what_cannot_be_done_is_stuck_at_once_with_its_reason_until_it_is_redriven(database: Database) -> None:
    await ask(database, "a")
    at_work = worker(database, failing(Refused("字体缺少字符 U+20BB7")))
    assert [await at_work.round(ME), await at_work.round(ME)] == [1, 0]
    (row,) = await left(database)
    assert (row.state, row.last_error) == (State.STUCK.value, "字体缺少字符 U+20BB7")
    async with database.unit_of_work() as work:
        await outgoing.redrive(work, KIND, "a")
    done: list[str] = []
    assert await replace(at_work, do=doing(database, done)).round(ME) == 1
    assert done == ["a"]


async def test_what_is_not_there_cannot_be_redriven(database: Database) -> None:
    async with database.unit_of_work() as work:
        with pytest.raises(OutgoingNotFound):
            await outgoing.redrive(work, KIND, "a")


async def test_one_that_fails_holds_up_no_other(database: Database) -> None:
    done: list[str] = []

    async def do(subject: str) -> None:
        if subject == "a":
            raise ValueError
        await doing(database, done)(subject)

    await ask(database, "a", "b")
    assert await worker(database, do).round(ME) == 2
    assert done == ["b"]


async def test_a_round_in_which_one_cannot_be_put_off_ends_after_the_others(database: Database) -> None:
    """Else the others would go on beside the next round, which begins them again."""
    ended: list[str] = []

    async def do(subject: str) -> None:
        if subject == "a":
            async with database.unit_of_work() as work:
                await work.connection.execute(sa.text("ALTER TABLE outgoing RENAME TO gone"))
            raise ValueError
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(subject)

    await ask(database, "a", "b")
    with pytest.raises(DBAPIError):
        await worker(database, do, within=1.0).round(ME)
    assert ended == ["b"]


async def test_a_worker_that_stops_leaves_the_work_to_the_next_at_once(database: Database) -> None:
    begun = asyncio.Event()

    async def never(subject: str) -> None:
        begun.set()
        await asyncio.Event().wait()

    await ask(database, "a")
    running = asyncio.create_task(worker(database, never).run())
    async with asyncio.timeout(60):
        await begun.wait()
    running.cancel()
    await asyncio.wait([running])
    done: list[str] = []
    assert await worker(database, doing(database, done)).round(OTHER) == 1
    assert done == ["a"]


async def test_a_worker_goes_on_until_it_is_cancelled(database: Database) -> None:
    done: list[str] = []
    finished = asyncio.Event()

    async def do(subject: str) -> None:
        await doing(database, done)(subject)
        if len(done) == 2:
            finished.set()

    running = asyncio.create_task(worker(database, do).run())
    await ask(database, "a")
    await ask(database, "b")
    async with asyncio.timeout(60):
        await finished.wait()
    running.cancel()
    await asyncio.wait([running])
    assert sorted(done) == ["a", "b"]


async def test_what_is_not_done_is_counted_with_its_age(
    service: Service, database: Database, clock: ManualClock
) -> None:
    await ask(database, "a", "b")
    await worker(database, failing(Refused("不能做")), at_once=1).round(ME)
    clock.advance(seconds=30)
    async with database.reading() as connection:
        found = await outgoing.counts(connection, clock.now())
    assert found == {(KIND, "stuck"): (1, 30.0), (KIND, "waiting"): (1, 30.0)}
    await service.measure()
    async with database.unit_of_work() as work:
        await work.connection.execute(sa.text("DELETE FROM outgoing"))
    await service.measure()

    assert REGISTRY.get_sample_value("yiwang_outgoing", {"service": "sample", "kind": KIND, "state": "stuck"}) == 0
