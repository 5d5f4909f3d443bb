"""Field types for request and reply bodies: every one bounded, so that the contract says what is accepted."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError, PydanticKnownError

from chassis.base.shapes import (
    CODE,
    KEY,
    LABEL,
    LICENCE_IDENTIFIER,
    LONG,
    NAME,
    NUMBER,
    OPTION,
    UNIT_CODE,
    UNTIL,
    maybe,
    whole,
)
from chassis.base.typed import compact, written

JsonDict = dict[str, JsonValue]

# No control characters but tab and line breaks: what people type, in any script.
PRINTABLE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
NO_ID = "malformed_id"
AS_A_CODE, AS_A_UNIT = "应为编码,由字母、数字和 . _ - 组成", "应为单位代码,如 U23"
SAID: Mapping[str, str] = {
    PRINTABLE: "含有看不见的控制字符,请重新输入",
    whole(CODE): AS_A_CODE,
    whole(maybe(CODE)): AS_A_CODE,
    whole(KEY): "名称应由小写字母、数字和下划线组成",
    whole(OPTION): "不在可选项中",
    whole(UNIT_CODE): AS_A_UNIT,
    whole(maybe(UNIT_CODE)): AS_A_UNIT,
    DAY: "应为日期,如 2026-03-02",
    whole(f"({UNTIL})"): "应为日期或“长期”",
    whole(LICENCE_IDENTIFIER): "应为电子证照标识,由数字、大写字母和 . 组成",
}
"""What to say of a text that lacks the shape of a pattern."""


def text(max_length: int, *, min_length: int = 0, pattern: str = PRINTABLE, **shown_as: str) -> Any:
    """Return the annotation of a bounded string (characters, not bytes); the contract shows `example` and `format`."""
    return Field(
        min_length=min_length, max_length=max_length, pattern=pattern, json_schema_extra=cast("JsonDict", shown_as)
    )


Text = Annotated[str, text(LABEL, example="文字")]
LongText = Annotated[str, text(LONG, example="文字")]
Name = Annotated[str, text(NAME, min_length=1, example="名称")]
Code = Annotated[str, text(64, min_length=1, pattern=whole(CODE), example="newborn")]
MaybeCode = Annotated[str, text(64, pattern=whole(maybe(CODE)), example="newborn")]
UnitCode = Annotated[str, text(8, min_length=3, pattern=whole(UNIT_CODE), example="U23")]
MaybeUnitCode = Annotated[str, text(8, pattern=whole(maybe(UNIT_CODE)), example="U23")]
Number = Annotated[str, text(40, min_length=1, pattern=whole(NUMBER), example="410100U232026030220000019")]
"""An application's number (办件编号)."""


LicenceIdentifierText = Annotated[
    str,
    text(
        100,
        min_length=1,
        pattern=whole(LICENCE_IDENTIFIER),
        example="1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    ),
]
"""A licence's identifier (电子证照标识, GB/T 36904)."""
Until = Annotated[str, text(10, min_length=2, pattern=whole(f"({UNTIL})"), example="2046-03-01")]
"""The last day of something's validity, or 长期: a value of its own, never a last day of the calendar."""


def _canonical_id(typed: str) -> str:
    """Return a UUID in small letters (RFC 9562 §4: read in either case, written so)."""
    if re.fullmatch(UUID, typed) is None:
        raise PydanticCustomError(NO_ID, "no UUID")
    return typed.lower()


_LIKE_A_UUID: JsonDict = {"minLength": 36, "maxLength": 36, "pattern": UUID, "format": "uuid"}
Id = Annotated[
    str,
    AfterValidator(_canonical_id),
    Field(json_schema_extra={**_LIKE_A_UUID, "example": "01900000-0000-7000-8000-00000000000a"}),
]
IdFilter = Annotated[str, text(36, pattern=r"^[0-9a-fA-F-]*$"), AfterValidator(str.lower)]
"""An id to look for, or an empty text."""


def read_by(normalise: Callable[[str], str], max_length: int) -> AfterValidator:
    """Return the validator that brings what is typed into a form; that is bounded, too, and may be longer."""

    def normalised(typed: str) -> str:
        value = normalise(typed)
        if len(value) > max_length:
            raise PydanticKnownError("string_too_long", {"max_length": max_length})
        return value

    return AfterValidator(normalised)


WrittenText = Annotated[str, text(LABEL, example="文字"), read_by(written, LABEL)]
WrittenLongText = Annotated[str, text(LONG, example="文字"), read_by(written, LONG)]
"""Running text of a request, as it is read: empty where nothing of it can be seen."""
TypedNumber = Annotated[str, text(200, example="410100U232026030220000019"), read_by(compact, 200)]
"""A number as somebody types it, read in its plain form: without blanks and dashes, in capitals."""
CallerId = Annotated[str, text(100, min_length=1, example="f3b0c2")]
"""An opaque subject, as the identity provider names it."""
Sha256 = Annotated[str, text(64, min_length=64, pattern="^[0-9a-f]{64}$", example="9f86d081884c7d65" * 4)]
"""A SHA-256 in hexadecimal."""
Day = Annotated[str, text(10, pattern=DAY, example="2026-03-02")]
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
