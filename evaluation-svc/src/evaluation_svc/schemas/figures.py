"""Bodies on figures: values of indicators, their course over time, what a figure counts, and what came late."""

from typing import Annotated, Literal

from chassis.base.fields import Code, Count, Day, LongText, MaybeCode, MaybeUnitCode, Moment, Name, Text, View, text
from chassis.http.paging import Cursor
from pydantic import Field

from evaluation_svc.schemas.months import Month

Digits = Annotated[str, text(1000, min_length=1, pattern=r"^-?[0-9]+$", example="85")]
"""A whole number of any length, in digits."""
Rounded = Annotated[str, text(1000, pattern=r"^-?[0-9]*(\.[0-9]{2})?$", example="85.00")]
PeriodName = Annotated[
    str, text(7, min_length=7, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4]|H[12])$", example="2026-03")
]
Whole = Annotated[int, Field(ge=1 - 2**53, le=2**53 - 1, json_schema_extra={"format": "int64"})]
"""A count that every client reads exactly (RFC 8259 §6)."""
Dimension = Literal["city", "unit", "region", "matter", "item", "channel"]
UnitOfValue = Literal["percent", "number", "workdays", "points"]


class ExactValue(View):
    """A value as a fraction in lowest terms."""

    numerator: Digits
    denominator: Digits


class CountView(View):
    """How much was counted of a measure; what is not named is 0."""

    measure: Code
    count: Whole


class IndicatorValueView(View):
    """An indicator's value for one key (empty for the city): exact, to two places, and with its counts.

    There is none (null) where the formula divides by zero, and none shown where it is withheld for small numbers.
    """

    key: MaybeCode
    value: ExactValue | None
    rounded: Rounded
    is_withheld: bool
    counts: Annotated[list[CountView], Field(max_length=500)]


class ValuesView(View):
    """An indicator's values in a period, in the order of the keys.

    All that came until `counted_until` is counted; `late` is how many notes say that its counts changed in months that
    were over.
    """

    indicator: Code
    name: Name
    formula: LongText
    unit: UnitOfValue
    period: PeriodName
    by: Dimension
    version: Count
    counted_until: Moment
    late: Count
    items: Annotated[list[IndicatorValueView], Field(max_length=200)]
    next: Cursor | None


class MonthView(View):
    """An indicator's value in a month."""

    month: Month
    value: ExactValue | None
    rounded: Rounded
    is_withheld: bool
    counts: Annotated[list[CountView], Field(max_length=500)]


class SeriesView(View):
    """An indicator's course over months for one key."""

    indicator: Code
    name: Name
    unit: UnitOfValue
    by: Dimension
    key: MaybeCode
    counted_until: Moment
    months: Annotated[list[MonthView], Field(max_length=60)]


class MeasureView(View):
    """A count (计数) that formulas name: what it counts, which moment says its period."""

    measure: Code
    title: Text
    moment: Text
    is_stock: bool
    is_confidential: bool


class MeasuresView(View):
    """All counts."""

    measures: Annotated[list[MeasureView], Field(max_length=500)]


class CountedView(View):
    """What a figure counts: a case, an item, a network or a unit by its key, and how much it adds on which day."""

    kind: Code
    key: Code
    day: Day
    unit: MaybeUnitCode
    region: MaybeCode
    matter: MaybeCode
    item: MaybeCode
    channel: MaybeCode
    amount: Whole


class LateNoteView(View):
    """What changed in a month that was over: of which measure and unit, by how much, when it was told, and by what."""

    period: Month
    measure: Code
    unit: MaybeUnitCode
    kind: Code
    key: Code
    amount: Whole
    received_at: Moment
    why: Code
