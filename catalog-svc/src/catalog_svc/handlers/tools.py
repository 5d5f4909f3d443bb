"""What the catalogue's use cases work with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from chassis.clock import Clock
from chassis.database import Database
from chassis.worktime import OfficeHours, WorkCalendar

from catalog_svc.domain.search import Cut


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue's collaborators; `cut` cuts Chinese text into words."""

    database: Database
    clock: Clock
    cut: Cut


def read_calendar(document: Mapping[str, Any]) -> tuple[WorkCalendar, dict[str, OfficeHours]]:
    """Return the calendar and each unit's office hours; those under `""` are everyone else's."""
    off = {date.fromisoformat(day): name for day, name in document["off"].items()}
    work = {date.fromisoformat(day): name for day, name in document["work"].items()}
    version, years = document["calendar_version"], frozenset(document["years"])
    calendar = WorkCalendar(version, frozenset(off), frozenset(work), years, off | work)
    hours = document["office_hours"]
    return calendar, {unit: _hours(windows) for unit, windows in ({"": hours["default"]} | hours["units"]).items()}


def _hours(windows: list[list[str]]) -> OfficeHours:
    return OfficeHours(tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in windows))
