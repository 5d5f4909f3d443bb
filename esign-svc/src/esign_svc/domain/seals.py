"""The life of an electronic seal and who may use it (电子印章管理办法, 国办发〔2025〕33号).

Applied for, made, filed (备案), in use, suspended and resumed, cancelled. Who applies, who makes and who files are
three different people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sealing.seal_face import SealFace
from sealing.signing import Algorithm

from esign_svc.errors import SameHands, SealNotAllowed, SealStepNotPossible, SealUnavailable


class SealKind(StrEnum):
    """法定名称章, 受理专用章, 审批专用章, 其他业务专用章, 个人名章."""

    UNIT_NAME = "UNIT_NAME"
    ACCEPTANCE = "ACCEPTANCE"
    APPROVAL = "APPROVAL"
    BUSINESS = "BUSINESS"
    PERSONAL = "PERSONAL"


class SealState(StrEnum):
    """Where a seal is in its life: 已申请, 已制作, 已备案, 使用中, 已停用, 已注销."""

    APPLIED = "applied"
    MADE = "made"
    FILED = "filed"
    IN_USE = "in_use"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class SealStep(StrEnum):
    """What is done to a seal: 申请, 制作, 备案, 启用, 停用, 恢复使用, 注销."""

    APPLY = "apply"
    MAKE = "make"
    FILE = "file"
    PUT_IN_USE = "put_in_use"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"


class Capacity(StrEnum):
    """In which capacity somebody lets a seal be used.

    The event or step that a paper is made of says so: a decision is a reviewer's, an acceptance a window clerk's, a
    corrected licence a licence officer's, since the operations that tell of them admit nobody else. A receipt at
    submission is the system's own act by rule (行政许可法 art. 32: whether an application is accepted or not, a dated
    written receipt is given): nobody decides anything. A letter from the office that leads evaluation is approved by an
    evaluation officer of its own.
    """

    REVIEWER = "reviewer"
    LICENCE_OFFICER = "licence_officer"
    WINDOW_CLERK = "window_clerk"
    EVALUATION_OFFICER = "evaluation_officer"
    SYSTEM = "system"


STATES: Mapping[SealState, str] = {
    SealState.APPLIED: "已申请",
    SealState.MADE: "已制作",
    SealState.FILED: "已备案",
    SealState.IN_USE: "使用中",
    SealState.SUSPENDED: "已停用",
    SealState.CANCELLED: "已注销",
}
STEPS: Mapping[SealStep, str] = {
    SealStep.APPLY: "申请",
    SealStep.MAKE: "制作",
    SealStep.FILE: "备案",
    SealStep.PUT_IN_USE: "启用",
    SealStep.SUSPEND: "停用",
    SealStep.RESUME: "恢复使用",
    SealStep.CANCEL: "注销",
}
KINDS: Mapping[SealKind, str] = {
    SealKind.UNIT_NAME: "法定名称章",
    SealKind.ACCEPTANCE: "受理专用章",
    SealKind.APPROVAL: "审批专用章",
    SealKind.BUSINESS: "其他业务专用章",
    SealKind.PERSONAL: "个人名章",
}
CAPACITIES: Mapping[Capacity, str] = {
    Capacity.REVIEWER: "审批人员",
    Capacity.LICENCE_OFFICER: "证照管理人员",
    Capacity.WINDOW_CLERK: "窗口人员",
    Capacity.EVALUATION_OFFICER: "评价管理人员",
    Capacity.SYSTEM: "系统",
}
"""How people read of states, steps, kinds and capacities."""
SEAL_CODE, FILING_NO = "[0-9]{13}", "[0-9A-Za-z〔〕号第-]*"
"""The shapes of a seal's code (印章编码) and of the number of its filing (备案编号), which is empty before that."""
APPLICANT, MAKER, AUDITOR = "seal_applicant", "seal_maker", "seal_auditor"
EVERYWHERE = "seal_administrator"
"""Whoever has this role, of the city's seal office, acts on the seals of all units, in his other roles."""
LINES: Mapping[SealKind, str] = {SealKind.ACCEPTANCE: "受理专用章", SealKind.APPROVAL: "审批专用章"}
"""What stands below the star, where the kind fixes it."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step: from which states, to which, by whom; whether it says why; whether the maker and applicant may do it."""

    before: frozenset[SealState]
    after: SealState
    roles: frozenset[str]
    needs_reason: bool = False
    by_others: bool = True


