"""Application numbers (办件编号) and citizen identification numbers (公民身份号码)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"


class Channel(StrEnum):
    """How an application came (apply_type of the national case library: 1 window, 2 online, 3 express)."""

    WINDOW = "1"
    ONLINE = "2"
    EXPRESS = "3"


@dataclass(frozen=True, slots=True)
class ApplicationNumber:
    """Region (6) + unit (3) + date (8) + channel (1) + sequence (6) + check (1) = 25 characters.

    No national format is confirmed; this one is proposed. The check character is ISO 7064 MOD 37,36.
    """

    region: str
    unit: str
    day: date
    channel: Channel
    sequence: int

    def __str__(self) -> str:
        body = f"{self.region}{self.unit}{self.day:%Y%m%d}{self.channel.value}{self.sequence:06d}"
        return body + check_37_36(body)


def check_37_36(body: str) -> str:
    """Return the check character of ISO 7064 MOD 37,36 over 0-9A-Z. Raises ValueError for other characters."""
    product = 36
    for char in body:
        total = (product + ALPHABET.index(char)) % 36 or 36
        product = 2 * total % 37
    return ALPHABET[(37 - product) % 36]


def is_application_number(text: str) -> bool:
    """Tell whether a text is a well-formed number with the right check character."""
    return len(text) == 25 and all(char in ALPHABET for char in text) and check_37_36(text[:-1]) == text[-1]


def id_number_fault(text: str) -> str:
    """Return what is wrong with a citizen identification number in Chinese, or an empty text (GB 11643-1999)."""
    if len(text) != 18 or not text[:17].isdecimal() or text[17] not in "0123456789X":
        return "应为 18 位,末位可为大写 X"
    try:
        date.fromisoformat(f"{text[6:10]}-{text[10:12]}-{text[12:14]}")
    except ValueError:
        return "出生日期不存在"
    total = sum(int(char) * weight for char, weight in zip(text[:17], ID_WEIGHTS, strict=True))
    return "" if ID_CHECKS[total % 11] == text[17] else "校验位不符,请核对号码"
