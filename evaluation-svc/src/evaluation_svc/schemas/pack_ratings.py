"""What a city pack says of ratings."""

from typing import Annotated, Self

from chassis.worktime import LimitUnit
from pydantic import AfterValidator, Field, model_validator

from evaluation_svc.domain.exclusions import NUMBERS, Rule
from evaluation_svc.domain.ratings import Level
from evaluation_svc.schemas.pack_parts import Label, Part, Short, Status
from evaluation_svc.schemas.rating_types import TagCode

FEWEST = 3
"""Among how many persons a rater hides at the least, whatever a city says."""
Amount = Annotated[int, Field(ge=1, le=100_000)]


def _several(number: "NumberEntry") -> "NumberEntry":
    """Hold that a rater always hides among others."""
    if number.value < FEWEST:
        raise ValueError(f"至少 {FEWEST} 人")
    return number


class TagEntry(Part):
    """A reason tag (标签) of a level; `is_basic` marks the first three, the basic set of each level."""

    tag: TagCode
    level: Level
    text: Short
    is_basic: bool = False


class TermEntry(Part):
    """A term: how long and in what."""

    amount: Annotated[int, Field(ge=1, le=365)]
    unit: LimitUnit
    status: Status


class NumberEntry(Part):
    """A number, and whether a source gives it."""

    value: Annotated[int, Field(ge=0, le=100_000)]
    status: Status


class RatingsFile(Part):
    """`ratings.yaml`: the terms of rating."""

    status: Status
    source: Label
    rate_within: TermEntry
    second_within: TermEntry
    invited_after_hours: NumberEntry
    visit_hours: NumberEntry
    seen_from: Annotated[NumberEntry, AfterValidator(_several)]


class ExclusionEntry(Part):
    """A rule of what is left out of the figures, with the numbers that it needs and no other."""

    rule: Rule
    name: Short
    reason: Label
    status: Status
    more_than: Amount | None = None
    within_minutes: Amount | None = None
    within_days: Amount | None = None
    least_working_minutes: Annotated[int, Field(ge=0, le=100_000)] | None = None

    @model_validator(mode="after")
    def has_its_numbers(self) -> Self:
        """Hold a rule to the numbers that it needs."""
        names = {name for one in NUMBERS.values() for name in one}
        given = {name for name in names if getattr(self, name) is not None}
        if given != NUMBERS[self.rule]:
            raise ValueError(f"规则 {self.rule} 应有的数值是 {'、'.join(sorted(NUMBERS[self.rule])) or '没有'}")
        return self


class ExclusionsFile(Part):
    """`exclusions.yaml`."""

    status: Status
    source: Label
    rules: Annotated[tuple[ExclusionEntry, ...], Field(min_length=1, max_length=20)]


class RatingTagsFile(Part):
    """`rating_tags.yaml`."""

    status: Status
    source: Label
    tags: Annotated[tuple[TagEntry, ...], Field(min_length=1, max_length=100)]
