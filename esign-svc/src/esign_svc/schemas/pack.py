"""What a city pack says of licences (licence_types.yaml), as it stands in the file."""

import re
from typing import Annotated, Literal

from chassis.base.fields import text
from chassis.base.shapes import KEY, LABEL, LONG_TERM, NAME, whole
from pydantic import BaseModel, ConfigDict, Field, field_validator

from esign_svc.domain.licences import ValidityUnit

Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY))]
TYPE_CODE = "[0-9A-Z]{18}[0-9]{3}"
"""A type's code: that of the body that defines it (USCC) and three digits (GB/T 36904-2018)."""
PLACE = re.compile(r"\{(?:year|yy:02|n:0[1-9])\}", re.ASCII)
LONGEST_NUMBER = 40


class Part(BaseModel):
    """A part of an entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HolderPart(Part):
    """Which elements of the application name the holder; the number may be empty, as of a child without one."""

    name: Key
    number: Key | Literal[""] = ""


class FieldPart(Part):
    """A line of the face."""

    element: Key
    label: Annotated[str, text(20, min_length=1)]


class PeriodPart(Part):
    """For how long licences of a type are valid."""

    amount: Annotated[int, Field(ge=1, le=1200)]
    unit: ValidityUnit


class LicenceEntry(Part):
    """A type of licence (证照类型). `number` is a pattern of {year} or {yy:02} and {n:06}; `validity` may be 长期."""

    licence: Key
    name: Annotated[str, text(NAME, min_length=1)]
    definer: Annotated[str, text(NAME, min_length=1)]
    type_code: Annotated[str, text(21, pattern=whole(TYPE_CODE))]
    items: tuple[str, ...]
    holder: HolderPart
    fields: tuple[FieldPart, ...] = ()
    subject: tuple[Key, ...]
    validity: Literal["长期"] | PeriodPart
    level: Annotated[str, text(1, min_length=1)]
    number: Annotated[str, text(60, min_length=1)]
    statement: Annotated[str, text(LABEL, min_length=1)]
    materials: tuple[Key, ...] = ()
    status: Literal["proposed", "confirmed"]
    source: str = ""

    @field_validator("number")
    @classmethod
    def numbers_count(cls, number: str) -> str:
        """Raise ValueError for a pattern that names no year and no number, or something else."""
        places = PLACE.findall(number)
        rest = PLACE.sub("", number)
        if "{" in rest or "}" in rest or len(places) != 2 or sum(place.startswith("{n") for place in places) != 1:
            raise ValueError("应各有一处年份({year} 或 {yy:02})和顺序号(如 {n:06}),没有其他")
        if len(number.format(year=2026, yy=26, n=1)) > LONGEST_NUMBER:
            raise ValueError(f"编成的号码最多 {LONGEST_NUMBER} 个字")
        return number

    @property
    def period(self) -> PeriodPart | None:
        """For how long, none for ever."""
        return None if self.validity == LONG_TERM or isinstance(self.validity, str) else self.validity


class LicenceEntryRead(BaseModel):
    """An entry under the name `value`, as a pack's readers ask for it."""

    model_config = ConfigDict(extra="forbid")

    value: LicenceEntry
