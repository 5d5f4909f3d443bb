"""Bodies on indicators."""

from typing import Annotated, Literal

from chassis.base.fields import Code, LongText, Name, Text, View
from pydantic import Field


class IndicatorView(View):
    """An indicator (指标): its formula over named counts, its unit and direction, where it comes from."""

    indicator: Code
    name: Name
    formula: LongText
    unit: Literal["percent", "number", "workdays", "points"]
    direction: Literal["up", "down"]
    level: Annotated[list[Literal["city", "unit", "region", "matter", "item", "channel"]], Field(max_length=10)]
    period: Literal["month", "to_date"]
    target: Text
    source: Text
    basis: Text
    status: Literal["proposed", "confirmed"]


class IndicatorsView(View):
    """The indicators of the city, in its order; `version` counts their changes."""

    version: Annotated[int, Field(ge=1, le=2_147_483_647, json_schema_extra={"format": "int32"})]
    indicators: Annotated[list[IndicatorView], Field(max_length=500)]
