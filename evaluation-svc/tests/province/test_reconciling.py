"""A day is held against what the platform has: what it lacks is told again, what it alone has is listed."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from chassis.data.database import Database
from chassis.testing.builders import ManualClock
from chassis.testing.client import audited
from evaluation_svc.domain.province import Difference, Finding, Held, reconciled
from evaluation_svc.errors.province import Outage, ProvinceOut
from evaluation_svc.handlers import reconcile_province
from evaluation_svc.handlers.province import ask_to_void
from evaluation_svc.outside.provincial_rest import RestProvincialPlatform
from hypothesis import given
from hypothesis import strategies as st
from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.province import ProvinceSimulator

Rated = Callable[..., Awaitable[str]]
Work = Callable[..., Awaitable[int]]
DAY = date(2026, 3, 2)
KEYS = st.sampled_from([f"k{number}" for number in range(6)])
HELD = st.builds(
    Held,
    key=KEYS,
    provincial_eval_id=st.sampled_from(["", "HN1", "HN2"]),
    level=st.sampled_from(["1", "5"]),
    number=st.sampled_from([1, 2]),
    channel=st.sampled_from(["2", "7"]),
    is_void=st.booleans(),
)
MANY = st.lists(HELD, max_size=6, unique_by=lambda one: one.key)


async def test_planted_differences_are_found_and_mended_but_what_only_the_platform_has(
    rated: Rated,
    work: Work,
    platform: RestProvincialPlatform,
    simulated: ProvinceSimulator,
    database: Database,
) -> None:
    names = ["right", "gone", "changed", "void"]
    keys = {name: await rated(f"01900000-0000-7000-8000-00000000000{place}") for place, name in enumerate(names)}
    while await work():
        pass
    assert await reconcile_province(database, platform, DAY) == []
    silence = simulated.arrive(assess_time="2026-03-02 23:59:59")
    unknown = simulated.arrive(assess_time="2026-03-02 00:00:00", pf="2", rating_key="nobody's")
    simulated.arrive(assess_time="2026-03-03 00:00:00")
    gone, changed = (simulated.numbers[keys[name]] for name in ("gone", "changed"))
    del simulated.held[gone], simulated.numbers[keys["gone"]]
    simulated.held[changed]["satisfaction"] = "5"
    async with database.unit_of_work() as unit:
        await ask_to_void(unit, keys["void"])
    found = await reconcile_province(database, platform, DAY)
    assert set(found) == {
        Finding(Difference.ONLY_THERE, "", silence, "7"),
        Finding(Difference.UNKNOWN_HERE, "nobody's", unknown),
        Finding(Difference.MISSING_THERE, keys["gone"], gone),
        Finding(Difference.DIFFERS, keys["changed"], changed, "level"),
        Finding(Difference.NOT_VOID_THERE, keys["void"], simulated.numbers[keys["void"]]),
    }
    while await work():
        pass
    left = await reconcile_province(database, platform, DAY)
    assert {one.difference for one in left} == {Difference.ONLY_THERE, Difference.UNKNOWN_HERE, Difference.DIFFERS}
    assert simulated.of_key(keys["gone"]) is not None
    assert [row.action for row in await audited(database)].count("province.reconciled") == 3


async def test_a_rating_whose_answer_was_lost_is_confirmed(
    rated: Rated,
    work: Work,
    platform: RestProvincialPlatform,
    simulated: ProvinceSimulator,
    database: Database,
) -> None:
    rating_id = await rated()
    simulated.faults.set(Fault(kind=FaultKind.LOST_ANSWER, count=1))
    await work()
    (found,) = await reconcile_province(database, platform, DAY)
    assert (found.difference, found.key) == (Difference.NOT_CONFIRMED, rating_id)
    await work()
    assert await reconcile_province(database, platform, DAY) == []


async def test_many_ratings_of_a_day_come_in_pages(
    platform: RestProvincialPlatform, simulated: ProvinceSimulator, database: Database
) -> None:
    for _ in range(1201):
        simulated.arrive(assess_time="2026-03-02 10:00:00")
    found = await reconcile_province(database, platform, DAY)
    assert len({one.provincial_eval_id for one in found}) == len(found) == 1201


@pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.OUT, FaultKind.TOO_LARGE, FaultKind.TRUNCATED])
async def test_a_platform_that_cannot_be_read_changes_nothing(
    rated: Rated,
    work: Work,
    platform: RestProvincialPlatform,
    simulated: ProvinceSimulator,
    database: Database,
    kind: FaultKind,
) -> None:
    await rated()
    await work()
    simulated.faults.set(Fault(kind=kind))
    with pytest.raises(ProvinceOut) as out:
        await reconcile_province(database, platform, DAY)
    assert out.value.why in set(Outage)
    assert "province.reconciled" not in [row.action for row in await audited(database)]


@given(st.dictionaries(KEYS, HELD, max_size=6))
def test_what_is_the_same_on_both_sides_differs_in_nothing(held: dict[str, Held]) -> None:
    ours = {key: _under(key, one, number="HN1") for key, one in held.items()}
    assert list(reconciled(ours, ours.values())) == []


@given(MANY, MANY)
def test_each_rating_that_one_side_alone_has_or_that_differs_is_found(ours: list[Held], theirs: list[Held]) -> None:
    here = {one.key: one for one in ours}
    there = {one.key: _under(one.key, one, number=one.provincial_eval_id or "HN3") for one in theirs}
    found = {one.key for one in reconciled(here, there.values())}
    for key in here.keys() | there.keys():
        mine, other = here.get(key), there.get(key)
        waits_to_be_told = mine is not None and other is None and not mine.provincial_eval_id
        assert (key in found) == (mine != other and not waits_to_be_told)


def _under(key: str, one: Held, *, number: str) -> Held:
    return Held(key, number, one.level, one.number, one.channel, one.is_void)


def test_the_clock_of_the_tests_stands_on_the_day(clock: ManualClock) -> None:
    assert clock.now().date() == DAY
