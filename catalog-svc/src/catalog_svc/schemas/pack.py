"""The city pack's documents as they are read and stored."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Generic, Self, TypeVar

from chassis.base.fields import DAY, PRINTABLE
from chassis.base.shapes import REGION, whole
from chassis.worktime import WorkTime
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from catalog_svc.domain.model import Element, FormRule, Item, Material, Matter, Region, Section, Unit
from catalog_svc.domain.pack import PublishedMatter

T = TypeVar("T")
PUBLISHED: TypeAdapter[PublishedMatter] = TypeAdapter(PublishedMatter)
ITEM: TypeAdapter[Item] = TypeAdapter(Item)
Day = Annotated[str, Field(pattern=DAY)]
DayName = Annotated[str, Field(max_length=50, pattern=PRINTABLE)]


class Entry(BaseModel, Generic[T]):
    """One entry of a pack's file; unknown keys are refused, also inside."""

    model_config = ConfigDict(extra="forbid")

    value: T


ENTRIES: Mapping[str, type[Entry[Any]]] = {
    "units": Entry[Unit],
    "regions": Entry[Region],
    "sections": Entry[Section],
    "elements": Entry[Element],
    "rules": Entry[FormRule],
    "materials": Entry[Material],
    "items": Entry[Item],
    "matters": Entry[Matter],
}
"""How the entries of each of a pack's lists are read."""


class Synonyms(BaseModel):
    """Everyday words and what they mean in the catalogue's words."""

    synonyms: dict[str, tuple[str, ...]]


class Withdrawn(BaseModel):
    """From when what the pack does not have any more is not offered, by its code."""

    withdrawn: dict[str, date]


class CalendarDocument(BaseModel):
    """A region's working calendar and office hours as the pack says them."""

    model_config = ConfigDict(extra="forbid")

    region: Annotated[str, Field(pattern=whole(REGION))]
    calendar_version: Annotated[str, Field(min_length=1, max_length=50, pattern=PRINTABLE)]
    years: list[Annotated[int, Field(ge=2000, le=2200)]]
    off: dict[Day, DayName]
    work: dict[Day, DayName]
    office_hours: dict[str, Any]

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        """Refuse days that there are not, and office hours out of order. Raises ValueError."""
        if unreal := [day for day in (*self.off, *self.work) if not _is_date(day)]:
            raise ValueError(f"没有这一天:{'、'.join(unreal)}")
        try:
            WorkTime.from_json(self.model_dump(mode="json"))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f'office_hours: 应为先后不重叠的时段,如 [["09:00", "12:00"]]:{error}') from error
        return self


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
