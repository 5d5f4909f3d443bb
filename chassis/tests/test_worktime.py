import ast
import json
import os
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, reduce
from itertools import pairwise
from math import radians, sin

import chinese_calendar
import pytest
from chassis.base.clock import SHANGHAI, local
from chassis.worktime import (
    LARGEST,
    Due,
    GraphHasCycle,
    Limit,
    LimitUnit,
    Node,
    NoWorkingTime,
    OfficeHours,
    Step,
    WorkCalendar,
    WorkTime,
    critical_path,
    due,
    elapsed,
    in_order,
    legal_days_off,
    months_later,
)
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = timedelta(days=1)
OFFICIAL = range(2020, 2027)


def is_workday(day: date) -> bool:
    """Ask the library, which knows no year without a notice: of those only the days off that the law itself gives."""
    if day.year in OFFICIAL:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and day not in legal_days_off(day.year)


EVERY_DAY = [date(2019, 12, 1) + n * DAY for n in range(3000)]
OFF = frozenset(day for day in EVERY_DAY if day.year in OFFICIAL and day.weekday() < 5 and not is_workday(day))
WORK = frozenset(day for day in EVERY_DAY if day.weekday() > 4 and is_workday(day))
CALENDAR = WorkCalendar("test", OFF, WORK, frozenset(OFFICIAL))
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
        ("2026-03-02T11:00", 1, LimitUnit.WORK_HOUR, "2026-03-02T12:00"),
        ("2026-03-02T12:00", 1, LimitUnit.WORK_HOUR, "2026-03-02T14:00"),
        ("2026-03-02T17:00", 7, LimitUnit.WORK_HOUR, "2026-03-03T17:00"),
        ("2026-03-02T23:59", 1, LimitUnit.WORK_HOUR, "2026-03-03T10:00"),
        ("2026-03-02T20:00", 0, LimitUnit.WORK_HOUR, "2026-03-03T09:00"),
        ("2026-03-02T10:10", 0, LimitUnit.WORK_HOUR, "2026-03-02T10:10"),
        ("2026-02-13T10:00", 5, LimitUnit.WORKDAY, "2026-02-27T17:00"),
        ("2026-09-30T10:00", 20, LimitUnit.WORKDAY, "2026-11-03T17:00"),
        ("2026-09-30T16:30", 5, LimitUnit.WORKDAY, "2026-10-13T17:00"),
        ("2020-01-23T10:00", 5, LimitUnit.WORKDAY, "2020-02-07T17:00"),
        ("2024-02-28T10:00", 1, LimitUnit.WORKDAY, "2024-02-29T17:00"),
        ("2026-03-02T10:00", 0, LimitUnit.WORKDAY, "2026-03-02T17:00"),
        ("2026-03-02T16:59", 0, LimitUnit.ON_SITE, "2026-03-02T17:00"),
        ("2026-03-02T17:00", 0, LimitUnit.ON_SITE, "2026-03-03T17:00"),
        ("2026-03-02T10:00", 3, LimitUnit.ON_SITE, "2026-03-02T17:00"),
        ("2026-03-06T20:00", 0, LimitUnit.ON_SITE, "2026-03-09T17:00"),
        ("2026-03-07T10:00", 0, LimitUnit.ON_SITE, "2026-03-09T17:00"),
        ("2026-09-20T10:00", 10, LimitUnit.CALENDAR_DAY, "2026-09-30T17:00"),
        ("2026-09-21T10:00", 10, LimitUnit.CALENDAR_DAY, "2026-10-08T17:00"),
        ("2026-03-02T10:00", 1, LimitUnit.MONTH, "2026-04-02T17:00"),
        ("2026-01-31T10:00", 1, LimitUnit.MONTH, "2026-02-28T17:00"),
        ("2026-01-29T18:00", 1, LimitUnit.MONTH, "2026-02-28T17:00"),
        ("2024-01-31T10:00", 1, LimitUnit.MONTH, "2024-02-29T17:00"),
        ("2026-09-01T10:00", 1, LimitUnit.MONTH, "2026-10-08T17:00"),
        ("2025-11-30T10:00", 3, LimitUnit.MONTH, "2026-02-28T17:00"),
        ("2024-02-29T10:00", 1, LimitUnit.YEAR, "2025-02-28T17:00"),
        ("2025-04-04T10:00", 1, LimitUnit.YEAR, "2026-04-07T17:00"),
        ("2025-06-03T10:00", 12, LimitUnit.MONTH, "2026-06-03T17:00"),
        ("2026-03-02T18:00", 0, LimitUnit.MONTH, "2026-03-03T17:00"),
    ],
)
def test_limits_end_as_the_law_and_the_calendar_say(start: str, amount: int, unit: LimitUnit, expected: str) -> None:
    found = due(at(start), Limit(amount, unit), CALENDAR, HOURS)
    assert local(found.at) == at(expected)
    assert found.at.tzinfo is UTC
    assert found.start.tzinfo is UTC
    assert (found.provisional, found.calendar_version) == (False, "test")


