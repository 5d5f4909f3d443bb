"""What is counted of a case as a whole: its way from submission over acceptance to its end, and what its ledger says.

Each mark is of the unit that led the case when it happened. A case that a rule excludes is counted as excluded only.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from evaluation_svc.domain.exclusions_told import case_is_out
from evaluation_svc.domain.marks import Entry, Mark, Told, day_of, last_told

SUBMITTED, ACCEPTED = "intake.application.submitted", "intake.application.accepted"
OPENED, CLOSED, RECKONED = "workflow.case.opened", "workflow.case.closed", "workflow.deadline.recomputed"
ONLINE = frozenset({"ONLINE", "PC", "MOBILE"})
WITHIN: Mapping[str, tuple[str, int]] = {
    "closed_within_8_hours": ("8 个工作小时内办结的办件", 8 * 60),
    "closed_within_1_workday": ("1 个工作日内办结的办件", 7 * 60),
    "closed_within_5_workdays": ("5 个工作日内办结的办件", 5 * 7 * 60),
    "closed_within_100_workdays": ("100 个工作日内办结的办件", 100 * 7 * 60),
}
"""The limits that the plan sets (郑政办〔2020〕11号 二(三)), in working minutes; a day of 7 hours is proposed."""
LEDGER: Mapping[str, str] = {
    "elements_asked": "办件账本:应填数据项",
    "elements_shared": "办件账本:共享获得的数据项",
    "elements_typed": "办件账本:由申请人填写的数据项",
    "materials_asked": "办件账本:应交材料",
    "materials_shared": "办件账本:由共享、证照或核验获得的材料",
    "materials_brought": "办件账本:由申请人提交的材料",
}
CASES: Mapping[str, tuple[str, str]] = {
    "cases": ("办件(已提交)", "提交时间"),
    "online_cases": ("网上提交的办件", "提交时间"),
    "cases_accepted": ("已受理的办件", "受理时间"),
    "cases_closed": ("已办结的办件", "办结时间"),
    "cases_granted": ("准予的办件", "办结时间"),
    "cases_partly_granted": ("部分准予的办件", "办结时间"),
    "cases_refused": ("不予的办件", "办结时间"),
    "cases_on_time": ("在承诺时限内办结的办件", "办结时间"),
    "cases_overdue": ("超过承诺时限办结的办件", "办结时间"),
    "cases_statutory_overdue": ("超过法定时限办结的办件", "办结时间"),
    "cases_on_the_spot": ("受理当日办结的办件", "办结时间"),
    "cases_working_minutes": ("办结办件所用工作分钟合计", "办结时间"),
    **{name: (title, "办结时间") for name, (title, _) in WITHIN.items()},
    "cases_excluded": ("按规则不计入的办件", "提交时间"),
    **{name: (title, "受理时间") for name, title in LEDGER.items()},
}


def dims_of(told: Told) -> dict[str, str]:
    """Return under which region, matter and channel a case is counted, by whichever topic has told it."""
    found = {"region": "", "matter": "", "channel": str(last_told(told, SUBMITTED).get("channel") or "")}
    for type_ in (SUBMITTED, ACCEPTED, OPENED, CLOSED):
        data = last_told(told, type_)
        found["region"] = found["region"] or data.get("region") or ""
        found["matter"] = found["matter"] or data.get("matter_code") or ""
    return found


def lead_of(data: Mapping[str, Any], otherwise: str = "") -> str:
    """Return the unit that leads a case, as an event tells it; else its window's."""
    return str(data.get("lead_unit") or data.get("unit") or otherwise)


def due_of(told: Told, first: Mapping[str, Any], name: str, task_id: str | None = None) -> datetime | None:
    """Return until when a case, or one of its tasks, is promised or allowed, as it was reckoned last."""
    moved = [one.data for one in told.get(RECKONED, ()) if one.data.get("task_id") == task_id]
    moment = (moved[-1] if moved else first).get(name)
    return None if moment is None else datetime.fromisoformat(moment)


def cases_counted(told: Told) -> Iterator[tuple[Mark, int]]:
    """Count a case."""
    submitted, accepted = last_told(told, SUBMITTED), last_told(told, ACCEPTED)
    since = day_of(submitted.get("submitted_at") or accepted.get("submitted_at"))
    led, dims = lead_of(submitted, lead_of(accepted)), dims_of(told)
    if case_is_out(told):
        yield Mark("cases_excluded", since or _first_day(told), led, **dims), 1
        return
    yield Mark("cases", since, led, **dims), 1
    yield Mark("online_cases", since, led, **dims), int(dims["channel"] in ONLINE)
    if accepted:
        day, by = day_of(accepted["accepted_at"]), lead_of(accepted)
        yield Mark("cases_accepted", day, by, **dims), 1
        for name in LEDGER:
            yield Mark(name, day, by, **dims), accepted.get(name) or 0
    if closed := last_told(told, CLOSED):
        yield from _closed(told, closed, lead_of(closed, led), dims)


def _closed(told: Told, closed: Mapping[str, Any], led: str, dims: Mapping[str, str]) -> Iterator[tuple[Mark, int]]:
    at = datetime.fromisoformat(closed["closed_at"])
    day, opened = day_of(at), last_told(told, OPENED)
    promised, allowed = due_of(told, opened, "promised_due"), due_of(told, opened, "statutory_due")
    accepted = last_told(told, ACCEPTED).get("accepted_at")
    minutes = closed.get("elapsed_working_minutes")
    for name, (_, most) in WITHIN.items():
        yield Mark(name, day, led, **dims), int(minutes is not None and minutes <= most)
    for name, amount in {
        "cases_closed": 1,
        f"cases_{closed['outcome']}": int(f"cases_{closed['outcome']}" in CASES),
        "cases_on_time": int(promised is not None and at <= promised),
        "cases_overdue": int(promised is not None and at > promised),
        "cases_statutory_overdue": int(allowed is not None and at > allowed),
        "cases_on_the_spot": int(day_of(accepted) == day),
        "cases_working_minutes": minutes or 0,
    }.items():
        yield Mark(name, day, led, **dims), amount


def _first_day(told: Told) -> str:
    entries: list[Entry] = [one for of_type in told.values() for one in of_type]
    return day_of(min(one.at for one in entries))
