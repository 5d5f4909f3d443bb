"""What is told of ratings: never by whom, nor of which case, since a case leads to its applicant."""

from typing import Annotated, ClassVar

from chassis.base.fields import Code, Day, Id, MaybeCode, UnitCode
from chassis.events.outbox import Event
from pydantic import ConfigDict, Field

from evaluation_svc.domain.ratings import Channel, Level


class RatingSubmitted(Event):
    """A finished matter or a visit was rated; `number` 2 is a second rating (追评). The subject is the rating."""

    type: ClassVar[str] = "evaluation.rating.submitted"
    topic: ClassVar[str] = "evaluation.rating"
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "rating_id": "5b9c3f0a-6a0e-4c55-9a53-0f6f2b1c7d11",
                    "unit": "U23",
                    "level": "SATISFIED",
                    "number": 1,
                    "channel": "MOBILE",
                    "tags": ["406"],
                    "matter_code": "newborn",
                    "region": "410100",
                    "rated_on": "2026-03-05",
                }
            ]
        },
    )

    rating_id: Id
    unit: UnitCode
    level: Level
    number: Annotated[int, Field(ge=1, le=2, json_schema_extra={"format": "int32"})]
    channel: Channel
    tags: Annotated[list[Code], Field(max_length=8)]
    matter_code: Code
    region: MaybeCode
    rated_on: Day
