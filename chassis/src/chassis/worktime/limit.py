"""A limit, and the due time it leads to with the derivation that a person can check; both as JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import accumulate
from typing import Any


class LimitUnit(StrEnum):
    """What a limit counts."""

    ON_SITE = "ON_SITE"
    WORK_HOUR = "WORK_HOUR"
    WORKDAY = "WORKDAY"
    CALENDAR_DAY = "CALENDAR_DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"


LARGEST: Mapping[LimitUnit, int] = dict.fromkeys(LimitUnit, 36_500) | {LimitUnit.MONTH: 1200, LimitUnit.YEAR: 100}
"""The largest amount of each unit that is reckoned: a century of days, months and years."""


class Measure(StrEnum):
    """What a derivation counts in, as it is shown."""

    DAY = "天"
    MINUTE = "分钟"
    MONTH = "个月"
    YEAR = "年"

    @classmethod
    def of(cls, unit: LimitUnit) -> "Measure":
        """Return what a derivation of a limit counts in."""
        counted = {LimitUnit.WORK_HOUR: cls.MINUTE, LimitUnit.MONTH: cls.MONTH, LimitUnit.YEAR: cls.YEAR}
        return counted.get(unit, cls.DAY)


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of working hours, working days, calendar days, months or years; ON_SITE is the same working day."""

    amount: int
    unit: LimitUnit

    def to_json(self) -> dict[str, Any]:
        """Return `{"amount", "unit"}`."""
        return {"amount": self.amount, "unit": self.unit.value}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Limit":
        """Read what `to_json` wrote."""
        return cls(int(value["amount"]), LimitUnit(value["unit"]))


@dataclass(frozen=True, slots=True)
class Step:
    """A run of days of one sort in a derivation: whether they counted, why, and how much of the limit they used up."""

    first: date
    last: date
    counted: bool
    why: str
    amount: int
    measure: Measure

    @property
    def used(self) -> str:
        """The amount as it is shown: 3天, 150分钟."""
        return f"{self.amount}{self.measure}"

    def to_json(self) -> dict[str, Any]:
        """Return the step with ISO dates."""
        dates = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {**dates, "counted": self.counted, "why": self.why, "used": self.used}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Step":
        """Read what `to_json` wrote. Raises ValueError."""
        used = re.fullmatch(r"(\d+)(\D+)", value["used"])
        if used is None:
            raise ValueError(f"not an amount with its measure: {value['used']}")
        first, last = date.fromisoformat(value["first"]), date.fromisoformat(value["last"])
        return cls(first, last, value["counted"], value["why"], int(used[1]), Measure(used[2]))


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends (UTC), from what, under which calendar, and the derivation a person can check.

    `provisional`: a day whose year has no notice yet decided the result.
    """

    at: datetime
    start: datetime
    limit: Limit
    provisional: bool
    calendar_version: str
    steps: tuple[Step, ...]

    def left(self) -> tuple[int, ...]:
        """Return what is left of the limit after each step, in the step's measure."""
        whole = 1 if self.limit.unit is LimitUnit.ON_SITE else max(self.limit.amount, 1)
        if self.limit.unit is LimitUnit.WORK_HOUR:
            whole = self.limit.amount * 60
        return tuple(whole - used for used in accumulate(step.amount for step in self.steps))

    def to_json(self) -> dict[str, Any]:
        """Return the machine form that is stored and shown."""
        return {
            "at": self.at.isoformat(),
            "start": self.start.isoformat(),
            "limit": self.limit.to_json(),
            "provisional": self.provisional,
            "calendar_version": self.calendar_version,
            "steps": [step.to_json() for step in self.steps],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Due":
        """Read what `to_json` wrote; moments of any zone become UTC. Raises ValueError."""
        at, start = (datetime.fromisoformat(value[name]) for name in ("at", "start"))
        if at.tzinfo is None or start.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return cls(
            at.astimezone(UTC),
            start.astimezone(UTC),
            Limit.from_json(value["limit"]),
            value["provisional"],
            value["calendar_version"],
            tuple(Step.from_json(step) for step in value["steps"]),
        )
