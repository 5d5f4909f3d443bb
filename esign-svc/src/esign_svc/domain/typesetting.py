"""What people type, as a paper prints it: marks at their full width (GB/T 15834-2011), days in figures."""

from collections.abc import Iterator
from datetime import date, datetime

WIDE = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
OPENING, CLOSING = "(", ")"
PAIR = {OPENING: "（", CLOSING: "）"}


def _is_chinese(char: str) -> bool:
    """Tell whether a character is an ideograph or a full-width mark: what stands beside it has its width."""
    return (
        "⺀" <= char <= "鿿" or "豈" <= char <= "﫿" or "＀" <= char <= "｠" or char in "“”‘’…—" or char >= "\U00020000"
    )


def typeset(text: str) -> str:
    """Return a text whose marks of punctuation have their full width where Chinese stands beside them.

    Between letters and digits they stay as they are: an address, a time of day, a number with its thousands.
    """
    marks = dict(_pairs(text))
    chars: list[str] = []
    for at, char in enumerate(text):
        before, after = (chars[-1] if chars else ""), text[at + 1 : at + 2]
        beside = _is_chinese(before or " ") or _is_chinese(after or " ") or at + 1 in marks
        chars.append(marks.get(at) or (WIDE[char] if char in WIDE and beside else char))
    return "".join(chars)


def _pairs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the places of the parentheses that are Chinese, each pair alike: by what stands in or beside them."""
    opened: list[int] = []
    for at, char in enumerate(text):
        if char == OPENING:
            opened.append(at)
        elif char == CLOSING and opened:
            begun = opened.pop()
            beside = (text[begun - 1 : begun], text[begun + 1], text[at - 1], text[at + 1 : at + 2])
            if any(_is_chinese(one or " ") for one in beside):
                yield begun, PAIR[OPENING]
                yield at, PAIR[CLOSING]


def in_figures(moment: date | datetime) -> str:
    """Return a day, or a moment to the minute, as papers have it: 2026年3月2日9时30分 (GB/T 9704-2012, 7.3.5.4)."""
    day = f"{moment.year}年{moment.month}月{moment.day}日"
    return f"{day}{moment.hour}时{moment.minute:02d}分" if isinstance(moment, datetime) else day
