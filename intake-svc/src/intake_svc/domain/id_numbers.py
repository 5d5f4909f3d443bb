"""Numbers of identity cards and residence permits (GB 11643-1999): whose they are, and what they tell.

The permits of Hong Kong, Macao and Taiwan residents (港澳台居民居住证申领发放办法, 国办发〔2018〕81号) and, since 2023,
those of foreign permanent residents (外国人永久居留身份证) have 18 characters with the same check, too.
"""

import re
from datetime import date
from enum import StrEnum

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
SHAPE = re.compile(r"\d{17}[\dX]", re.ASCII)
PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71)"
"""The first two digits of a division on this side of the border (GB/T 2260)."""
OF_A_PROVINCE = re.compile(PROVINCE)
FORMER_PERMIT = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
OTHER_PAPER = re.compile(r"[A-Z]{1,2}\d{6,10}", re.ASCII)
"""The number of a passport or a pass (two letters at most, then digits)."""
FIRST_YEAR = 1900


class IdKind(StrEnum):
    """Whose number it is."""

    RESIDENT = "resident"
    HMT_PERMIT = "hmt_permit"
    PERMANENT_RESIDENT = "permanent_resident"


NAMES = {
    IdKind.RESIDENT: "居民身份证",
    IdKind.HMT_PERMIT: "港澳台居民居住证",
    IdKind.PERMANENT_RESIDENT: "外国人永久居留身份证",
}


def kind_of(number: str) -> IdKind | None:
    """Return whose a number in the standard form is, by its beginning; None for an unknown province."""
    if number[:1] == "9":
        return IdKind.PERMANENT_RESIDENT
    if number[:2] in {"81", "82", "83"}:
        return IdKind.HMT_PERMIT
    return IdKind.RESIDENT if OF_A_PROVINCE.match(number) else None


def birth_of(number: str) -> date | None:
    """Return the date of birth that a number in the standard form tells; None where there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """Return the sex that a number in the standard form tells, as GB/T 2261.1 codes it: 1 male, 2 female."""
    return "1" if int(number[16]) % 2 else "2"


def id_number_fault(number: str, today: date) -> str:
    """Return what is wrong with a number in the standard form, in Chinese, or an empty text."""
    if SHAPE.fullmatch(number) is None:
        return _shape_fault(number)
    if kind_of(number) is None:
        return "开头两位不是省份代码,请核对号码"
    born = birth_of(number)
    if born is None:
        return "号码中的出生日期不存在,请核对号码"
    if born.year < FIRST_YEAR:
        return f"号码中的出生年份早于 {FIRST_YEAR} 年,请核对号码"
    if born > today:
        return "号码中的出生日期晚于今天,请核对号码"
    total = sum(int(char) * weight for char, weight in zip(number[:17], WEIGHTS, strict=True))
    return "" if CHECKS[total % 11] == number[17] else "校验位不符,请核对号码"


def _shape_fault(number: str) -> str:
    if FORMER_PERMIT.fullmatch(number):
        return "这是旧版外国人永久居留身份证的号码,请到窗口办理"
    if len(number) == 15 and number.isascii() and number.isdigit():
        return "15 位号码已停用,身份证号应为 18 位"
    if OTHER_PAPER.fullmatch(number):
        return "这不是身份证号;持护照、通行证等其他证件的,请到窗口办理"
    if len(number) != 18:
        return f"身份证号应为 18 位,现在是 {len(number)} 位"
    return "身份证号应为 18 位:前 17 位是数字,末位是数字或 X"


def unaccepted(number: str, accepts: tuple[str, ...]) -> str:
    """Return where to go with a right number of a kind that is not taken here, or an empty text; no kinds mean all."""
    kind = kind_of(number)
    if kind is None or not accepts or kind in accepts:
        return ""
    taken = "、".join(NAMES[IdKind(one)] for one in accepts if one in set(IdKind))
    return f"这是{NAMES[kind]}号码,这里应填{taken}号码;没有的,请到窗口办理"
