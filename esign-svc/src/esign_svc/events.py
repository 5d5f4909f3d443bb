"""The events that esign publishes, and those it reads, each with only what it needs."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from chassis.base.fields import (
    CallerId,
    Code,
    Day,
    Id,
    LicenceIdentifierText,
    MaybeCode,
    Moment,
    Name,
    Sha256,
    Text,
    UnitCode,
    Until,
    Version,
    text,
)
from chassis.base.shapes import whole
from chassis.events.bus import Keeps
from chassis.events.outbox import Event
from pydantic import ConfigDict, Field

from esign_svc.domain.seals import FILING_NO, SEAL_CODE, SealKind, SealState, SealStep

SealCode = Annotated[str, text(13, min_length=13, pattern=whole(SEAL_CODE), example="4101990232001")]
FilingNo = Annotated[str, text(40, pattern=whole(FILING_NO), example="410100-2026-0001")]
Codes = Annotated[list[Code], Field(max_length=500)]
AT = "2026-03-04T02:00:10Z"
LICENCE: dict[str, Any] = {
    "licence_id": "01900000-0000-7000-8000-00000000000f",
    "identifier": "1.2.156.3005.2.11410100MBXX00238T001.11410100MBXX00238T.20260000001.001.E",
    "number": "Z260000001",
    "licence_type": "birth_certificate",
    "name": "出生医学证明",
    "edition": 1,
    "holder_id": "f3b0c2",
    "unit": "U23",
    "item": "11410100MBXX00238T3412023001000",
    "task_id": "01900000-0000-7000-8000-00000000000d",
    "case_id": "01900000-0000-7000-8000-00000000000c",
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "state": "valid",
    "valid_from": "2026-03-04",
    "valid_until": "长期",
}


def _with_example(**example: Any) -> ConfigDict:
    return ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [example]})


DOCUMENT: dict[str, Any] = {
    "document_id": "01900000-0000-7000-8000-0000000000d0",
    "kind": "decision",
    "title": "准予行政许可决定书",
    "number": "郑卫决字〔2026〕1号",
    "subject": "01900000-0000-7000-8000-00000000000d",
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "case_id": "01900000-0000-7000-8000-00000000000c",
    "task_id": "01900000-0000-7000-8000-00000000000d",
    "matter_code": "newborn",
    "unit": "U23",
    "applicant_id": "f3b0c2",
    "sealed_at": "2026-03-04T02:00:05Z",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


class DocumentSealed(Event):
    """A document was made and sealed; its file is esign's, its facts are those of whom `subject` names."""

    type: ClassVar[str] = "esign.document.sealed"
    topic: ClassVar[str] = "esign.document"
    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [DOCUMENT]})

    document_id: Id
    kind: Literal["receipt", "acceptance", "decision", "licence", "licence_copy"]
    title: Name
    number: Text | None
    subject: Code
    application_id: Id
    case_id: Id | None
    task_id: Id | None
    matter_code: MaybeCode
    unit: UnitCode
    applicant_id: CallerId | None
    sealed_at: Moment
    sha256: Sha256


class NoticeSealed(Event):
    """A letter from one unit to another was made and sealed; its file is esign's, its text is whose letter it is."""

    type: ClassVar[str] = "esign.notice.sealed"
    topic: ClassVar[str] = "esign.document"
    model_config = _with_example(
        document_id="01900000-0000-7000-8000-0000000000d1",
        letter_id="01900000-0000-7000-8000-0000000000e1",
        letter_kind="SUPERVISION",
        title="关于“出生登记”逾期的督办函",
        number="郑政务评字〔2026〕1号",
        unit="ZWB",
        to_unit="U09",
        sealed_at=AT,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )

    document_id: Id
    letter_id: Id
    letter_kind: Code
    title: Name
    number: Text
    unit: UnitCode
    to_unit: UnitCode
    sealed_at: Moment
    sha256: Sha256


