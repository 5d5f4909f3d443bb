"""The events that workflow reads, each with only what it needs, and those it publishes."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from chassis.base.fields import CallerId, Code, Count, Id, Moment, Name, Text, UnitCode, Version
from chassis.events.bus import Keeps
from chassis.events.outbox import Event
from pydantic import BaseModel, ConfigDict, Field

from workflow_svc.domain import ClockStart

CASE = {
    "case_id": "01900000-0000-7000-8000-00000000000c",
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "matter_code": "newborn",
    "matter_version": 1,
    "lead_unit": "U23",
    "units": ["U23", "U09", "U30"],
    "applicant_id": "f3b0c2",
    "region": "410100",
}
TASK = {
    **CASE,
    "task_id": "01900000-0000-7000-8000-00000000000d",
    "task_key": "birth_registration",
    "name": "出生登记",
    "unit": "U09",
    "item": "11410100MBXX0009494410709001000",
    "result": {"name": "居民户口簿内页", "type": "其他", "material": "child_hukou_record"},
    "task_type": "07",
}

STEP = {
    "task_key": "insurance_payment",
    "name": "缴纳医保费",
    "unit": "U43",
    "item": "11410100MBXX00430D3412030001000",
    "result": {"name": "社会保险费缴款凭证", "type": "其他", "material": None},
}

Codes = Annotated[list[Code], Field(max_length=500)]
Units = Annotated[list[UnitCode], Field(max_length=500)]


def _with_example(**example: Any) -> ConfigDict:
    return ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [example]})


class LimitRead(BaseModel):
    """A limit as the catalogue says it."""

    amount: int
    unit: str


class Result(BaseModel):
    """What an item ends in (办理结果), as the catalogue says it and as this service tells it on."""

    name: Text
    type: Text
    material: Code | None = None


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
    result: Result | None = None
    by: Literal["UNIT", "APPLICANT"] = "UNIT"
    clock_start: ClockStart | None = None
    task_type: str | None = None


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
    region: str | None = None


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


class UnitPublished(Event):
    """Read: a unit's name, its end and successor, who hears complaints against it."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"

    unit_code: str
    name: str
    valid_to: date | None = None
    successor: str | None = None
    remedies: dict[str, str] = Field(default_factory=dict)


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
    region: str | None = None
    submitted_at: datetime | None = None


class OfCase(Event):
    """What each event of a case tells of it; what older events do not have may be absent.

    `units` are those that work on the case, the leading one first. Whoever follows cases counts all that happened to
    one, however late he begins: the topic keeps its history.
    """

    keeps: ClassVar[Keeps] = Keeps.HISTORY

    case_id: Id
    application_id: Id
    matter_code: Code | None = None
    matter_version: Version | None = None
    lead_unit: UnitCode | None = None
    units: Units | None = None
    applicant_id: CallerId | None = None
    region: Code | None = None


class OfTask(OfCase):
    """What each event of a task tells of it, and of its case."""

    task_id: Id
    task_key: Code
    name: Name
    unit: UnitCode
    item: Code | None = None
    result: Result | None = None
    task_type: Code | None = None


class CaseOpened(OfCase):
    """A case was opened for an accepted application."""

    type: ClassVar[str] = "workflow.case.opened"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **CASE,
        tasks=7,
        promised_due="2026-03-12T09:00:00Z",
        statutory_due=None,
        provisional=False,
    )

    matter_code: Code
    matter_version: Version
    tasks: Count
    promised_due: Moment
    statutory_due: Moment | None
    provisional: bool


class TaskOpened(OfTask):
    """A task may be worked on, or an applicant's own step be done; its clocks run."""

    type: ClassVar[str] = "workflow.task.opened"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **TASK, promised_due="2026-03-05T09:00:00Z", statutory_due=None, provisional=False, by="UNIT"
    )

    promised_due: Moment
    statutory_due: Moment | None
    provisional: bool
    by: Literal["UNIT", "APPLICANT"] = "UNIT"


