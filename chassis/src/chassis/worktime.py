"""Working-time arithmetic: when a limit in working days, hours or calendar days ends, and how that was reckoned.

Pure: the calendar, the office hours and the start are given. Rules: 行政许可法 art. 82 (periods in working days,
holidays not counted), 民法典 art. 201-203 (the starting day is not counted; a period that ends on a holiday ends on
the next working day).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from chassis.clock import SHANGHAI, local

DAY = timedelta(days=1)
LONGEST_DAYS = 3660


class LimitUnit(StrEnum):
    """What a limit counts."""

    ON_SITE = "ON_SITE"
    WORK_HOUR = "WORK_HOUR"
    WORKDAY = "WORKDAY"
    CALENDAR_DAY = "CALENDAR_DAY"


class GraphHasCycle(ValueError):  # noqa: N818  named after the fact
    """Tasks wait for each other in a circle."""


class NoWorkingTime(ValueError):  # noqa: N818  named after the fact
    """Ten years hold no working day: the calendar is wrong."""


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of working hours, working days or calendar days; ON_SITE is the same working day."""

    amount: int
    unit: LimitUnit

    def to_json(self) -> dict[str, Any]:
        """Return `{"amount", "unit"}`."""
        return {"amount": self.amount, "unit": self.unit.value}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Limit":
        """Read what `to_json` wrote."""
        return cls(int(value["amount"]), LimitUnit(value["unit"]))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days off and make-up working days (调休) by date; a year without the State Council's notice is provisional."""

    version: str
    off: frozenset[date]
    work: frozenset[date]
    years: frozenset[int]
    names: Mapping[date, str] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        """Tell whether a day counts: the table first, else Monday to Friday."""
        return day in self.work or (day.weekday() < 5 and day not in self.off)

    def is_official(self, day: date) -> bool:
        """Tell whether the day's year has a published notice."""
        return day.year in self.years

    def why(self, day: date) -> str:
        """Say in Chinese why a day counts or does not."""
        name = self.names.get(day, "")
        if day in self.work:
            return f"{name}调休上班"
        if day in self.off:
            return f"{name or '节假日'}放假"
        return "周末" if day.weekday() > 4 else "工作日"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """A working day's windows in Shanghai time, in order, apart from each other. Raises ValueError otherwise."""

    windows: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(17)))

    def __post_init__(self) -> None:
        edges = [edge for window in self.windows for edge in window]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError(f"office hours must be in order and apart: {self.windows}")

    def on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the day's windows as aware moments."""
        for opens, closes in self.windows:
            yield datetime.combine(day, opens, SHANGHAI), datetime.combine(day, closes, SHANGHAI)

    def closing(self, day: date) -> datetime:
        """Return the moment the day's last window closes."""
        return datetime.combine(day, self.windows[-1][1], SHANGHAI)


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
        calendar = WorkCalendar(version, frozenset(off), frozenset(work), years, off | work)
        hours = document["office_hours"]
        units = {unit: _office_hours(windows) for unit, windows in hours["units"].items()}
        return cls(calendar, _office_hours(hours["default"]), units)


def _office_hours(windows: Iterable[Sequence[str]]) -> OfficeHours:
    return OfficeHours(tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in windows))


@dataclass(frozen=True, slots=True)
class Step:
    """A run of days of one sort in a derivation: whether they counted, why, and how much they used up."""

    first: date
    last: date
    counted: bool
    why: str
    used: str

    def to_json(self) -> dict[str, Any]:
        """Return the step with ISO dates."""
        dates = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {**dates, "counted": self.counted, "why": self.why, "used": self.used}


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends (UTC), from what, under which calendar, and the derivation a person can check."""

    at: datetime
    start: datetime
    limit: Limit
    provisional: bool
    calendar_version: str
    steps: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the machine form that is stored and shown."""
        return {
            "at": self.at.isoformat(),
            "start": self.start.isoformat(),
            "limit": self.limit.to_json(),
            "provisional": self.provisional,
            "calendar_version": self.calendar_version,
            "steps": [step.to_json() for step in self.steps],
        }


def due(start: datetime, limit: Limit, calendar: WorkCalendar, hours: OfficeHours) -> Due:
    """Return when a limit that starts at an aware moment ends.

    Working days: the starting day is not counted, the last one ends when the office closes; 0 days and ON_SITE end
    with the starting day's office hours, or the next working day's. Working hours run only inside office hours.
    Calendar days end on the next working day when the last one is off. Raises ValueError for a negative limit,
    NoWorkingTime.
    """
    if limit.amount < 0:
        raise ValueError("a limit cannot be negative")
    walk = _Walk(calendar)
    if limit.unit is LimitUnit.WORK_HOUR:
        at = _hours(start, limit.amount, hours, walk)
    elif limit.unit is LimitUnit.ON_SITE or limit.amount == 0:
        at = _same_day(start, hours, walk)
    elif limit.unit is LimitUnit.WORKDAY:
        at = _workdays(start, limit.amount, hours, walk)
    else:
        at = _calendar_days(start, limit.amount, hours, walk)
    return Due(at.astimezone(UTC), start.astimezone(UTC), limit, walk.provisional, calendar.version, walk.steps())