class LetterApproved(Event):
    """Read: a person of the office that leads evaluation approved a letter to a unit."""

    type: ClassVar[str] = "evaluation.letter.approved"
    topic: ClassVar[str] = "evaluation.letter"

    letter_id: str
    kind: str
    from_unit: str
    unit: str
    title: str
    paragraphs: list[str]
    approved_by: str
    approved_at: datetime


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
    name: str = ""
    item: str | None = None
    region: str | None = None
    task_type: str | None = None
    matter_code: str | None = None
    lead_unit: str | None = None
    units: list[str] | None = None
    applicant_id: str | None = None
    decided_by: str | None = None


class UnitPublished(Event):
    """Read: a unit's name, its end and successor."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"

    unit_code: str
    name: str
    valid_to: date | None = None
    successor: str | None = None
    acceptance_word: str = ""


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


class OfLicence(Event):
    """What each event of a licence tells of it; `holder_id` is the caller in whose wallet it is.

    Whoever follows licences counts all that happened to one, however late he begins: the topic keeps its history.
    """

    topic: ClassVar[str] = "esign.licence"
    keeps: ClassVar[Keeps] = Keeps.HISTORY

    licence_id: Id
    identifier: LicenceIdentifierText
    number: Text
    licence_type: Code
    name: Name
    edition: Version
    holder_id: CallerId
    unit: UnitCode
    item: Code
    task_id: Id
    case_id: Id
    application_id: Id
    state: Code
    valid_from: Day
    valid_until: Until


class LicenceIssued(OfLicence):
    """A licence was issued: its paper is sealed.

    It may be used as one of `materials`, for whom the elements `subject` of its application name.
    """

    type: ClassVar[str] = "esign.licence.issued"
    model_config = _with_example(
        **LICENCE, supersedes=None, materials=["birth_certificate"], subject=["child_name"], issued_at=AT
    )

    supersedes: Id | None
    materials: Codes
    subject: Codes
    issued_at: Moment


class LicenceChanged(OfLicence):
    """A licence's state was changed at a moment; why is told by the unit, not by the event."""

    at: Moment


class LicenceSuspended(LicenceChanged):
    """A licence was suspended (暂扣)."""

    type: ClassVar[str] = "esign.licence.suspended"
    model_config = _with_example(**{**LICENCE, "state": "suspended"}, at=AT)


class LicenceResumed(LicenceChanged):
    """A suspended licence was given back."""

    type: ClassVar[str] = "esign.licence.resumed"
    model_config = _with_example(**LICENCE, at=AT)


class LicenceRevoked(LicenceChanged):
    """A licence was revoked (撤销, 行政许可法 art. 69)."""

    type: ClassVar[str] = "esign.licence.revoked"
    model_config = _with_example(**{**LICENCE, "state": "revoked"}, at=AT)


class LicenceForfeited(LicenceChanged):
    """A licence was forfeited (吊销, 行政处罚法 art. 9)."""

    type: ClassVar[str] = "esign.licence.forfeited"
    model_config = _with_example(**{**LICENCE, "state": "forfeited"}, at=AT)


class LicenceCancelled(LicenceChanged):
    """A licence was cancelled (注销, 行政许可法 art. 70)."""

    type: ClassVar[str] = "esign.licence.cancelled"
    model_config = _with_example(**{**LICENCE, "state": "cancelled"}, at=AT)


class LicenceTransferred(LicenceChanged):
    """A licence went over to another authority (转出); from here on its state is not known here."""

    type: ClassVar[str] = "esign.licence.transferred"
    model_config = _with_example(**{**LICENCE, "state": "transferred"}, at=AT)


class LicenceExpired(LicenceChanged):
    """A licence's last day is past (失效); told once, some time after the day began."""

    type: ClassVar[str] = "esign.licence.expired"
    model_config = _with_example(**{**LICENCE, "state": "expired"}, at=AT)


class LicenceSuperseded(LicenceChanged):
    """A licence became invalid since a corrected edition took its place."""

    type: ClassVar[str] = "esign.licence.superseded"
    model_config = _with_example(**{**LICENCE, "state": "invalid"}, at=AT)
