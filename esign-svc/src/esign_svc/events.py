"""The events that esign publishes, and those it reads, each with only what it needs."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from chassis.base.fields import Id, Moment, UnitCode, text
from chassis.base.shapes import whole
from chassis.events.outbox import Event
from pydantic import ConfigDict, Field

from esign_svc.domain.seals import FILING_NO, SEAL_CODE, SealKind, SealState, SealStep

SealCode = Annotated[str, text(13, min_length=13, pattern=whole(SEAL_CODE), example="4101990232001")]
FilingNo = Annotated[str, text(40, pattern=whole(FILING_NO), example="410100-2026-0001")]


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


class SealChanged(Event):
    """A seal was applied for, made, filed, put in use, suspended, resumed or cancelled: `step` says which.

    One type for the whole life, so that whoever keeps a copy of the registry, or files seals upward, reads it in order.
    """

    type: ClassVar[str] = "esign.seal.changed"
    topic: ClassVar[str] = "esign.seal"
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "seal_id": "01900000-0000-7000-8000-0000000000e1",
                    "unit": "U23",
                    "kind": "ACCEPTANCE",
                    "seal_code": "4101990232001",
                    "synthetic": True,
                    "step": "put_in_use",
                    "state": "in_use",
                    "filing_no": "410100-2026-0001",
                    "valid_from": "2026-01-01T00:00:00Z",
                    "valid_until": "2030-12-31T15:59:59Z",
                    "at": "2026-03-02T01:30:00Z",
                }
            ]
        },
    )

    seal_id: Id
    unit: UnitCode
    kind: SealKind
    seal_code: SealCode
    synthetic: bool
    step: SealStep
    state: SealState
    filing_no: FilingNo
    valid_from: Moment
    valid_until: Moment
    at: Moment
