"""The events that workflow reads, each with only what it needs, and those it publishes."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from chassis.events.outbox import Event
from pydantic import BaseModel, ConfigDict

CASE = {
    "case_id": "01900000-0000-7000-8000-00000000000c",
    "application_id": "01900000-0000-7000-8000-00000000000a",
}
TASK = {
    **CASE,
    "task_id": "01900000-0000-7000-8000-00000000000d",
    "task_key": "birth_registration",
    "name": "出生登记",
    "unit": "U09",
}


def _with_example(**example: Any) -> ConfigDict:
    return ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [example]})


class LimitRead(BaseModel):
    """A limit as the catalogue says it."""

    amount: int
    unit: str


class TaskRead(BaseModel):
    """A step of a matter as the catalogue says it."""

    task_key: str
    name: str
    item: str
    unit: str
    unit_name: str
    after: list[str]
    promise: LimitRead
    statutory: LimitRead | None
    on_refusal: Literal["HARD", "SOFT"]


class MatterPublished(Event):
    """Read: a matter's version with its task graph."""

    type: ClassVar[str] = "catalog.matter.published"
    topic: ClassVar[str] = "catalog.matter"

    matter_code: str
    matter_version: int
    name: str
    lead_unit: str
    lead_unit_name: str
    tasks: list[TaskRead]


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


class ApplicationAccepted(Event):
    """Read: an application that the window accepted."""

    type: ClassVar[str] = "intake.application.accepted"
    topic: ClassVar[str] = "intake.application"

    application_id: str
    application_number: str
    matter_code: str
    matter_version: int
    applicant_id: str
    accepted_at: datetime
    tasks: list[str]


class CaseOpened(Event):
    """A case was opened for an accepted application."""

    type: ClassVar[str] = "workflow.case.opened"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **CASE,
        matter_code="newborn",
        matter_version=1,
        tasks=7,
        promised_due="2026-03-12T09:00:00Z",
        statutory_due=None,
        provisional=False,
    )

    case_id: str
    application_id: str
    matter_code: str
    matter_version: int
    tasks: int
    promised_due: datetime
    statutory_due: datetime | None
    provisional: bool


class TaskOpened(Event):
    """A task may be worked on; its clocks run."""

    type: ClassVar[str] = "workflow.task.opened"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(**TASK, promised_due="2026-03-05T09:00:00Z", statutory_due=None, provisional=False)

    case_id: str
    application_id: str
    task_id: str
    task_key: str
    name: str
    unit: str
    promised_due: datetime
    statutory_due: datetime | None
    provisional: bool


class TaskDecided(Event):
    """A unit decided a task; the reason of a refusal is told by the case, not by the event."""

    type: ClassVar[str] = "workflow.task.decided"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **TASK,
        promised_due="2026-03-05T09:00:00Z",
        outcome="granted",
        decided_at="2026-03-04T02:00:00Z",
        not_needed=[],
    )

    case_id: str
    application_id: str
    task_id: str
    task_key: str
    name: str
    unit: str
    promised_due: datetime
    outcome: Literal["granted", "refused"]
    decided_at: datetime
    not_needed: list[str]


class CaseClosed(Event):
    """All tasks are final; the case ended."""

    type: ClassVar[str] = "workflow.case.closed"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **CASE, outcome="granted", closed_at="2026-03-06T02:00:00Z", elapsed_working_minutes=1710
    )

    case_id: str
    application_id: str
    outcome: Literal["granted", "partly_granted", "refused"]
    closed_at: datetime
    elapsed_working_minutes: int
