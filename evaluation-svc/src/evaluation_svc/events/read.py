"""The events that evaluation reads, each with only what it needs."""

from datetime import date, datetime
from typing import Any, ClassVar

from chassis.events.outbox import Event


class UnitPublished(Event):
    """Read: a unit's name and kind, its end and successor."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"

    unit_code: str
    name: str
    short_name: str = ""
    kind: str = ""
    valid_to: date | None = None
    successor: str | None = None


class MatterPublished(Event):
    """Read: a matter's version with its tasks."""

    type: ClassVar[str] = "catalog.matter.published"
    topic: ClassVar[str] = "catalog.matter"

    matter_code: str
    matter_version: int
    name: str
    lead_unit: str
    tasks: list[dict[str, Any]]


class ItemPublished(Event):
    """Read: what the city promises of an item; its code names are the catalogue's (GB/T 39046-2020)."""

    type: ClassVar[str] = "catalog.item.published"
    topic: ClassVar[str] = "catalog.item"

    item: str
    item_version: int
    name: str
    unit: str
    task_type: str
    project_type: str
    is_applied_for: bool
    handle_type: list[str]
    online_handle_depth: str
    limit_scene_num: int
    promise: dict[str, Any]
    statutory: dict[str, Any] | None
    clock_start: str
    materials: int
    materials_required: int
    is_fee: bool
    region: str


class ItemWithdrawn(Event):
    """Read: an item is no longer offered from a day on."""

    type: ClassVar[str] = "catalog.item.withdrawn"
    topic: ClassVar[str] = "catalog.item"

    item: str
    item_version: int
    unit: str
    withdrawn_from: date
    region: str


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


class OfApplication(Event):
    """What intake tells of each application."""

    topic: ClassVar[str] = "intake.application"

    application_id: str
    application_number: str
    matter_code: str
    matter_version: int
    applicant_id: str
    unit: str
    tasks: list[str]
    region: str | None = None
    lead_unit: str | None = None
    units: list[str] | None = None


class ApplicationSubmitted(OfApplication):
    """Read: an application was submitted."""

    type: ClassVar[str] = "intake.application.submitted"

    submitted_at: datetime
    channel: str | None = None


class ApplicationAccepted(OfApplication):
    """Read: the window accepted an application; with the counts of its ledger, which older ones do not have."""

    type: ClassVar[str] = "intake.application.accepted"

    accepted_at: datetime
    submitted_at: datetime | None = None
    accepted_by: str | None = None
    elements_asked: int | None = None
    elements_shared: int | None = None
    elements_typed: int | None = None
    materials_asked: int | None = None
    materials_shared: int | None = None
    materials_brought: int | None = None


class OfCase(Event):
    """What workflow tells of each case."""

    topic: ClassVar[str] = "workflow.case"

    case_id: str
    application_id: str
    matter_code: str | None = None
    matter_version: int | None = None
    lead_unit: str | None = None
    units: list[str] | None = None
    applicant_id: str | None = None
    region: str | None = None


class CaseOpened(OfCase):
    """Read: a case was opened for an accepted application."""

    type: ClassVar[str] = "workflow.case.opened"

    tasks: int
    promised_due: datetime
    statutory_due: datetime | None = None


class CaseTransferred(OfCase):
    """Read: another unit leads a case, since the one before has ended."""

    type: ClassVar[str] = "workflow.case.transferred"

    from_unit: str


class CaseClosed(OfCase):
    """Read: a case ended."""

    type: ClassVar[str] = "workflow.case.closed"

    outcome: str
    closed_at: datetime
    elapsed_working_minutes: int


class OfTask(OfCase):
    """What workflow tells of each task."""

    task_id: str
    task_key: str
    name: str
    unit: str
    item: str | None = None
    task_type: str | None = None


class TaskOpened(OfTask):
    """Read: a unit may work on a task, or the applicant do a step of her own."""

    type: ClassVar[str] = "workflow.task.opened"

    promised_due: datetime
    statutory_due: datetime | None = None
    by: str = "UNIT"


class TaskDecided(OfTask):
    """Read: a unit decided a task."""

    type: ClassVar[str] = "workflow.task.decided"

    promised_due: datetime
    outcome: str
    decided_at: datetime
    not_needed: list[str]
    decided_by: str | None = None


class TaskCompleted(OfTask):
    """Read: the applicant did a step of her own."""

    type: ClassVar[str] = "workflow.task.completed"

    completed_at: datetime


class TaskTransferred(OfTask):
    """Read: a task went over to the unit that has succeeded its unit."""

    type: ClassVar[str] = "workflow.task.transferred"

    from_unit: str


class DeadlineRecomputed(OfCase):
    """Read: a due time was reckoned anew under a newer calendar, with `task_key` that of a task only."""

    type: ClassVar[str] = "workflow.deadline.recomputed"

    task_id: str | None = None
    task_key: str | None = None
    promised_due: datetime
    statutory_due: datetime | None = None


class DeadlineWarned(OfTask):
    """Read: a due time of a task is near; `kind` says whether that which is promised or that of the law."""

    type: ClassVar[str] = "workflow.deadline.warned"

    kind: str
    due_at: datetime
    warned_at: datetime
    working_minutes_left: int


class DeadlineOverdue(OfTask):
    """Read: a task was not decided by a due time."""

    type: ClassVar[str] = "workflow.deadline.overdue"

    kind: str
    due_at: datetime
    overdue_at: datetime
    working_minutes_over: int


class NetworkChanged(Event):
    """Read: a network is further connected, or less."""

    type: ClassVar[str] = "datashare.network.changed"
    topic: ClassVar[str] = "datashare.network"

    network: str
    state: str


class LicenceIssued(Event):
    """Read: an electronic licence was issued."""

    type: ClassVar[str] = "esign.licence.issued"
    topic: ClassVar[str] = "esign.licence"

    licence_id: str
    licence_type: str
    unit: str
    item: str
    application_id: str
    issued_at: datetime
