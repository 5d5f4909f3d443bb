"""Rankings: what is told of them."""

from typing import Annotated, ClassVar, Literal

from chassis.base.fields import Id, Moment, Version, text
from chassis.base.shapes import whole
from chassis.events.outbox import Event
from pydantic import ConfigDict

from evaluation_svc.domain.periods import PERIOD


class RankingPublished(Event):
    """A group's ranking of a period was published; a later revision corrects it and leaves it as it was."""

    type: ClassVar[str] = "evaluation.ranking.published"
    topic: ClassVar[str] = "evaluation.ranking"
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "assessment_id": "01900000-0000-7000-8000-0000000000f1",
                    "group": "departments",
                    "period": "2026-03",
                    "revision": 1,
                    "published_at": "2026-04-20T02:00:00Z",
                }
            ]
        },
    )

    assessment_id: Id
    group: Literal["regions", "departments", "companies"]
    period: Annotated[str, text(7, min_length=7, pattern=whole(PERIOD), example="2026-03")]
    revision: Version
    published_at: Moment
