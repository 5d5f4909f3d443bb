"""What letters of decisions say, by the kind of the item (事项类型, GB/T 39046-2020 A.1).

准予许可, 不予许可 and 行政许可法 art. 38 are for licences; 给付, 确认, 奖励 and public services have their own words.
A public service takes no administrative decision: it tells a result.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from esign_svc.domain.documents import DocumentKind

GRANTED = "granted"
RECEIPT_TITLE, ACCEPTANCE_TITLE = "收件凭证", "受理通知书"
LICENSING = "01"


@dataclass(frozen=True, slots=True)
class Decided:
    """How a decision is headed, what was found, by what it is taken, how it ends."""

    title: str
    finding: str
    basis: str
    closing: str = "特此决定。"
    act: str = "决定"


KINDS: Mapping[str, tuple[Decided, Decided]] = {
    LICENSING: (
        Decided(
            "准予行政许可决定书",
            "经审查，您的申请符合法定条件、标准。",
            "《中华人民共和国行政许可法》第三十八条第一款",
        ),
        Decided(
            "不予行政许可决定书",
            "经审查，您的申请不符合法定条件、标准。",
            "《中华人民共和国行政许可法》第三十八条第二款",
        ),
    ),
    "05": (
        Decided("行政给付决定书", "经审核，您的申请符合给付条件。", ""),
        Decided("不予行政给付决定书", "经审核，您的申请不符合给付条件。", ""),
    ),
    "07": (
        Decided("行政确认决定书", "经审核，您的申请符合确认条件。", ""),
        Decided("不予行政确认决定书", "经审核，您的申请不符合确认条件。", ""),
    ),
    "08": (
        Decided("行政奖励决定书", "经审核，您的申请符合奖励条件。", ""),
        Decided("不予行政奖励决定书", "经审核，您的申请不符合奖励条件。", ""),
    ),
    "20": (
        Decided("办理结果告知书", "", "", "特此告知。", "办理结果为"),
        Decided("不能办理告知书", "", "", "特此告知。", "办理结果为"),
    ),
}
OTHER = (
    Decided("准予办理决定书", "经审核，您的申请符合办理条件。", ""),
    Decided("不予办理决定书", "经审核，您的申请不符合办理条件。", ""),
)
DELIVERY = "{result}自本决定作出之日起十个工作日内颁发、送达（《中华人民共和国行政许可法》第四十四条）。"


def decided(task_type: str, outcome: str) -> Decided:
    """Return the words of a decision; of an untold kind in such as fit any."""
    granted, refused = KINDS.get(task_type, OTHER)
    return granted if outcome == GRANTED else refused


def ruling(words: Decided, decision: str) -> str:
    """Return the sentence that decides; `decision` is what granting or refusing is called."""
    by = f"依据{words.basis}，" if words.basis else ""
    return f"{by}{words.act}：{decision}。"


def delivery(task_type: str, outcome: str, result: str) -> str:
    """Return when the paper that a granted licence ends in is delivered (行政许可法 art. 44); nothing without one.

    The term is that paper's (许可证件), not the decision's.
    """
    is_delivered = task_type == LICENSING and outcome == GRANTED and result
    return DELIVERY.format(result=result) if is_delivered else ""


def title_of(kind: DocumentKind, *, task_type: str = "", outcome: str = "") -> str:
    """Return what a letter is headed."""
    if kind is DocumentKind.DECISION:
        return decided(task_type, outcome).title
    return RECEIPT_TITLE if kind is DocumentKind.RECEIPT else ACCEPTANCE_TITLE
