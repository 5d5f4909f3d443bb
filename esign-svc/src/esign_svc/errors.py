"""Esign's problems, what keeps a seal from being used, and what is no identifier.

Problem
├── NotFound: SealNotFound
├── WrongState: SealStepNotPossible, SealExists, UnitUnknown, LicenceStateWrong
├── Forbidden: SameHands, StepNotYours
├── Malformed: SealReasonMissing, SealFaceUnfit, CertificateUnfit
└── Unavailable: SealKeysMissing, VerifierBusy
SealUnavailable
SealNotAllowed
IdentifierMalformed
"""

from chassis.base.problems import Forbidden, Malformed, NotFound, Unavailable, WrongState


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


class SealUnavailable(Exception):  # noqa: N818  named after the fact
    """There is no seal of this kind in use, or it is not valid then: what is to be sealed waits."""


class SealNotAllowed(Exception):  # noqa: N818  named after the fact
    """The approver may not let this seal be used: what was asked for is not sealed by it."""


class LicenceStateWrong(WrongState):
    """The licence's state does not allow what is to be done."""

    code, title = "licence_state_wrong", "证照当前状态不允许此操作"


class IdentifierMalformed(Exception):  # noqa: N818  named after the fact
    """A text is no identifier of a licence: another shape, or its check character does not fit."""
