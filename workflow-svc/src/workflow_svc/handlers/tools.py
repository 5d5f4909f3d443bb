"""What workflow's use cases work with: clocks reckoned from the stored calendar, events numbered by the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from chassis.cipher import FieldCipher
from chassis.clock import Clock
from chassis.database import Database, UnitOfWork
from chassis.outbox import Event, append
from chassis.worktime import Due, Limit, OfficeHours, WorkCalendar, due
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc import store
from workflow_svc.domain import State, Task
from workflow_svc.errors import CalendarUnknown
from workflow_svc.events import TaskOpened


@dataclass(frozen=True, slots=True)
class Workflow:
    """Workflow's collaborators."""

    database: Database
    clock: Clock
    cipher: FieldCipher


@dataclass(frozen=True, slots=True)
class WorkTime:
    """The region's calendar with each unit's office hours."""

    calendar: WorkCalendar
    default: OfficeHours
    units: Mapping[str, OfficeHours]

    def hours(self, unit: str) -> OfficeHours:
        """Return a unit's office hours."""
        return self.units.get(unit, self.default)

    def due(self, start: datetime, limit: Limit, unit: str) -> Due:
        """Return when a unit's limit ends."""
        return due(start, limit, self.calendar, self.hours(unit))


async def work_time(connection: AsyncConnection) -> WorkTime:
    """Return the newest calendar. Raises CalendarUnknown."""
    document = await store.newest_calendar(connection)
    if document is None:
        raise CalendarUnknown("no working calendar has arrived")
    return read_work_time(document)


def read_work_time(document: Mapping[str, Any]) -> WorkTime:
    """Read a published calendar."""
    off = {date.fromisoformat(day): name for day, name in document["off"].items()}
    work = {date.fromisoformat(day): name for day, name in document["work"].items()}
    version, years = document["calendar_version"], frozenset(document["years"])
    calendar = WorkCalendar(version, frozenset(off), frozenset(work), years, off | work)
    hours = document["office_hours"]
    return WorkTime(calendar, _hours(hours["default"]), {unit: _hours(one) for unit, one in hours["units"].items()})


def _hours(windows: list[list[str]]) -> OfficeHours:
    return OfficeHours(tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in windows))


class CaseEvents:
    """Numbers a case's events on from its version."""

    def __init__(self, work: UnitOfWork, case_id: str, version: int) -> None:
        self._work = work
        self._case_id = case_id
        self.version = version

    async def append(self, event: Event) -> None:
        """Append the case's next event."""
        self.version += 1
        await append(self._work, event, subject=self._case_id, version=self.version)


def rule(row: Any) -> Task:
    """Return a task's row as the rules see it."""
    return Task(row.task_key, tuple(row.after), row.hard, State(row.state))


async def open_task(work: UnitOfWork, times: WorkTime, case: Any, row: Any, events: CaseEvents) -> None:
    """Start a task's clocks, store their derivations, and tell."""
    now = work.clock.now()
    promised = times.due(now, Limit.from_json(row.promise), row.unit)
    statutory = times.due(now, Limit.from_json(row.statutory), row.unit) if row.statutory else None
    provisional = promised.provisional or bool(statutory and statutory.provisional)
    await record_dues(work, row.task_id, promised, statutory, cause="opened")
    values = {"state": "open", "opened_at": now, "promised_due": promised.at, "provisional": provisional}
    await store.update_task(
        work.connection, row.task_id, {**values, "statutory_due": statutory.at if statutory else None}
    )
    await events.append(
        TaskOpened(
            case_id=row.case_id,
            application_id=case["application_id"],
            task_id=row.task_id,
            task_key=row.task_key,
            name=row.name,
            unit=row.unit,
            promised_due=promised.at,
            statutory_due=statutory.at if statutory else None,
            provisional=provisional,
        )
    )


async def record_dues(work: UnitOfWork, subject: str, promised: Due, statutory: Due | None, *, cause: str) -> None:
    """Append the derivations of a subject's clocks."""
    for kind, reckoned in (("promised", promised), ("statutory", statutory)):
        if reckoned is not None:
            await store.add_deadline(
                work.connection,
                subject,
                kind,
                due_at=reckoned.at,
                derivation=reckoned.to_json(),
                cause=cause,
                made_at=work.clock.now(),
            )
