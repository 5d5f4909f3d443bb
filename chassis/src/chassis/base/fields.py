"""Field types for request and reply bodies: every one bounded, so that the contract says what is accepted."""

from typing import Annotated, Any, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from chassis.base.shapes import CODE, LABEL, LONG, NAME, UNIT_CODE, whole

JsonDict = dict[str, JsonValue]

# No control characters but tab and line breaks: what people type, in any script.
PRINTABLE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"


def text(max_length: int, *, min_length: int = 0, pattern: str = PRINTABLE, **shown_as: str) -> Any:
    """Return the annotation of a bounded string (characters, not bytes); the contract shows `example` and `format`."""
    return Field(
        min_length=min_length, max_length=max_length, pattern=pattern, json_schema_extra=cast("JsonDict", shown_as)
    )


Text = Annotated[str, text(LABEL, example="文字")]
LongText = Annotated[str, text(LONG, example="文字")]
Name = Annotated[str, text(NAME, min_length=1, example="名称")]
Code = Annotated[str, text(64, min_length=1, pattern=whole(CODE), example="newborn")]
UnitCode = Annotated[str, text(8, min_length=3, pattern=whole(UNIT_CODE), example="U23")]
Id = Annotated[
    str,
    text(
        36,
        min_length=36,
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        format="uuid",
        example="01900000-0000-7000-8000-00000000000a",
    ),
]
CallerId = Annotated[str, text(100, min_length=1, example="f3b0c2")]
"""An opaque subject, as the identity provider names it."""
Day = Annotated[str, text(10, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example="2026-03-02")]
Moment = Annotated[AwareDatetime, Field(json_schema_extra={"maxLength": 40, "example": "2026-03-02T01:30:00Z"})]
Count = Annotated[int, Field(ge=0, le=2_147_483_647, json_schema_extra={"format": "int32"})]
Version = Annotated[int, Field(ge=1, le=2_147_483_647, json_schema_extra={"format": "int32"})]


class Body(BaseModel):
    """A request body: strict types, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def shown(**example: Any) -> ConfigDict:
    """Return the configuration of a body that the contract shows with this example."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class View(BaseModel):
    """A reply body: only what is declared leaves."""

    model_config = ConfigDict(frozen=True, extra="forbid")