def _move(before: Sequence[SealState], after: SealState, *roles: str, why: bool = False, others: bool = True) -> Move:
    return Move(frozenset(before), after, frozenset(roles), why, others)


_S = SealState
MOVES: Mapping[SealStep, Move] = {
    SealStep.MAKE: _move([_S.APPLIED], _S.MADE, MAKER),
    SealStep.FILE: _move([_S.MADE], _S.FILED, AUDITOR),
    SealStep.PUT_IN_USE: _move([_S.FILED], _S.IN_USE, AUDITOR),
    SealStep.SUSPEND: _move([_S.IN_USE], _S.SUSPENDED, AUDITOR, APPLICANT, why=True, others=False),
    SealStep.RESUME: _move([_S.SUSPENDED], _S.IN_USE, AUDITOR, why=True),
    SealStep.CANCEL: _move(sorted(set(_S) - {_S.CANCELLED}), _S.CANCELLED, AUDITOR, why=True),
}
"""All steps after the application. Suspending is open to the unit's own applicant: a lost seal must stop at once."""


@dataclass(frozen=True, slots=True)
class Hands:
    """By whom a seal was applied for, made and filed; empty while that was not done."""

    applicant: str
    maker: str = ""
    auditor: str = ""


def after_step(state: SealState, hands: Hands, step: SealStep, by: str) -> tuple[SealState, Hands]:
    """Return the state and the hands after a step. Raises SealStepNotPossible, SameHands."""
    move = MOVES[step]
    if state not in move.before:
        raise SealStepNotPossible(f"印章现为“{STATES[state]}”,不能{STEPS[step]}")
    if move.by_others and by == hands.applicant:
        raise SameHands("申请人不得制作、备案、启用或注销自己申请的印章")
    if move.by_others and step is not SealStep.MAKE and by == hands.maker:
        raise SameHands("制作人不得备案、启用或注销自己制作的印章")
    if step is SealStep.MAKE:
        return move.after, Hands(hands.applicant, by)
    if step is SealStep.FILE:
        return move.after, Hands(hands.applicant, hands.maker, by)
    return move.after, hands


@dataclass(frozen=True, slots=True)
class UsableBy:
    """Who may let a seal be used: capacities, and where subjects are named only these."""

    capacities: frozenset[Capacity]
    subjects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Approver:
    """Who lets a seal be used: a caller's id, the unit he acted for, and in which capacity."""

    subject: str
    unit: str
    kind: Capacity


SYSTEM = "esign"
"""The subject of what the service does by rule."""


def require_valid(state: SealState, *, valid_from: datetime, valid_until: datetime, at: datetime) -> None:
    """Raise SealUnavailable unless a seal is in use and within its validity (its last moment is the end's)."""
    if state is not SealState.IN_USE:
        raise SealUnavailable(f"印章现为“{STATES[state]}”")
    if not valid_from <= at <= valid_until:
        raise SealUnavailable("印章不在有效期内")


def require_allowed(unit: str, usable_by: UsableBy, approver: Approver) -> None:
    """Raise SealNotAllowed unless an approver of the seal's own unit may let it be used.

    The named subjects bind people; what the system does by rule is bound by its capacity alone.
    """
    if not approver.subject:
        raise SealNotAllowed("没有说明由谁批准用印")
    if approver.unit != unit:
        raise SealNotAllowed("不得使用其他单位的印章")
    if approver.kind not in usable_by.capacities:
        raise SealNotAllowed(f"该印章不得由{CAPACITIES[approver.kind]}使用")
    by_person = approver.kind is not Capacity.SYSTEM
    if by_person and usable_by.subjects and approver.subject not in usable_by.subjects:
        raise SealNotAllowed("该印章只限指定人员使用")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A seal that is applied for, whoever asks: a person or the city pack."""

    unit: str
    unit_name: str
    kind: SealKind
    seal_code: str
    valid_from: datetime
    valid_until: datetime
    capacities: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    line: str = ""
    holder: str = ""
    uscc: str = ""
    algorithm: Algorithm = Algorithm.P256
    synthetic: bool = False

    @property
    def name(self) -> str:
        """The seal's name (印章名称): a person's is not told by it."""
        return f"{self.unit_name}{'个人名章' if self.kind is SealKind.PERSONAL else self.line}"

    @property
    def face(self) -> SealFace:
        """What stands on it."""
        if self.kind is SealKind.PERSONAL:
            return SealFace(self.holder, person=True)
        return SealFace(self.unit_name, self.line, self.seal_code)
