"""The events that esign publishes, and those it reads, each with only what it needs."""

from datetime import date, datetime
from typing import ClassVar

from chassis.events.outbox import Event
from pydantic import Field


class ApplicationSubmitted(Event):
    """Read: an application was submitted."""

    type: ClassVar[str] = "intake.application.submitted"
    topic: ClassVar[str] = "intake.application"

    application_id: str
    matter_code: str
    applicant_id: str
    unit: str
    submitted_at: datetime
    lead_unit: str | None = None
    units: list[str] | None = None


class ApplicationAccepted(Event):
    """Read: the window accepted an application."""

    type: ClassVar[str] = "intake.application.accepted"
    topic: ClassVar[str] = "intake.application"

    application_id: str
    matter_code: str
    applicant_id: str
    unit: str
    accepted_at: datetime
    lead_unit: str | None = None
    units: list[str] | None = None
    accepted_by: str | None = None


class TaskDecided(Event):
    """Read: a unit decided a task."""

    type: ClassVar[str] = "workflow.task.decided"
    topic: ClassVar[str] = "workflow.case"

    case_id: str
    application_id: str
    task_id: str
    unit: str
    outcome: str
    decided_at: datetime
    task_type: str | None = None
    matter_code: str | None = None
    lead_unit: str | None = None
    units: list[str] | None = None
    applicant_id: str | None = None
    decided_by: str | None = None


class UnitPublished(Event):
    """Read: a unit's name, its end and successor, who hears complaints against it."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"

    unit_code: str
    name: str
    valid_to: date | None = None
    successor: str | None = None
    acceptance_word: str = ""
    remedies: dict[str, str] = Field(default_factory=dict)
