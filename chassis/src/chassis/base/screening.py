"""Hiding in running text what looks like somebody's personal data: numbers, plates, homes, mail addresses.

What cannot be told by its shape (a name, a voice) stays: the text itself remains confidential. Rather too much is
hidden than too little.
"""

import re
from unicodedata import normalize

from chassis.base.typed import is_dash, is_unseen

ID_NUMBER, PHONE, CARD, PLATE, HOME, MAIL = (
    "〔身份证号〕",
    "〔电话〕",
    "〔银行卡号〕",
    "〔车牌〕",
    "〔住址〕",
    "〔邮箱〕",
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
_MOBILE = re.compile(r"(?:0{0,2}86)?1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:0{0,2}86)?0[1-9][0-9]{1,2}[2-9][0-9]{6,7}")
_ID = re.compile(r"(?=([1-9][0-9]{16}[0-9X]))")
_DIGITS = re.compile(r"[0-9][0-9X]{0,99}")
BETWEEN = frozenset(" .,_-")
GAP, PIECES = 3, 8
"""How many such characters part two pieces of one number at most, and how many pieces a number has."""
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(f"[{_PROVINCES}][A-HJ-NP-Z][ ·.-]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]")
_STREET = r"[\u4e00-\u9fffA-Z0-9]{1,12}(?:路|街|大道|巷|弄|胡同|村|庄|小区|花园|苑|新城|家园)"
_NUMBERED = r"[ ]?[0-9一二三四五六七八九十百]{1,6}[ ]?(?:号院|号楼|号|栋|幢|组)"
_INSIDE = r"(?:[ ]?[0-9A-Z一二三四五六七八九十百]{1,6}[ ]?(?:号楼|楼|栋|幢|单元|层|号|室|户)){0,4}"
_DOOR = (
    r"[0-9A-Z]{1,4}[ ]?(?:号楼|楼|栋|幢)[ ]?[0-9一二三四五六七八九十]{1,3}[ ]?单元(?:[ ]?[0-9]{1,5}[ ]?(?:号|室|户)?)?"
)
_HOMES = re.compile(f"{_STREET}{_NUMBERED}{_INSIDE}|{_DOOR}")
_MAIL = re.compile(r"[A-Z0-9._%+-]{1,64}@[A-Z0-9.-]{1,200}\.[A-Z]{2,24}")


def screened(text: str) -> str:
    """Return a text in which what looks like personal data is replaced by the name of its kind.

    Full-width forms and small letters are seen through, as are blanks and dashes within a number.
    """
    shown, places = _plain(text)
    pieces: list[str] = []
    done = seen = 0
    for start, end, kind in sorted(_found(shown), key=lambda one: (one[0], -one[1])):
        if start >= seen:
            pieces += [text[done : places[start]], kind]
            done = places[end - 1] + 1
        elif end > seen:  # two that overlap hide both
            done = places[end - 1] + 1
        seen = max(seen, end)
    return "".join([*pieces, text[done:]])


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text in capitals and in plain forms, and of each of its characters the place in the text."""
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if is_unseen(char):
            continue
        for plain in normalize("NFKC", char).upper():
            chars.append("-" if is_dash(plain) else " " if plain.isspace() else "X" if plain == "×" else plain)
            places.append(place)
    return "".join(chars), places


def _found(shown: str) -> list[tuple[int, int, str]]:
    found = _numbers(shown)
    for pattern, kind in ((_PLATE, PLATE), (_HOMES, HOME), (_MAIL, MAIL)):
        found += [(one.start(), one.end(), kind) for one in pattern.finditer(shown)]
    return found


def _numbers(shown: str) -> list[tuple[int, int, str]]:
    """Return the numbers that are personal, in one piece or typed in several."""
    pieces = list(_DIGITS.finditer(shown))
    found: list[tuple[int, int, str]] = []
    for first, begin in enumerate(pieces):
        joined, end = "", begin.start()
        for piece in pieces[first : first + PIECES]:
            gap = shown[end : piece.start()]
            if len(gap) > GAP or not BETWEEN.issuperset(gap):
                break
            joined, end = joined + piece.group(), piece.end()
            kind = _kind_of(joined)
            if kind:
                found.append((begin.start(), end, kind))
    return found


def _kind_of(digits: str) -> str:
    """Return what kind of personal number digits are, or have in them; nothing where they are none."""
    if any(_is_id(one[1]) for one in _ID.finditer(digits)):
        return ID_NUMBER
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return PHONE
    return CARD if 16 <= len(digits) <= 19 and _is_card(digits) else ""


def _is_id(number: str) -> bool:
    """Tell whether the check digit of an ID number is right (GB 11643-1999)."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11] == number[17]


def _is_card(number: str) -> bool:
    """Tell whether a card number is right by its last digit (ISO/IEC 7812-1, Luhn)."""
    if not number.isdigit() or number[0] == "0":
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(one - 9 * (one > 9) for one in doubled) % 10 == 0
