"""The critical path of tasks that wait for each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.worktime.calendar import OfficeHours, WorkCalendar
from chassis.worktime.limit import Due, Limit
from chassis.worktime.reckoning import due


class GraphHasCycle(ValueError):  # noqa: N818  named after the fact
    """Tasks wait for each other in a circle."""


@dataclass(frozen=True, slots=True)
class Node:
    """A task as the critical path sees it: what it waits for, its limit, its unit's office hours.

    One that waits for nothing begins at `begins`, with the path where that is not said.
    """

    after: tuple[str, ...]
    limit: Limit
    hours: OfficeHours
    begins: datetime | None = None


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

    Waiting for a task that is not among them is ignored; of tasks that end together the last by name is on the path.
    Raises GraphHasCycle; ValueError without tasks; what `due` raises.
    """
    if not tasks:
        raise ValueError("a path needs a task")
    ends: dict[str, Due] = {}
    for key in in_order({key: node.after for key, node in tasks.items()}):
        before = [ends[name].at for name in tasks[key].after if name in ends]
        ends[key] = due(max(before, default=tasks[key].begins or start), tasks[key].limit, calendar, tasks[key].hours)
    path: list[str] = []
    latest: Iterable[str] = ends
    while found := [name for name in latest if name in ends]:
        path.append(max(found, key=lambda name: (ends[name].at, name)))
        latest = tasks[path[-1]].after
    path.reverse()
    return CriticalPath(ends[path[-1]].at, tuple(path), tuple(ends[key] for key in path))


def in_order(after: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys so that each comes behind those it waits for, else in the given order.

    Raises GraphHasCycle, naming the circle.
    """
    done: dict[str, None] = {}
    left = list(after)
    while left:
        ready = [key for key in left if all(name in done or name not in after for name in after[key])]
        if not ready:
            raise GraphHasCycle(f"tasks wait for each other: {', '.join(_circle(after, done))}")
        done |= dict.fromkeys(ready)
        left = [key for key in left if key not in done]
    return list(done)


def _circle(after: Mapping[str, Sequence[str]], done: Mapping[str, None]) -> list[str]:
    """Return the keys of one circle, each waiting for the next, given that every key left waits for another left."""
    seen: list[str] = []
    key = next(name for name in after if name not in done)
    while key not in seen:
        seen.append(key)
        key = next(name for name in after[key] if name in after and name not in done)
    return seen[seen.index(key) :]
