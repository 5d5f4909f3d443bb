"""What there is to say of a city pack: a sentence at a file and line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yiwang.city.sources import KEYS, NATIONAL, Place, Source

SAID = {
    "missing": "缺少此项",
    "unexpected_keyword_argument": "没有这个键",
    "extra_forbidden": "没有这个键",
    "enum": "不在可选值中",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "string_type": "应为文字,数字须加引号",
    "tuple_type": "应为列表",
    "dict_type": "应为键值对",
    "dataclass_type": "应为键值对",
    "date_type": "应为日期,如 2020-01-01",
    "date_from_datetime_parsing": "应为日期,如 2020-01-01",
    "string_pattern_mismatch": "格式不对",
    "literal_error": "不在可选值中",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding at its file and line."""

    file: Path
    line: int
    detail: str
    is_error: bool = True

    def __str__(self) -> str:
        """Return `file:line: what`."""
        return f"{self.file}:{self.line}: {self.detail}"


def misfits(source: Source, place: Place, error: ValidationError, raw: Any, *, steps: int = 1) -> list[Remark]:
    """Return what does not fit the entry's form, each at its value; a missing key is named at the entry's beginning.

    `steps` is how deep in what was validated the entry lies.
    """
    found: list[Remark] = []
    for one in error.errors():
        path = one["loc"][steps:]
        said = SAID.get(one["type"], one["msg"])
        if one["type"] == "enum":
            said += f":{one['ctx']['expected'].replace(' or ', ', ')}"
        where = "/".join(str(step) for step in path)
        named = f"{NATIONAL.get(where, where)}: " if where else ""
        found.append(Remark(*source.at((*place, *path)), entry_name(str(place[0]), raw) + named + said))
    return found


def entry_name(kind: str, raw: Any) -> str:
    """Return how an entry's remark begins: by its key, where its list has one."""
    key = raw.get(KEYS[kind]) if isinstance(raw, dict) and kind in KEYS else None
    return f"{key}: " if key else ""
