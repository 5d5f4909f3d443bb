from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
import pytest
from chassis.clock import SHANGHAI, local
from chassis.worktime import (
    GraphHasCycle,
    Limit,
    LimitUnit,
    Node,
    OfficeHours,
    WorkCalendar,
    critical_path,
    due,
    elapsed,
    in_order,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def days(year: int) -> tuple[set[date], set[date]]:
    every = [date(year, 1, 1) + timedelta(n) for n in range(366)]
    mine = [day for day in every if day.year == year]
    off = {day for day in mine if chinese_calendar.is_holiday(day)}
    return {day for day in off if day.weekday() < 5}, {day for day in mine if day not in off and day.weekday() > 4}


OFF, WORK = (set().union(*parts) for parts in zip(*(days(year) for year in (2025, 2026)), strict=True))
CALENDAR = WorkCalendar("test", frozenset(OFF), frozenset(WORK), frozenset({2025, 2026}))
HOURS = OfficeHours()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-09-18T16:00", 8, LimitUnit.WORK_HOUR, "2026-09-20T17:00"),
        ("2026-09-30T16:30", 8, LimitUnit.WORK_HOUR, "2026-10-09T09:30"),
        ("2026-03-02T11:30", 8, LimitUnit.WORK_HOUR, "2026-03-03T13:30"),
        ("2026-03-02T09:00", 8, LimitUnit.WORK_HOUR, "2026-03-03T10:00"),
        ("2026-03-02T16:00", 1, LimitUnit.WORK_HOUR, "2026-03-02T17:00"),
        ("2026-03-02T23:59", 1, LimitUnit.WORK_HOUR, "2026-03-03T10:00"),
        ("2026-02-13T10:00", 5, LimitUnit.WORKDAY, "2026-02-27T17:00"),
        ("2026-09-30T10:00", 20, LimitUnit.WORKDAY, "2026-11-03T17:00"),
        ("2026-03-02T10:00", 0, LimitUnit.WORKDAY, "2026-03-02T17:00"),
        ("2026-03-02T17:00", 0, LimitUnit.ON_SITE, "2026-03-03T17:00"),
        ("2026-03-06T20:00", 0, LimitUnit.ON_SITE, "2026-03-09T17:00"),
        ("2026-09-20T10:00", 10, LimitUnit.CALENDAR_DAY, "2026-09-30T17:00"),
        ("2026-09-21T10:00", 10, LimitUnit.CALENDAR_DAY, "2026-10-08T17:00"),
    ],
)
def test_limits_end_as_the_law_and_the_calendar_say(start: str, amount: int, unit: LimitUnit, expected: str) -> None:
    found = due(at(start), Limit(amount, unit), CALENDAR, HOURS)
    assert local(found.at) == at(expected)
    assert found.at.tzinfo is UTC
    assert not found.provisional


def test_a_limit_into_a_year_without_a_notice_is_provisional() -> None:
    found = due(at("2026-12-30T10:00"), Limit(5, LimitUnit.WORKDAY), CALENDAR, HOURS)
    assert found.provisional
    assert "放假通知未发布" in found.steps[-1].why


def slow_workdays(start: datetime, amount: int) -> datetime:
    """Count day by day, written differently: ask the library, not the table."""
    day, left = local(start).date(), amount
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    return datetime.combine(day, time(17), SHANGHAI)


def slow_hours(start: datetime, amount: int) -> datetime:
    """Walk minute by minute."""
    minute, left = start, amount * 60
    while left:
        clock = local(minute)
        open_now = time(9) <= clock.time() < time(12) or time(13) <= clock.time() < time(17)
        left -= open_now and chinese_calendar.is_workday(clock.date())
        minute += timedelta(minutes=1)
    return minute


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 1)).map(  # noqa: DTZ001  given its zone in the map
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
)


