"""Names of persons (姓名): which characters they are written with, and how the usual slips are put right.

The dot between the parts of a name is U+00B7 and no other (notice of 12 ministries, 2016, on names with a dot). Han by
its blocks (Unicode 17), because Python's tables may be older than a person's name.
"""

import re
from unicodedata import category, normalize

from chassis.base.typed import FILLERS, is_unseen

HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29\U00020000-\U0002a6df\U0002a700-\U0002cead\U0002ceb0-\U0002ebe0"
    "\U0002ebf0-\U0002ee5d\U00030000-\U0003134a\U00031350-\U00033479"
)
"""The zero that is written in names, the unified ideographs, extensions A, B, C to E, F, I, G, H and J."""
DOT = "·"
DOTS = "·•‧∙⋅・･․.．﹒ꞏᐧ⸱⸳ㆍ᛫●⚫◦⦁⬤"
"""The dot, and what is typed for it between two parts of a name."""
JOINTS = {"\u2019": "'", "\u02bc": "'", "\uff07": "'", "\u2010": "-", "\u2011": "-", "\uff0d": "-"}
"""What is typed for the apostrophe and the hyphen of names in letters (O'Brien, Jean-Luc)."""
VARIANTS = re.compile(r"[\u2e80-\u2fdf\uff00-\uffef]")
"""Radicals, full and half width: they look like the character that is meant."""
ONE_HAN = re.compile(f"[{HAN}]")
BLANKS = re.compile(" +")
DOTTED = re.compile(rf"(?<=[^ {DOTS}]) ?[{DOTS}][ {DOTS}]*(?=[^ {DOTS}])")
BLANK_IN_HAN = re.compile(rf"(?<=[{HAN}]) (?=[{HAN}])")
JOINT_AT_HAN = re.compile(rf"[{HAN}]['-]|['-][{HAN}]")
PARTS = re.compile(f"[{DOT} '-]")


def normalised_name(text: str) -> str:
    """Return a name in the standard form: nothing unseen, the one dot, single blanks, none between Han characters."""
    seen = "".join(char for char in text if not is_unseen(char)).strip()
    composed = normalize("NFC", "".join(_variant(char) for char in seen)).strip()
    dotted = DOTTED.sub(DOT, BLANKS.sub(" ", composed))
    return BLANK_IN_HAN.sub("", dotted)


def _variant(char: str) -> str:
    if char in FILLERS or category(char) == "Zs":
        return " "
    if char in DOTS or char in JOINTS:
        return JOINTS.get(char, char)
    return normalize("NFKC", char) if VARIANTS.match(char) else char


def name_fault(name: str) -> str:
    """Return what is wrong with a name in the standard form, in Chinese, or an empty text."""
    if any(category(char) in {"Cc", "Zl", "Zp"} for char in name):
        return "请写在一行内,不要有换行和控制字符"
    if any(category(char)[0] == "N" and not is_han(char) for char in name):
        return "姓名中不能有数字"
    letters = [char for char in name if not PARTS.match(char)]
    if any(category(char) in {"Cn", "Co", "Cs"} and not is_han(char) for char in letters):
        return "有无法识别的字符;生僻字打不出来的,请到窗口办理"
    if not all(_is_of_a_name(char) for char in letters) or JOINT_AT_HAN.search(name):
        return "只能有汉字或字母,各部分之间用间隔号“·”"
    if not all(part and category(part[0])[0] != "M" for part in PARTS.split(name)):
        return "间隔号应在姓名的两部分之间"
    return ""


def is_han(char: str) -> bool:
    """Tell whether a character is Han, of whichever extension, or the zero that is written in names."""
    return ONE_HAN.match(char) is not None


def _is_of_a_name(char: str) -> bool:
    return is_han(char) or (category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"} and char not in DOTS)
