"""What is counted of the steps of a case: tasks, licences, visits, clocks that warned or ran out, supervision."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from evaluation_svc.domain.exclusions_told import case_is_out
from evaluation_svc.domain.marks import Entry, Mark, Told, day_of, last_told
from evaluation_svc.domain.marks_of_cases import SUBMITTED, dims_of, due_of, lead_of

DECIDED, TASK_OPENED, COMPLETED = "workflow.task.decided", "workflow.task.opened", "workflow.task.completed"
STEPS: Mapping[str, tuple[str, str]] = {
    "tasks_decided": ("已决定的环节", "决定时间"),
    "tasks_granted": ("准予的环节", "决定时间"),
    "tasks_refused": ("不予的环节", "决定时间"),
    "tasks_on_time": ("在承诺时限内决定的环节", "决定时间"),
    "tasks_overdue": ("超过承诺时限决定的环节", "决定时间"),
    "tasks_statutory_overdue": ("超过法定时限决定的环节", "决定时间"),
    "tasks_not_needed": ("因前一环节决定而不再需要的环节", "决定时间"),
    "own_steps": ("申请人自办环节", "完成时间"),
    "licences_issued": ("签发的电子证照", "签发时间"),
    "visits": ("到现场次数", "到访时间"),
    "invitations": ("评价邀请", "邀请时间"),
    "deadlines_warned": ("临期预警的环节(黄灯)", "预警时间"),
    "deadlines_overdue": ("超期的环节(红灯)", "到期时间"),
    "first_answers_overdue": ("超期未答复是否受理(紫灯)", "到期时间"),
    "supervisions_sent": ("发出的督办", "发出时间"),
    "supervisions_answered": ("已答复的督办", "答复时间"),
    "supervisions_escalated": ("升级的督办", "升级时间"),
}
ONCE_EACH: Mapping[str, tuple[str, str]] = {
    "esign.licence.issued": ("licences_issued", "issued_at"),
    COMPLETED: ("own_steps", "completed_at"),
    "evaluation.visit.made": ("visits", "at"),
    "evaluation.invitation.made": ("invitations", "at"),
    "evaluation.first_answer.overdue": ("first_answers_overdue", "at"),
    "evaluation.supervision.sent": ("supervisions_sent", "at"),
    "evaluation.supervision.answered": ("supervisions_answered", "at"),
    "evaluation.supervision.escalated": ("supervisions_escalated", "at"),
    "workflow.deadline.warned": ("deadlines_warned", "warned_at"),
    "workflow.deadline.overdue": ("deadlines_overdue", "overdue_at"),
}
"""Types of which each entry counts once, with its measure and the member that says when; else the entry does."""
CLOCKS, PROMISED = ("workflow.deadline.warned", "workflow.deadline.overdue"), "promised"


def steps_counted(told: Told) -> Iterator[tuple[Mark, int]]:
    """Count the steps of a case."""
    if case_is_out(told):
        return
    dims, led = dims_of(told), lead_of(last_told(told, SUBMITTED))
    for type_, (measure, when) in ONCE_EACH.items():
        for entry in _each(told, type_):
            data = entry.data
            unit, item = str(data.get("unit") or lead_of(data, led)), str(data.get("item") or "")
            yield Mark(measure, day_of(data.get(when) or entry.at), unit, item=item, **dims), 1
    yield from _decided(told, dims)


def _each(told: Told, type_: str) -> Sequence[Entry]:
    """Return the entries of a type that count; of the clocks of a task the first of its promise."""
    entries = told.get(type_, ())
    if type_ not in CLOCKS:
        return entries
    first = {one.data["task_id"]: one for one in reversed(entries) if one.data.get("kind", PROMISED) == PROMISED}
    return list(first.values())


def _decided(told: Told, dims: Mapping[str, str]) -> Iterator[tuple[Mark, int]]:
    opened = {one.data["task_id"]: one.data for one in told.get(TASK_OPENED, ())}
    by_key = {data["task_key"]: data for data in opened.values()}
    for task in (one.data for one in told.get(DECIDED, ())):
        at, first = datetime.fromisoformat(task["decided_at"]), opened.get(task["task_id"], task)
        promised = due_of(told, first, "promised_due", task["task_id"])
        allowed = due_of(told, first, "statutory_due", task["task_id"])
        for name, amount in {
            "tasks_decided": 1,
            "tasks_granted": int(task["outcome"] == "granted"),
            "tasks_refused": int(task["outcome"] == "refused"),
            "tasks_on_time": int(promised is not None and at <= promised),
            "tasks_overdue": int(promised is not None and at > promised),
            "tasks_statutory_overdue": int(allowed is not None and at > allowed),
        }.items():
            yield Mark(name, day_of(at), task["unit"], item=task.get("item") or "", **dims), amount
        for key in task.get("not_needed") or ():
            spared = by_key.get(key, {})
            unit, item = str(spared.get("unit") or ""), str(spared.get("item") or "")
            yield Mark("tasks_not_needed", day_of(at), unit, item=item, **dims), 1
