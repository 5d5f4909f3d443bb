"""What evaluation tells of the loop of a bad rating."""

from typing import ClassVar

from chassis.base.fields import Code, Id, Moment, UnitCode
from chassis.events.outbox import Event
from pydantic import ConfigDict


class RectificationOverdue(Event):
    """A unit did not take a step of a rectification in time; `clock` says which. Nothing tells who rated."""

    type: ClassVar[str] = "evaluation.rectification.overdue"
    topic: ClassVar[str] = "evaluation.rectification"
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "rectification_id": "01900000-0000-7000-8000-0000000000e1",
                    "unit": "U23",
                    "clock": "contact",
                    "due_at": "2026-03-03T09:00:00Z",
                }
            ]
        },
    )

    rectification_id: Id
    unit: UnitCode
    clock: Code
    due_at: Moment