@settings(max_examples=300, deadline=None)
@given(MOMENTS, st.integers(1, 40))
def test_working_days_agree_with_an_independent_count(start: datetime, amount: int) -> None:
    assert due(start, Limit(amount, LimitUnit.WORKDAY), CALENDAR, HOURS).at == slow_workdays(start, amount)


@settings(max_examples=40, deadline=None)
@given(MOMENTS, st.integers(1, 10))
def test_working_hours_agree_with_an_independent_walk(start: datetime, amount: int) -> None:
    assert due(start, Limit(amount, LimitUnit.WORK_HOUR), CALENDAR, HOURS).at == slow_hours(start, amount)


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(1, 60), st.sampled_from(list(LimitUnit)), st.integers(0, 5000))
def test_starting_later_never_ends_earlier(start: datetime, amount: int, unit: LimitUnit, minutes: int) -> None:
    limit = Limit(amount, unit)
    later = start + timedelta(minutes=minutes)
    assert due(start, limit, CALENDAR, HOURS).at <= due(later, limit, CALENDAR, HOURS).at


@settings(max_examples=100, deadline=None)
@given(MOMENTS, st.integers(1, 60))
def test_the_working_time_until_the_end_of_an_hour_limit_is_the_limit(start: datetime, amount: int) -> None:
    end = due(start, Limit(amount, LimitUnit.WORK_HOUR), CALENDAR, HOURS).at
    assert elapsed(start, end, CALENDAR, HOURS) == timedelta(hours=amount)


@settings(max_examples=100, deadline=None)
@given(st.lists(MOMENTS, min_size=3, max_size=3))
def test_elapsed_time_adds_up(moments: list[datetime]) -> None:
    a, b, c = sorted(moments)
    assert elapsed(a, b, CALENDAR, HOURS) + elapsed(b, c, CALENDAR, HOURS) == elapsed(a, c, CALENDAR, HOURS)
    assert elapsed(c, a, CALENDAR, HOURS) == timedelta(0) or a == c


def test_the_derivation_says_of_each_day_why_it_counts() -> None:
    found = due(at("2026-09-30T10:00"), Limit(5, LimitUnit.WORKDAY), CALENDAR, HOURS)
    assert [(step.first.isoformat(), step.counted) for step in found.steps[:3]] == [
        ("2026-09-30", False),
        ("2026-10-01", False),
        ("2026-10-03", False),
    ]
    assert any("调休上班" in step.why for step in found.steps)
    assert found.to_json()["limit"] == {"amount": 5, "unit": "WORKDAY"}


@pytest.mark.parametrize(
    "windows", [(), ((time(12), time(9)),), ((time(9), time(12)), (time(11), time(17))), ((time(9), time(9)),)]
)
def test_office_hours_out_of_order_are_refused(windows: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="in order"):
        OfficeHours(windows)


def test_the_critical_path_is_the_chain_that_ends_last() -> None:
    limit = {n: Limit(n, LimitUnit.WORKDAY) for n in (1, 2, 5)}
    tasks = {
        "certificate": Node((), limit[1], HOURS),
        "registration": Node(("certificate",), limit[2], HOURS),
        "insurance": Node(("registration", "absent"), limit[1], HOURS),
        "benefit": Node(("certificate",), limit[5], HOURS),
    }
    path = critical_path(tasks, at("2026-03-02T10:00"), CALENDAR)
    assert path.keys == ("certificate", "benefit")
    assert local(path.finish) == at("2026-03-10T17:00")


def test_tasks_in_a_circle_are_refused() -> None:
    with pytest.raises(GraphHasCycle, match="a, b"):
        in_order({"a": ["b"], "b": ["a"]})


def test_1986_to_1991_summer_time_shifts_no_civil_day() -> None:
    calendar = WorkCalendar("old", frozenset(), frozenset(), frozenset(range(1986, 1992)))
    for start in ("1986-05-03T10:00", "1991-09-14T10:00"):
        found = due(at(start), Limit(3, LimitUnit.WORKDAY), calendar, HOURS)
        assert local(found.at).time() == time(17)
