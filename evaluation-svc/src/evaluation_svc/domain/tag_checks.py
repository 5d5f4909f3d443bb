"""What a rater says by a tag (评价标签), held against what the journal has of the case: borne out, not so, or unknown.

Which tag is held by which check is data of the city. A check says whether a promise was kept, with the figures that it
saw; silence of the records refutes nobody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.base.clock import local

ONLINE_DEPTHS = frozenset({"Ⅲ", "Ⅳ"})
"""Depths (网办深度) at which an item is handled online."""
_LEDGER = ("materials_asked", "materials_shared", "materials_brought")


class Finding(StrEnum):
    """Whether what a tag says is borne out by the records (核实结论)."""

    CONFIRMED = "CONFIRMED"
    REFUTED = "REFUTED"
    CANNOT_TELL = "CANNOT_TELL"


class Claim(StrEnum):
    """What a tag says of a promise: that it was kept, or broken."""

    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class TaskFact:
    """A unit's task, as it was told last."""

    unit: str = ""
    item: str = ""
    promised_due: datetime | None = None
    statutory_due: datetime | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemFact:
    """What the guide promises of an item: visits (到办事现场次数) and depth."""

    visits: int
    depth: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case when it is rated; None where nothing was told."""

    now: datetime
    tasks: Sequence[TaskFact] = ()
    items: Mapping[str, ItemFact] = field(default_factory=dict)
    visits: int = 0
    channel: str | None = None
    ledger: Mapping[str, int] | None = None

    def of_unit(self, unit: str, item: str) -> "Facts":
        """Return what is of one unit, and of one item where one is named; all of it where the unit has no task."""
        own = [task for task in self.tasks if task.unit == unit and item in {"", task.item}]
        tasks = own or self.tasks
        named = {task.item for task in tasks}
        return replace(self, tasks=tasks, items={key: one for key, one in self.items.items() if key in named})


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check saw: whether the promise was kept (None: the records do not say), in a sentence."""

    is_kept: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A tag's finding, with the sentence that people read."""

    tag: str
    finding: Finding
    text: str


def facts_of(entries: Iterable[Mapping[str, Any]], items: Mapping[str, ItemFact], now: datetime) -> Facts:
    """Return what the journal's entries on a case tell; each has `type`, `version` and `data`."""
    tasks: dict[str, TaskFact] = {}
    facts = Facts(now, items=items)
    for entry in sorted(entries, key=lambda one: int(one["version"])):
        type_, data = entry["type"], entry["data"]
        if type_.startswith("workflow."):
            _fold_task(tasks, type_, data)
        elif type_ == "intake.application.submitted":
            facts = replace(facts, channel=data.get("channel"))
        elif type_ == "intake.application.accepted" and data.get("materials_asked") is not None:
            facts = replace(facts, ledger={name: int(data.get(name) or 0) for name in _LEDGER})
        elif type_ == "evaluation.visit.made":
            facts = replace(facts, visits=facts.visits + 1)
    return replace(facts, tasks=tuple(tasks.values()))


def _fold_task(tasks: dict[str, TaskFact], type_: str, data: Mapping[str, Any]) -> None:
    task_id = data.get("task_id")
    opens = type_ in {"workflow.task.opened", "workflow.task.transferred", "workflow.task.decided"}
    if task_id is None or data.get("by", "UNIT") != "UNIT" or not (opens or task_id in tasks):
        return
    told: dict[str, Any] = {name: data[name] for name in ("unit", "item") if data.get(name)}
    moments = ("promised_due", "statutory_due", "decided_at")
    told |= {name: datetime.fromisoformat(data[name]) for name in moments if data.get(name)}
    tasks[task_id] = replace(tasks.get(task_id, TaskFact()), **told)


def _when(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M")


def _within(name: str, due: Callable[[TaskFact], datetime | None]) -> Callable[[Facts], Seen]:
    def check(facts: Facts) -> Seen:
        told = [(at, task.decided_at or facts.now, task.decided_at) for task in facts.tasks if (at := due(task))]
        late = [one for one in told if one[1] > one[0]]
        if late:
            at, _, decided = min(late)
            done = f"{_when(decided)} 办结" if decided else "至评价时仍未办结"
            return Seen(False, f"{name}为 {_when(at)},{done};本单位 {len(told)} 个环节中 {len(late)} 个超过")
        if not told or any(decided is None for _, _, decided in told):
            return Seen(None, f"没有足以核对{name}的记录")
        at, done_at, _ = max(told)
        return Seen(True, f"{name}为 {_when(at)},{_when(done_at)} 办结,没有超过")

    return check


def _trips(facts: Facts) -> Seen:
    limits = [one.visits for one in facts.items.values()]
    if not facts.visits or not limits:
        return Seen(None, f"窗口登记到场 {facts.visits} 次,不足以核对")
    text = f"窗口登记到场 {facts.visits} 次,指南写明各事项合计至多 {sum(limits)} 次"
    if facts.visits > sum(limits):
        return Seen(False, text)
    return Seen(True if facts.visits <= max(limits) else None, text)


def _online(facts: Facts) -> Seen:
    depths = sorted({one.depth for one in facts.items.values()})
    if not depths:
        return Seen(None, "没有事项网办深度的记录")
    named = f"指南写明网办深度 {'、'.join(depths)}"
    if not ONLINE_DEPTHS & set(depths):
        return Seen(True, f"{named},没有承诺网上办理")
    seen = _trips(facts)
    if facts.channel == "ONLINE" and seen.is_kept is False:
        return Seen(False, f"{named},本件网上提交;{seen.text}")
    if facts.channel == "ONLINE":
        return Seen(True, f"{named},本件已由网上提交受理")
    return Seen(None, f"{named},本件不是网上提交,是否因网上不能办理没有记录")


def _asked_once(facts: Facts) -> Seen:
    if facts.ledger is None:
        return Seen(None, "没有材料账本的记录")
    asked, shared, brought = (facts.ledger[name] for name in _LEDGER)
    text = f"应交材料 {asked} 份,由共享取得 {shared} 份,由申请人提交 {brought} 份"
    if shared + brought > asked:
        return Seen(False, text)
    return Seen(None if brought else True, text)


def _as_listed(facts: Facts) -> Seen:
    if facts.ledger is None:
        return Seen(None, "没有材料账本的记录")
    asked, _, brought = (facts.ledger[name] for name in _LEDGER)
    text = f"指南应交材料 {asked} 份,由申请人提交 {brought} 份"
    return Seen(False if brought > asked else None, text)


def _unrecorded(_facts: Facts) -> Seen:
    return Seen(None, "系统没有与此有关的记录,须由单位核实")


CHECKS: Mapping[str, Callable[[Facts], Seen]] = {
    "within_promise": _within("承诺时间", lambda task: task.promised_due),
    "within_statutory": _within("法定时限", lambda task: task.statutory_due),
    "trips_as_promised": _trips,
    "online_as_promised": _online,
    "materials_once": _asked_once,
    "materials_as_listed": _as_listed,
    "unrecorded": _unrecorded,
}
"""The checks by the names that a city pack uses."""


def finding_of(tag: str, check: str, claim: Claim, facts: Facts) -> Found:
    """Return what a tag's check finds."""
    seen = CHECKS[check](facts)
    if seen.is_kept is None:
        return Found(tag, Finding.CANNOT_TELL, seen.text)
    bears_out = seen.is_kept is (claim is Claim.KEPT)
    return Found(tag, Finding.CONFIRMED if bears_out else Finding.REFUTED, seen.text)