@dataclass(frozen=True)
class Ledger:
    """All open ticks of a span, written out one by one and then counted: nothing like the code it checks.

    A tick is `size` minutes; ticks are numbered in UTC+8 from year 1 on, without asking any time zone.
    """

    open: list[int]
    size: int

    @classmethod
    def of(cls, days: list[date], works: Callable[[date], bool], hours: OfficeHours, size: int) -> "Ledger":
        ticks: list[int] = []
        for day in days:
            if works(day):
                for opens, closes in hours.windows:
                    begin, end = (edge.hour * 60 + edge.minute for edge in (opens, closes))
                    ticks.extend((day.toordinal() * 1440 + minute) // size for minute in range(begin, end, size))
        return cls(ticks, size)

    def tick(self, moment: datetime) -> int:
        civil = moment.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=8)
        return (civil.toordinal() * 1440 + civil.hour * 60 + civil.minute) // self.size

    def moment(self, tick: int) -> datetime:
        days, minute = divmod(tick * self.size, 1440)
        civil = datetime.combine(date.fromordinal(days), time(minute // 60, minute % 60), UTC)
        return civil - timedelta(hours=8)

    def closings_from(self, tick: int) -> Iterator[int]:
        """Yield the closing of each day that has a tick at or after this one."""
        a_day = 1440 // self.size
        later = self.open[bisect_left(self.open, tick) :]
        yield from (mine + 1 for mine, after in pairwise(later) if mine // a_day != after // a_day)

    def months_on(self, ordinal: int, months: int) -> int:
        """Go month by month on the first of each, then to the day, and back from one that the month does not have."""
        civil = date.fromordinal(ordinal)
        first = civil.replace(day=1)
        for _ in range(months):
            first = (first + 31 * DAY).replace(day=1)
        return next(
            day.toordinal()
            for day in (first + (civil.day - back - 1) * DAY for back in range(4))
            if day.month == first.month
        )

    def due(self, start: datetime, limit: Limit) -> datetime:
        a_day = 1440 // self.size
        now = self.tick(start)
        midnight = now - now % a_day
        if limit.unit is LimitUnit.WORK_HOUR:
            spent = limit.amount * 60 // self.size
            first = bisect_left(self.open, now)
            return self.moment(self.open[first + spent - 1] + 1 if spent else self.open[first])
        if limit.unit is LimitUnit.ON_SITE or limit.amount == 0:
            return self.moment(next(self.closings_from(now)))
        if limit.unit is LimitUnit.CALENDAR_DAY:
            return self.moment(next(self.closings_from(midnight + limit.amount * a_day)))
        if limit.unit in {LimitUnit.MONTH, LimitUnit.YEAR}:
            months = limit.amount * (12 if limit.unit is LimitUnit.YEAR else 1)
            return self.moment(next(self.closings_from(self.months_on(midnight // a_day, months) * a_day)))
        following = self.closings_from(midnight + a_day)
        return self.moment([next(following) for _ in range(limit.amount)][-1])

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        ticks = bisect_left(self.open, self.tick(end)) - bisect_left(self.open, self.tick(start))
        return timedelta(minutes=max(ticks, 0) * self.size)


@cache
def real() -> Ledger:
    return Ledger.of(EVERY_DAY, is_workday, HOURS, 1)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2027, 2, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001  given its zone
MINUTES = MOMENTS.map(lambda moment: moment.replace(second=0, microsecond=0))
SHORT = [LimitUnit.ON_SITE, LimitUnit.WORK_HOUR, LimitUnit.WORKDAY, LimitUnit.CALENDAR_DAY]
LIMITS = st.one_of(
    st.builds(Limit, st.integers(0, 60), st.sampled_from(SHORT)),
    st.builds(Limit, st.integers(0, 9), st.just(LimitUnit.MONTH)),
    st.builds(Limit, st.integers(0, 1), st.just(LimitUnit.YEAR)),
)


@settings(max_examples=500)
@given(MINUTES, LIMITS)
def test_on_the_real_calendar_limits_end_as_counted_minute_by_minute(start: datetime, limit: Limit) -> None:
    assert due(start, limit, CALENDAR, HOURS).at == real().due(start, limit)


EARLY = MINUTES.filter(lambda moment: moment.year < 2023)
LONG = st.builds(Limit, st.integers(60, 1000), st.sampled_from(SHORT)) | st.builds(
    Limit, st.integers(1000, 5000), st.just(LimitUnit.WORK_HOUR)
)


@settings(max_examples=200)
@given(EARLY, LONG)
def test_limits_of_years_and_of_thousands_of_hours_end_as_counted(start: datetime, limit: Limit) -> None:
    found = due(start, limit, CALENDAR, HOURS)
    assert found.at == real().due(start, limit)
    assert found.left()[-1] == 0


@settings(max_examples=500)
@given(MINUTES, MINUTES)
def test_on_the_real_calendar_working_time_is_what_is_counted_minute_by_minute(start: datetime, end: datetime) -> None:
    assert elapsed(start, end, CALENDAR, HOURS) == real().elapsed(start, end)


@dataclass(frozen=True)
class Situation:
    calendar: WorkCalendar
    hours: OfficeHours
    start: datetime
    limit: Limit


QUARTERS = st.integers(0, 95).map(lambda number: time(number // 4, number % 4 * 15))
OFFICE_HOURS = (
    st.sets(QUARTERS, min_size=2, max_size=6)
    .map(sorted)
    .map(lambda edges: OfficeHours(tuple(zip(edges[::2], edges[1::2], strict=False))))
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Any start around any year's end or leap day, among any days off and make-up days, in any office hours."""
    first = draw(st.dates(date(2023, 12, 20), date(2028, 3, 5)))
    days = st.frozensets(st.integers(-2, 60).map(lambda number: first + number * DAY), max_size=30)
    years = draw(st.frozensets(st.integers(2023, 2028)))
    calendar = WorkCalendar("drawn", draw(days), draw(days), years)
    start = datetime.combine(first, draw(QUARTERS), SHANGHAI)
    limit = Limit(draw(st.integers(0, 12)), draw(st.sampled_from(SHORT)))
    limit = draw(st.just(limit) | st.builds(Limit, st.integers(1, 3), st.just(LimitUnit.MONTH)))
    return Situation(calendar, draw(OFFICE_HOURS), start, limit)


def works(one: Situation) -> Callable[[date], bool]:
    off = {day for year in range(2023, 2030) for day in legal_days_off(year)} | one.calendar.off
    return lambda day: day not in off and (day in one.calendar.work or day.isoweekday() <= 5)


def reckon(one: Situation) -> Due:
    return due(one.start, one.limit, one.calendar, one.hours)


@settings(max_examples=500)
@given(situations())
def test_on_any_calendar_limits_end_as_counted_quarter_by_quarter(one: Situation) -> None:
    days = [one.start.date() + number * DAY for number in range(180)]
    ledger = Ledger.of(days, works(one), one.hours, 15)
    found = reckon(one)
    assert found.at == ledger.due(one.start, one.limit)
    assert elapsed(one.start, found.at, one.calendar, one.hours) == ledger.elapsed(one.start, found.at)


@settings(max_examples=500)
@given(situations())
def test_what_is_not_provisional_stands_whatever_the_missing_notices_will_say(one: Situation) -> None:
    found = reckon(one)
    unknown = {day for day in (one.start.date() + n * DAY for n in range(-2, 400)) if not one.calendar.is_certain(day)}
    assert not found.provisional or any(one.start.date() <= day <= local(found.at).date() for day in unknown)
    off, work = one.calendar.off - unknown, one.calendar.work - unknown
    for changed in (
        replace(one.calendar, off=off | unknown, work=work, years=one.calendar.years),
        replace(one.calendar, off=off, work=work | unknown, years=one.calendar.years),
    ):
        if not found.provisional:
            assert reckon(replace(one, calendar=changed)).at == found.at


@settings(max_examples=500)
@given(situations())
def test_a_derivation_goes_day_by_day_from_the_start_to_the_end_and_uses_up_the_limit(one: Situation) -> None:
    found = reckon(one)
    assert found.steps[0].first == one.start.date()
    assert found.steps[-1].last == local(found.at).date()
    for before, after in pairwise(found.steps):
        assert before.last + DAY == after.first
        assert (before.counted, before.why) != (after.counted, after.why)
    assert found.left()[-1] == 0
    assert all(step.counted or step.amount == 0 for step in found.steps)
    assert Due.from_json(json.loads(json.dumps(found.to_json()))) == found


@settings(max_examples=500)
@given(MOMENTS, st.integers(1, 30), st.sampled_from(LimitUnit), st.integers(0, 5000), st.integers(0, 3))
def test_starting_later_or_being_given_more_never_ends_earlier(
    start: datetime, amount: int, unit: LimitUnit, minutes: int, more: int
) -> None:
    found = due(start, Limit(amount, unit), CALENDAR, HOURS).at
    assert found <= due(start + timedelta(minutes=minutes), Limit(amount, unit), CALENDAR, HOURS).at
    assert found <= due(start, Limit(amount + more, unit), CALENDAR, HOURS).at


@settings(max_examples=500)
@given(MOMENTS, st.integers(1, 60))
def test_an_hour_limit_ends_at_the_first_moment_its_working_time_is_over(start: datetime, amount: int) -> None:
    end = due(start, Limit(amount, LimitUnit.WORK_HOUR), CALENDAR, HOURS).at
    assert elapsed(start, end, CALENDAR, HOURS) == timedelta(hours=amount)
    assert elapsed(start, end - timedelta.resolution, CALENDAR, HOURS) < timedelta(hours=amount)


@settings(max_examples=500)
@given(st.lists(MOMENTS, min_size=3, max_size=3))
def test_elapsed_time_adds_up(moments: list[datetime]) -> None:
    a, b, c = sorted(moments)
    assert elapsed(a, b, CALENDAR, HOURS) + elapsed(b, c, CALENDAR, HOURS) == elapsed(a, c, CALENDAR, HOURS)
    assert elapsed(c, a, CALENDAR, HOURS) == timedelta(0)


SUMMER_TIME_CHANGES = [
    *(date(1986, 5, 4), date(1986, 9, 14), date(1987, 4, 12), date(1988, 9, 11), date(1991, 4, 14), date(1991, 9, 15)),
]
NIGHT = OfficeHours(((time(0), time(6)), (time(20), time(23))))


@settings(max_examples=60)
@given(st.sampled_from(SUMMER_TIME_CHANGES), st.integers(-200, 40), st.integers(1, 30))
def test_across_the_summer_time_of_1986_to_1991_the_hours_that_pass_count(
    change: date, quarter: int, amount: int
) -> None:
    sundays = frozenset(change + n * DAY for n in range(-20, 40) if (change + n * DAY).weekday() == 6)
    calendar = WorkCalendar("old", frozenset(), sundays, frozenset(range(1986, 1992)))
    start = (datetime.combine(change, time(2), SHANGHAI).astimezone(UTC)) + quarter * timedelta(minutes=15)
    moment, left = start, amount * 4
    while left:
        civil = moment.astimezone(SHANGHAI)
        left -= civil.isoweekday() != 6 and (civil.hour < 6 or 20 <= civil.hour < 23)
        moment += timedelta(minutes=15)
    assert due(start, Limit(amount, LimitUnit.WORK_HOUR), calendar, NIGHT).at == moment
    assert elapsed(start, moment, calendar, NIGHT) == timedelta(hours=amount)


def test_1986_to_1991_summer_time_shifts_no_civil_day() -> None:
    calendar = WorkCalendar("old", frozenset(), frozenset(), frozenset(range(1986, 1992)))
    for start in ("1986-05-03T10:00", "1991-09-14T10:00"):
        found = due(at(start), Limit(3, LimitUnit.WORKDAY), calendar, HOURS)
        assert local(found.at).time() == time(17)


def test_a_limit_into_a_year_without_a_notice_is_provisional() -> None:
    found = due(at("2026-12-30T10:00"), Limit(5, LimitUnit.WORKDAY), CALENDAR, HOURS)
    assert found.provisional
    assert "放假通知未发布" in found.steps[-1].why
    assert local(found.at) == at("2027-01-07T17:00")


def test_1_january_is_never_a_working_day_also_without_a_notice() -> None:
    found = due(at("2026-12-31T10:00"), Limit(1, LimitUnit.WORKDAY), CALENDAR, HOURS)
    assert local(found.at) == at("2027-01-04T17:00")
    assert [(f"{step.first}", step.counted, step.why) for step in found.steps[1:]] == [
        ("2027-01-01", False, "元旦放假"),
        ("2027-01-02", False, "周末(当年放假通知未发布,暂按周一至周五)"),
        ("2027-01-04", True, "工作日(当年放假通知未发布,暂按周一至周五)"),
    ]


def test_what_only_a_legal_day_off_decides_is_not_provisional() -> None:
    unknown = replace(CALENDAR, years=frozenset(OFFICIAL) - {2026}, off=frozenset(), work=frozenset())
    assert not unknown.is_workday(date(2026, 10, 1))
    assert unknown.is_certain(date(2026, 10, 1))
    assert not unknown.is_certain(date(2026, 10, 5))
    assert due(at("2026-09-30T10:00"), Limit(1, LimitUnit.WORKDAY), unknown, HOURS).provisional


def test_no_table_makes_a_legal_day_off_a_working_day() -> None:
    calendar = WorkCalendar("wrong", frozenset(), frozenset({date(2026, 10, 3)}), frozenset({2026}))
    assert not calendar.is_workday(date(2026, 10, 3))


@pytest.mark.parametrize(
    ("year", "expected"),
    [  # the days as the law of the time says them; the moving ones as published almanacs print them
        (2000, "01-01 02-05 02-06 02-07 05-01 05-02 05-03 10-01 10-02 10-03"),
        (2008, "01-01 02-06 02-07 02-08 04-04 05-01 06-08 09-14 10-01 10-02 10-03"),
        (2014, "01-01 01-31 02-01 02-02 04-05 05-01 06-02 09-08 10-01 10-02 10-03"),
        (2024, "01-01 02-10 02-11 02-12 04-04 05-01 06-10 09-17 10-01 10-02 10-03"),
        (2025, "01-01 01-28 01-29 01-30 01-31 04-04 05-01 05-02 05-31 10-01 10-02 10-03 10-06"),
        (2027, "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03"),
        (2028, "01-01 01-25 01-26 01-27 01-28 04-04 05-01 05-02 05-28 10-01 10-02 10-03"),  # 中秋 is 10-03
        (2029, "01-01 02-12 02-13 02-14 02-15 04-04 05-01 05-02 06-16 09-22 10-01 10-02 10-03"),
        (2030, "01-01 02-02 02-03 02-04 02-05 04-05 05-01 05-02 06-05 09-12 10-01 10-02 10-03"),
        (2101, "01-01 05-01 05-02 10-01 10-02 10-03"),
        (1999, ""),
    ],
)
def test_the_law_gives_these_days_off(year: int, expected: str) -> None:
    assert " ".join(f"{day:%m-%d}" for day in sorted(legal_days_off(year))) == expected


@pytest.mark.parametrize("year", range(2004, 2027))
def test_no_notice_of_the_state_council_ever_made_a_legal_day_off_a_working_day(year: int) -> None:
    assert not [day for day in legal_days_off(year) if chinese_calendar.is_workday(day)]


@pytest.mark.parametrize("seed", ["0", "1", "2", "3"])
def test_a_day_off_of_two_names_has_both_in_the_same_order_in_every_process(seed: str) -> None:
    program = (
        "from datetime import date; from chassis.worktime import legal_days_off as days;"
        "print(ascii([days(day.year)[day] for day in (date(2031, 10, 1), date(2028, 10, 3))]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True
    ).stdout
    assert ast.literal_eval(told.decode()) == ["中秋节、国庆节"] * 2


def test_why_a_day_of_two_names_is_off_says_both() -> None:
    assert replace(CALENDAR, off=frozenset(), names={}).why(date(2031, 10, 1)) == "中秋节、国庆节放假"


def new_moon(number: int) -> datetime:
    """Return a new moon, counted from that of 2000-01-06, right to ten minutes (Meeus, Astronomical Algorithms 49)."""
    century = number / 1236.85
    sun, moon, node = (
        radians(start + step * number)
        for start, step in ((2.5534, 29.1053567), (201.5643, 385.81693528), (160.7108, 390.67050284))
    )
    days = 5.09766 + 29.530588861 * number + 0.00015437 * century**2
    days += -0.4072 * sin(moon) + 0.17241 * sin(sun) + 0.01608 * sin(2 * moon) + 0.01039 * sin(2 * node)
    days += 0.00739 * sin(moon - sun) - 0.00514 * sin(moon + sun) + 0.00208 * sin(2 * sun)
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + (days - 0.0008) * DAY


NEW_MOONS = [new_moon(number).astimezone(SHANGHAI) for number in range(-1, 1260)]
AMBIGUOUS = timedelta(minutes=15)
FIRSTS = {(moon + shift).date() for moon in NEW_MOONS for shift in (-AMBIGUOUS, AMBIGUOUS)}


@pytest.mark.parametrize(
    ("name", "day_of_month", "first", "last"),
    [("春节", 1, "01-21", "02-21"), ("端午节", 5, "05-27", "06-26"), ("中秋节", 15, "09-07", "10-08")],
)
def test_each_lunar_day_off_is_counted_from_a_new_moon_of_its_season(
    name: str, day_of_month: int, first: str, last: str
) -> None:
    for year in range(2014, 2101):
        days = [day for day, called in legal_days_off(year).items() if name in called.split("、")]
        day = min(days) + (DAY if name == "春节" and year >= 2025 else timedelta(0))
        assert day - (day_of_month - 1) * DAY in FIRSTS, day
        assert first <= f"{day:%m-%d}" <= last, day


def test_qingming_is_the_day_of_its_solar_term() -> None:
    for year in range(2008, 2100):
        (day,) = (day for day, name in legal_days_off(year).items() if name == "清明节")
        assert (day, "清明") in [
            (found, term) for found, term in chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 9))
        ]


def test_a_start_in_a_year_without_a_notice_does_not_make_provisional_what_the_day_does_not_decide() -> None:
    assert not due(at("2019-12-31T10:00"), Limit(5, LimitUnit.WORKDAY), CALENDAR, HOURS).provisional
    assert not due(at("2019-12-31T18:00"), Limit(5, LimitUnit.WORK_HOUR), CALENDAR, HOURS).provisional
    assert due(at("2019-12-31T16:00"), Limit(5, LimitUnit.WORK_HOUR), CALENDAR, HOURS).provisional


def test_a_city_closure_is_a_day_off_even_on_a_make_up_day() -> None:
    closed = {date(2026, 2, 27): "防汛停业", date(2026, 2, 28): "防汛停业"}
    calendar = replace(CALENDAR, off=CALENDAR.off | closed.keys(), names={**CALENDAR.names, **closed})
    found = due(at("2026-02-26T10:00"), Limit(1, LimitUnit.WORKDAY), calendar, HOURS)
    assert local(found.at) == at("2026-03-02T17:00")
    assert [(step.first.day, step.last.day, step.counted, step.why) for step in found.steps][1:3] == [
        (27, 28, False, "防汛停业放假"),
        (1, 1, False, "周末"),
    ]


def test_the_derivation_says_of_each_run_of_days_why_it_counts() -> None:
    holiday = {date(2026, 10, day): "国庆节" for day in range(1, 8)}
    names = {**holiday, date(2026, 10, 10): "国庆节"}
    calendar = WorkCalendar("named", frozenset(holiday), frozenset({date(2026, 10, 10)}), frozenset({2026}), names)
    found = due(at("2026-09-30T10:00"), Limit(5, LimitUnit.WORKDAY), calendar, HOURS)
    assert [(f"{step.first:%m-%d}", f"{step.last:%m-%d}", step.why, step.used) for step in found.steps] == [
        ("09-30", "09-30", "起算日不计入", "0天"),
        ("10-01", "10-07", "国庆节放假", "0天"),
        ("10-08", "10-09", "工作日", "2天"),
        ("10-10", "10-10", "国庆节调休上班", "1天"),
        ("10-11", "10-11", "周末", "0天"),
        ("10-12", "10-13", "工作日", "2天"),
    ]
    assert found.left() == (5, 5, 3, 2, 2, 0)
    assert found.to_json()["limit"] == {"amount": 5, "unit": "WORKDAY"}


def test_the_derivation_of_an_hour_limit_says_from_when_to_when_and_adds_up_to_the_minute() -> None:
    found = due(at("2026-09-18T16:00:40"), Limit(8, LimitUnit.WORK_HOUR), CALENDAR, HOURS)
    assert [(step.why, step.used) for step in found.steps] == [
        ("工作日 16:00:40–17:00", "59分钟"),
        ("周末", "0分钟"),
        ("调休上班 09:00–12:00 13:00–17:00", "420分钟"),
        ("工作日 09:00–09:00:40", "1分钟"),
    ]
    late = due(at("2026-03-02T17:00"), Limit(14, LimitUnit.WORK_HOUR), CALENDAR, HOURS)
    assert [(step.why, step.used) for step in late.steps] == [
        ("已过办公时间", "0分钟"),
        ("工作日 09:00–12:00 13:00–17:00", "840分钟"),
    ]
    for start, spans in (
        ("2026-03-02T11:00", "11:00–12:00 13:00–15:00"),
        ("2026-03-02T12:00", "13:00–16:00"),
    ):
        (step,) = due(at(start), Limit(3, LimitUnit.WORK_HOUR), CALENDAR, HOURS).steps
        assert (step.why, step.used) == (f"工作日 {spans}", "180分钟")


def test_the_derivation_of_calendar_days_names_the_holiday_its_end_moved_over() -> None:
    found = due(at("2026-09-21T10:00"), Limit(10, LimitUnit.CALENDAR_DAY), CALENDAR, HOURS)
    assert [step.why for step in found.steps] == [
        *("起算日不计入", "自然日", "国庆节放假", "周末", "节假日放假", "届满日遇放假,顺延至本日"),
    ]


def test_the_derivation_of_a_limit_on_site_says_why_it_is_not_the_same_day() -> None:
    for start, steps in (
        ("2026-03-02T10:00", [("当日办结", "1天")]),
        ("2026-03-06T17:00", [("已过办公时间", "0天"), ("周末", "0天"), ("当日办结", "1天")]),
        ("2026-03-07T17:00", [("周末", "0天"), ("当日办结", "1天")]),
    ):
        found = due(at(start), Limit(0, LimitUnit.ON_SITE), CALENDAR, HOURS)
        assert [(step.why, step.used) for step in found.steps] == steps


def test_a_closure_of_a_year_is_waited_for_wherever_it_lies_and_a_longer_one_is_an_error() -> None:
    start, every = at("2026-03-02T10:00"), frozenset(EVERY_DAY)
    for amount in (1, 2):
        first, limit = date(2026, 3, 2 + amount), Limit(amount, LimitUnit.WORKDAY)
        year, longer = (frozenset(first + n * DAY for n in range(days)) for days in (365, 366))
        after = first.replace(year=2027)
        found = due(start, limit, WorkCalendar("closed", year, every, frozenset(OFFICIAL)), HOURS)
        assert local(found.at) == at(f"{after}T17:00")
        with pytest.raises(NoWorkingTime, match=rf"^no day counts in the year before {after + DAY}$"):
            due(start, limit, WorkCalendar("closed", longer, every, frozenset(OFFICIAL)), HOURS)


@pytest.mark.parametrize("unit", list(LimitUnit))
def test_a_limit_below_zero_or_beyond_a_century_is_refused(unit: LimitUnit) -> None:
    for amount in (-1, LARGEST[unit] + 1):
        with pytest.raises(ValueError, match="between 0 and"):
            due(at("2026-03-02T10:00"), Limit(amount, unit), CALENDAR, HOURS)


def test_months_that_lead_beyond_the_last_year_have_no_end() -> None:
    assert months_later(date(9999, 11, 30), 1) == date(9999, 12, 30)
    with pytest.raises(OverflowError, match="no date"):
        months_later(date(9999, 12, 1), 1)


def test_the_derivation_of_months_and_years_counts_in_them() -> None:
    found = due(at("2026-08-31T10:00"), Limit(1, LimitUnit.MONTH), CALENDAR, HOURS)
    assert [(f"{step.first}", f"{step.last}", step.why, step.used) for step in found.steps] == [
        ("2026-08-31", "2026-08-31", "起算日不计入", "0个月"),
        ("2026-09-01", "2026-09-30", "自然月", "1个月"),
    ]
    assert found.left() == (1, 0)
    assert due(at("2026-08-31T10:00"), Limit(2, LimitUnit.YEAR), CALENDAR, HOURS).left() == (2, 0)


def test_the_largest_limit_of_each_unit_is_reckoned() -> None:
    for unit in LimitUnit:
        assert due(at("2026-03-02T10:00"), Limit(LARGEST[unit], unit), CALENDAR, HOURS).at >= at("2026-03-02T10:00")


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = at("2026-03-02T10:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match=r"^a moment needs its zone$"):
        due(naive, Limit(1, LimitUnit.WORKDAY), CALENDAR, HOURS)
    with pytest.raises(ValueError, match=r"^a moment needs its zone$"):
        elapsed(at("2026-03-02T10:00"), naive, CALENDAR, HOURS)
    with pytest.raises(ValueError, match=r"^a moment needs its zone$"):
        elapsed(naive, at("2026-03-02T10:00"), CALENDAR, HOURS)
    stored = due(at("2026-03-02T10:00"), Limit(1, LimitUnit.WORKDAY), CALENDAR, HOURS).to_json()
    for name in ("at", "start"):
        with pytest.raises(ValueError, match=r"^a moment needs its zone$"):
            Due.from_json({**stored, name: naive.isoformat()})


def test_a_due_time_is_read_back_in_utc_wherever_it_was_written() -> None:
    found = due(at("2026-03-02T10:00"), Limit(1, LimitUnit.WORKDAY), CALENDAR, HOURS)
    stored = {**found.to_json(), "at": local(found.at).isoformat(), "start": local(found.start).isoformat()}
    read = Due.from_json(stored)
    assert (read, read.at.tzinfo, read.start.tzinfo) == (found, UTC, UTC)


def test_a_step_whose_amount_has_no_measure_is_refused() -> None:
    step = due(at("2026-03-02T10:00"), Limit(1, LimitUnit.WORKDAY), CALENDAR, HOURS).steps[0].to_json()
    for used in ("5", "天", "5周"):
        with pytest.raises(ValueError, match=r"measure|Measure"):
            Step.from_json({**step, "used": used})


@pytest.mark.parametrize("unit", list(LimitUnit))
def test_a_calendar_without_a_working_day_is_refused(unit: LimitUnit) -> None:
    start = at("2026-03-02T10:00")
    closed = replace(CALENDAR, off=frozenset(start.date() + n * DAY for n in range(800)))
    with pytest.raises(NoWorkingTime, match="no day counts"):
        due(start, Limit(1, unit), closed, HOURS)
    with pytest.raises(NoWorkingTime, match="no date is left"):
        due(at("9999-12-31T18:00"), Limit(1, unit), CALENDAR, HOURS)


@pytest.mark.parametrize(
    "windows", [(), ((time(12), time(9)),), ((time(9), time(12)), (time(11), time(17))), ((time(9), time(9)),)]
)
def test_office_hours_out_of_order_are_refused(windows: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="in order"):
        OfficeHours(windows)


def test_a_published_calendar_is_read_with_its_names_and_each_units_hours() -> None:
    times = WorkTime.from_json(
        {
            "calendar_version": "2026-1",
            "years": [2026],
            "off": {"2026-10-01": "国庆节"},
            "work": {"2026-10-10": "国庆节"},
            "office_hours": {"default": [["09:00", "17:00"]], "units": {"U05": [["08:00", "16:00"]]}},
        }
    )
    assert (times.calendar.version, times.calendar.years) == ("2026-1", frozenset({2026}))
    assert times.calendar.why(date(2026, 10, 1)) == "国庆节放假"
    assert times.calendar.why(date(2026, 10, 10)) == "国庆节调休上班"
    assert (str(times.hours("U05")), str(times.hours("U06"))) == ("08:00–16:00", "09:00–17:00")
    assert hash(times.calendar) == hash(replace(times.calendar, names={}))


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
    assert not path.provisional
    assert critical_path(tasks, at("2026-12-29T10:00"), CALENDAR).provisional


NODES = st.builds(Node, st.just(()), st.builds(Limit, st.integers(0, 8), st.sampled_from(LimitUnit)), OFFICE_HOURS)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Node]:
    keys = "abcdef"[: draw(st.integers(1, 6))]
    found = {
        key: replace(draw(NODES), after=tuple(draw(st.sets(st.sampled_from(keys[:n]))) if n else ()))
        for n, key in enumerate(keys)
    }
    return {key: found[key] for key in draw(st.permutations(keys))}


def chains(tasks: dict[str, Node], key: str) -> Iterator[tuple[str, ...]]:
    """Yield every way to come to a task from one that waits for nothing."""
    if not tasks[key].after:
        yield (key,)
    for before in tasks[key].after:
        yield from ((*chain, key) for chain in chains(tasks, before))


@settings(max_examples=200)
@given(graphs(), MOMENTS)
def test_of_all_chains_through_any_graph_the_critical_path_is_one_that_ends_last(
    tasks: dict[str, Node], start: datetime
) -> None:
    def end(chain: tuple[str, ...]) -> datetime:
        return reduce(lambda moment, key: due(moment, tasks[key].limit, CALENDAR, tasks[key].hours).at, chain, start)

    path = critical_path(tasks, start, CALENDAR)
    assert path.finish == max(end(chain) for key in tasks for chain in chains(tasks, key))
    assert path.keys in set(chains(tasks, path.keys[-1]))
    assert path.finish == end(path.keys) == path.dues[-1].at


def test_tasks_in_a_circle_are_refused_and_the_circle_is_named() -> None:
    with pytest.raises(GraphHasCycle, match=r"^tasks wait for each other: a, b$"):
        in_order({"first": [], "behind": ["absent", "first", "a"], "a": ["b"], "b": ["first", "absent", "a"]})


def test_a_path_without_tasks_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a task"):
        critical_path({}, at("2026-03-02T10:00"), CALENDAR)
