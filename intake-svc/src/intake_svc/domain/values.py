"""What kinds of values there are: how each is brought into its standard form, and what may be wrong with it then.

Everything that is typed goes through here first: length, shape, storage, digests and search see the standard form only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from unicodedata import category

from chassis.base.shapes import LONG_TERM
from chassis.base.typed import CROSSES, LONG_TERMS, compact, is_control, is_dash, plain, written

from intake_svc.domain.id_numbers import FIRST_YEAR, PROVINCE, id_number_fault
from intake_svc.domain.person_names import name_fault, normalised_name

# An administrative division code begins with its province (GB/T 2260).
REGION = re.compile(rf"(?:{PROVINCE}|8[12])\d{{4}}", re.ASCII)
PHONE = re.compile(r"1[3-9]\d{9}", re.ASCII)
DIALLED = re.compile(r"(?:(?:00)?86)?0?(1\d{10})", re.ASCII)
ACCOUNT = re.compile(r"\d{12,19}", re.ASCII)
BIRTH_CERTIFICATE = re.compile(r"[A-Z]\d{9}", re.ASCII)
DAY = re.compile(r"(\d{4}) ?[-/.年 ] ?(\d{1,2}) ?[-/.月 ] ?(\d{1,2}) ?[日号]?", re.ASCII)
BARE_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
STANDARD_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LAST_DAY = "9999-12-31"
NO_NUMBER = frozenset(
    {"无", "没有", "暂无", "空", "不知道", "不清楚", "不详", "N/A", "NA", "NONE", "NULL", "NO", "X", "XX", "XXX"}
)
"""What is typed where there is no number at hand."""
LABELLED = re.compile(r"[\u4e00-\u9fff]{1,20}(\d{17}[\dX])", re.ASCII)
"""An ID number after the words that stand before it on a paper."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: `normalise` never raises; `fault` says what is wrong on a day, in Chinese, or nothing."""

    normalise: Callable[[str], str]
    fault: Callable[[str, date], str]


def normalise(kind: str, text: str) -> str:
    """Return a value of a kind in its standard form; empty where nothing can be seen."""
    return KINDS.get(kind, RUNNING).normalise(text)


def fault(kind: str, value: str, today: date) -> str:
    """Return what is wrong with a value in its standard form, in Chinese, or an empty text."""
    return KINDS.get(kind, RUNNING).fault(value, today)


def reference_fault(kind: str, number: str, today: date) -> str:
    """Return what is wrong with a licence's number in its standard form; words in its place are told as such."""
    if compact(number) in NO_NUMBER or set(compact(number)) <= set("0·./*?"):
        return "请填写证照上的号码;没有这份证照的,请到窗口办理"
    return fault(kind, number, today)


def _number(text: str) -> str:
    """Return a number without blanks, dashes and any signs around or between its digits, in capitals."""
    shown = compact(text)
    bare = compact("".join(char for char in shown if category(char)[0] not in "PS"))
    return bare or shown


def _id_number(text: str) -> str:
    bare = _number(compact(text).translate(CROSSES))
    labelled = LABELLED.fullmatch(bare)
    return labelled[1] if labelled else bare


def _phone(text: str) -> str:
    bare = _number(text)
    dialled = DIALLED.fullmatch(bare)
    return dialled[1] if dialled else bare


def _phone_fault(value: str, _: date) -> str:
    return "" if PHONE.fullmatch(value) else "应为 11 位手机号码"


def _account_fault(value: str, _: date) -> str:
    return "" if ACCOUNT.fullmatch(value) else "银行账号应为 12 至 19 位数字"


def _region_fault(value: str, _: date) -> str:
    return "" if REGION.fullmatch(value) else "应为 6 位行政区划代码,如 410100"


def _birth_certificate_fault(value: str, _: date) -> str:
    return "" if BIRTH_CERTIFICATE.fullmatch(value) else "出生医学证明编号应为 1 个字母和 9 位数字,如 Z410000001"


def _day(text: str) -> str:
    """Return a date in any usual writing as 2026-03-01; what is no date in shape, plain."""
    shown = plain(text)
    words = " ".join("".join("-" if is_dash(char) else char for char in shown).split())
    found = DAY.fullmatch(words) or BARE_DAY.fullmatch(words)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else shown


def _day_fault(value: str, _: date) -> str:
    if STANDARD_DAY.fullmatch(value) is None:
        return "请填写年月日,如 2026-03-01"
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return "没有这一天,请核对"
    return "" if day.year >= FIRST_YEAR else f"年份不应早于 {FIRST_YEAR} 年"


def _past_day_fault(value: str, today: date) -> str:
    return _day_fault(value, today) or ("" if value <= today.isoformat() else "不得晚于今天")


def _validity(text: str) -> str:
    shown = _day(text)
    return LONG_TERM if "".join(shown.split()) in LONG_TERMS else shown


def _validity_fault(value: str, today: date) -> str:
    """Take a day or 长期, which is a value of its own (居民身份证法 art. 5), never the last day of a calendar."""
    if value == LONG_TERM:
        return ""
    if value == LAST_DAY:
        return f"长期有效的请填“{LONG_TERM}”"
    if STANDARD_DAY.fullmatch(value) is None:
        return f"请填写有效期截止的年月日,如 2046-03-01,或填“{LONG_TERM}”"
    return _day_fault(value, today)


def _text_fault(value: str, _: date) -> str:
    return "含有看不见的控制字符,请重新输入" if any(map(is_control, value)) else ""


RUNNING = Kind(written, _text_fault)
KINDS: Mapping[str, Kind] = {
    "text": RUNNING,
    "person_name": Kind(normalised_name, lambda value, _: name_fault(value)),
    "id_number": Kind(_id_number, id_number_fault),
    "birth_certificate_no": Kind(_number, _birth_certificate_fault),
    "phone": Kind(_phone, _phone_fault),
    "bank_account": Kind(_number, _account_fault),
    "region": Kind(_number, _region_fault),
    "date": Kind(_day, _day_fault),
    "past_date": Kind(_day, _past_day_fault),
    "validity": Kind(_validity, _validity_fault),
    "choice": Kind(plain, _text_fault),
}
"""Each type of a data element (the catalogue's ElementType)."""
COUNTED = frozenset({"text", "person_name"})
"""The kinds whose length is the form's to bound; all others have a shape of their own."""
