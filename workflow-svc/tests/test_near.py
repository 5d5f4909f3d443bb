"""When a due time is near: on the working day before, and of short clocks when a fifth of their time is left."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from chassis.base.clock import SHANGHAI
from chassis.worktime import Limit, LimitUnit, WorkTime, due, elapsed
from hypothesis import given
from hypothesis import strategies as st
from workflow_svc.domain.near import Near

OFF = {f"2026-{day}": "节" for day in ("09-25", "09-26", "09-27", *(f"10-0{day}" for day in range(1, 8)))}
DOCUMENT: dict[str, Any] = {
    "calendar_version": "2026-1",
    "years": [2026],
    "off": OFF,
    "work": {"2026-09-20": "国庆节", "2026-10-10": "国庆节"},
    "office_hours": {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {"U05": [["08:30", "16:30"]]}},
}
TIMES = WorkTime.from_json(DOCUMENT)
NEAR = Near(workdays=1, percent=20)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI).astimezone(UTC)


def begins(start: str, amount: int, unit: str = "WORKDAY", *, near: Near = NEAR, of: str = "U09") -> datetime | None:
    end = due(at(start), Limit(amount, LimitUnit(unit)), TIMES.calendar, TIMES.hours(of))
    return near.begins(end.start, end.at, TIMES.calendar, TIMES.hours(of))


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("03-02T10:00", 3, "WORKDAY", "03-04T09:00"),
        ("03-05T10:00", 2, "WORKDAY", "03-06T09:00"),
        ("03-04T10:00", 3, "WORKDAY", "03-06T09:00"),  # due on a Monday: Friday is the working day before
        ("09-18T10:00", 2, "WORKDAY", "09-20T09:00"),  # due on Monday 21 September: the Sunday before is worked
        ("09-24T10:00", 4, "WORKDAY", "09-30T09:00"),  # due on 8 October: the holidays do not count
        ("03-02T09:00", 8, "WORK_HOUR", "03-02T16:24"),  # due at 10:00 on Tuesday: 96 minutes before
        ("03-02T10:00", 1, "WORKDAY", "03-03T14:24"),
        ("03-02T10:00", 0, "ON_SITE", "03-02T15:48"),
        ("03-02T18:00", 0, "ON_SITE", "03-03T15:36"),  # due on the day after
        ("09-30T16:30", 8, "WORK_HOUR", "10-08T09:00"),  # due on 9 October at 9:30
    ],
)
def test_a_due_time_is_near_from_the_working_day_before_or_for_the_last_fifth(
    start: str, amount: int, unit: str, expected: str
) -> None:
    assert begins(start, amount, unit) == at(expected)


def test_a_unit_with_its_own_office_hours_is_warned_when_it_opens() -> None:
    assert begins("03-02T10:00", 3, of="U05") == at("03-04T08:30")


def test_how_near_is_near_is_a_setting() -> None:
    assert begins("03-02T10:00", 5, near=Near(3, 20)) == at("03-04T09:00")
    assert begins("03-02T10:00", 5, near=Near(0, 20)) == at("03-09T09:00")
    assert begins("03-02T09:00", 8, "WORK_HOUR", near=Near(1, 50)) == at("03-02T14:00")


MOMENTS = st.integers(0, 300 * 24 * 60).map(lambda minutes: at("01-05T00:00") + timedelta(minutes=minutes))
LIMITS = st.one_of(
    st.tuples(st.integers(0, 30), st.sampled_from([LimitUnit.WORKDAY, LimitUnit.CALENDAR_DAY])),
    st.tuples(st.integers(1, 60), st.just(LimitUnit.WORK_HOUR)),
)


@given(MOMENTS, LIMITS, st.integers(0, 5), st.integers(0, 100), st.sampled_from(["U05", "U09"]))
def test_it_is_near_after_the_start_not_after_the_end_and_in_office_hours(
    start: datetime, limit: tuple[int, LimitUnit], workdays: int, percent: int, unit: str
) -> None:
    hours = TIMES.hours(unit)
    end = due(start, Limit(*limit), TIMES.calendar, hours)
    found = Near(workdays, percent).begins(end.start, end.at, TIMES.calendar, hours)
    assert found is not None
    assert start <= found <= end.at
    day = found.astimezone(SHANGHAI).date()
    assert TIMES.calendar.is_workday(day)
    assert any(opens <= found <= closes for opens, closes in hours.on(day))


@given(MOMENTS, st.integers(2, 30), st.integers(1, 5))
def test_a_clock_that_warns_is_yellow_in_the_counts_and_was_not_on_the_day_before(
    start: datetime, amount: int, workdays: int
) -> None:
    hours = TIMES.hours("U09")
    end = due(start, Limit(amount, LimitUnit.WORKDAY), TIMES.calendar, hours)
    found = Near(workdays, 20).begins(end.start, end.at, TIMES.calendar, hours)
    assert found is not None
    assert due(found, Limit(workdays, LimitUnit.WORKDAY), TIMES.calendar, hours).at >= end.at
    if found.astimezone(SHANGHAI).date() > start.date() and amount > workdays:
        before = found - timedelta(days=1)
        assert due(before, Limit(workdays, LimitUnit.WORKDAY), TIMES.calendar, hours).at < end.at


@given(MOMENTS, st.integers(1, 7), st.integers(0, 100))
def test_a_short_clock_has_the_share_left_when_it_is_near(start: datetime, amount: int, percent: int) -> None:
    hours = TIMES.hours("U09")
    end = due(start, Limit(amount, LimitUnit.WORK_HOUR), TIMES.calendar, hours)
    found = Near(9, percent).begins(end.start, end.at, TIMES.calendar, hours)
    assert found is not None
    left = elapsed(found, end.at, TIMES.calendar, hours)
    assert abs(left - timedelta(hours=amount) * percent / 100) < timedelta(seconds=1)


def test_a_clock_without_working_time_has_no_warning() -> None:
    moment = at("03-01T10:00")
    assert date(2026, 3, 1).weekday() == 6
    assert NEAR.begins(moment, moment, TIMES.calendar, TIMES.hours("U09")) is None
