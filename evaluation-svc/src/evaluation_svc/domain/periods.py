"""Periods of assessment (考评周期), Shanghai time: a month `2026-03`, a quarter `2026-Q1`, a half-year `2026-H1`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.base.clock import SHANGHAI

PERIOD = "20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4]|H[12])"
"""The shape of a period's name."""
_MONTHS = {"Q": 3, "H": 6}


class NoPeriod(ValueError):  # noqa: N818  named after the fact
    """A text names no period."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period: its first month, counted from the year 0, and how many months it has."""

    first: int
    length: int

    @classmethod
    def named(cls, name: str) -> "Period":
        """Return the period of a name. Raises NoPeriod."""
        if not re.fullmatch(PERIOD, name):
            raise NoPeriod(name)
        year, part = int(name[:4]), name[5:]
        if part[0] in _MONTHS:
            length = _MONTHS[part[0]]
            return cls(year * 12 + (int(part[1]) - 1) * length, length)
        return cls(year * 12 + int(part) - 1, 1)

    @property
    def name(self) -> str:
        """Return its name."""
        if self.length == 1:
            return _month(self.first)
        letter = next(letter for letter, length in _MONTHS.items() if length == self.length)
        return f"{self.first // 12}-{letter}{self.first % 12 // self.length + 1}"

    @property
    def months(self) -> tuple[str, ...]:
        """Return its months, the earliest first."""
        return tuple(_month(self.first + step) for step in range(self.length))

    @property
    def begins_at(self) -> datetime:
        """Return its first moment."""
        return _first_moment(self.first)

    @property
    def ends_at(self) -> datetime:
        """Return the first moment after it."""
        return _first_moment(self.first + self.length)

    def moved(self, steps: int) -> "Period":
        """Return the period that is so many of its kind later, or earlier."""
        return Period(self.first + steps * self.length, self.length)


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"


def _first_moment(number: int) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=SHANGHAI).astimezone(UTC)


def in_words(name: str) -> str:
    """Return a period as people say it: 2026年3月, 2026年第一季度, 2026年上半年. Raises NoPeriod."""
    period = Period.named(name)
    year, number = f"{period.first // 12}年", period.first % 12 // period.length
    if period.length == 1:
        return f"{year}{number + 1}月"
    return f"{year}第{'一二三四'[number]}季度" if period.length == _MONTHS["Q"] else f"{year}{'上下'[number]}半年"
