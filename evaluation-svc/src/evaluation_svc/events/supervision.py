"""Supervision: what is told of it."""

from typing import Any, ClassVar

from chassis.base.fields import Code, Id, Moment, Text, UnitCode
from chassis.events.outbox import Event
from pydantic import ConfigDict

ESCALATED: dict[str, Any] = {
    "supervision_id": "01900000-0000-7000-8000-0000000000f1",
    "application_id": "01900000-0000-7000-8000-00000000000a",
    "unit": "U09",
    "number": "郑政务评字〔2026〕1号",
    "rule": "task_overdue",
    "light": "RED",
    "escalated_at": "2026-03-13T09:00:02Z",
}


class SupervisionEscalated(Event):
    """A unit did not answer a supervision in time: it is its head's to answer."""

    type: ClassVar[str] = "evaluation.supervision.escalated"
    topic: ClassVar[str] = "evaluation.supervision"
    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [ESCALATED]})

    supervision_id: Id
    application_id: Id
    unit: UnitCode
    number: Text
    rule: Code
    light: Code
    escalated_at: Moment
