"""What a city pack says of assessment (考核): groups ranked apart, weights, points, minimum volumes, clocks."""

from collections import Counter
from typing import Annotated, Literal

from chassis.base.fields import text
from chassis.base.shapes import REGION, UNIT_CODE, whole
from pydantic import Field, model_validator

from evaluation_svc.schemas.pack_parts import Key, Label, Long, Part, Short, Status, TermPart

GroupName = Literal["regions", "departments", "companies"]
Size = Annotated[int, Field(ge=0, le=50)]
Minimum = Annotated[int, Field(ge=0, le=1_000_000)]


class MemberEntry(Part):
    """A region that is assessed: the code under which it is counted, and the body that is written to."""

    unit: Annotated[str, text(8, min_length=3, pattern=whole(UNIT_CODE))]
    region: Annotated[str, text(6, pattern=whole(REGION))]
    name: Short


class GroupEntry(Part):
    """A group that is ranked apart: its members are named, or they are the units of a kind.

    `top` and `bottom` are how many are named at the two ends; whoever has fewer than `minimum` of what `volume` counts
    is not ranked.
    """

    group: GroupName
    name: Short
    kind: Literal["department", "company"] | None = None
    members: Annotated[tuple[MemberEntry, ...], Field(max_length=100)] = ()
    top: Size
    bottom: Size
    volume: Key
    minimum: Minimum
    source: Label
    status: Status

    @model_validator(mode="after")
    def _is_of_one_sort(self) -> "GroupEntry":
        if bool(self.members) == (self.kind is not None):
            raise ValueError("成员或者逐个列出(members),或者是一类单位(kind),二者只取其一")
        for said in ("unit", "region"):
            seen = Counter(getattr(member, said) for member in self.members)
            if repeated := [one for one, times in seen.items() if times > 1]:
                raise ValueError(f"{repeated[0]} 重复出现")
        return self


class CriterionEntry(Part):
    """An indicator in the assessment of groups: weight, target, points as a formula of `value` and `target`.

    A unit with fewer than `minimum` of what `volume` counts has no points for it, and its weight is left out.
    """

    indicator: Key
    groups: Annotated[tuple[GroupName, ...], Field(min_length=1, max_length=3)]
    weight: Annotated[int, Field(ge=1, le=1000)]
    target: Annotated[int, Field(ge=0, le=1_000_000)]
    points: Long
    volume: Key
    minimum: Minimum
    source: Label
    status: Status


class AssessmentFile(Part):
    """`assessment.yaml`.

    `minimum_share` is the share of the weights, in percent, on which a score must rest; `persistence` in how many
    periods in a row the lower end leads to an interview (约谈); `objection` the clock of appeals before publication,
    `decision` the clock of their decisions.
    """

    status: Status
    source: Label
    minimum_share: Annotated[int, Field(ge=1, le=100)]
    persistence: Annotated[int, Field(ge=2, le=24)]
    objection: TermPart
    decision: TermPart
    groups: Annotated[tuple[GroupEntry, ...], Field(min_length=1, max_length=3)]
    criteria: Annotated[tuple[CriterionEntry, ...], Field(min_length=1, max_length=200)]
