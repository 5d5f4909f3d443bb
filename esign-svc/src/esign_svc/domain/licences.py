"""Licences (电子证照): their states and how one follows another, how long they are valid, how they are numbered.

A state that follows from time alone (失效) is computed wherever it is read, as of a day in Shanghai.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from chassis.base.shapes import LONG_TERM

from esign_svc.errors import LicenceStateWrong

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)


class LicenceState(StrEnum):
    """The states of a licence; ISSUING is none of the national ones: nothing was sealed yet, so nothing is out."""

    ISSUING = "issuing"
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    INVALID = "invalid"
    TRANSFERRED = "transferred"
    FORFEITED = "forfeited"
    OTHER = "other"


class LicenceAction(StrEnum):
    """What is done to a licence that was issued; what takes rights away needs two people."""

    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    FORFEIT = "forfeit"
    CANCEL = "cancel"
    TRANSFER = "transfer"
    CORRECT = "correct"


class Answer(StrEnum):
    """What a check of a licence says: three answers, unknown is neither of the others."""

    VALID = "valid"
    NOT_VALID = "not_valid"
    UNKNOWN = "unknown"


NATIONAL: Mapping[LicenceState, str] = {
    LicenceState.VALID: "01",
    LicenceState.SUSPENDED: "02",
    LicenceState.REVOKED: "03",
    LicenceState.CANCELLED: "04",
    LicenceState.EXPIRED: "05",
    LicenceState.INVALID: "05",
    LicenceState.TRANSFERRED: "06",
    LicenceState.FORFEITED: "07",
    LicenceState.OTHER: "99",
}
"""The national codes of the states; one that is being issued has none."""
WORDS: Mapping[LicenceState, str] = {
    LicenceState.ISSUING: "制证中",
    LicenceState.VALID: "有效",
    LicenceState.SUSPENDED: "暂扣",
    LicenceState.REVOKED: "撤销",
    LicenceState.CANCELLED: "注销",
    LicenceState.EXPIRED: "失效",
    LicenceState.INVALID: "失效",
    LicenceState.TRANSFERRED: "转出",
    LicenceState.FORFEITED: "吊销",
    LicenceState.OTHER: "其他",
}
IN_FORCE = frozenset({LicenceState.VALID, LicenceState.SUSPENDED})
ENDED = frozenset({LicenceState.EXPIRED, LicenceState.REVOKED, LicenceState.FORFEITED})
"""What ended otherwise is cancelled afterwards (注销, 行政许可法 art. 70 nos. 1 and 4)."""
TRANSITIONS: Mapping[LicenceAction, tuple[frozenset[LicenceState], LicenceState]] = {
    LicenceAction.SUSPEND: (frozenset({LicenceState.VALID}), LicenceState.SUSPENDED),
    LicenceAction.RESUME: (frozenset({LicenceState.SUSPENDED}), LicenceState.VALID),
    LicenceAction.REVOKE: (IN_FORCE, LicenceState.REVOKED),
    LicenceAction.FORFEIT: (IN_FORCE, LicenceState.FORFEITED),
    LicenceAction.CANCEL: (IN_FORCE | ENDED, LicenceState.CANCELLED),
    LicenceAction.TRANSFER: (IN_FORCE, LicenceState.TRANSFERRED),
    LicenceAction.CORRECT: (frozenset({LicenceState.VALID}), LicenceState.VALID),
}
"""From which states an action leads where.

