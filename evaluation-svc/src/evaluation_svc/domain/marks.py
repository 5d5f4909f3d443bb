"""Marks: what one key of the journal (a case, an item, a network) adds to the figures, and late changes to them.

Marks are a function of the set of a key's entries and of nothing else: neither the order in which topics arrived nor
how entries were paged makes a difference, which is what makes a rebuild equal to what was counted as it happened.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

SHANGHAI = timedelta(hours=8)
"""Before UTC, without daylight saving since 1992."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal says was told of a key; `version` orders what one topic tells, `at` is when it happened."""

    entry_id: str
    type: str
    version: int
    at: datetime
    received_at: datetime
    data: Mapping[str, Any]


class Mark(NamedTuple):
    """Something counted: of which measure, on which day in Zhengzhou, and under which keys; empty where it has none."""

    measure: str
    day: str
    unit: str = ""
    region: str = ""
    matter: str = ""
    item: str = ""
    channel: str = ""

    @property
    def period(self) -> str:
        """Return the month that it belongs to."""
        return self.day[:7]


Marks = Mapping[Mark, int]
"""How much each mark adds; never 0."""
Told = Mapping[str, Sequence[Entry]]
"""A key's entries by type, each type's in the order of its versions."""
Counting = Callable[[Told], Iterable[tuple[Mark, int]]]


class Note(NamedTuple):
    """A period that was over had its figure changed: of which measure and unit, by how much, when and by what."""

    period: str
    measure: str
    unit: str
    amount: int
    received_at: datetime
    why: str


def told_by_type(entries: Iterable[Entry]) -> Told:
    """Return entries by type in the order of their versions, whatever order they come in."""
    told: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.version, one.at, one.entry_id)):
        told.setdefault(entry.type, []).append(entry)
    return told


def last_told(told: Told, type_: str) -> Mapping[str, Any]:
    """Return what the last entry of a type says; nothing where there is none."""
    entries = told.get(type_)
    return entries[-1].data if entries else {}


def day_of(moment: str | datetime | None) -> str:
    """Return the day of a moment in Zhengzhou; empty where there is no moment."""
    if moment is None:
        return ""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (at.astimezone(UTC) + SHANGHAI).date().isoformat()


def month_of(moment: datetime) -> str:
    """Return the month of a moment in Zhengzhou."""
    return day_of(moment)[:7]


def marks_of(entries: Iterable[Entry], countings: Iterable[Counting]) -> Marks:
    """Return what a key adds to the figures."""
    told = told_by_type(entries)
    found: Counter[Mark] = Counter()
    for counting in countings:
        for mark, amount in counting(told):
            if amount and mark.day:
                found[mark] += amount
    return {mark: amount for mark, amount in found.items() if amount}


def notes_of(entries: Sequence[Entry], marks: Marks, countings: Sequence[Counting]) -> Sequence[Note]:
    """Return what entries that came when a month was over changed in it; `marks` are those of all the entries."""
    months = sorted({month_of(entry.received_at) for entry in entries})
    if len(months) == 1 and all(mark.day[:7] >= months[0] for mark in marks):
        return []
    known: dict[str, Marks] = {"": {}, months[-1]: marks}
    for month in months[:-1]:
        known[month] = marks_of([one for one in entries if month_of(one.received_at) <= month], countings)
    notes: list[Note] = []
    for period in sorted({mark.period for found in known.values() for mark in found}):
        if period >= months[-1]:
            continue
        before = known[max((month for month in months if month <= period), default="")]
        late = [one for one in entries if month_of(one.received_at) > period]
        last = max(late, key=lambda one: (one.received_at, one.entry_id))
        notes += [Note(period, *what, last.received_at, last.type) for what in _changed(period, before, marks)]
    return notes


def _changed(period: str, before: Marks, after: Marks) -> Iterator[tuple[str, str, int]]:
    changed: Counter[tuple[str, str]] = Counter()
    for sign, marks in ((-1, before), (1, after)):
        for mark, amount in marks.items():
            if mark.period == period:
                changed[mark.measure, mark.unit] += sign * amount
    return ((measure, unit, amount) for (measure, unit), amount in sorted(changed.items()) if amount)
