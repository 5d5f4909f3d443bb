"""Reckoning a due time, and the working time between two moments.

Rules: 行政许可法 art. 82 (periods are working days, holidays not counted); 民法典 art. 200-203 (days, months and years
are those of the Gregorian calendar; the starting day is not counted; months and years end on the corresponding day, or
the month's last where there is none; a period whose last day is a holiday ends on the day after the holiday, with the
close of business).
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from chassis.base.clock import local
from chassis.worktime.calendar import OfficeHours, WorkCalendar
from chassis.worktime.limit import LARGEST, Due, Limit, LimitUnit, Measure, Step

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LONGEST_STANDSTILL_DAYS = 366
MONTHS = {LimitUnit.MONTH: 1, LimitUnit.YEAR: 12}
WHY = {LimitUnit.CALENDAR_DAY: "自然日", LimitUnit.MONTH: "自然月", LimitUnit.YEAR: "自然年"}


class NoWorkingTime(ValueError):  # noqa: N818  named after the fact
    """Not one day of a whole year counts, or dates have come to their end: the calendar or the start is wrong."""


def due(start: datetime, limit: Limit, calendar: WorkCalendar, hours: OfficeHours) -> Due:
    """Return when a limit that starts at an aware moment ends.

    Working days: the starting day is not counted, the last one ends when the office closes; 0 days and ON_SITE end
    with the starting day's office hours, or the next working day's once they are over. Working hours run only inside
    office hours; what is used up just as a window closes ends there, not when the next one opens. Calendar days, months
    and years end on the next working day when the last day is off. Raises ValueError for a limit below 0 or beyond
    `LARGEST` and for a moment without a zone, NoWorkingTime.
    """
    if not 0 <= limit.amount <= LARGEST[limit.unit]:
        raise ValueError(f"a limit is between 0 and {LARGEST[limit.unit]}: {limit.amount}")
    _must_be_aware(start)
    walk = _Walk(calendar, Measure.of(limit.unit))
    try:
        begun = start.astimezone(UTC)
        at = _end(start, limit, hours, walk)
    except OverflowError as end:
        raise NoWorkingTime(f"no date is left around {start.isoformat()}") from end
    return Due(at, begun, limit, walk.provisional, calendar.version, walk.steps())


def elapsed(start: datetime, end: datetime, calendar: WorkCalendar, hours: OfficeHours) -> timedelta:
    """Return the working time between two aware moments; zero when the end is not after the start."""
    _must_be_aware(start, end)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta(0)
    day, last = local(start).date(), local(end).date()
    while day <= last:
        if calendar.is_workday(day):
            for opens, closes in hours.on(day):
                total += max(min(closes, end) - max(opens, start), timedelta(0))
        day += DAY
    return total


def _must_be_aware(*moments: datetime) -> None:
    if any(moment.tzinfo is None for moment in moments):
        raise ValueError("a moment needs its zone")


class _Walk:
    """The days gone through, in runs of one sort, and whether a day that a notice may still change decided anything."""

    def __init__(self, calendar: WorkCalendar, measure: Measure) -> None:
        self._calendar = calendar
        self._measure = measure
        self._runs: list[tuple[date, date, bool, str, int]] = []
        self.provisional = False

    def workdays(self, first: date) -> Iterator[date]:
        """Yield the days that count from the first on, noting those between. Raises NoWorkingTime."""
        day, idle = first, 0
        while idle < LONGEST_STANDSTILL_DAYS:
            if self.counts(day):
                idle = 0
                yield day
            else:
                idle += 1
                self.skip(day)
            day += DAY
        raise NoWorkingTime(f"no day counts in the year before {day}")

    def counts(self, day: date) -> bool:
        """Ask the calendar about a day that the result depends on."""
        self.provisional = self.provisional or not self._calendar.is_certain(day)
        return self._calendar.is_workday(day)

    def why(self, day: date) -> str:
        """Say why a day counts or does not, and whether that is certain."""
        known = self._calendar.is_certain(day)
        return self._calendar.why(day) + ("" if known else "(当年放假通知未发布,暂按周一至周五)")

    def skip(self, day: date, why: str = "") -> None:
        """Note a day that does not count."""
        self._note(day, day, 0, why or self.why(day), counted=False)

    def take(self, day: date, amount: int, why: str, *, until: date | None = None) -> None:
        """Note what a day, or a run of days, used up."""
        self._note(day, until or day, amount, why, counted=True)

    def first_open(self, start: datetime, hours: OfficeHours) -> date:
        """Return the starting day, or the one after when the starting day's office hours are over."""
        day = local(start).date()
        if start < hours.closing(day):
            return day
        self.skip(day, "已过办公时间" if self._calendar.is_workday(day) else "")
        return day + DAY

    def steps(self) -> tuple[Step, ...]:
        """Return the runs as the steps of a derivation."""
        return tuple(Step(*run, self._measure) for run in self._runs)

    def _note(self, first: date, last: date, amount: int, why: str, *, counted: bool) -> None:
        if self._runs:
            begun, ended, sort, reason, before = self._runs[-1]
            if sort is counted and reason == why and ended + DAY == first:
                self._runs[-1] = (begun, last, counted, why, before + amount)
                return
        self._runs.append((first, last, counted, why, amount))


