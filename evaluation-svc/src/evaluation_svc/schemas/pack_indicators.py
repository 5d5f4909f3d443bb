"""What a city pack says of indicators, and of the plan whose numbers they are held against."""

from typing import Annotated, Literal

from chassis.base.fields import text
from chassis.base.shapes import UNIT_CODE, whole
from pydantic import Field

from evaluation_svc.schemas.months import Month
from evaluation_svc.schemas.pack_parts import Key, Label, Long, Note, Part, Short, Status

Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]
Unit = Annotated[str, text(8, pattern=whole(UNIT_CODE))]


class IndicatorEntry(Part):
    """An indicator (指标): its formula over named counts, and where it comes from."""

    indicator: Key
    name: Short
    formula: Long
    unit: Literal["percent", "number", "workdays", "points"]
    direction: Literal["up", "down"]
    level: tuple[Literal["city", "unit", "region", "matter", "item", "channel"], ...]
    period: Literal["month", "to_date"]
    target: Note = ""
    source: Label
    basis: Label
    status: Status


class IndicatorsFile(Part):
    """`indicators.yaml`; a row with a count from 1 to below `shown_from` is not shown to everybody."""

    status: Status
    source: Label
    shown_from: Annotated[int, Field(ge=1, le=1000)] = 5
    indicators: Annotated[tuple[IndicatorEntry, ...], Field(min_length=1, max_length=500)]


class Planned(Part):
    """How much is planned for the city, and for each unit."""

    name: Short
    city: Amount = 0
    units: dict[Unit, Amount] = Field(default_factory=dict)
    source: Label
    status: Status


class PlanStep(Planned):
    """A step (步骤): of what stands at the end of its due month, how much is planned."""

    step: Key
    measure: Key
    due: Month


class PlanNumber(Planned):
    """A number that formulas may name."""

    number: Key


class PlanFile(Part):
    """`plan.yaml`."""

    status: Status
    source: Label
    steps: Annotated[tuple[PlanStep, ...], Field(max_length=100)] = ()
    numbers: Annotated[tuple[PlanNumber, ...], Field(max_length=500)] = ()
