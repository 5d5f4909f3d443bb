"""The shapes of keys, codes and texts in a pack: what fits in the tables and leaves through the contract unharmed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.base import shapes


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern that a whole text must match, and how to say so."""

    pattern: re.Pattern[str]
    said: str


def _text(longest: int, *, least: int = 0) -> Shape:
    """Return the shape of a printable text; control characters but tab and line breaks are refused."""
    printable = re.compile(rf"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{{{least},{longest}}}")
    said = f"{least} 至 {longest} 字,不含控制字符" if least else f"最多 {longest} 字,不含控制字符"
    return Shape(printable, f"应为{said}" if least else said)


def _code(pattern: str, said: str) -> Shape:
    return Shape(re.compile(pattern), f"应为{said}")


NAME, LABEL, LONG = _text(shapes.NAME, least=1), _text(shapes.LABEL, least=1), _text(shapes.LONG)
MAYBE_LABEL = _text(shapes.LABEL)
KEY = _code(shapes.KEY, "小写字母、数字和下划线,最多 64 位")
MAYBE_KEY = _code(shapes.maybe(shapes.KEY), "小写字母、数字和下划线,最多 64 位")
CODE = _code(shapes.CODE, "字母、数字和 . _ -,最多 64 位")
UNIT = _code(shapes.UNIT_CODE, "单位代码:3 至 8 位大写字母或数字,字母开头,如 U09")
MAYBE_UNIT = _code(shapes.maybe(shapes.UNIT_CODE), "单位代码:3 至 8 位大写字母或数字,字母开头,如 U09")
REGION = _code(shapes.REGION, "六位数字的区划代码")
MAYBE_CODE = _code(shapes.maybe(shapes.CODE), "字母、数字和 . _ -,最多 64 位")
STATUS = _code(r"proposed|confirmed", "proposed(拟定)或 confirmed(已核定)")
ONE_PHONE = (
    r"(?:1[0-9]{2,5}|9[0-9]{4,5}|[48]00-?[0-9]{3}-?[0-9]{4}|1[3-9][0-9]{9}|0(?:10|2[0-9]|[3-9][0-9]{2})-[0-9]{7,8})"
    r"(?:-[0-9]{1,6}|转[0-9]{1,6})?"
)
"""A short code (12345, 95598), a 400 or 800 number, a mobile or, with its area code, a fixed line; an extension after
any of them. An area code has three digits (010, 02x) or four."""
PHONE = _code(
    rf"(?=.{{0,{shapes.LABEL}}}$)(?:{ONE_PHONE}(?:[、;]{ONE_PHONE})*)?",
    "电话:短号(如 12345)、400 号码、手机或带区号的固定电话(如 0371-00000000),分机写作 -8001,多个用顿号分开",
)

