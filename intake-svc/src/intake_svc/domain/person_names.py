"""Names of persons (姓名): which characters they are written with, and how the usual slips are put right.

The dot between the parts of a name is U+00B7 and no other (notice of 12 ministries, 2016, on names with a dot). Han by
its blocks (Unicode 17), because Python's tables may be older than a person's name.
"""

import re
from functools import lru_cache
from unicodedata import category, combining, decomposition, normalize

from chassis.base.typed import CHARACTERS, DOT, DOTS, FILLERS, is_unseen

HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29\U00020000-\U0002a6df\U0002a700-\U0002cead\U0002ceb0-\U0002ebe0"
    "\U0002ebf0-\U0002ee5d\U00030000-\U0003134a\U00031350-\U00033479"
)
"""The zero that is written in names, the unified ideographs, extensions A, B, C to E, F, I, G, H and J."""
JOINTS = {"\u2019": "'", "\u02bc": "'", "\uff07": "'", "\u2010": "-", "\u2011": "-", "\uff0d": "-"}
"""What is typed for the apostrophe and the hyphen of names in letters (O'Brien, Jean-Luc)."""
VARIANTS = re.compile(r"[\u2e80-\u2fdf\uff00-\uffef]")
"""Radicals, full and half width: they look like the character that is meant."""
SHAPED = frozenset({"<font>", "<initial>", "<medial>", "<final>", "<isolated>", "<wide>", "<narrow>"})
"""The shapes of a letter that are the letter, as Unicode's decompositions call them."""
LIGATURES = re.compile(r"[\ufb00-\ufb4f]")
RAISED = frozenset({"<super>", "<sub>"})
JAMO = re.compile(r"[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\ud7b0-\ud7ff]")
"""Parts of Korean syllables, which no name is written with."""
ACCENTS = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""The marks of alphabets; those of other scripts are vowels and parts of letters."""
MOST_ACCENTS, MOST_MARKS = 3, 6
"""How many marks one letter has at most."""
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


@lru_cache(CHARACTERS)
def _variant(char: str) -> str:
    if char in FILLERS or category(char) == "Zs":
        return " "
    if char in DOTS or char in JOINTS:
        return JOINTS.get(char, char)
    is_variant = VARIANTS.match(char) or LIGATURES.match(char) or decomposition(char).split(" ")[0] in SHAPED
    return normalize("NFKC", char) if is_variant else char


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
    return _fault_of_parts(name)


def _fault_of_parts(name: str) -> str:
    if not all(PARTS.split(name)):
        return "间隔号应在姓名的两部分之间"
    if _is_heaped(name):
        return "有多余或单独的声调等附加符号,请删去后重新输入"
    if not any(is_han(char) or category(char) in {"Lu", "Ll", "Lt", "Lo"} for char in name):
        return "应有汉字或字母,请填写证件上的姓名"
    return ""


def _is_heaped(name: str) -> bool:
    """Tell whether marks stand alone, on a Han character, through a letter, or more on one than any script has."""
    base, accents, marks = "", 0, 0
    for char in name:
        if category(char)[0] != "M":
            base, accents, marks = char, 0, 0
            continue
        accents, marks = accents + (ACCENTS.match(char) is not None), marks + 1
        is_bare = not base or PARTS.match(base) or is_han(base) or combining(char) == 1
        if is_bare or accents > MOST_ACCENTS or marks > MOST_MARKS:
            return True
    return False


def is_han(char: str) -> bool:
    """Tell whether a character is Han, of whichever extension, or the zero that is written in names."""
    return ONE_HAN.match(char) is not None


@lru_cache(CHARACTERS)
def _is_of_a_name(char: str) -> bool:
    if is_han(char):
        return True
    is_part = JAMO.match(char) or decomposition(char).split(" ")[0] in RAISED or char in DOTS
    return not is_part and category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"}
