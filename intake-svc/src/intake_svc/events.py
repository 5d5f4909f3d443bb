"""The events that intake publishes, and those it reads, each with only what it needs."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from chassis.base.fields import CallerId, Code, Count, Id, Moment, Number, Text, UnitCode, Version
from chassis.events.outbox import Event
from pydantic import ConfigDict, Field

Codes = Annotated[list[Code], Field(max_length=500)]
Units = Annotated[list[UnitCode], Field(max_length=500)]
APPLICATION: dict[str, Any] = {
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "application_number": "410100U232026030220000019",
    "matter_code": "newborn",
    "matter_version": 1,
    "applicant_id": "f3b0c2",
    "unit": "U23",
    "tasks": ["birth_certificate", "birth_registration"],
    "region": "410100",
    "lead_unit": "U23",
    "units": ["U23", "U09"],
}


class ApplicationSubmitted(Event):
    """An applicant submitted; the electronic receipt's time is the legal time of receipt (电子签名法 art. 11).

    `channel` is how it came (申请方式), as its number says.
    """

    type: ClassVar[str] = "intake.application.submitted"
    topic: ClassVar[str] = "intake.application"
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={"examples": [{**APPLICATION, "submitted_at": "2026-03-02T01:30:00Z", "channel": "ONLINE"}]},
    )

    application_id: Id
    application_number: Number
    matter_code: Code
    matter_version: Version
    applicant_id: CallerId
    unit: UnitCode
    submitted_at: Moment
    tasks: Codes
    region: Code | None = None
    lead_unit: UnitCode | None = None
    units: Units | None = None
    channel: Literal["WINDOW", "ONLINE", "EXPRESS"] | None = None


class ApplicationAccepted(Event):
    """The window accepted (行政许可法 art. 32); the clocks run from here or from the receipt, as each item says.

    With it the counts of its ledger (账本): of the elements that were asked how many were shared and how many typed; of
    the materials how many came from sources (shared, verified, or a licence) and how many the applicant brought.
    """

    type: ClassVar[str] = "intake.application.accepted"
    topic: ClassVar[str] = "intake.application"
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    **APPLICATION,
                    "submitted_at": "2026-03-02T01:30:00Z",
                    "accepted_at": "2026-03-02T02:00:00Z",
                    "accepted_by": "c1e8a7",
                    "accept_doc_no": "郑卫受字〔2026〕第000001号",
                    "elements_asked": 22,
                    "elements_shared": 9,
                    "elements_typed": 13,
                    "materials_asked": 5,
                    "materials_shared": 4,
                    "materials_brought": 1,
                }
            ]
        },
    )

    application_id: Id
    application_number: Number
    matter_code: Code
    matter_version: Version
    applicant_id: CallerId
    unit: UnitCode
    accepted_at: Moment
    tasks: Codes
    region: Code | None = None
    lead_unit: UnitCode | None = None
    units: Units | None = None
    submitted_at: Moment | None = None
    accepted_by: CallerId | None = None
    accept_doc_no: Text | None = None
    elements_asked: Count | None = None
    elements_shared: Count | None = None
    elements_typed: Count | None = None
    materials_asked: Count | None = None
    materials_shared: Count | None = None
    materials_brought: Count | None = None


class MatterPublished(Event):
    """Read: a version of a matter is in force."""

    type: ClassVar[str] = "catalog.matter.published"
    topic: ClassVar[str] = "catalog.matter"

    matter_code: str
    matter_version: int


class MatterWithdrawn(Event):
    """Read: a matter is no longer offered from a day on."""

    type: ClassVar[str] = "catalog.matter.withdrawn"
    topic: ClassVar[str] = "catalog.matter"

    matter_code: str
    matter_version: int
    withdrawn_from: date


class UnitPublished(Event):
    """Read: a unit's name, its end and successor, the word of its papers."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"

    unit_code: str
    name: str
    valid_to: date | None = None
    successor: str | None = None
    acceptance_word: str = ""


