"""When a due time is near: from which moment on a unit is warned, in its own working time.

There is no national threshold: the working days and the share are settings, proposed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chassis.base.clock import local
from chassis.worktime import OfficeHours, WorkCalendar, elapsed

DAY = timedelta(days=1)
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Near:
    """The last so many working days before a due time; of a clock that is not longer, so many percent of its time."""

    workdays: int
    percent: int

    def begins(self, start: datetime, end: datetime, calendar: WorkCalendar, hours: OfficeHours) -> datetime | None:
        """Return when a clock that runs between two moments is near its end (UTC); None for one without working time.

        That is when the office opens on the working day so many before the last; where the clock began on that day or
        later, when so much of its working time is left as the share says.
        """
        first = local(start).date()
        day = _workdays_before(local(end).date(), self.workdays, first, calendar)
        if day > first:
            return next(opens for opens, _ in hours.on(day))
        whole = elapsed(start, end, calendar, hours)
        if not whole:
            return None
        return _after(start, whole * (WHOLE - self.percent) / WHOLE, calendar, hours)


def _workdays_before(last: date, amount: int, first: date, calendar: WorkCalendar) -> date:
    """Return the working day so many before the last; no day before the first is looked at."""
    day, left = last, amount
    while left and day > first:
        day -= DAY
        left -= calendar.is_workday(day)
    return day


def _after(start: datetime, span: timedelta, calendar: WorkCalendar, hours: OfficeHours) -> datetime:
    """Return the moment by which so much working time has gone since the start."""
    day, left = local(start).date(), span
    while True:
        for opens, closes in hours.on(day) if calendar.is_workday(day) else ():
            begins = max(opens, start)
            if begins + left <= closes:
                return begins + left
            left -= max(closes - begins, timedelta(0))
        day += DAY
