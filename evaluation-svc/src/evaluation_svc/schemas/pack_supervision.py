"""The file of the city pack on lights and supervision."""

from typing import Annotated, Literal

from pydantic import Field

from evaluation_svc.schemas.pack_parts import Key, Label, Part, Short, Status, TermPart


class RuleEntry(Part):
    """A rule (监察规则): which light has a letter drafted, at once (0) or after how many working days."""

    rule: Key
    name: Short
    light: Literal["RED", "PURPLE"]
    after_workdays: Annotated[int, Field(ge=0, le=100)]
    source: Label
    status: Status


class SupervisionFile(Part):
    """`supervision.yaml`."""

    status: Status
    source: Label
    first_answer: TermPart
    answer: TermPart
    rules: Annotated[tuple[RuleEntry, ...], Field(min_length=1, max_length=10)]