Suspending and forfeiting are penalties (行政处罚法 art. 9 no. 3); revoking undoes a grant that should not have been
made (行政许可法 art. 69); an end of validity, a death, a revocation or a forfeiture is followed by cancelling
(art. 70).
Correcting leaves a licence valid until its corrected edition is sealed, which takes its place.
"""
BY_TWO = frozenset(LicenceAction) - {LicenceAction.RESUME}


def moved(state: LicenceState, action: LicenceAction) -> LicenceState:
    """Return the state after an action. Raises LicenceStateWrong."""
    before, after = TRANSITIONS[action]
    if state not in before:
        raise LicenceStateWrong(f"证照现为“{WORDS[state]}”,不能办理此操作")
    return after


def state_on(state: LicenceState, until: date | None, today: date) -> LicenceState:
    """Return the state on a day: what was valid, or suspended, has expired on the day after its last."""
    return LicenceState.EXPIRED if state in IN_FORCE and until is not None and until < today else state


def answer_of(state: LicenceState) -> Answer:
    """Return what a check says of a state.

    Of what is not out yet, went over to another authority, or is otherwise, nothing is known here.
    """
    if state is LicenceState.VALID:
        return Answer.VALID
    unknown = {LicenceState.ISSUING, LicenceState.TRANSFERRED, LicenceState.OTHER}
    return Answer.UNKNOWN if state in unknown else Answer.NOT_VALID


class ValidityUnit(StrEnum):
    """The units of a period of validity."""

    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"


@dataclass(frozen=True, slots=True)
class Period:
    """For how long licences of a type are valid."""

    amount: int
    unit: ValidityUnit

    def end(self, start: date) -> date:
        """Return the last day of a licence that begins on a day, which is not counted.

        Months and years end on the corresponding day, or on the last of a month that has none (民法典 art. 201, 202).
        """
        if self.unit is ValidityUnit.DAY:
            return start + timedelta(days=self.amount)
        months = start.month - 1 + self.amount * (12 if self.unit is ValidityUnit.YEAR else 1)
        year, month = start.year + months // 12, months % 12 + 1
        return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Face:
    """What the face of a licence shows of its holder (照面信息): personal, kept sealed."""

    holder_name: str
    holder_number: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FaceField:
    """A line of the face: an element of the application, and its label."""

    element: str
    label: str


@dataclass(frozen=True, slots=True)
class LicenceType:
    """A type of licence as the city pack says it.

    `holder_name` and `holder_number` are elements of the application; the latter may be empty, as of a child that has
    no number yet. `period` is None where licences of the type are valid for ever (长期). `subject` are the elements by
    which the holder is told from others when the licence is offered as one of `materials`.
    """

    code: str
    type_code: str
    name: str
    items: tuple[str, ...]
    holder_name: str
    holder_number: str
    fields: tuple[FaceField, ...]
    subject: tuple[str, ...]
    period: Period | None
    level: str
    number: str
    definer: str
    statement: str
    materials: tuple[str, ...]

    @property
    def elements(self) -> tuple[str, ...]:
        """What is asked of the application to make one."""
        asked = (self.holder_name, self.holder_number, *(field.element for field in self.fields))
        return tuple(dict.fromkeys(element for element in asked if element))

    def numbered(self, year: int, sequence: int) -> str:
        """Return a licence's number (证照编号) by the type's pattern."""
        return self.number.format(year=year, yy=year % 100, n=sequence)

    def face(self, values: Mapping[str, str]) -> Face:
        """Return the face of a licence from an application's values in words; what was not given is left out."""
        shown = ((field.label, _shown(values.get(field.element, ""))) for field in self.fields)
        return Face(
            values.get(self.holder_name, ""),
            values.get(self.holder_number, "") if self.holder_number else "",
            tuple((label, value) for label, value in shown if value),
        )


def _shown(value: str) -> str:
    """Return a value as a face shows it: a date as 2026年3月2日."""
    day = _DAY.fullmatch(value)
    return f"{day[1]}年{int(day[2])}月{int(day[3])}日" if day else value


def licence_type(told: Mapping[str, Any]) -> LicenceType:
    """Return a type from what the city pack told of it."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told.items()
        if name not in {"fields", "period"}
    }
    period = told["period"]
    return LicenceType(
        **given,
        fields=tuple(FaceField(one["element"], one["label"]) for one in told["fields"]),
        period=Period(period["amount"], ValidityUnit(period["unit"])) if period else None,
    )


def serial_of(year: int, sequence: int) -> str:
    """Return the serial number in an identifier: the year and seven digits."""
    return f"{year}{sequence:07}"


def until_words(until: date | None) -> str:
    """Return the last day as every interface says it: the day, or 长期."""
    return until.isoformat() if until else LONG_TERM
