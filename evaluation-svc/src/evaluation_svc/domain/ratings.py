"""Ratings (好差评): levels, channels, what was rated, and the terms in which it may be.

Levels and channels are names here; the numbers of the standards, which count in opposite directions, are
`rating_codes`'.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.worktime import LimitUnit

from evaluation_svc.domain.terms import Term


class Level(StrEnum):
    """How satisfied a rater is (五级评价), the best first."""

    VERY_SATISFIED = "VERY_SATISFIED"
    SATISFIED = "SATISFIED"
    BASICALLY_SATISFIED = "BASICALLY_SATISFIED"
    DISSATISFIED = "DISSATISFIED"
    VERY_DISSATISFIED = "VERY_DISSATISFIED"


BAD = frozenset({Level.DISSATISFIED, Level.VERY_DISSATISFIED})
"""What a bad rating (差评) is."""
LEVEL_NAMES = {
    Level.VERY_SATISFIED: "非常满意",
    Level.SATISFIED: "满意",
    Level.BASICALLY_SATISFIED: "基本满意",
    Level.DISSATISFIED: "不满意",
    Level.VERY_DISSATISFIED: "非常不满意",
}


class Channel(StrEnum):
    """By what a rating came; DEFAULT is silence, which nobody chose."""

    PC = "PC"
    MOBILE = "MOBILE"
    QR_CODE = "QR_CODE"
    TABLET = "TABLET"
    TERMINAL = "TERMINAL"
    TELEPHONE = "TELEPHONE"
    SMS = "SMS"
    DEFAULT = "DEFAULT"


@dataclass(frozen=True, slots=True)
class Rated:
    """An active rating as it was just written; `number` is 1, or 2 for the second one (追评).

    `handler_ids` are the staff who worked in the case: a bad rating is nobody's of them to deal with. `rater_id` is for
    this service alone and never leaves it.
    """

    rating_id: str
    application_id: str
    visit_id: str | None
    unit: str
    level: Level
    tags: Sequence[str]
    number: int
    channel: Channel
    wants_call: bool | None
    rater_id: str = field(repr=False)
    handler_ids: frozenset[str] = field(repr=False)
    matter_code: str
    region: str
    item: str
    rated_at: datetime

    @property
    def is_bad(self) -> bool:
        """Whether it is a bad rating."""
        return self.level in BAD


RATE_WITHIN, SECOND_WITHIN = Term(15, LimitUnit.WORKDAY), Term(45, LimitUnit.WORKDAY)


@dataclass(frozen=True, slots=True)
class RatingRules:
    """The terms of rating; none of the numbers stands in a source, a city may set others (`ratings.yaml`).

    `invited_after_hours` keeps the invitation off the counter; `visit_hours` is how long a visit
    may be rated at its window; `seen_from` is from how many raters of a matter a unit sees single ratings.
    """

    rate_within: Term = RATE_WITHIN
    second_within: Term = SECOND_WITHIN
    invited_after_hours: int = 2
    visit_hours: int = 24
    seen_from: int = 5