class DocumentSealed(Event):
    """Read: esign sealed a document."""

    type: ClassVar[str] = "esign.document.sealed"
    topic: ClassVar[str] = "esign.document"

    document_id: str
    application_id: str
    kind: str
    title: str
    number: str | None = None
    unit: str
    task_id: str | None = None
    sealed_at: datetime


class DisputeAnswered(Event):
    """Read: the unit of a source corrected what it said, or upheld it."""

    type: ClassVar[str] = "datashare.dispute.answered"
    topic: ClassVar[str] = "datashare.dispute"

    application_id: str
    place: str
    key: str
    outcome: str
    answered_at: datetime


class CaseOpened(Event):
    """Read: a case was opened for an application."""

    type: ClassVar[str] = "workflow.case.opened"
    topic: ClassVar[str] = "workflow.case"

    case_id: str
    application_id: str
    tasks: int
    promised_due: datetime
    provisional: bool


class TaskOpened(Event):
    """Read: a unit may work on a task, or the applicant do a step of her own."""

    type: ClassVar[str] = "workflow.task.opened"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_id: str
    task_key: str
    name: str
    unit: str
    item: str | None = None
    by: str = "UNIT"
    promised_due: datetime | None = None


class TaskCompleted(Event):
    """Read: the applicant did a step of her own."""

    type: ClassVar[str] = "workflow.task.completed"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_key: str
    name: str


class TaskDecided(Event):
    """Read: a unit decided a task."""

    type: ClassVar[str] = "workflow.task.decided"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_key: str
    name: str
    unit: str
    outcome: str
    not_needed: list[str]
    task_type: str | None = None


class DeadlineRecomputed(Event):
    """Read: a due time was reckoned anew under a newer calendar, with `task_key` that of a task only."""

    type: ClassVar[str] = "workflow.deadline.recomputed"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_key: str | None = None
    cause: str
    old_promised_due: datetime
    promised_due: datetime
    provisional: bool


class TaskTransferred(Event):
    """Read: a task went over to the unit that has succeeded its unit."""

    type: ClassVar[str] = "workflow.task.transferred"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_id: str
    task_key: str
    name: str
    unit: str
    from_unit: str


class CaseClosed(Event):
    """Read: the case ended."""

    type: ClassVar[str] = "workflow.case.closed"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    outcome: str
    closed_at: datetime
    elapsed_working_minutes: int


class OfLicence(Event):
    """Read: what each event of a licence tells; `valid_until` is a day or 长期."""

    topic: ClassVar[str] = "esign.licence"

    licence_id: str
    identifier: str
    number: str
    licence_type: str
    name: str
    holder_id: str
    application_id: str
    state: str
    valid_until: str


class LicenceIssued(OfLicence):
    """Read: a licence is there; as which materials it may be used, and by which elements its holder is told."""

    type: ClassVar[str] = "esign.licence.issued"

    materials: list[str]
    subject: list[str]


class LicenceSuspended(OfLicence):
    """Read: a licence was suspended."""

    type: ClassVar[str] = "esign.licence.suspended"


class LicenceResumed(OfLicence):
    """Read: a suspended licence was given back."""

    type: ClassVar[str] = "esign.licence.resumed"


class LicenceRevoked(OfLicence):
    """Read: a licence was revoked."""

    type: ClassVar[str] = "esign.licence.revoked"


class LicenceForfeited(OfLicence):
    """Read: a licence was forfeited."""

    type: ClassVar[str] = "esign.licence.forfeited"


class LicenceCancelled(OfLicence):
    """Read: a licence was cancelled."""

    type: ClassVar[str] = "esign.licence.cancelled"


class LicenceTransferred(OfLicence):
    """Read: a licence went over to another authority."""

    type: ClassVar[str] = "esign.licence.transferred"


class LicenceExpired(OfLicence):
    """Read: a licence has expired."""

    type: ClassVar[str] = "esign.licence.expired"


class LicenceSuperseded(OfLicence):
    """Read: a corrected edition took a licence's place."""

    type: ClassVar[str] = "esign.licence.superseded"
