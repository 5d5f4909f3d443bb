"""The states of an application, and what its applicant reads on the timeline."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from chassis.base.clock import local
from chassis.base.problems import WrongState

from intake_svc.errors import NotAccepted, NotSubmitted


class ApplicationState(StrEnum):
    """The states of an application; the draft before it is a thing of its own."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    CLOSED = "closed"


BEFORE: Mapping[ApplicationState, ApplicationState] = {
    ApplicationState.ACCEPTED: ApplicationState.SUBMITTED,
    ApplicationState.CLOSED: ApplicationState.ACCEPTED,
}
REFUSALS: Mapping[ApplicationState, type[WrongState]] = {
    ApplicationState.ACCEPTED: NotSubmitted,
    ApplicationState.CLOSED: NotAccepted,
}


def require_move(now: ApplicationState, then: ApplicationState) -> None:
    """Let an application move on in its one order, submitted -> accepted -> closed.

    Raises NotSubmitted when it is not waiting to be accepted, NotAccepted when it is not open to be closed, WrongState
    for a return to the beginning.
    """
    if BEFORE.get(then) is not now:
        raise REFUSALS.get(then, WrongState)(f"当前状态为“{LABELS[now]}”")


class Happening(StrEnum):
    """What a timeline entry tells."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    CASE_OPENED = "case_opened"
    TASK_OPENED = "task_opened"
    TASK_GRANTED = "task_granted"
    TASK_REFUSED = "task_refused"
    STEP_OPENED = "step_opened"
    STEP_COMPLETED = "step_completed"
    TASK_TRANSFERRED = "task_transferred"
    TRANSFERRED = "transferred"
    DEADLINE_RECOMPUTED = "deadline_recomputed"
    CLOSED = "closed"
    POSSIBLE_DUPLICATE = "possible_duplicate"


LISTED_AT_MOST = 230
"""Characters of a list of names: with a unit's and a task's name of 100 each, a line fits into its 500."""

OUTCOMES = {"granted": "全部办成", "partly_granted": "部分办成", "refused": "未能办成"}
REFUSED = {"01": "不予许可", "05": "不予给付", "07": "不予确认", "08": "不予奖励", "20": "不能办理"}
"""What refusing is called by the kind of an item (事项类型, GB/T 39046-2020 A.1); else 不予办理."""

LABELS = {ApplicationState.SUBMITTED: "待受理", ApplicationState.ACCEPTED: "办理中", ApplicationState.CLOSED: "已办结"}

STEP_LEFT = ";还有需要您本人完成的环节,见办理进度"
"""What follows when an applicant's own step is still open."""

NEXT = {
    ApplicationState.SUBMITTED: "等待窗口受理",
    ApplicationState.ACCEPTED: "各部门正在并联办理",
    ApplicationState.CLOSED: "已办结",
}


def line(  # noqa: PLR0913  what each of the sentences needs
    happening: Happening,
    *,
    unit: str = "",
    before: str = "",
    task: str = "",
    outcome: str = "",
    tasks: int = 0,
    dropped: Sequence[str] = (),
    duplicate: str = "",
    until: date | None = None,
    how: str = "",
    reason: str = "",
    moved: str = "",
    task_type: str = "",
) -> str:
    """Return the sentence that the applicant reads; `dropped` are the tasks that a refusal made needless.

    `until` and `how` say when and in which way she does a step of her own, `before` is the unit that had what `unit`
    has now, `reason` and `moved` say why another finish is expected, and which.
    """
    by_then = f",请于 {until.year} 年 {until.month} 月 {until.day} 日前(含当日)办理" if until else ""
    follows = f";因此不再办理:{_listed(dropped)}" if dropped else ""
    return {
        Happening.SUBMITTED: "您已提交申请,等待窗口受理",
        Happening.ACCEPTED: f"{unit}窗口已受理",
        Happening.CASE_OPENED: f"已分送各部门并联办理,共 {tasks} 个环节",
        Happening.TASK_OPENED: f"{unit}开始办理:{task}",
        Happening.TASK_GRANTED: f"{unit}已办结:{task}",
        Happening.TASK_REFUSED: f"{unit}{REFUSED.get(task_type, '不予办理')}:{task}(理由与救济途径见办件详情){follows}",
        Happening.POSSIBLE_DUPLICATE: f"可能重复:{duplicate}",
        Happening.STEP_OPENED: f"请您完成:{task}{by_then}。{how}",
        Happening.STEP_COMPLETED: f"您已完成:{task}",
        Happening.TASK_TRANSFERRED: f"{task}由{before}转{unit}办理",
        Happening.TRANSFERRED: f"受理窗口由{before}转至{unit}",
        Happening.DEADLINE_RECOMPUTED: f"因{reason},预计办结时间{moved}",
        Happening.CLOSED: f"各部门环节均已办结:{OUTCOMES.get(outcome, outcome)}",
    }[happening]


def _listed(names: Sequence[str]) -> str:
    """Return names in a row, as many as a line has room for, and how many there are when some are left out."""
    shown = list(names)
    while len("、".join(shown)) > LISTED_AT_MOST:
        shown.pop()
    return "、".join(shown) + (f"等 {len(names)} 项" if len(shown) < len(names) else "")


def moved(old: datetime, new: datetime, *, provisional: bool) -> str:
    """Say which finish is expected instead of which: the days, with the hours where the day is the same."""
    before, after = local(old), local(new)
    shown = [f"{moment.year}年{moment.month}月{moment.day}日" for moment in (before, after)]
    if before.date() == after.date():
        shown = [f"{day}{moment:%H:%M}" for day, moment in zip(shown, (before, after), strict=True)]
    more = "(放假安排未全部公布,暂定)" if provisional else ""
    return f"由{shown[0]}改为{shown[1]}{more}"
