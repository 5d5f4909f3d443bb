"""The events that datashare publishes, and those it reads, each with only what it needs."""

from datetime import date
from typing import Any, ClassVar

from chassis.events.outbox import Event


class UnitPublished(Event):
    """Read: a unit's name, its end and successor."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"

    unit_code: str
    name: str
    valid_to: date | None = None
    successor: str | None = None


class MatterPublished(Event):
    """Read: a matter's version with its tasks, each with its item and unit."""

    type: ClassVar[str] = "catalog.matter.published"
    topic: ClassVar[str] = "catalog.matter"

    matter_code: str
    matter_version: int
    name: str
    tasks: list[dict[str, Any]]


class CalendarPublished(Event):
    """Read: a region's working calendar and office hours."""

    type: ClassVar[str] = "catalog.calendar.published"
    topic: ClassVar[str] = "catalog.calendar"

    region: str
    calendar_version: str
    years: list[int]
    off: dict[str, str]
    work: dict[str, str]
    office_hours: dict[str, Any]
