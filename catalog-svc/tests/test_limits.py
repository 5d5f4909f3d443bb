from datetime import UTC, datetime

import pytest
from catalog_svc.domain.limits import may_be_too_long, too_long
from chassis.worktime import Limit, LimitUnit, OfficeHours, WorkCalendar, due
from hypothesis import given, settings
from hypothesis import strategies as st

UNITS = {
    "当日": LimitUnit.ON_SITE,
    "工作小时": LimitUnit.WORK_HOUR,
    "工作日": LimitUnit.WORKDAY,
    "日": LimitUnit.CALENDAR_DAY,
    "月": LimitUnit.MONTH,
    "年": LimitUnit.YEAR,
}


def limit(text: str) -> Limit:
    amount, _, unit = text.rpartition(" ")
    return Limit(int(amount or 0), UNITS[unit])


@pytest.mark.parametrize(
    ("promise", "law", "expected"),
    [
        ("5 工作日", "5 工作日", "fits"),
        ("6 工作日", "5 工作日", "too long"),
        ("10 工作日", "11 日", "too long"),  # at least 12 days
        ("10 工作日", "12 日", "may be"),  # 14 from a Friday on
        ("5 工作日", "5 日", "may be"),
        ("6 工作日", "7 日", "too long"),
        ("6 工作日", "8 日", "may be"),
        ("5 工作日", "15 日", "may be"),  # 国庆 or 春节 between
        ("5 工作日", "16 日", "fits"),
        ("20 工作日", "25 日", "too long"),
        ("20 工作日", "60 日", "fits"),
        ("1 工作日", "1 日", "may be"),
        ("当日", "1 日", "fits"),
        ("当日", "1 工作日", "fits"),
        ("当日", "8 工作小时", "fits"),
        ("1 工作日", "当日", "too long"),
        ("1 日", "当日", "too long"),
        ("8 工作小时", "1 工作日", "fits"),
        ("24 工作小时", "2 工作日", "fits"),
        ("25 工作小时", "2 工作日", "too long"),
        ("1 工作日", "8 工作小时", "fits"),
        ("2 工作日", "8 工作小时", "too long"),
        ("8 工作小时", "1 日", "may be"),
        ("15 日", "10 工作日", "too long"),  # 10 working days are at most 14 days
        ("14 日", "10 工作日", "may be"),
        ("12 日", "10 工作日", "fits"),
        ("20 工作日", "1 月", "may be"),
        ("23 工作日", "1 月", "may be"),  # at least 31 days
        ("24 工作日", "1 月", "too long"),
        ("28 日", "1 月", "fits"),
        ("30 日", "1 月", "may be"),
        ("32 日", "1 月", "too long"),
        ("1 月", "30 日", "may be"),
        ("1 月", "31 日", "fits"),
        ("1 月", "27 日", "too long"),
        ("12 月", "1 年", "fits"),
        ("13 月", "1 年", "too long"),
        ("365 日", "1 年", "fits"),
        ("367 日", "1 年", "too long"),
        ("1 年", "12 月", "fits"),
        ("0 工作日", "当日", "fits"),
        ("2 工作日", "9 工作小时", "fits"),
        ("8 工作小时", "当日", "fits"),
        ("3 日", "1 工作日", "may be"),  # a working day may be three days on
    ],
)
def test_a_promise_is_held_against_the_law_across_units(promise: str, law: str, expected: str) -> None:
    mine, theirs = limit(promise), limit(law)
    longer, doubt = too_long(mine, theirs), may_be_too_long(mine, theirs)
    assert ("too long" if longer else "may be" if doubt else "fits") == expected


CALENDAR = WorkCalendar("plain", frozenset(), frozenset(), frozenset(range(2000, 2100)))
HOURS = OfficeHours()
ORDINARY = st.datetimes(datetime(2026, 3, 2), datetime(2026, 3, 8, 23, 59), timezones=st.just(UTC))  # noqa: DTZ001  given
DAY_LIMITS = st.builds(Limit, st.integers(1, 16), st.sampled_from([LimitUnit.WORKDAY, LimitUnit.CALENDAR_DAY]))


@settings(max_examples=400)
@given(DAY_LIMITS, DAY_LIMITS, ORDINARY)
def test_what_is_refused_is_too_long_and_what_fits_never_is_in_a_month_without_holidays(
    promise: Limit, law: Limit, start: datetime
) -> None:
    """March has no holiday, so both ends are reckoned."""
    end = due(start, promise, CALENDAR, HOURS).at
    plain = due(start, law, CALENDAR, HOURS)
    if too_long(promise, law):
        assert end >= plain.at
    elif not may_be_too_long(promise, law):
        assert end <= plain.at


@pytest.mark.parametrize("law", ["当日", "0 工作日"])
def test_a_limit_of_nothing_is_called_the_same_day(law: str) -> None:
    assert too_long(limit("1 工作日"), limit(law)) == "承诺时限 1 个工作日长于法定时限 当日"
