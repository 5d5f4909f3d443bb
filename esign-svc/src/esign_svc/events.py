"""The events that esign publishes, and those it reads, each with only what it needs."""

from datetime import date
from typing import ClassVar

from chassis.events.outbox import Event
from pydantic import Field


class UnitPublished(Event):
    """Read: a unit's name, its end and successor, who hears complaints against it."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"

    unit_code: str
    name: str
    valid_to: date | None = None
    successor: str | None = None
    remedies: dict[str, str] = Field(default_factory=dict)
