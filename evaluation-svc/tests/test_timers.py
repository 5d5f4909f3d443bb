from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.data.database import Database, UnitOfWork
from chassis.service import Service
from chassis.testing.builders import ManualClock
from chassis.testing.client import deliver
from chassis.worktime import LimitUnit
from evaluation_svc.domain.terms import Term
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, timer_page
from evaluation_svc.handlers.timers import AT_ONCE, Acts, start_timer, stop_timer
from evaluation_svc.store.clocks import find_timer

TERM = Term(5, LimitUnit.WORKDAY, warn=1)
MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 9, tzinfo=UTC)


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def acts(seen: list[str]) -> dict[str, Acts]:
    async def warned(_evaluation: Evaluation, _work: UnitOfWork, row: dict[str, Any]) -> None:
        seen.append(f"warned {row['subject']}")

    async def fired(_evaluation: Evaluation, _work: UnitOfWork, row: dict[str, Any]) -> None:
        seen.append(f"fired {row['subject']}")

    return {"answer": Acts(fired, warned)}


@pytest.mark.usefixtures("calendar")
async def test_a_clock_warns_once_and_fires_once_and_never_early(
    evaluation: Evaluation, database: Database, clock: ManualClock, acts: dict[str, Acts], seen: list[str]
) -> None:
    async with database.unit_of_work() as work:
        assert await start_timer(work, "answer", "a", unit="U23", at=MOMENT, term=TERM) == DUE
    for moment, expected in (
        (DUE - timedelta(days=4), []),
        (DUE - timedelta(minutes=1), ["warned a"]),
        (DUE, ["warned a", "fired a"]),
        (DUE + timedelta(days=9), ["warned a", "fired a"]),
    ):
        clock.set(moment)
        while await timer_page(evaluation, acts):
            pass
        assert seen == expected


async def test_a_clock_waits_for_the_calendar_and_is_reckoned_when_it_comes(
    service: Service,
    evaluation: Evaluation,
    database: Database,
    acts: dict[str, Acts],
    calendar_told: read.CalendarPublished,
) -> None:
    async with database.unit_of_work() as work:
        assert await start_timer(work, "answer", "a", unit="U23", at=MOMENT, term=TERM) is None
    await deliver(service, calendar_told, subject="410100", version=1)
    assert await timer_page(evaluation, acts) == 1
    async with database.reading() as connection:
        row = await find_timer(connection, "answer", "a")
    assert row is not None
    assert row["due_at"] == DUE


@pytest.mark.usefixtures("calendar")
async def test_no_clock_fires_under_an_older_calendar_however_many_are_to_be_reckoned(
    service: Service,
    evaluation: Evaluation,
    database: Database,
    clock: ManualClock,
    acts: dict[str, Acts],
    seen: list[str],
    calendar_told: read.CalendarPublished,
) -> None:
    for number, days in enumerate([20] * AT_ONCE + [5] * 3):
        async with database.unit_of_work() as work:
            term = Term(days, LimitUnit.WORKDAY)
            await start_timer(work, "answer", f"{number}", unit="U23", at=MOMENT, term=term)
    newer = calendar_told.model_copy(update={"off": {**calendar_told.off, f"{DUE:%Y-%m-%d}": "节"}})
    await deliver(service, newer, subject="410100", version=2)
    for moment, expected in ((DUE, []), (DUE + timedelta(days=1), ["fired 50", "fired 51", "fired 52"])):
        clock.set(moment)
        while await timer_page(evaluation, acts):
            pass
        assert sorted(seen) == expected


@pytest.mark.usefixtures("calendar")
async def test_a_stopped_clock_does_nothing_more(
    evaluation: Evaluation, database: Database, clock: ManualClock, acts: dict[str, Acts], seen: list[str]
) -> None:
    async with database.unit_of_work() as work:
        await start_timer(work, "answer", "a", unit="U23", at=MOMENT, term=TERM)
    async with database.unit_of_work() as work:
        assert await stop_timer(work, "answer", "a")
        assert not await stop_timer(work, "answer", "a")
    clock.set(DUE)
    assert await timer_page(evaluation, acts) == 0
    assert seen == []


@pytest.mark.usefixtures("calendar")
async def test_a_clock_whose_doing_fails_stops_no_other_and_is_tried_again(
    evaluation: Evaluation, database: Database, clock: ManualClock, acts: dict[str, Acts], seen: list[str]
) -> None:
    broken = [True]

    async def fails(_evaluation: Evaluation, _work: UnitOfWork, row: dict[str, Any]) -> None:
        if broken:
            raise ValueError(row["subject"])
        seen.append("mended")

    async with database.unit_of_work() as work:
        for kind in ("broken", "of another release", "answer"):
            await start_timer(work, kind, "a", unit="U23", at=MOMENT, term=Term(5, LimitUnit.WORKDAY))
    clock.set(DUE)
    known = {**acts, "broken": Acts(fails)}
    assert [await timer_page(evaluation, known) for _ in range(2)] == [1, 0]
    assert seen == ["fired a"]
    broken.clear()
    assert await timer_page(evaluation, known) == 1
    assert seen == ["fired a", "mended"]