def _end(start: datetime, limit: Limit, hours: OfficeHours, walk: _Walk) -> datetime:
    if limit.unit is LimitUnit.WORK_HOUR:
        return _work_hours(start.astimezone(UTC), timedelta(hours=limit.amount), hours, walk)
    if limit.unit is LimitUnit.ON_SITE or limit.amount == 0:
        return _same_day(start, hours, walk)
    if limit.unit is LimitUnit.WORKDAY:
        return _workdays(start, limit.amount, hours, walk)
    return _dates(start, limit, hours, walk)


def _same_day(start: datetime, hours: OfficeHours, walk: _Walk) -> datetime:
    day = next(walk.workdays(walk.first_open(start, hours)))
    walk.take(day, 1, "当日办结")
    return hours.closing(day)


def _workdays(start: datetime, amount: int, hours: OfficeHours, walk: _Walk) -> datetime:
    last = local(start).date()
    walk.skip(last, "起算日不计入")
    for day in islice(walk.workdays(last + DAY), amount):
        walk.take(day, 1, walk.why(day))
        last = day
    return hours.closing(last)


def _dates(start: datetime, limit: Limit, hours: OfficeHours, walk: _Walk) -> datetime:
    first = local(start).date()
    last = first + limit.amount * DAY
    if limit.unit in MONTHS:
        last = months_later(first, limit.amount * MONTHS[limit.unit])
    walk.skip(first, "起算日不计入")
    walk.take(first + DAY, limit.amount, WHY[limit.unit], until=last)
    if walk.counts(last):
        return hours.closing(last)
    end = next(walk.workdays(last + DAY))
    walk.skip(end, "届满日遇放假,顺延至本日")
    return hours.closing(end)


def months_later(first: date, months: int) -> date:
    """Return the corresponding day so many months on, or that month's last (民法典 art. 202). Raises OverflowError."""
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    if year > date.max.year:
        raise OverflowError(f"no date {months} months after {first}")
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def _work_hours(start: datetime, amount: timedelta, hours: OfficeHours, walk: _Walk) -> datetime:
    whole_day, left = str(hours), amount
    days = walk.workdays(walk.first_open(start, hours))
    while True:
        day, before = next(days), left
        windows, spent = list(hours.on(day)), []
        for opens, closes in windows:
            begin = max(opens, start)
            if begin < closes:
                end = min(begin + left, closes)
                spent.append((begin, end))
                left -= end - begin
            if spent and not left:
                break
        # Differences of whole minutes, so that the minutes shown add up to the limit whatever second it starts at.
        used = (amount - left) // MINUTE - (amount - before) // MINUTE
        walk.take(day, used, f"{walk.why(day)} {whole_day if spent == windows else _clock_times(spent)}")
        if not left:
            return spent[-1][1]


def _clock_times(spans: list[tuple[datetime, datetime]]) -> str:
    return " ".join(f"{_clock_time(begin)}–{_clock_time(end)}" for begin, end in spans)


def _clock_time(moment: datetime) -> str:
    return local(moment).time().isoformat("seconds" if moment.second else "minutes")
