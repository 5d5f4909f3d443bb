"""What a city pack says of evaluation: a file a document, each with the model that it is read by.

Whoever adds a rule of the city adds its file here: `NAME.yaml` of the pack is then read, checked and kept under its
name. A model checks what can be seen in its own file; `domain.pack_faults` what several say of each other.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from evaluation_svc.schemas.pack_assessment import AssessmentFile
from evaluation_svc.schemas.pack_parts import Key, Label, Long, Note, Part, Short, Status
from evaluation_svc.schemas.pack_ratings import RatingTagsFile
from evaluation_svc.schemas.pack_rectification import RectificationFile


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
    """`indicators.yaml`."""

    status: Status
    source: Label
    indicators: Annotated[tuple[IndicatorEntry, ...], Field(min_length=1, max_length=500)]


DOCUMENTS: Mapping[str, type[BaseModel]] = {
    "assessment": AssessmentFile,
    "indicators": IndicatorsFile,
    "rating_tags": RatingTagsFile,
    "rectification": RectificationFile,
}
"""The files that the pack of a city may have, each `NAME.yaml`."""