SHAPES: Mapping[str, Mapping[str, Shape]] = {
    "units": {
        "unit_code": UNIT,
        "key": KEY,
        "name": NAME,
        "short_name": NAME,
        "kind": _code(r"department|company|coordinator", "department、company 或 coordinator"),
        "uscc": _code(r"[0-9A-Z]{18}", "18 位数字或大写字母"),
        "successor": MAYBE_UNIT,
        "acceptance_word": _code(r"[\u3400-\u9fff]{0,10}", "文书字,如 郑卫受字,最多 10 个汉字"),
        "review_basis": _code(
            r"(same_level_government|higher_organ|choice|none)?",
            "same_level_government(本级政府)、higher_organ(上一级主管部门)、choice(任选其一)或 none(不适用复议)",
        ),
        "review_authority": MAYBE_LABEL,
        "court": MAYBE_LABEL,
        "authority_address": MAYBE_LABEL,
        "authority_phone": PHONE,
        "complaint_way": MAYBE_LABEL,
        "aliases": _text(50, least=2),
    },
    "regions": {
        "region_code": REGION,
        "name": NAME,
        "kind": _code(r"CITY|DIVISION|ZONE", "CITY、DIVISION 或 ZONE"),
        "status": STATUS,
    },
    "sections": {"key": KEY, "title": LABEL},
    "elements": {"element": KEY, "label": LABEL, "pattern": MAYBE_LABEL, "help": LONG},
    "rules": {"rule": KEY},
    "materials": {"material": KEY, "name": NAME, "accept_stand": _text(500), "status": STATUS},
    "items": {
        "task_code": CODE,
        "task_name": NAME,
        "result_name": LABEL,
        "result_material": MAYBE_KEY,
        "anticipate_explain": MAYBE_LABEL,
        "limit_scene_explain": LABEL,
        "accept_condition": LONG,
        "fee_basis": MAYBE_LABEL,
        "source": LONG,
        "status": STATUS,
        "use_level": _code(r"[1-7]", "行使层级 1 至 7"),
        "project_type": _code(r"[129]", "办件类型:1 即办件、2 承诺件、9 其他"),
        "server_type": _code(r"[1-6]", "服务对象 1 至 6"),
        "handle_type": _code(r"[12349]", "办理形式:1 窗口、2 电脑端、3 移动端、4 快递、9 其他"),
        "result_type": _code(r"证照|批文|其他", "证照、批文或其他"),
        "online_handle_depth": _code(r"[Ⅰ-Ⅳ]", "网办深度 Ⅰ 至 Ⅳ"),
        "common_name": NAME,
        "user_topic_type": NAME,
        "corp_topic_type": NAME,
        "consult_phone": PHONE,
        "complain_phone": PHONE,
        "local_catalog_code": MAYBE_CODE,
        "local_task_code": MAYBE_CODE,
        "task_handle_item": _code(r"[0-9A-Z]{31}[0-9]{2}", "33 位业务办理项编码:实施编码加两位序号"),
    },
    "matters": {
        "matter_code": CODE,
        "name": NAME,
        "stage": _code(r"[A-Z]{1,20}", "大写字母,如 BIRTH"),
        "summary": LONG,
        "source": LONG,
        "aliases": NAME,
        "status": STATUS,
    },
    "options": {"value": _code(shapes.OPTION, "字母、数字和 _ . -,最多 64 位"), "label": LABEL},
    "ways_out": {"window": LONG},
    "questions": {"key": KEY, "text": LABEL, "help": LONG},
    "tasks": {"task_key": CODE, "name": NAME, "help": _text(300)},
    "laws": {"law_name": LABEL, "clause": LABEL},
    "fees": {"fee_name": LABEL, "fee_stand": LABEL, "by_law": LABEL},
    "stands": {"accept_stand": _text(100), "asked_before": MAYBE_LABEL},
}


SPOKEN: Mapping[str, tuple[str, ...]] = {
    "sections": ("title",),
    "elements": ("label", "help"),
    "materials": ("name", "accept_stand"),
    "stands": ("accept_stand",),
    "items": ("task_name", "accept_condition", "result_name", "limit_scene_explain"),
    "matters": ("name", "summary"),
    "questions": ("text", "help"),
    "options": ("label",),
    "ways_out": ("window",),
    "tasks": ("name", "help"),
}
"""What citizens read; the rest is for those who write and check the pack."""
OFFICE_TALK = re.compile(
    r"\.(csv|ya?ml|json|md|py)\b|[a-z]_[a-z]|\b(GB|GA|DB|ISO|ZWFW)[/ -]?[A-Z]? ?[0-9]|\b[1-9][0-9A-Z]{17}", re.ASCII
)
"""File names, field keys, standard numbers, credit and item codes."""


def misshapen(kind: str, entry: Any) -> Iterator[tuple[str, str]]:
    """Yield the field and what is wrong, for each text of an entry that does not have its shape."""
    for name, shape in SHAPES[kind].items():
        value = getattr(entry, name)
        many = isinstance(value, tuple)
        for index, text in enumerate(value if many else (value,)):
            if not shape.pattern.fullmatch(text):
                yield (f"{name}/{index}" if many else name), f"{text!r}:{shape.said}"
    yield from _misspoken(kind, entry)


def _misspoken(kind: str, entry: Any) -> Iterator[tuple[str, str]]:
    """Yield the field and what is wrong, for each text for citizens that talks of files, fields, standards or codes."""
    for name in SPOKEN.get(kind, ()):
        if found := OFFICE_TALK.search(getattr(entry, name)):
            yield name, f"供群众阅读的文字不应出现文件名、字段名、标准号或代码:{found[0]}"