class _Walk:
    """The days gone through, day by day, and what each gave."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._days: list[tuple[date, bool, str, int, str]] = []
        self.provisional = False

    def note(self, day: date, used: int, measure: str, why: str = "") -> None:
        """Note a day: `used` units of `measure` (天 or 分钟); 0 when it did not count."""
        official = self._calendar.is_official(day)
        self.provisional = self.provisional or not official
        reason = why or self._calendar.why(day) + ("" if official else "(当年放假通知未发布,暂按周一至周五)")
        self._days.append((day, used > 0, reason, used, measure))

    def workdays(self, first: date) -> Iterator[date]:
        """Yield each day from the first on, for ten years."""
        for number in range(LONGEST_DAYS):
            yield first + number * DAY
        raise NoWorkingTime

    def is_workday(self, day: date) -> bool:
        """Ask the calendar."""
        return self._calendar.is_workday(day)

    def steps(self) -> tuple[Step, ...]:
        """Return the days with equal neighbours put together."""
        found: list[tuple[date, date, bool, str, int, str]] = []
        for day, counted, why, used, measure in self._days:
            if found and found[-1][2:4] == (counted, why) and found[-1][1] + DAY == day:
                found[-1] = (found[-1][0], day, counted, why, found[-1][4] + used, measure)
            else:
                found.append((day, day, counted, why, used, measure))
        return tuple(Step(a, b, counted, why, f"{used}{unit}") for a, b, counted, why, used, unit in found)


def _same_day(start: datetime, hours: OfficeHours, walk: _Walk) -> datetime:
    for day in walk.workdays(local(start).date()):
        if walk.is_workday(day) and start < hours.closing(day):
            walk.note(day, 1, "天", "当日办结")
            return hours.closing(day)
        walk.note(day, 0, "天", "已过办公时间" if walk.is_workday(day) else "")
    raise NoWorkingTime


def _workdays(start: datetime, amount: int, hours: OfficeHours, walk: _Walk) -> datetime:
    first = local(start).date()
    walk.note(first, 0, "天", "起算日不计入")
    left = amount
    for day in walk.workdays(first + DAY):
        counted = walk.is_workday(day)
        walk.note(day, int(counted), "天")
        left -= counted
        if left == 0:
            return hours.closing(day)
    raise NoWorkingTime


def _calendar_days(start: datetime, amount: int, hours: OfficeHours, walk: _Walk) -> datetime:
    first = local(start).date()
    walk.note(first, 0, "天", "起算日不计入")
    for number in range(1, amount + 1):
        walk.note(first + number * DAY, 1, "天", "自然日")
    last = first + amount * DAY
    for day in walk.workdays(last):
        if walk.is_workday(day):
            if day != last:
                walk.note(day, 0, "天", "届满日为节假日,顺延至下一工作日")
            return hours.closing(day)
        if day != last:
            walk.note(day, 0, "天")
    raise NoWorkingTime


def _hours(start: datetime, amount: int, hours: OfficeHours, walk: _Walk) -> datetime:
    left = timedelta(hours=amount)
    reached = start
    for day in walk.workdays(local(start).date()):
        used = timedelta(0)
        for opens, closes in hours.on(day) if walk.is_workday(day) else ():
            begin = max(opens, start)
            if begin >= closes:
                continue
            taken = min(left, closes - begin)
            used, left, reached = used + taken, left - taken, begin + taken
            if not left:
                break
        walk.note(day, int(used.total_seconds() // 60), "分钟")
        if not left:
            return reached
    raise NoWorkingTime


def elapsed(start: datetime, end: datetime, calendar: WorkCalendar, hours: OfficeHours) -> timedelta:
    """Return the working time between two moments; zero when the end is not after the start."""
    total = timedelta(0)
    day, last = local(start).date(), local(end).date()
    while day <= last:
        if calendar.is_workday(day):
            for opens, closes in hours.on(day):
                total += max(min(closes, end) - max(opens, start), timedelta(0))
        day += DAY
    return total


@dataclass(frozen=True, slots=True)
class Node:
    """A task as the critical path sees it: what it waits for, its limit, its unit's office hours."""

    after: tuple[str, ...]
    limit: Limit
    hours: OfficeHours


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The chain of tasks that decides the finish, each with its own due time, in order."""

    finish: datetime
    keys: tuple[str, ...]
    dues: tuple[Due, ...]

    @property
    def provisional(self) -> bool:
        """Whether any link rests on a year without a notice."""
        return any(link.provisional for link in self.dues)


def critical_path(tasks: Mapping[str, Node], start: datetime, calendar: WorkCalendar) -> CriticalPath:
    """Return when all tasks are done if each takes its whole limit and starts when those before it end.

    Waiting for a task that is not among them is ignored. Raises GraphHasCycle; ValueError without tasks.
    """
    ends: dict[str, Due] = {}
    for key in in_order({key: node.after for key, node in tasks.items()}):
        before = [ends[name].at for name in tasks[key].after if name in ends]
        ends[key] = due(max(before, default=start), tasks[key].limit, calendar, tasks[key].hours)
    path: list[str] = []
    candidates: Iterable[str] = ends
    while found := sorted((name for name in candidates if name in ends), key=lambda name: (ends[name].at, name)):
        path.insert(0, found[-1])
        candidates = tasks[found[-1]].after
    if not path:
        raise ValueError("a path needs a task")
    return CriticalPath(ends[path[-1]].at, tuple(path), tuple(ends[key] for key in path))


def in_order(after: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys so that each comes behind those it waits for, else in the given order. Raises GraphHasCycle."""
    done: dict[str, None] = {}
    left = list(after)
    while left:
        ready = [key for key in left if all(name in done or name not in after for name in after[key])]
        if not ready:
            raise GraphHasCycle(f"tasks wait for each other: {', '.join(left)}")
        done |= dict.fromkeys(ready)
        left = [key for key in left if key not in done]
    return list(done)
