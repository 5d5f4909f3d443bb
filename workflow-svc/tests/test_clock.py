"""From when a task's clock runs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from chassis.worktime import WorkCalendar
from workflow_svc.domain import ClockStart, clock_start, why_anew

SUBMITTED, OPENED = (datetime(2026, 3, day, 1, tzinfo=UTC) for day in (2, 4))


@pytest.mark.parametrize(
    ("rule", "gated", "submitted_at", "at", "why"),
    [
        (ClockStart.RECEIPT, False, SUBMITTED, SUBMITTED, "自收到申请时起算"),
        (ClockStart.RECEIPT, False, None, OPENED, "自受理时起算"),
        (ClockStart.ACCEPTANCE, False, SUBMITTED, OPENED, "自受理时起算"),
        (ClockStart.GATE, False, SUBMITTED, OPENED, "自受理时起算"),
        (ClockStart.RECEIPT, True, SUBMITTED, OPENED, "自前一环节办结时起算,此前本单位未收到申请"),
        (ClockStart.ACCEPTANCE, True, SUBMITTED, OPENED, "自前一环节办结时起算,此前本单位未收到申请"),
        (ClockStart.GATE, True, SUBMITTED, OPENED, "自前一环节办结时起算,此前本单位未收到申请"),
    ],
)
def test_a_clock_starts_when_its_law_says_and_never_before_the_unit_has_the_application(
    rule: ClockStart, submitted_at: datetime | None, at: datetime, why: str, *, gated: bool
) -> None:
    found = clock_start(rule, OPENED, gated=gated, submitted_at=submitted_at)
    assert (found.at, found.why) == (at, why)


def calendar(years: set[int], off: dict[date, str], work: dict[date, str] | None = None) -> WorkCalendar:
    return WorkCalendar("v", frozenset(off), frozenset(work or {}), frozenset(years), {**off, **(work or {})})


BEFORE = calendar({2026}, {})
FIRST, JANUARY, LAST = date(2026, 12, 28), date(2027, 1, 4), date(2027, 1, 5)
DAYS = [FIRST + timedelta(days=number) for number in range(5)]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (BEFORE, calendar({2026, 2027, 2028}, {JANUARY: "元旦"}), "2027年放假安排公布"),
        (BEFORE, calendar({2026}, {date(2026, 12, 29): "暴雪停业"}), "工作日历更新(暴雪停业)"),
        (BEFORE, calendar({2026}, {date(2026, 12, 29): ""}), "工作日历更新"),
        (BEFORE, calendar({2026}, {FIRST: "停电停业"}), "工作日历更新(停电停业)"),
        (BEFORE, calendar({2026}, {LAST: "停电停业"}), "工作日历更新(停电停业)"),
        (BEFORE, calendar({2026}, {}, {date(2027, 1, 2): "元旦"}), "工作日历更新(元旦)"),
        (calendar({2026}, {}, {date(2027, 1, 2): "元旦"}), BEFORE, "工作日历更新(元旦)"),
        (calendar({2026}, {FIRST: "停业"}), calendar({2026}, {LAST: "暴雪停业"}), "工作日历更新(停业、暴雪停业)"),
        (BEFORE, calendar({2026}, dict(zip(DAYS, "甲甲乙丙丁", strict=True))), "工作日历更新(甲、乙、丙)"),
        (calendar(set(), {}), calendar({2026, 2027}, {}), "2026、2027年放假安排公布"),
        (BEFORE, calendar({2026}, {date(2026, 3, 2): "停业"}), "办公时间调整"),
        (None, BEFORE, "工作日历更新"),
    ],
)
def test_the_reason_names_what_of_the_calendar_changed_between_the_two_days(
    before: WorkCalendar | None, after: WorkCalendar, reason: str
) -> None:
    assert why_anew(before, after, FIRST, LAST) == reason
