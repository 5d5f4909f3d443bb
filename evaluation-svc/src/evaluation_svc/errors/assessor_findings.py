"""Problems of what third-party assessors find."""

from chassis.base.problems import Forbidden, Malformed, NotFound, WrongState


class FindingNotFound(NotFound):
    """No such finding, or it is not the caller's to see."""

    code, title = "finding_not_found", "没有这份评估结果"


class FindingEvidenceNotFound(NotFound):
    """The finding's signature names no such file, or the file has not come."""

    code, title = "finding_evidence_not_found", "没有这份证据,或文件尚未上传"


class FindingKnown(WrongState):
    """The assessor has used this statement's id already: a signed statement counts once."""

    code, title = "finding_known", "这份评估结果已登记过"


class FindingEnded(WrongState):
    """The finding was withdrawn."""

    code, title = "finding_ended", "评估结果已撤回"


class FindingEvidenceDiffers(WrongState):
    """A file is not the one whose digest was signed."""

    code, title = "finding_evidence_differs", "文件与签名中列明的证据不一致"


class AssessorUnknown(Forbidden):
    """The caller's organisation is not among the city's assessors."""

    code, title = "assessor_unknown", "本机构不在本市第三方评估机构名录中"


class FindingOfAnother(Forbidden):
    """A statement names another assessor than the caller's."""

    code, title = "finding_of_another", "只能提交本机构的评估结果"


class FindingForged(Malformed):
    """No key of the assessor has signed exactly this."""

    code, title = "finding_forged", "签名无效:不是本机构登记的密钥所签,或内容在签名后改动过"


class FindingUnfit(Malformed):
    """What a finding says does not go together."""

    code, title = "finding_unfit", "评估结果的内容不完整或相互矛盾"
