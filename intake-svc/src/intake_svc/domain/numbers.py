"""Application numbers (办件编号)."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chassis.base.shapes import REGION, UNIT_CODE
from chassis.base.typed import compact

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NUMBER_SHAPE = re.compile(rf"({REGION})({UNIT_CODE})([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})([123])([0-9]{{6}})([0-9A-Z])")
LAST_SEQUENCE = 999_999


class NotANumber(ValueError):  # noqa: N818  named after the fact
    """The parts do not make an application number, or the text is not one."""


class Channel(StrEnum):
    """How an application came (apply_type of the national case library: 1 window, 2 online, 3 express)."""

    WINDOW = "1"
    ONLINE = "2"
    EXPRESS = "3"


@dataclass(frozen=True, slots=True)
class ApplicationNumber:
    """Region (6) + unit (3 to 8) + date (8) + channel (1) + sequence (6) + check (1) = 25 to 30 characters.

    All parts but the unit have their fixed length, so what is left between them is the unit. No national format is
    confirmed; this one is proposed. The check character is ISO 7064 MOD 37,36. Raises NotANumber for parts that do not
    fit their places, among them a sequence beyond 999,999.
    """

    region: str
    unit: str
    day: date
    channel: Channel
    sequence: int

    def __post_init__(self) -> None:
        if NUMBER_SHAPE.fullmatch(f"{self._body()}0") is None or not 1 <= self.sequence <= LAST_SEQUENCE:
            raise NotANumber(self._body())

    @classmethod
    def parse(cls, text: str) -> "ApplicationNumber":
        """Return the number that was typed, with blanks, dashes, small letters or in full width as may be.

        Raises NotANumber for another shape, date or check character.
        """
        number = compact(text)
        found = NUMBER_SHAPE.fullmatch(number)
        if found is None or check_37_36(number[:-1]) != number[-1]:
            raise NotANumber(text)
        region, unit, year, month, day, channel, sequence, _ = found.groups()
        try:
            return cls(region, unit, date(int(year), int(month), int(day)), Channel(channel), int(sequence))
        except ValueError as error:
            raise NotANumber(text) from error

    def __str__(self) -> str:
        return self._body() + check_37_36(self._body())

    def _body(self) -> str:
        day = self.day.isoformat().replace("-", "")
        return f"{self.region}{self.unit}{day}{self.channel.value}{self.sequence:06d}"


def check_37_36(body: str) -> str:
    """Return the check character of ISO 7064 MOD 37,36 over 0-9A-Z. Raises ValueError for other characters."""
    product = 36
    for char in body:
        total = (product + ALPHABET.index(char)) % 36 or 36
        product = 2 * total % 37
    return ALPHABET[(37 - product) % 36]
