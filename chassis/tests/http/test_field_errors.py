from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from chassis.base.fields import Body, Code, Count, Text
from chassis.http.field_errors import ADVICE, field_error
from pydantic import Field, TypeAdapter, ValidationError


class State(Enum):
    OPEN = "open"


class Inner(Body):
    name: Code


class Everything(Body):
    code: Code = "x"
    text: Text = ""
    count: Count = 0
    sure: bool = True
    kind: Literal["a", "b"] = "a"
    state: State = State.OPEN
    some: Annotated[list[Text], Field(min_length=1, max_length=2)] = Field(default=["x"])
    by_name: dict[Code, Text] = Field(default={})
    inner: Inner = Inner(name="x")


@pytest.mark.parametrize(
    ("body", "pointer", "code", "detail"),
    [
        ({"code": ""}, "/code", "string_too_short", "至少 1 个字符"),
        ({"text": "x" * 201}, "/text", "string_too_long", "最多 200 个字符"),
        ({"text": 1}, "/text", "string_type", "应为文本"),
        ({"code": "生"}, "/code", "string_pattern_mismatch", "格式不符,应符合 ^[A-Za-z0-9._-]+$"),
        ({"count": "1"}, "/count", "int_type", "应为整数"),
        ({"count": -1}, "/count", "greater_than_equal", "不小于 0"),
        ({"count": 2**40}, "/count", "less_than_equal", "不大于 2147483647"),
        ({"sure": 1}, "/sure", "bool_type", "应为 true 或 false"),
        ({"kind": "c"}, "/kind", "literal_error", "应为 'a'、'b' 之一"),
        ({"some": []}, "/some", "too_short", "至少 1 项"),
        ({"some": ["x"] * 3}, "/some", "too_long", "最多 2 项"),
        ({"some": "x"}, "/some", "list_type", "应为数组"),
        ({"by_name": []}, "/by_name", "dict_type", "应为对象"),
        ({"by_name": {"生": "x"}}, "/by_name/生", "string_pattern_mismatch", "格式不符,应符合 ^[A-Za-z0-9._-]+$"),
        ({"inner": 1}, "/inner", "model_type", "应为对象"),
        ({"inner": {}}, "/inner/name", "missing", "必填"),
        ({"other": 1}, "/other", "extra_forbidden", "没有这一项,请删去"),
    ],
)
def test_a_fault_is_told_in_chinese_at_its_place(body: dict[str, Any], pointer: str, code: str, detail: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Everything.model_validate(body)
    (found,) = [field_error(one) for one in raised.value.errors()]
    assert (found.pointer, found.code, found.detail) == (pointer, code, detail)


def test_what_has_no_words_of_its_own_is_still_told_in_chinese() -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Annotated[float, Field(gt=1)]).validate_python(0)
    assert "greater_than" not in ADVICE
    assert field_error(raised.value.errors()[0]).detail == "填写有误"
