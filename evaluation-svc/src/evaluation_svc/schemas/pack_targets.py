"""What a city pack says of the reform's targets: numbers that the plan states, each with its formula."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from evaluation_svc.schemas.pack_parts import Key, Label, Long, Part, Short, Status


class TargetEntry(Part):
    """A target (目标): what is to be reached until when; of cases of `matters` only, where any is named."""

    target: Key
    name: Short
    formula: Long
    goal: Annotated[int, Field(ge=0, le=1_000_000)]
    comparison: Literal["at_least", "at_most"]
    unit: Literal["percent", "number"]
    matters: Annotated[tuple[Key, ...], Field(max_length=100)] = ()
    due: date
    basis: Label


class TargetsFile(Part):
    """`targets.yaml`."""

    status: Status
    source: Label
    targets: Annotated[tuple[TargetEntry, ...], Field(min_length=1, max_length=100)]
