"""The canonical form of values (标准形式): what differs only in how it is written is the same value.

Networks write dates, names, numbers and codes each in their own way; nobody is told that something changed who only
meets another way of writing. Each kind has one form in which values are kept and compared.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from unicodedata import category

from chassis.base import typed
from chassis.base.shapes import LONG_TERM
from chassis.base.typed import CROSSES, DOT, DOTS, LONG_TERMS, is_control, is_dash

from datashare_svc.domain.model import Kind

ANY_DOT = re.compile(f"[{DOTS}]")
BLANK_AT_HAN = re.compile(r"(?<=[\u2e80-\u9fff\U00020000-\U0003ffff·]) | (?=[\u2e80-\u9fff\U00020000-\U0003ffff·])")
DAY = re.compile(
    r"(\d{4}) ?[-/.年 ] ?(\d{1,2}) ?[-/.月 ] ?(\d{1,2}) ?[日号]?"
    r"(?:[T ]?00:00(?::00)?(?:\.0{1,6})?(?:\+08:?00)?)?",
    re.ASCII,
)
BARE_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)(?:0{6})?", re.ASCII)
STANDARD_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LAST_DAY = "9999-12-31"
"""What tables keep for a validity without an end."""
DIALLED = re.compile(r"(?:(?:00)?86)?(1\d{10})", re.ASCII)
PHONE = re.compile(r"\d{5,20}", re.ASCII)
NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,10})?", re.ASCII)
ID_NUMBER = re.compile(r"[0-9A-Z]{4,40}", re.ASCII)
LONG_REGION = re.compile(r"(\d{6})0{6}", re.ASCII)
REGION = re.compile(r"\d{6}(?:\d{3}|\d{6})?", re.ASCII)
SIMPLE = re.compile("[ -~\u4e00-\u9fff]*")
"""Texts of characters that have one form only: most are, and need no look at each character."""


def canonical(kind: Kind, text: str) -> str:
    """Return a value of a kind in its canonical form; what is no value of the kind comes back plain."""
    return _FORMS[kind](text)


def agrees(kind: Kind, one: str, other: str) -> bool:
    """Tell whether two values of a kind are the same value (一致); nothing agrees with nothing."""
    first, second = _compared(kind, one), _compared(kind, other)
    return bool(first) and first == second


def is_value(kind: Kind, value: str) -> bool:
    """Tell whether a text in the canonical form is a value of a kind."""
    if not value.isprintable() and any(is_control(char) or category(char) in {"Cs", "Cn"} for char in value):
        return False
    return _CHECKS.get(kind, _anything)(value)


def writings(kind: Kind, text: str) -> tuple[str, ...]:
    """Return how a table may write a value that is looked up by equality, the canonical form first."""
    value = canonical(kind, text)
    others = {value, value.lower()} if kind is Kind.ID_NUMBER else {value}
    if kind is Kind.DATE:
        others.add(value.replace("-", ""))
    return (value, *sorted(others - {value}))


def _compared(kind: Kind, text: str) -> str:
    value = canonical(kind, text)
    if kind in {Kind.TEXT, Kind.PERSON_NAME}:
        return "".join(_plain(value).split()).casefold()
    return value


def _plain(text: str) -> str:
    return text.strip() if SIMPLE.fullmatch(text) else typed.plain(text)


def _written(text: str) -> str:
    return text.strip() if SIMPLE.fullmatch(text) else typed.written(text)


def _compact(text: str) -> str:
    if SIMPLE.fullmatch(text) and text.isascii():
        return "".join(text.replace("-", "").split()).upper()
    return typed.compact(text)


def _name(text: str) -> str:
    joined = " ".join(ANY_DOT.sub(DOT, _plain(text)).split())
    return BLANK_AT_HAN.sub("", joined)


def _id_number(text: str) -> str:
    return _compact(_compact(text).translate(CROSSES))


def _day(text: str) -> str:
    shown = _plain(text)
    if not shown.isascii():
        shown = "".join("-" if is_dash(char) else char for char in shown)
    words = " ".join(shown.split())
    found = DAY.fullmatch(words) or BARE_DAY.fullmatch(words)
    day = f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else words
    return LONG_TERM if day == LAST_DAY or day in LONG_TERMS else day


def _phone(text: str) -> str:
    bare = _compact("".join(char for char in _compact(text) if category(char)[0] not in "PS" or char == "*"))
    dialled = DIALLED.fullmatch(bare)
    return dialled[1] if dialled else bare


def _number(text: str) -> str:
    bare = _plain(text).replace(",", "")
    if NUMBER.fullmatch(bare) is None:
        return bare
    number = f"{Decimal(bare):f}"
    shown = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if shown in {"-0", ""} else shown


def _region(text: str) -> str:
    bare = _compact(text)
    long = LONG_REGION.fullmatch(bare)
    return long[1] if long else bare


def _is_day(value: str) -> bool:
    if value == LONG_TERM:
        return True
    if STANDARD_DAY.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _anything(_value: str) -> bool:
    return True


_FORMS: Mapping[Kind, Callable[[str], str]] = {
    Kind.TEXT: _written,
    Kind.PERSON_NAME: _name,
    Kind.ID_NUMBER: _id_number,
    Kind.DATE: _day,
    Kind.PHONE: _phone,
    Kind.NUMBER: _number,
    Kind.CODE: _plain,
    Kind.REGION: _region,
}
_CHECKS: Mapping[Kind, Callable[[str], bool]] = {
    Kind.ID_NUMBER: lambda value: ID_NUMBER.fullmatch(value) is not None,
    Kind.DATE: _is_day,
    Kind.PHONE: lambda value: PHONE.fullmatch(value) is not None,
    Kind.NUMBER: lambda value: NUMBER.fullmatch(value) is not None,
    Kind.REGION: lambda value: REGION.fullmatch(value) is not None,
}
