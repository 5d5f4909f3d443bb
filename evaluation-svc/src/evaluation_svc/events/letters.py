"""Letters: what is told of them, and what esign tells of the sealed paper."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from chassis.base.fields import CallerId, Code, Id, LongText, Moment, Name, UnitCode
from chassis.events.outbox import Event
from pydantic import ConfigDict, Field

Kind = Literal["SUPERVISION", "COMMENDATION", "CRITICISM", "INTERVIEW"]
LETTER: dict[str, Any] = {
    "letter_id": "01900000-0000-7000-8000-0000000000e1",
    "kind": "SUPERVISION",
    "subject": "01900000-0000-7000-8000-00000000000d",
    "from_unit": "ZWB",
    "unit": "U09",
    "title": "关于办件逾期的督办函",
    "paragraphs": ["你单位承办的“出生登记”应于2026年3月9日17时00分前办结,现已逾期。"],
    "approved_by": "officer-2",
    "approved_at": "2026-03-10T02:00:00Z",
}


class LetterApproved(Event):
    """A person of the office that leads evaluation approved a letter: it is to be sealed and sent to its unit."""

    type: ClassVar[str] = "evaluation.letter.approved"
    topic: ClassVar[str] = "evaluation.letter"
    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [LETTER]})

    letter_id: Id
    kind: Kind
    subject: Code
    from_unit: UnitCode
    unit: UnitCode
    title: Name
    paragraphs: Annotated[list[LongText], Field(min_length=1, max_length=50)]
    approved_by: CallerId
    approved_at: Moment


class NoticeSealed(Event):
    """Read: esign sealed a letter; its number is that of the paper."""

    type: ClassVar[str] = "esign.notice.sealed"
    topic: ClassVar[str] = "esign.document"

    document_id: str
    letter_id: str
    number: str
    sha256: str
    sealed_at: datetime
