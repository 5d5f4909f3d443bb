"""The events that datashare publishes, and those it reads, each with only what it needs."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from chassis.base.fields import Code, Id, LongText, Moment, Sha256, UnitCode, Version, text
from chassis.base.shapes import KEY, whole
from chassis.events.bus import Keeps
from chassis.events.outbox import Event
from pydantic import ConfigDict, Field

from datashare_svc.domain.disputes import DisputePlace
from datashare_svc.domain.grants import GranteeKind, RequestState
from datashare_svc.domain.model import Connection, Depth, NetworkLevel, Purpose

FieldName = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="residence_address")]
FieldNames = Annotated[list[FieldName], Field(max_length=100)]
Signature = Annotated[
    str, text(2000, min_length=1, pattern="^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$", example="e30.e30.c2ln")
]
"""A JWS in its compact form (RFC 7515 §7.1)."""
GRANT: dict[str, Any] = {
    "request_id": "01900000-0000-7000-8000-0000000000e1",
    "resource": "population_register",
    "provider": "U09",
    "unit": "U23",
    "grantee_kind": "MATTER",
    "grantee": "newborn",
    "fields": ["name", "residence_address"],
    "depth": "VALUE",
    "purposes": ["PREFILL"],
    "basis": "户口登记条例第七条",
    "until": "2027-12-31T16:00:00Z",
}


def _with_example(**example: Any) -> ConfigDict:
    return ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [example]})


class GrantStepTaken(Event):
    """What all events of a request for a grant tell: who asks whom for what; the subject is the request.

    A grant has the id of its request. `until` is the first moment at which nothing is granted any more.
    """

    topic: ClassVar[str] = "datashare.grant"

    request_id: Id
    resource: Code
    provider: UnitCode
    unit: UnitCode
    grantee_kind: GranteeKind
    grantee: Code
    fields: FieldNames
    depth: Depth
    purposes: Annotated[list[Purpose], Field(max_length=10)]
    basis: LongText
    until: Moment | None
    state: RequestState
    at: Moment


class GrantRequested(GrantStepTaken):
    """A unit asked for a grant (共享申请), or a rule did for it."""

    type: ClassVar[str] = "datashare.grant.requested"
    model_config = _with_example(**GRANT, state="REQUESTED", at="2026-03-02T01:30:00Z")


class GrantChecked(GrantStepTaken):
    """A request was found complete, or nobody said otherwise in time: the clock of the reply runs."""

    type: ClassVar[str] = "datashare.grant.checked"
    model_config = _with_example(**GRANT, state="COMPLETE", at="2026-03-03T01:30:00Z")


class GrantReturned(GrantStepTaken):
    """A request was returned to be supplemented (补充); no clock runs."""

    type: ClassVar[str] = "datashare.grant.returned"
    model_config = _with_example(**GRANT, state="RETURNED", at="2026-03-03T01:30:00Z")


class GrantSupplemented(GrantStepTaken):
    """What was missing was supplemented: the clock of the reply runs."""

    type: ClassVar[str] = "datashare.grant.supplemented"
    model_config = _with_example(**GRANT, state="COMPLETE", at="2026-03-04T01:30:00Z")


class GrantEscalated(GrantStepTaken):
    """The provider did not answer in time: the sharing authority decides in its stead."""

    type: ClassVar[str] = "datashare.grant.escalated"
    model_config = _with_example(**GRANT, state="ESCALATED", due_at="2026-03-17T09:00:00Z", at="2026-03-17T09:00:05Z")

    due_at: Moment


class GrantDecided(GrantStepTaken):
    """A request was decided; `depth` and `until` are those that were granted, `fields` those asked for."""

    type: ClassVar[str] = "datashare.grant.decided"
    model_config = _with_example(
        **GRANT,
        granted=["name"],
        refused=["residence_address"],
        decided_by="provider",
        state="PARTLY_GRANTED",
        at="2026-03-05T01:30:00Z",
    )

    granted: FieldNames
    refused: FieldNames
    decided_by: Literal["provider", "authority", "rule"]


class GrantWithdrawn(GrantStepTaken):
    """A request was taken back before it was decided, or its grant was withdrawn: from `at` on nothing is granted."""

    type: ClassVar[str] = "datashare.grant.withdrawn"
    model_config = _with_example(**GRANT, state="WITHDRAWN", at="2026-05-06T01:30:00Z")


class GrantExpired(GrantStepTaken):
    """A grant's last day is past; told once, some time after it was."""

    type: ClassVar[str] = "datashare.grant.expired"
    model_config = _with_example(**GRANT, state="EXPIRED", at="2027-12-31T16:00:10Z")


Materials = Annotated[list[Code], Field(max_length=500)]


class NetworkChanged(Event):
    """A network's connection is in another state: by a step of people, by the second signature, or by probes."""

    type: ClassVar[str] = "datashare.network.changed"
    topic: ClassVar[str] = "datashare.network"
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "network": "population",
                    "level": "NATIONAL",
                    "unit": "U09",
                    "state": "VERIFIED",
                    "former": "CONNECTED",
                    "at": "2026-03-02T01:30:00Z",
                }
            ]
        },
    )

    network: Code
    level: NetworkLevel
    unit: UnitCode
    state: Connection
    former: Connection
    at: Moment


