"""Esign's problems, what keeps a seal from being used, and what is no identifier.

Problem
├── NotFound: SealNotFound, DocumentNotFound, NoticeNotFound, LicenceNotFound, CopyNotFound, StepNotFound
├── WrongState: DocumentNotReady, NotExported, SealStepNotPossible, SealExists, UnitUnknown,
│   LicenceStateWrong, StepOpen, StepEnded, TooManyCopies
├── Forbidden: SameHands, StepNotYours, SamePerson, OwnLicence
├── Malformed: SealReasonMissing, SealFaceUnfit, CertificateUnfit, CopyUntilWrong, CopyPurposeUnfit, CorrectionUnfit
├── TooMany: CheckedTooOften
└── Unavailable: SealKeysMissing, VerifierBusy
SealUnavailable
SealNotAllowed
NotYetKnown: IssuerUnknown, SignerUnknown
IdentifierMalformed
"""

from chassis.base.problems import Forbidden, Malformed, NotFound, TooMany, Unavailable, WrongState
from chassis.events.inbox import NotYetKnown


class SealNotFound(NotFound):
    """No such seal, or it belongs to another unit."""

    code, title = "seal_not_found", "没有这枚印章"


class SealStepNotPossible(WrongState):
    """The seal's state does not allow the step."""

    code, title = "seal_step_not_possible", "印章当前状态不允许此操作"


class SealExists(WrongState):
    """There is a seal of this code, or the unit has one of this kind that is not cancelled."""

    code, title = "seal_exists", "该印章已登记"


class UnitUnknown(WrongState):
    """The catalogue has not told of the unit yet."""

    code, title = "unit_unknown", "尚未收到该单位的信息,请稍后再试"


class SameHands(Forbidden):
    """Who applies, who makes and who files a seal are different people."""

    code, title = "same_hands", "申请、制作与备案不得由同一人办理"


class StepNotYours(Forbidden):
    """The step is for another role."""

    code, title = "step_not_yours", "您的岗位不能办理此步骤"


class SealReasonMissing(Malformed):
    """Suspending, resuming and cancelling say why."""

    code, title = "seal_reason_missing", "停用、恢复与注销须说明理由"


class SealFaceUnfit(Malformed):
    """What is to stand on the seal has no room, or no font has it."""

    code, title = "seal_face_unfit", "印文无法制作"


class CertificateUnfit(Malformed):
    """The certificate is missing, is not for the seal's key, or does not do for sealing."""

    code, title = "certificate_unfit", "签章证书不符合要求"


class SealKeysMissing(Unavailable):
    """There is neither a cryptographic machine nor an envelope for software keys."""

    code, title = "seal_keys_missing", "密码设备尚未接入,不能生成印章密钥"


class VerifierBusy(Unavailable):
    """As many files are being verified and waiting as may be."""

    code, title = "verifier_busy", "同时核验的文件太多,请稍后再试"


class NotExported(WrongState):
    """The document is sealed, and goes out as PDF alone: its kind has no other, or its seal has no national side."""

    code, title = "document_not_exported", "该文书没有 OFD 格式文件"


class NoticeNotFound(NotFound):
    """No such notice, or it is from and to other units, or it was not sent yet."""

    code, title = "notice_not_found", "没有这份文书"


class SealUnavailable(Exception):  # noqa: N818  named after the fact
    """There is no seal of this kind in use, or it is not valid then: what is to be sealed waits."""


class SealNotAllowed(Exception):  # noqa: N818  named after the fact
    """The approver may not let this seal be used: what was asked for is not sealed by it."""


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


class OwnLicence(Forbidden):
    """Nobody changes his own licence as a member of staff."""

    code, title = "own_licence", "不得办理本人的证照"


class CopyUntilWrong(Malformed):
    """The last day of a use copy is past, too late, or after the licence's own."""

    code, title = "licence_copy_until_wrong", "加注件的截止日期有误"


class CopyPurposeUnfit(Malformed):
    """What a use copy is to be for says nothing, or no font can print it."""

    code, title = "licence_copy_purpose_unfit", "加注件的用途无法印出"


class CorrectionUnfit(Malformed):
    """What is to be corrected is nothing that the licence shows."""

    code, title = "licence_correction_unfit", "要更正的要素不在照面上"


class CheckedTooOften(TooMany):
    """Wrong codes were tried for this identifier, whether it is one or not; to one more nothing is said for a while."""

    code, title = "licence_checked_too_often", "核验码多次有误,请稍后再试"

    def __init__(self, seconds: int) -> None:
        super().__init__("请以手机扫描证照上的二维码核验", headers={"Retry-After": str(seconds)})


class IssuerUnknown(NotYetKnown):
    """The issuing unit's code has not arrived from the catalogue."""


class SignerUnknown(NotYetKnown):
    """The unit that signs a letter has not arrived from the catalogue: its number begins with the unit's word."""


class IdentifierMalformed(Exception):  # noqa: N818  named after the fact
    """A text is no identifier of a licence: another shape, or its check character does not fit."""


class DocumentNotFound(NotFound):
    """No such document, or it is not the caller's to see."""

    code, title = "document_not_found", "没有这份文书"


class DocumentNotReady(WrongState):
    """The document is being made."""

    code, title = "document_not_ready", "文书正在制作,请稍后再取"
