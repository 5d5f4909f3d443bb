"""Each rating is told to the provincial platform once, whatever goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from chassis.base.ids import new_code
from chassis.data import outgoing
from chassis.data.database import Database
from chassis.testing.builders import ManualClock
from evaluation_svc.domain.province import Held, ToldRating
from evaluation_svc.handlers import Evaluation
from evaluation_svc.handlers.province import TELLING, ask_to_void, keep_province_told, tell_province
from evaluation_svc.outside.province import ProvincialPlatform
from evaluation_svc.outside.provincial_rest import Line, RestProvincialPlatform
from evaluation_svc.store.province import find_push
from structlog.testing import capture_logs
from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.province import APP_ID, ProvinceSimulator

Rated = Callable[..., Awaitable[str]]
Work = Callable[..., Awaitable[int]]
FAULTS = [
    (Fault(kind=FaultKind.OUT), "省平台没有答复"),
    (Fault(kind=FaultKind.SERVER_ERROR), "省平台暂停服务(503)"),
    (Fault(kind=FaultKind.SLOW, seconds=2), "省平台没有按时答复"),
    (Fault(kind=FaultKind.HANG), "省平台没有按时答复"),
    (Fault(kind=FaultKind.TRUNCATED), "省平台的答复读不出"),
    (Fault(kind=FaultKind.TOO_LARGE, megabytes=1024), "省平台的答复过大"),
    (Fault(kind=FaultKind.HTML), "省平台的答复读不出"),
    (Fault(kind=FaultKind.WRONG_PERSON), "省平台答的是另一条评价"),
    (Fault(kind=FaultKind.LOST_ANSWER), "省平台没有答复"),
    (Fault(kind=FaultKind.REFUSE, code="401"), "省平台不认签名或时间(401)"),
    (Fault(kind=FaultKind.REFUSE, code="429"), "省平台答复请求太多(429)"),
    (Fault(kind=FaultKind.REFUSE, code="500"), "省平台暂停服务(500)"),
]


async def left(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as connection:
        return [(row.subject, row.state, row.last_error) for row in await outgoing.listed(connection)]


async def pushed(database: Database, rating_id: str) -> Any:
    async with database.reading() as connection:
        return await find_push(connection, rating_id)


async def void(database: Database, rating_id: str) -> None:
    async with database.unit_of_work() as work:
        await ask_to_void(work, rating_id)


async def test_a_rating_is_told_once_and_the_platforms_number_is_kept(
    rated: Rated, work: Work, simulated: ProvinceSimulator, database: Database, clock: ManualClock
) -> None:
    rating_id = await rated()
    assert await left(database) == [(rating_id, "waiting", "")]
    assert await work() == 1
    assert await work() == 0
    row = simulated.of_key(rating_id)
    assert row is not None
    kept = await pushed(database, rating_id)
    assert (kept.provincial_eval_id, kept.pushed_at) == (row["provincial_eval_id"], clock.now())
    assert (len(simulated.held), await left(database)) == (1, [])


@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=[f"{one.kind}-{one.code}" for one, _ in FAULTS])
async def test_whatever_goes_wrong_it_waits_says_why_and_is_told_once(
    rated: Rated,
    work: Work,
    simulated: ProvinceSimulator,
    database: Database,
    clock: ManualClock,
    fault: Fault,
    reason: str,
) -> None:
    rating_id = await rated()
    simulated.faults.set(fault)
    for _ in range(outgoing.ATTEMPTS + 2):
        assert await work() == 1
        assert await left(database) == [(rating_id, "waiting", reason)]
        clock.advance(hours=1)
        if fault.kind in {FaultKind.SLOW, FaultKind.HANG}:
            break
    simulated.faults.set()
    assert await work() == 1
    row = simulated.of_key(rating_id)
    assert row is not None
    assert (await pushed(database, rating_id)).provincial_eval_id == row["provincial_eval_id"]
    assert (len(simulated.held), await left(database)) == (1, [])


async def test_an_answer_that_is_lost_after_it_was_taken_makes_no_second_rating(
    rated: Rated, work: Work, simulated: ProvinceSimulator, database: Database, clock: ManualClock
) -> None:
    rating_id = await rated()
    simulated.faults.set(Fault(kind=FaultKind.LOST_ANSWER, count=2))
    for _ in range(3):
        await work()
        clock.advance(minutes=20)
    assert simulated.times == {rating_id: 3}
    assert (len(simulated.held), await left(database)) == (1, [])


async def test_a_request_that_arrives_twice_makes_one_rating(
    rated: Rated, work: Work, simulated: ProvinceSimulator, database: Database
) -> None:
    rating_id = await rated()
    simulated.faults.set(Fault(kind=FaultKind.DUPLICATE))
    await work()
    assert (simulated.times, len(simulated.held)) == ({rating_id: 2}, 1)
    assert await left(database) == []


class Killed:
    """A platform whose caller is killed after it took a rating, the first so many times."""

    def __init__(self, platform: ProvincialPlatform, times: int) -> None:
        self._platform, self._left = platform, times

    async def tell(self, rating: ToldRating) -> str:
        number = await self._platform.tell(rating)
        self._left -= 1
        if self._left >= 0:
            raise asyncio.CancelledError
        return number

    async def void(self, rating_id: str, provincial_eval_id: str) -> None:
        await self._platform.void(rating_id, provincial_eval_id)

    async def held(self, day: date) -> AsyncIterator[Held]:
        async for one in self._platform.held(day):
            yield one

    async def close(self) -> None:
        await self._platform.close()


async def test_a_worker_that_is_killed_after_telling_tells_again_and_nothing_is_there_twice(
    rated: Rated, work: Work, platform: RestProvincialPlatform, simulated: ProvinceSimulator, database: Database
) -> None:
    rating_id = await rated()
    dying = Killed(platform, times=2)
    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await work(dying)
        assert (await pushed(database, rating_id)).provincial_eval_id is None
    assert await work(dying) == 1
    assert (simulated.times, len(simulated.held)) == ({rating_id: 3}, 1)
    assert await left(database) == []


class Meanwhile(Killed):
    """A platform while which tells of a rating, that rating is found void."""

    def __init__(self, platform: ProvincialPlatform, database: Database) -> None:
        super().__init__(platform, times=0)
        self._database = database

    async def tell(self, rating: ToldRating) -> str:
        number = await super().tell(rating)
        await void(self._database, rating.rating_id)
        return number


async def test_a_rating_that_is_found_void_while_it_is_told_is_told_void_too(
    rated: Rated, work: Work, platform: RestProvincialPlatform, simulated: ProvinceSimulator, database: Database
) -> None:
    rating_id = await rated()
    assert await work(Meanwhile(platform, database)) == 1
    assert await work() == 1
    row = simulated.of_key(rating_id)
    assert row is not None
    assert row["is_void"]
    assert await left(database) == []


async def test_two_workers_at_once_make_one_rating_and_keep_one_number(
    rated: Rated,
    evaluation: Evaluation,
    platform: RestProvincialPlatform,
    simulated: ProvinceSimulator,
    database: Database,
) -> None:
    rating_id = await rated()
    await asyncio.gather(*(tell_province(evaluation, platform, rating_id) for _ in range(4)))
    assert (len(simulated.held), await left(database)) == (1, [])
    assert (await pushed(database, rating_id)).provincial_eval_id == next(iter(simulated.held))


async def test_what_the_platform_refuses_is_stuck_with_its_code_until_it_is_redriven(
    rated: Rated, work: Work, simulated: ProvinceSimulator, database: Database, clock: ManualClock
) -> None:
    rating_id = await rated()
    simulated.faults.set(Fault(kind=FaultKind.REFUSE, code="422"))
    await work()
    assert await left(database) == [(rating_id, "stuck", "省平台拒绝(422)")]
    simulated.faults.set()
    clock.advance(days=1)
    assert await work() == 0
    async with database.unit_of_work() as unit:
        await outgoing.redrive(unit, TELLING, rating_id)
    assert await work() == 1
    assert (len(simulated.held), await left(database)) == (1, [])


async def test_the_second_rating_is_told_as_one_of_its_own_by_the_same_pseudonym(
    rated: Rated, again: Rated, work: Work, simulated: ProvinceSimulator
) -> None:
    first = await rated()
    second = await again(first)
    while await work():
        pass
    one, two = simulated.of_key(first), simulated.of_key(second)
    assert one is not None
    assert two is not None
    assert [(row["assess_number"], row["satisfaction"]) for row in (one, two)] == [(1, "2"), (2, "4")]
    assert (one["project_no"], one["rater"]) == (two["project_no"], two["rater"])


@pytest.mark.parametrize("told", [0, 1])
async def test_a_rating_found_void_is_told_as_such_once_also_where_it_was_not_told_yet(
    rated: Rated, work: Work, simulated: ProvinceSimulator, database: Database, clock: ManualClock, told: int
) -> None:
    rating_id = await rated()
    for _ in range(told):
        await work()
    await void(database, rating_id)
    await void(database, rating_id)
    simulated.faults.set(Fault(kind=FaultKind.LOST_ANSWER, service="invalidations", count=1))
    for _ in range(4):
        await work()
        clock.advance(minutes=20)
    row = simulated.of_key(rating_id)
    assert row is not None
    assert (row["is_void"], len(simulated.held)) == (True, 1)
    kept = await pushed(database, rating_id)
    assert kept.void_told_at is not None
    assert (simulated.times[rating_id], await left(database)) == (1, [])


async def test_what_is_not_told_needs_no_end(work: Work, simulated: ProvinceSimulator, database: Database) -> None:
    await void(database, "01900000-0000-7000-8000-0000000000ff")
    assert await work() == 1
    assert (simulated.held, await left(database)) == ({}, [])


async def test_nothing_leaves_but_what_the_interface_needs_and_nobody_is_named(
    rated: Rated, work: Work, simulated: ProvinceSimulator
) -> None:
    first = await rated(text="等了三天", wants_call=True, device="d-7f3a")
    other = "01900000-0000-7000-8000-00000000000b"
    second = await rated(other, text="")
    while await work():
        pass
    row = simulated.of_key(first)
    assert row is not None
    assert {name: value for name, value in row.items() if name not in {"rater", "provincial_eval_id"}} == {
        "rating_key": first,
        "project_no": "410100U232026030220000019",
        "task_code": "",
        "matter_code": "newborn",
        "org_code": "U23",
        "region_code": "410100",
        "pf": "2",
        "satisfaction": "2",
        "assess_number": 1,
        "pro_status": "3",
        "tags": ["209"],
        "content": "等了三天",
        "assess_time": "2026-03-02 09:30:00",
        "is_void": False,
    }
    rows = [row, simulated.of_key(second)]
    assert "citizen-1" not in json.dumps(rows)
    assert len({str(one and one["rater"]) for one in rows}) == 2, "the same person is not the same in two cases"


async def test_a_wrong_secret_makes_it_wait_and_is_told_nowhere(
    rated: Rated, work: Work, simulated: ProvinceSimulator, database: Database, clock: ManualClock
) -> None:
    await rated()
    secret = b"a secret that must not be told"
    line = Line(simulated, APP_ID, secret)
    with capture_logs() as logs:
        await work(RestProvincialPlatform(line, clock, new_code))
    assert [(state, why) for _, state, why in await left(database)] == [("waiting", "省平台不认签名或时间(401)")]
    assert secret.decode() not in f"{logs}{line!r}"
    assert simulated.secret not in repr(simulated)


async def test_a_nonce_that_was_told_before_is_refused(
    rated: Rated, work: Work, simulated: ProvinceSimulator, database: Database, clock: ManualClock, again: Rated
) -> None:
    first = await rated()
    same = RestProvincialPlatform(Line(simulated, APP_ID, simulated.secret.encode()), clock, lambda: "once")
    await work(same)
    await again(first)
    await work(same)
    assert [why for _, _, why in await left(database)] == ["省平台不认签名或时间(409)"]


async def test_without_an_address_all_waits_and_the_log_says_so_once(
    rated: Rated, evaluation: Evaluation, database: Database
) -> None:
    rating_id = await rated()
    with capture_logs() as logs:
        task = asyncio.create_task(keep_province_told(evaluation, None))
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
    assert [one["event"] for one in logs] == ["province_has_no_address"]
    assert await left(database) == [(rating_id, "waiting", "")]