class TaskDecided(OfTask):
    """A unit decided a task; the reason of a refusal is told by the case, not by the event."""

    type: ClassVar[str] = "workflow.task.decided"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **TASK,
        promised_due="2026-03-05T09:00:00Z",
        outcome="granted",
        decided_at="2026-03-04T02:00:00Z",
        not_needed=[],
        decided_by="d7a1f4",
    )

    promised_due: Moment
    outcome: Literal["granted", "refused"]
    decided_at: Moment
    not_needed: Codes
    decided_by: CallerId | None = None


class TaskCompleted(OfTask):
    """The applicant did her own step (申请人环节), perhaps after the case had ended."""

    type: ClassVar[str] = "workflow.task.completed"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **{**TASK, **STEP}, promised_due="2026-04-05T09:00:00Z", completed_at="2026-03-20T02:00:00Z"
    )

    promised_due: Moment
    completed_at: Moment


class TaskTransferred(OfTask):
    """A task that was not decided went over to the unit that has succeeded its unit; its clocks run on."""

    type: ClassVar[str] = "workflow.task.transferred"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(**TASK, from_unit="U08", cause="unit_ended")

    from_unit: UnitCode
    cause: Literal["unit_ended"]


class CaseTransferred(OfCase):
    """An open case went over to the unit that has succeeded the one that led it."""

    type: ClassVar[str] = "workflow.case.transferred"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(**CASE, from_unit="U08", cause="unit_ended")

    from_unit: UnitCode
    cause: Literal["unit_ended"]


class DeadlineRecomputed(OfCase):
    """A due time was reckoned anew under a newer calendar: that of the case, or with `task_key` that of a task."""

    type: ClassVar[str] = "workflow.deadline.recomputed"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **CASE,
        cause="2027年放假安排公布",
        calendar_version="2027-1",
        old_promised_due="2027-01-04T09:00:00Z",
        promised_due="2027-01-05T09:00:00Z",
        old_statutory_due=None,
        statutory_due=None,
        provisional=False,
    )

    task_id: Id | None = None
    task_key: Code | None = None
    cause: Text
    calendar_version: Text
    old_promised_due: Moment
    promised_due: Moment
    old_statutory_due: Moment | None
    statutory_due: Moment | None
    provisional: bool


class DeadlineWarned(OfTask):
    """A task's due time is near, told once of each due time; working minutes by the unit's own office hours."""

    type: ClassVar[str] = "workflow.deadline.warned"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **TASK,
        kind="promised",
        due_at="2026-03-05T09:00:00Z",
        warned_at="2026-03-04T01:00:00Z",
        working_minutes_left=840,
    )

    kind: Literal["promised", "statutory"]
    due_at: Moment
    warned_at: Moment
    working_minutes_left: Count


class DeadlineOverdue(OfTask):
    """A task was not decided by its due time, told once of each due time, at that moment or as soon as possible."""

    type: ClassVar[str] = "workflow.deadline.overdue"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **TASK,
        kind="promised",
        due_at="2026-03-05T09:00:00Z",
        overdue_at="2026-03-05T09:00:02Z",
        working_minutes_over=0,
    )

    kind: Literal["promised", "statutory"]
    due_at: Moment
    overdue_at: Moment
    working_minutes_over: Count


class CaseClosed(OfCase):
    """The tasks of all units are final; the case ended. An applicant's own steps may still be open."""

    type: ClassVar[str] = "workflow.case.closed"
    topic: ClassVar[str] = "workflow.case"
    model_config = _with_example(
        **CASE,
        outcome="granted",
        closed_at="2026-03-06T02:00:00Z",
        elapsed_working_minutes=1710,
    )

    outcome: Literal["granted", "partly_granted", "refused"]
    closed_at: Moment
    elapsed_working_minutes: Count
