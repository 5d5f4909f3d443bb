"""Whether a promise is longer than the law's limit, also when the two count in different units.

Hours and working days are compared in working days, days, months and years in days or months; across the two, in the
days of the calendar that a limit lasts in weeks without holidays: at least when it starts on a Sunday, at most when it
starts on a Friday. Sources: 行政许可法 art. 42 (the law's limit binds), 民法典 art. 202 (months and years), 劳动法 art.
36 (a working day has at most eight hours).
"""

from dataclasses import dataclass
from datetime import date

from chassis.worktime import Limit, LimitUnit, months_later

WORKDAYS_A_WEEK, HOURS_A_DAY = 5, 8
LONGEST_HOLIDAY = 9
"""Days in a row that a notice has given off (2026-02-15 to 23); working days may take that much longer."""
WORKING = frozenset({LimitUnit.ON_SITE, LimitUnit.WORK_HOUR, LimitUnit.WORKDAY})
MONTHS = {LimitUnit.MONTH: 1, LimitUnit.YEAR: 12}
NAMES = {
    LimitUnit.WORK_HOUR: "个工作小时",
    LimitUnit.WORKDAY: "个工作日",
    LimitUnit.CALENDAR_DAY: "日",
    LimitUnit.MONTH: "个月",
    LimitUnit.YEAR: "年",
}
STARTS = tuple(date(2023, 1, 1).replace(year=year, month=month) for year in range(2023, 2027) for month in range(1, 13))
"""The first of each month around a leap day: from them, months are as short and as long as they can be."""


@dataclass(frozen=True, slots=True)
class Span:
    """How many days a limit lasts, at least and at most, in weeks without holidays."""

    least: int
    most: int


def said(limit: Limit) -> str:
    """Return a limit in words."""
    if limit.unit is LimitUnit.ON_SITE or limit.amount == 0:
        return "当日"
    return f"{limit.amount} {NAMES[limit.unit]}"


def too_long(promise: Limit, law: Limit) -> str:
    """Say how a promise is longer than the law's limit whenever it starts; nothing when it is not."""
    if (amounts := _same_scale(promise, law)) is not None:
        return f"承诺时限 {said(promise)}长于法定时限 {said(law)}" if amounts[0] > amounts[1] else ""
    mine, theirs = _span(promise), _span(law)
    if mine.least <= theirs.most:
        return ""
    longer = f"承诺时限 {said(promise)}{_in_days(promise, '至少', mine.least)}"
    return f"{longer}长于法定时限 {said(law)}{_in_days(law, '至多', theirs.most)}"


def may_be_too_long(promise: Limit, law: Limit) -> str:
    """Say how a promise may be longer than the law's limit on some days of the year; nothing when it never is."""
    if _same_scale(promise, law) is not None:
        return ""
    mine, theirs = _span(promise), _span(law)
    most = mine.most + (LONGEST_HOLIDAY if promise.unit in WORKING and mine.most else 0)
    if most <= theirs.least:
        return ""
    return f"承诺时限 {said(promise)}遇周末或放假可能长于法定时限 {said(law)},宜以同一单位承诺"


def _in_days(limit: Limit, how: str, days: int) -> str:
    return "" if limit.unit is LimitUnit.CALENDAR_DAY else f"({how} {days} 日)"


def _same_scale(promise: Limit, law: Limit) -> tuple[int, int] | None:
    """Return the two amounts on one scale, if there is one: the least a promise takes, the most the law gives."""
    if promise.unit is law.unit:
        return promise.amount, law.amount
    if {promise.unit, law.unit} <= WORKING:
        return _workdays(promise).least, _workdays(law).most
    if {promise.unit, law.unit} <= MONTHS.keys():
        return promise.amount * MONTHS[promise.unit], law.amount * MONTHS[law.unit]
    return None


def _workdays(limit: Limit) -> Span:
    """Return after how many working days a limit ends; 0 is the day on which it starts."""
    if limit.unit is LimitUnit.WORK_HOUR:
        days = -(-limit.amount // HOURS_A_DAY)
        return Span(max(days - 1, 0), days)
    days = limit.amount if limit.unit is LimitUnit.WORKDAY else 0
    return Span(days, days)


def _span(limit: Limit) -> Span:
    if limit.unit in WORKING:
        days = _workdays(limit)
        least = days.least + 2 * (max(days.least - 1, 0) // WORKDAYS_A_WEEK)
        return Span(least, days.most + 2 * -(-days.most // WORKDAYS_A_WEEK))
    if limit.unit is LimitUnit.CALENDAR_DAY:
        return Span(limit.amount, limit.amount)
    lasts = [(months_later(first, limit.amount * MONTHS[limit.unit]) - first).days for first in STARTS]
    return Span(min(lasts), max(lasts))
