"""The days and the hours that count: a region's working calendar, and office hours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from chassis.base.clock import SHANGHAI
from chassis.worktime.legal import legal_days_off

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days off and make-up working days (调休) by date; a year without the State Council's notice is provisional.

    The legal days off are off in every year, with a notice or without: a notice only adds bridge days, what makes up
    for a day off that falls on a weekend, and make-up working days. A day in `off` is off even when it is in `work`, so
    a city closure (停业) is added to `off` and to nothing else. `names` says why: of a day off the holiday, of a
    make-up day the holiday it makes up for.
    """

    version: str
    off: frozenset[date]
    work: frozenset[date]
    years: frozenset[int]
    names: Mapping[date, str] = field(default_factory=dict, hash=False)

    def is_workday(self, day: date) -> bool:
        """Tell whether a day counts: the law first, then the table, else Monday to Friday."""
        if day in self.off or day in legal_days_off(day.year):
            return False
        return day.weekday() < SATURDAY or day in self.work

    def is_certain(self, day: date) -> bool:
        """Tell whether no notice can change the day any more: its year has one, or the law gives the day off."""
        return day.year in self.years or day in legal_days_off(day.year)

    def why(self, day: date) -> str:
        """Say in Chinese why a day counts or does not."""
        holiday = legal_days_off(day.year).get(day)
        if holiday or day in self.off:
            return f"{(day in self.off and self.names.get(day)) or holiday or '节假日'}放假"
        if day in self.work:
            return f"{self.names.get(day, '')}调休上班"
        return "周末" if day.weekday() >= SATURDAY else "工作日"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """A working day's windows in Shanghai time, in order, apart from each other. Raises ValueError otherwise."""

    windows: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(17)))

    def __post_init__(self) -> None:
        edges = [edge for window in self.windows for edge in window]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError(f"office hours must be in order and apart: {self}")

    def __str__(self) -> str:
        return " ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in self.windows)

    def on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the day's windows as moments in UTC."""
        for opens, closes in self.windows:
            yield _moment(day, opens), _moment(day, closes)

    def closing(self, day: date) -> datetime:
        """Return the moment the day's last window closes, in UTC."""
        return _moment(day, self.windows[-1][1])


@dataclass(frozen=True, slots=True)
class WorkTime:
    """A region's calendar with each unit's office hours."""

    calendar: WorkCalendar
    default: OfficeHours
    units: Mapping[str, OfficeHours]

    def hours(self, unit: str) -> OfficeHours:
        """Return a unit's office hours."""
        return self.units.get(unit, self.default)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "WorkTime":
        """Read a published calendar: `calendar_version`, `years`, `off` and `work` by date, `office_hours`."""
        off = {date.fromisoformat(day): name for day, name in document["off"].items()}
        work = {date.fromisoformat(day): name for day, name in document["work"].items()}
        version, years = document["calendar_version"], frozenset(document["years"])
        calendar = WorkCalendar(version, frozenset(off), frozenset(work), years, work | off)
        hours = document["office_hours"]
        units = {unit: _office_hours(windows) for unit, windows in hours["units"].items()}
        return cls(calendar, _office_hours(hours["default"]), units)


def _office_hours(windows: Iterable[Sequence[str]]) -> OfficeHours:
    return OfficeHours(tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in windows))


def _moment(day: date, clock: time) -> datetime:
    # In UTC, because two moments of one zone compare by the clock on the wall: wrong across 1986-1991's summer time.
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)
