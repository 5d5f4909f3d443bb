"""Esign's problems, and what makes an event wait.

Problem
├── NotFound: LicenceNotFound, CopyNotFound, StepNotFound
├── WrongState: LicenceStateWrong, StepOpen, StepEnded, LicenceNotReady, TooManyCopies
├── Forbidden: SamePerson
├── Malformed: IdentifierMalformed, CopyUntilWrong
└── TooMany: CheckedTooOften
NotYetKnown: IssuerUnknown
"""

from chassis.base.problems import Forbidden, Malformed, NotFound, TooMany, WrongState
from chassis.events.inbox import NotYetKnown


class LicenceNotFound(NotFound):
    """No such licence, or it is not the caller's to see, or the code of a check is not that of the paper."""

    code, title = "licence_not_found", "没有这份电子证照"


class CopyNotFound(NotFound):
    """No such use copy of the caller's licence."""

    code, title = "licence_copy_not_found", "没有这份加注件"


class StepNotFound(NotFound):
    """No such step of a licence of the caller's unit."""

    code, title = "licence_step_not_found", "没有这项办理"


class LicenceStateWrong(WrongState):
    """The licence's state does not allow what is to be done."""

    code, title = "licence_state_wrong", "证照当前状态不允许此操作"


class LicenceNotReady(WrongState):
    """The paper is still being made."""

    code, title = "licence_not_ready", "证照文件正在制作,请稍后再取"


class StepOpen(WrongState):
    """Something that was proposed for the licence waits to be confirmed or rejected."""

    code, title = "licence_step_open", "该证照有一项办理尚待复核"


class StepEnded(WrongState):
    """The step was confirmed or rejected before."""

    code, title = "licence_step_ended", "该项办理已复核"


class TooManyCopies(WrongState):
    """The holder has made as many copies of the licence today as one may."""

    code, title = "too_many_licence_copies", "今天制作的加注件过多"


class SamePerson(Forbidden):
    """Nobody confirms what he proposed himself."""

    code, title = "same_person", "不得复核本人提出的办理"


class IdentifierMalformed(Malformed):
    """The text is no identifier of a licence: another shape, or its check character does not fit."""

    code, title = "licence_identifier_malformed", "电子证照标识有误"


class CopyUntilWrong(Malformed):
    """The last day of a use copy is past, too late, or after the licence's own."""

    code, title = "licence_copy_until_wrong", "加注件的截止日期有误"


class CheckedTooOften(TooMany):
    """Wrong codes were tried for this identifier; it says nothing for a while, whether it is one or not."""

    code, title = "licence_checked_too_often", "核验码多次有误,请稍后再试"

    def __init__(self, seconds: int) -> None:
        super().__init__("请以手机扫描证照上的二维码核验", headers={"Retry-After": str(seconds)})


class IssuerUnknown(NotYetKnown):
    """The issuing unit's code has not arrived from the catalogue."""
