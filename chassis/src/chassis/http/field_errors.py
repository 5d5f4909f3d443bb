"""Says in Chinese what pydantic found wrong, and where: one field error for each fault, its type as the stable code."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.base.fields import NO_ID, SAID
from chassis.base.problems import FieldError

LONGEST_STEP = 100
AS_A_MOMENT = "应为时间,如 2026-03-02T09:30:00+08:00"
AS_A_DAY = "应为日期,如 2026-03-02"
ADVICE: Mapping[str, str] = {
    "missing": "必填",
    "extra_forbidden": "没有这一项,请删去",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_unicode": "有无法识别的字符,请重新输入",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为数字",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不大于 {le}",
    "literal_error": "不在可选项中",
    "enum": "不在可选项中",
    "none_required": "应为空",
    "datetime_type": AS_A_MOMENT,
    "datetime_parsing": AS_A_MOMENT,
    "datetime_from_date_parsing": AS_A_MOMENT,
    "datetime_object_invalid": AS_A_MOMENT,
    "timezone_aware": "时间应注明时区,如 2026-03-02T09:30:00+08:00",
    "date_type": AS_A_DAY,
    "date_parsing": AS_A_DAY,
    "date_from_datetime_parsing": AS_A_DAY,
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "set_type": "应为列表",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "dict_type": "应为成对的名称和值",
    "model_type": "应为成对的名称和值",
    "model_attributes_type": "应为成对的名称和值",
    NO_ID: "不是有效的标识,请从链接或列表中取得",
}
"""What to say of each kind of error: words for people, never a pattern, a code, or what pydantic says of it."""
UNKNOWN = "填写有误,请核对"


def field_error(found: Mapping[str, Any]) -> FieldError:
    """Return one of pydantic's errors as a field error."""
    return FieldError(pointer(found["loc"]), found["type"], _advice(found["type"], found.get("ctx", {})))


def _advice(kind: str, bounds: Mapping[str, Any]) -> str:
    if kind == "string_pattern_mismatch":
        return SAID.get(str(bounds.get("pattern")), "格式不对,请核对")
    if kind in {"string_too_short", "too_short"} and bounds.get("min_length") == 1:
        return "不能为空"
    return ADVICE.get(kind, UNKNOWN).format_map(bounds)


def pointer(location: Sequence[str | int]) -> str:
    """Return the JSON pointer of a place; the body itself is the empty one, absurd member names are shortened."""
    steps = [_step(str(step)) for step in location if step != "[key]"]
    return "".join(f"/{step}" for step in (steps[1:] if steps[:1] == ["body"] else steps))


def _step(name: str) -> str:
    shown = "".join(char if char.isprintable() else "�" for char in name[:LONGEST_STEP])
    return shown.replace("~", "~0").replace("/", "~1")
