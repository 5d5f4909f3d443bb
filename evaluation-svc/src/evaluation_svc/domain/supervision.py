"""Supervision (督办): by which rules letters are drafted, what they say, and what states a supervision goes through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chassis.base.clock import local
from chassis.worktime import LimitUnit, WorkTime, elapsed

from evaluation_svc.domain.terms import Term

LONGEST_NAME = 60
"""How much of a task's name a title has."""


class LightColour(StrEnum):
    """绿灯, 黄灯 (临近承诺时限), 红灯 (超过承诺时限), 紫灯 (超期未答复是否受理)."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    PURPLE = "PURPLE"


class SupervisionState(StrEnum):
    """Drafted with its letter, sent with the sealed one, answered, closed; unanswered in time it is escalated."""

    DRAFTED = "DRAFTED"
    SENT = "SENT"
    ANSWERED = "ANSWERED"
    ESCALATED = "ESCALATED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class SupervisionStep(StrEnum):
    """What is done in a supervision."""

    DRAFT = "DRAFT"
    SEND = "SEND"
    ANSWER = "ANSWER"
    SEND_BACK = "SEND_BACK"
    ESCALATE = "ESCALATE"
    CLOSE = "CLOSE"
    CANCEL = "CANCEL"


_S, _T = SupervisionState, SupervisionStep
MOVES: Mapping[tuple[SupervisionState, SupervisionStep], SupervisionState] = {
    (_S.DRAFTED, _T.SEND): _S.SENT,
    (_S.DRAFTED, _T.CANCEL): _S.CANCELLED,
    (_S.SENT, _T.ANSWER): _S.ANSWERED,
    (_S.SENT, _T.ESCALATE): _S.ESCALATED,
    (_S.SENT, _T.CLOSE): _S.CLOSED,
    (_S.ESCALATED, _T.ANSWER): _S.ANSWERED,
    (_S.ESCALATED, _T.CLOSE): _S.CLOSED,
    (_S.ANSWERED, _T.SEND_BACK): _S.SENT,
    (_S.ANSWERED, _T.CLOSE): _S.CLOSED,
}
"""All that may be done, and what it leads to."""
STATES: Mapping[SupervisionState, str] = {
    _S.DRAFTED: "督办函起草中",
    _S.SENT: "待答复",
    _S.ANSWERED: "已答复",
    _S.ESCALATED: "逾期未答复,已报单位负责人",
    _S.CLOSED: "已办结",
    _S.CANCELLED: "已撤销",
}
RANKS: Mapping[SupervisionState, int] = {
    _S.ESCALATED: 0,
    _S.SENT: 1,
    _S.ANSWERED: 1,
    _S.CLOSED: 2,
    _S.DRAFTED: 3,
    _S.CANCELLED: 4,
}
"""The order of lists: what was escalated first. Units see those up to `LAST_SENT`: what was sent."""
LAST_SENT = RANKS[_S.CLOSED]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule (监察规则): which light has a letter drafted, and after how many working days."""

    rule: str
    name: str
    light: LightColour
    after_workdays: int


@dataclass(frozen=True, slots=True)
class SupervisionRules:
    """What the city says of supervision."""

    first_answer: Term
    answer: Term
    rules: Sequence[Rule]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "SupervisionRules":
        """Return the rules that `supervision.yaml` tells."""
        told_rules = told["rules"]
        rules = [Rule(one["rule"], one["name"], LightColour(one["light"]), one["after_workdays"]) for one in told_rules]
        return cls(Term.of(told["first_answer"]), Term.of(told["answer"]), rules)

    def rule_for(self, light: LightColour) -> Rule | None:
        """Return the first rule for a light; None where none has a letter drafted."""
        return next((one for one in self.rules if one.light is light), None)


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is overdue: of which case, by which unit, since when; `name` is the task's, empty of a first answer."""

    light: LightColour
    subject: str
    application_id: str
    application_number: str
    matter_name: str
    name: str
    unit: str
    due_at: datetime


def over_words(times: WorkTime | None, unit: str, due_at: datetime, now: datetime) -> str:
    """Return by how much working time of a unit something is overdue, in Chinese: 2个工作日又1小时."""
    if times is None:
        return ""
    hours = times.hours(unit)
    minutes = int(elapsed(due_at, now, times.calendar, hours).total_seconds() // 60)
    a_day = sum((closes - opens for opens, closes in hours.on(local(now).date())), timedelta()) // timedelta(minutes=1)
    days, rest = divmod(minutes, a_day)
    parts = [
        f"{days}个工作日" if days else "",
        f"{rest // 60}小时" if rest >= 60 else "",
        f"{rest % 60}分钟" if rest % 60 else "",
    ]
    return "又".join(part for part in parts if part) or "不足1分钟"


def term_words(term: Term) -> str:
    """Return a term in Chinese."""
    return f"{term.amount}个{'工作小时' if term.unit is LimitUnit.WORK_HOUR else '工作日'}"


def _moment(moment: datetime) -> str:
    at = local(moment)
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def title_of(what: Overdue) -> str:
    """Return what a supervision letter is headed."""
    if what.light is LightColour.PURPLE:
        return "关于逾期未答复是否受理的督办函"
    return f"关于“{what.name[:LONGEST_NAME]}”超过承诺时限的督办函"


def paragraphs_of(what: Overdue, rule: Rule, *, over: str, now: datetime, answer: Term) -> list[str]:
    """Return what a supervision letter says: which work, due when, how long over, by which rule, and what to do."""
    since = f",已逾期{over}" if over else ""
    if what.light is LightColour.PURPLE:
        said = (
            f"你单位收到的“{what.matter_name}”申请,应于{_moment(what.due_at)}前受理、不予受理或者一次性告知补正内容"
            f"(《中华人民共和国行政许可法》第三十二条);至{_moment(now)}尚未答复申请人{since}。"
        )
    else:
        said = (
            f"你单位承办的“{what.matter_name}”中的“{what.name}”,承诺于{_moment(what.due_at)}前办结;"
            f"至{_moment(now)}尚未办结{since}。"
        )
    asked = (
        f"请立即办理,并自本函印发之日起{term_words(answer)}内在系统中书面答复逾期原因、办理情况和整改措施。"
        "逾期不答复的,将报你单位主要负责人。"
    )
    light = "紫灯" if what.light is LightColour.PURPLE else "红灯"
    return [said, f"办件编号:{what.application_number}", asked, f"督办规则:{rule.name}({rule.rule}),预警类型:{light}。"]
