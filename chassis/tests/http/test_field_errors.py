import re
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from chassis.base.fields import SAID, Body, Code, Count, Id, Moment, Text
from chassis.http.field_errors import field_error
from pydantic import Field, ValidationError
from pydantic_core._pydantic_core import list_all_errors


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
    own: Annotated[str, Field(pattern="^[0-9]*$")] = ""
    made_at: Moment = datetime(2026, 3, 2, tzinfo=UTC)
    id: Id = "01900000-0000-7000-8000-00000000000a"


@pytest.mark.parametrize(
    ("body", "pointer", "code", "detail"),
    [
        ({"code": ""}, "/code", "string_too_short", "不能为空"),
        ({"text": "x" * 201}, "/text", "string_too_long", "最多 200 个字"),
        ({"text": 1}, "/text", "string_type", "应为文字"),
        ({"code": "生"}, "/code", "string_pattern_mismatch", "应为编码,由字母、数字和 . _ - 组成"),
        ({"count": "1"}, "/count", "int_type", "应为整数"),
        ({"count": -1}, "/count", "greater_than_equal", "不小于 0"),
        ({"count": 2**40}, "/count", "less_than_equal", "不大于 2147483647"),
        ({"sure": 1}, "/sure", "bool_type", "应为是或否"),
        ({"kind": "c"}, "/kind", "literal_error", "不在可选项中"),
        ({"some": []}, "/some", "too_short", "不能为空"),
        ({"some": ["x"] * 3}, "/some", "too_long", "最多 2 项"),
        ({"some": "x"}, "/some", "list_type", "应为列表"),
        ({"by_name": []}, "/by_name", "dict_type", "应为成对的名称和值"),
        ({"by_name": {"生": "x"}}, "/by_name/生", "string_pattern_mismatch", "应为编码,由字母、数字和 . _ - 组成"),
        ({"inner": 1}, "/inner", "model_type", "应为成对的名称和值"),
        ({"inner": {}}, "/inner/name", "missing", "必填"),
        ({"other": 1}, "/other", "extra_forbidden", "没有这一项,请删去"),
        ({"text": "a\x07"}, "/text", "string_pattern_mismatch", "含有看不见的控制字符,请重新输入"),
        ({"own": "x"}, "/own", "string_pattern_mismatch", "格式不对,请核对"),
        ({"made_at": "昨天"}, "/made_at", "datetime_type", "应为时间,如 2026-03-02T09:30:00+08:00"),
        ({"id": "123"}, "/id", "malformed_id", "不是有效的标识,请从链接或列表中取得"),
        ({"id": "01900000-0000-7000-8000-00000000000g"}, "/id", "malformed_id", "不是有效的标识,请从链接或列表中取得"),
    ],
)
def test_a_fault_is_told_in_chinese_at_its_place(body: dict[str, Any], pointer: str, code: str, detail: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Everything.model_validate(body)
    (found,) = [field_error(one) for one in raised.value.errors()]
    assert (found.pointer, found.code, found.detail) == (pointer, code, detail)


def test_an_id_is_the_same_in_capitals() -> None:
    assert Everything(id="01900000-0000-7000-8000-00000000000A").id == "01900000-0000-7000-8000-00000000000a"


@pytest.mark.parametrize("error", list_all_errors(), ids=lambda error: error["type"])
def test_whatever_pydantic_finds_no_pattern_code_or_english_reaches_a_person(error: Any) -> None:
    bounds: dict[str, Any] = error.get("example_context") or {}
    said = field_error({"loc": ("body",), "type": error["type"], "ctx": {**bounds, "pattern": "^[a-z]{3}$"}}).detail
    assert re.search("[\u4e00-\u9fff]", said)
    assert re.findall(r"[A-Za-z^$\[\]{}\\]+", said.replace("02T09", "")) == []


@pytest.mark.parametrize("pattern", SAID)
def test_the_words_for_a_pattern_show_none_of_it(pattern: str) -> None:
    assert not set(SAID[pattern]) & set("^$[]{}\\*+")
