"""Says in Chinese what pydantic found wrong, and where: one field error for each fault, its type as the stable code."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.base.problems import FieldError

LONGEST_STEP = 100
ADVICE: Mapping[str, str] = {
    "missing": "必填",
    "extra_forbidden": "没有这一项,请删去",
    "string_type": "应为文本",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符,应符合 {pattern}",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "bool_type": "应为 true 或 false",
    "greater_than_equal": "不小于 {ge}",
    "less_than_equal": "不大于 {le}",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "list_type": "应为数组",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
}


def field_error(found: Mapping[str, Any]) -> FieldError:
    """Return one of pydantic's errors as a field error."""
    bounds = dict(found.get("ctx", {}))
    bounds["expected"] = str(bounds.get("expected", "")).replace(" or ", "、")
    advice = ADVICE.get(found["type"], "填写有误").format_map(bounds)
    return FieldError(pointer(found["loc"]), found["type"], advice)


def pointer(location: Sequence[str | int]) -> str:
    """Return the JSON pointer of a place; the body itself is the empty one, absurd member names are shortened."""
    steps = [_step(str(step)) for step in location if step != "[key]"]
    return "".join(f"/{step}" for step in (steps[1:] if steps[:1] == ["body"] else steps))


def _step(name: str) -> str:
    shown = "".join(char if char.isprintable() else "�" for char in name[:LONGEST_STEP])
    return shown.replace("~", "~0").replace("/", "~1")
