"""From when a task's clock runs, and why a due time was reckoned anew, both in words.

Sources: 社会保险经办条例 art. 6, 10, 18, 20, 22 and 24 (from receipt), 行政许可法 art. 42 (from acceptance). In joint
handling a unit whose task waits for others has not received the application before those are granted: its clock starts
then.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chassis.worktime import WorkCalendar

NAMES_AT_MOST = 3


class ClockStart(StrEnum):
    """From when an item's limits run (时限起算)."""

    RECEIPT = "RECEIPT"
    ACCEPTANCE = "ACCEPTANCE"
    GATE = "GATE"


@dataclass(frozen=True, slots=True)
class Start:
    """When a clock starts, and why then, in Chinese."""

    at: datetime
    why: str


def clock_start(rule: ClockStart, opened_at: datetime, *, gated: bool, submitted_at: datetime | None) -> Start:
    """Return when the clock of a task that opened at a moment starts.

    `submitted_at` is when the application was received (电子签名法 art. 11), None where an older event did not tell it.
    """
    if gated:
        return Start(opened_at, "自前一环节办结时起算,此前本单位未收到申请")
    if rule is ClockStart.RECEIPT and submitted_at is not None:
        return Start(min(submitted_at, opened_at), "自收到申请时起算")
    return Start(opened_at, "自受理时起算")


def why_anew(before: WorkCalendar | None, after: WorkCalendar, first: date, last: date) -> str:
    """Say what of a newer calendar changed a due time between two days."""
    if before is None:
        return "工作日历更新"
    if years := sorted(year for year in after.years - before.years if first.year <= year <= last.year):
        return f"{'、'.join(map(str, years))}年放假安排公布"
    days = sorted(day for day in (before.off ^ after.off) | (before.work ^ after.work) if first <= day <= last)
    if not days:
        return "办公时间调整"
    names = dict.fromkeys(after.names.get(day) or before.names.get(day) for day in days)
    named = "、".join([name for name in names if name][:NAMES_AT_MOST])
    return f"工作日历更新({named})" if named else "工作日历更新"
