"""The clocks of a task and of a case, reckoned from one version of the calendar, each with its derivation.

A due time is never edited: it is reckoned anew and the derivation appended. From when a clock runs says the item
(`domain.clock`). Source: 行政许可法 art. 82 (working days); office hours and calendar as the catalogue publishes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.data.database import UnitOfWork
from chassis.worktime import CriticalPath, Due, Limit, Node, WorkTime, critical_path, due
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.domain import ClockStart, Start, clock_start, on_the_way
from workflow_svc.errors import CalendarUnknown
from workflow_svc.events import CalendarPublished
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.store import learned

WORDS_BESIDE = frozenset({"calendar_version", "start_why"})
"""What a derivation says beside the reckoning itself."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One due time (UTC), whether it rests on a year without a notice, and how it was reckoned, as JSON."""

    at: datetime
    provisional: bool
    derivation: Any

    def says_what(self, stored: Any) -> bool:
        """Tell whether a stored derivation says the same, whatever calendar version it was made under."""
        return bool(_unversioned(self.derivation) == _unversioned(stored))


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of a task or a case: what is promised, and what the law allows where it sets a limit."""

    promised: Reckoning
    statutory: Reckoning | None

    @property
    def by_kind(self) -> dict[str, Reckoning]:
        """Return the clocks by their kind in the deadline table."""
        return {"promised": self.promised, **({"statutory": self.statutory} if self.statutory else {})}

    @property
    def columns(self) -> dict[str, Any]:
        """Return the columns that a task and a case keep of their clocks."""
        return {
            "promised_due": self.promised.at,
            "statutory_due": self.statutory.at if self.statutory else None,
            "provisional": any(clock.provisional for clock in self.by_kind.values()),
        }


async def work_time(workflow: Workflow, connection: AsyncConnection, newest: int | None) -> WorkTime:
    """Return the calendar whose number was read as the newest one's. Raises CalendarUnknown."""
    times = None if newest is None else await calendar_of(workflow, connection, newest)
    if times is None:
        raise CalendarUnknown("no working calendar has arrived", topic=CalendarPublished.topic)
    return times


async def calendar_of(workflow: Workflow, connection: AsyncConnection, version: int) -> WorkTime | None:
    """Return a version of the calendar, None for one that never arrived."""
    times = workflow.calendars.get(version)
    if times is None and (document := await learned.find_calendar(connection, version)):
        times = WorkTime.from_json(document)
        workflow.calendars.keep(version, times)
    return times


def start_of(task: Mapping[str, Any], opened_at: datetime, submitted_at: datetime | None) -> Start:
    """Return from when the clock of a task that opened at a moment runs."""
    rule = ClockStart(task["clock_start"])
    return clock_start(rule, opened_at, gated=bool(task["after"]), submitted_at=submitted_at)


def task_clocks(times: WorkTime, start: Start, task: Mapping[str, Any]) -> Clocks:
    """Return a task's clocks from their start on."""
    hours = times.hours(task["unit"])
    found = {
        kind: _of_due(due(start.at, Limit.from_json(task[kind]), times.calendar, hours), start.why)
        for kind in ("promise", "statutory")
        if task[kind]
    }
    return Clocks(found["promise"], found.get("statutory"))


def case_clocks(times: WorkTime, case: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> Clocks:
    """Return a case's clocks: the critical paths of what is promised, and of what the law allows.

    Where some tasks have a statutory limit and others none, the promise stands in for the missing one. An applicant's
    own step counts only as far as a unit waits for it.
    """
    steps = {task["task_key"] for task in tasks if task["by_applicant"]}
    counted = on_the_way({task["task_key"]: task["after"] for task in tasks}, steps)
    tasks = [task for task in tasks if task["task_key"] in counted]
    promised = _path(times, case, tasks, "promise")
    if not any(task["statutory"] for task in tasks):
        return Clocks(promised, None)
    return Clocks(promised, _path(times, case, tasks, "statutory"))


def deadline_rows(
    work: UnitOfWork, subject: str, clocks: Clocks, *, cause: str, numbers: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """Return the rows to append for a subject's clocks: the first ones, or those that `numbers` gives, by kind."""
    given = dict.fromkeys(clocks.by_kind, 1) if numbers is None else numbers
    return [
        {
            "subject": subject,
            "kind": kind,
            "number": number,
            "due_at": clocks.by_kind[kind].at,
            "derivation": clocks.by_kind[kind].derivation,
            "cause": cause,
            "made_at": work.clock.now(),
        }
        for kind, number in given.items()
    ]


def _path(times: WorkTime, case: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]], kind: str) -> Reckoning:
    opened_at, submitted_at = case["opened_at"], case["submitted_at"]
    nodes = {
        task["task_key"]: Node(
            tuple(task["after"]),
            Limit.from_json(task[kind] or task["promise"]),
            times.hours(task["unit"]),
            start_of(task, opened_at, submitted_at).at,
        )
        for task in tasks
    }
    return _of_path(critical_path(nodes, opened_at, times.calendar))


def _of_due(reckoned: Due, start_why: str) -> Reckoning:
    return Reckoning(reckoned.at, reckoned.provisional, {**reckoned.to_json(), "start_why": start_why})


def _of_path(path: CriticalPath) -> Reckoning:
    links = [{"task_key": key, **link.to_json()} for key, link in zip(path.keys, path.dues, strict=True)]
    return Reckoning(path.finish, path.provisional, links)


def _unversioned(derivation: Any) -> Any:
    if isinstance(derivation, list):
        return [_unversioned(link) for link in derivation]
    return {name: value for name, value in derivation.items() if name not in WORDS_BESIDE}
