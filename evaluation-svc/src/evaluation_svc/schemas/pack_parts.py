"""What the models of the city pack's files on evaluation are made of."""

from typing import Annotated, Literal

from chassis.base.fields import text
from chassis.base.shapes import KEY, LABEL, LONG, NAME, whole
from chassis.worktime import LimitUnit
from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY))]
Short = Annotated[str, text(NAME, min_length=1)]
Label = Annotated[str, text(LABEL, min_length=1)]
Note = Annotated[str, text(LABEL)]
Long = Annotated[str, text(LONG, min_length=1)]
Status = Literal["proposed", "confirmed"]


class Part(BaseModel):
    """A part of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TermPart(Part):
    """A term (时限): how long, in what, how much before its end it warns, and where it comes from."""

    amount: Annotated[int, Field(ge=1, le=1000)]
    unit: LimitUnit
    warn: Annotated[int, Field(ge=0, le=1000)] = 0
    source: Label
    status: Status
