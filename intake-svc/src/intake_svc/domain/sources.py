"""Whether what stands in a form is what its source said: compared over the ways of writing it, never by its letters."""

from enum import StrEnum
from unicodedata import normalize

from chassis.base.typed import is_dash

from intake_svc.domain import values
from intake_svc.domain.findable import NAME, folded


class SourceState(StrEnum):
    """What became of a value from a source, or that there is none."""

    KEPT = "kept"
    DIFFERS = "differs"
    DISPUTED = "disputed"
    LEFT_OUT = "left_out"
    ASKED_BY_HAND = "asked_by_hand"


OWN_CHOICE = frozenset({"phone"})
"""Kinds of values of which she says what is to be used, such as where she is called: another one disputes nothing."""
UNUSABLE, NETWORK_OUT = "unusable", "network_out"
REASONS = {
    "not_connected": "这个专网还没有接通,请自行填写",
    "not_granted": "这项数据还没有授权使用,请自行填写",
    NETWORK_OUT: "这个专网暂时不能答复,请自行填写",
    "not_found": "没有查到相应的记录,请自行填写",
    "ambiguous": "查到不止一条记录,不能确定是哪一条,请自行填写",
    "lacks_keys": "缺少查询所需的内容,请自行填写",
    UNUSABLE: "来源的内容不符合表单的要求,请自行填写",
}
"""Why a source gave nothing, in words for the applicant."""
NO_REASON = "没有得到这项内容,请自行填写"


def is_same(kind: str, one: str, other: str) -> bool:
    """Tell whether two values of a kind are the same but for how they are written."""
    return _canonical(kind, one) == _canonical(kind, other)


def state_of(kind: str, given: str, shared: str, reason: str) -> SourceState:
    """Return what became of a shared value: of what was given in its place, and with which reason."""
    if not given:
        return SourceState.LEFT_OUT
    if is_same(kind, given, shared):
        return SourceState.KEPT
    if reason:
        return SourceState.DISPUTED
    return SourceState.LEFT_OUT if kind in OWN_CHOICE else SourceState.DIFFERS


def _canonical(kind: str, text: str) -> str:
    standard = values.normalise(kind, text)
    if kind == NAME:
        return folded(standard)
    shown = normalize("NFKC", standard)
    return "".join("-" if is_dash(char) else char for char in shown if not char.isspace()).casefold()