class SharingChanged(Event):
    """The networks serve other materials of a matter than before: `to_bring` are those that none of them can serve.

    Only materials of the matter's sharing catalogue are named; a material that is in neither list is not served.
    """

    type: ClassVar[str] = "datashare.sharing.changed"
    topic: ClassVar[str] = "datashare.sharing"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "matter_code": "newborn",
                    "served": ["marriage_certificate", "parent_id_card"],
                    "to_bring": ["household_register"],
                }
            ]
        },
    )

    matter_code: Code
    served: Materials
    to_bring: Materials


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


DISPUTE: dict[str, Any] = {
    "dispute_id": "01900000-0000-7000-8000-0000000000b1",
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "resource": "population_register",
    "unit": "U09",
    "place": "form",
    "key": "residence_address",
}


class _OfDispute(Event):
    """What is told of a dispute: where it stands and who answers it; its values never."""

    topic: ClassVar[str] = "datashare.dispute"

    dispute_id: Id
    application_id: Id
    resource: Code
    unit: UnitCode
    place: DisputePlace
    key: FieldName


class DisputeFiled(_OfDispute):
    """An applicant disputes a shared value; `due_at` is none while no working calendar has come."""

    type: ClassVar[str] = "datashare.dispute.filed"
    model_config = _with_example(**DISPUTE, filed_at="2026-03-02T01:30:00Z", due_at="2026-03-16T09:00:00Z")

    filed_at: Moment
    due_at: Moment | None


class DisputeOverdue(_OfDispute):
    """A dispute was not answered in time; told once."""

    type: ClassVar[str] = "datashare.dispute.overdue"
    model_config = _with_example(**DISPUTE, due_at="2026-03-16T09:00:00Z")

    due_at: Moment


class DisputeAnswered(_OfDispute):
    """A unit answered: what it shared is corrected at the source and can be asked again, or was right."""

    type: ClassVar[str] = "datashare.dispute.answered"
    model_config = _with_example(**DISPUTE, outcome="corrected", answered_at="2026-03-10T02:00:00Z")

    outcome: Literal["corrected", "upheld"]
    answered_at: Moment


class DisputeWithdrawn(_OfDispute):
    """An applicant withdrew an open dispute."""

    type: ClassVar[str] = "datashare.dispute.withdrawn"
    model_config = _with_example(**DISPUTE, withdrawn_at="2026-03-03T02:00:00Z")

    withdrawn_at: Moment


class OfApplication(Event):
    """Read: what intake tells of an application; `unit` is its window's, `tasks` are the keys of its tasks."""

    topic: ClassVar[str] = "intake.application"

    application_id: str
    application_number: str
    matter_code: str
    matter_version: int
    applicant_id: str
    unit: str
    tasks: list[str]
    lead_unit: str | None = None


class ApplicationSubmitted(OfApplication):
    """Read: an application was submitted."""

    type: ClassVar[str] = "intake.application.submitted"


class ApplicationAccepted(OfApplication):
    """Read: an application was accepted."""

    type: ClassVar[str] = "intake.application.accepted"


class TaskOpened(Event):
    """Read: a unit may work on a task, or the applicant do a step of her own."""

    type: ClassVar[str] = "workflow.task.opened"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_key: str
    unit: str
    by: str = "UNIT"


class TaskDecided(Event):
    """Read: a unit decided a task."""

    type: ClassVar[str] = "workflow.task.decided"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_key: str
    not_needed: list[str]


class TaskTransferred(Event):
    """Read: a task went over to the unit that has succeeded its unit."""

    type: ClassVar[str] = "workflow.task.transferred"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    task_key: str
    unit: str


class CaseTransferred(Event):
    """Read: a case went over to the unit that has succeeded the one that led it."""

    type: ClassVar[str] = "workflow.case.transferred"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    lead_unit: str | None = None


class CaseClosed(Event):
    """Read: the case ended."""

    type: ClassVar[str] = "workflow.case.closed"
    topic: ClassVar[str] = "workflow.case"

    application_id: str
    closed_at: datetime


class HeadSigned(Event):
    """The audit chain had so many rows and ended in this digest: signed, for whoever keeps it elsewhere."""

    type: ClassVar[str] = "datashare.log.head_signed"
    topic: ClassVar[str] = "datashare.log"
    keeps: ClassVar[Keeps] = Keeps.HISTORY
    model_config = _with_example(
        number=24,
        sequence=18230,
        digest="9f86d081884c7d65" * 4,
        signed_at="2026-03-02T01:30:00Z",
        jws="eyJhbGciOiJFZDI1NTE5In0.eyJudW1iZXIiOjI0fQ.c2ln",
    )

    number: Version
    sequence: Annotated[int, Field(ge=1, le=2**53, json_schema_extra={"format": "int64"})]
    digest: Sha256
    signed_at: Moment
    jws: Signature
