"""Clocks as the store keeps them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.worktime import WorkTime
from workflow_svc.domain import Start
from workflow_svc.handlers.clocks import case_clocks, task_clocks

START = Start(datetime(2026, 3, 2, 1, 30, tzinfo=UTC), "自受理时起算")
CASE = {"opened_at": START.at, "submitted_at": None}
DOCUMENT: dict[str, Any] = {
    "calendar_version": "2026-1",
    "years": [2026],
    "off": {},
    "work": {},
    "office_hours": {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {"U05": [["08:00", "16:00"]]}},
}


def task(unit: str = "U09", **overrides: Any) -> dict[str, Any]:
    known = {"task_key": "a", "unit": unit, "after": [], "promise": {"amount": 1, "unit": "WORKDAY"}}
    return {**known, "statutory": None, "by_applicant": False, "clock_start": "ACCEPTANCE", **overrides}


def test_a_unit_with_its_own_office_hours_has_its_own_due_time() -> None:
    times = WorkTime.from_json(DOCUMENT)
    assert task_clocks(times, START, task()).promised.at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert task_clocks(times, START, task("U05")).promised.at == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_a_task_without_a_statutory_limit_has_one_clock() -> None:
    clocks = task_clocks(WorkTime.from_json(DOCUMENT), START, task())
    assert list(clocks.by_kind) == ["promised"]
    assert clocks.columns["statutory_due"] is None


def test_a_case_has_a_statutory_path_as_soon_as_one_task_has_a_limit() -> None:
    times = WorkTime.from_json(DOCUMENT)
    second = task(task_key="b", after=["a"], statutory={"amount": 20, "unit": "WORKDAY"})
    clocks = case_clocks(times, CASE, [task(), second])
    assert clocks.statutory is not None
    assert [link["task_key"] for link in clocks.statutory.derivation] == ["a", "b"]
    assert clocks.statutory.at > clocks.promised.at
    assert case_clocks(times, CASE, [task()]).statutory is None


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"calendar_version": "2026-2"}, True),
        ({"off": {"2026-05-01": "劳动节"}}, True),
        ({"off": {"2026-03-03": "停业"}}, False),
        ({"years": []}, False),
        ({"off": {"2026-02-28": "停业"}}, True),
    ],
)
def test_a_derivation_says_something_else_only_when_a_day_it_went_through_changed(
    change: dict[str, Any], *, same: bool
) -> None:
    old, new = WorkTime.from_json(DOCUMENT), WorkTime.from_json({**DOCUMENT, **change})
    before, after = task_clocks(old, START, task()), task_clocks(new, START, task())
    assert after.promised.says_what(before.promised.derivation) is same
    path_before, path_after = case_clocks(old, CASE, [task()]), case_clocks(new, CASE, [task()])
    assert path_after.promised.says_what(path_before.promised.derivation) is same
