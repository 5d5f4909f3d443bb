"""Bodies on what third-party assessors find."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Count,
    Day,
    Id,
    LongText,
    Moment,
    Sha256,
    Text,
    UnitCode,
    View,
    shown,
    text,
)
from chassis.base.problems import FieldError
from chassis.base.shapes import whole
from pydantic import Field, model_validator

from evaluation_svc.domain.assessor_findings import (
    MOST_EVIDENCE,
    PDF,
    FindingKind,
    FindingState,
    WithdrawalReason,
    unfit,
)
from evaluation_svc.errors import FindingUnfit
from evaluation_svc.schemas.months import Month

Points = Annotated[int, Field(ge=0, le=100, json_schema_extra={"format": "int32"})]
Signature = Annotated[
    str,
    text(
        1000,
        min_length=10,
        pattern=whole(r"[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+"),
        example="eyJhbGciOiJFZDI1NTE5In0..c2lnbmF0dXJl",
    ),
]
"""A detached JWS (RFC 7515 appendix F)."""
MediaType = Literal["application/pdf", "image/jpeg", "image/png"]
STATEMENT = "01900000-0000-7000-8000-0000000000f1"
EXAMPLE = {
    "statement_id": STATEMENT,
    "assessor": "TPA",
    "kind": "CONFIGURATION_ACCURACY",
    "unit": "U09",
    "period": "2026-03",
    "assessed_on": "2026-04-02",
    "checked": 40,
    "right": 38,
    "evidence": [{"sha256": "9f86d081884c7d65" * 4, "media_type": PDF}],
}


class SignedEvidence(Body):
    """一份证据:文件的 SHA-256 与类型;签名之后不能换成另一个文件。"""

    model_config = Body.model_config | shown(sha256="9f86d081884c7d65" * 4, media_type=PDF)

    sha256: Sha256
    media_type: MediaType


class FindingFacts(Body):
    """评估机构签名的内容:抽查配置准确率填 checked、right,暗访填 score(0–100);标识由机构自定,只能用一次。"""

    model_config = Body.model_config | shown(**EXAMPLE)

    statement_id: Id
    assessor: UnitCode
    kind: Annotated[FindingKind, Field(strict=False)]
    unit: UnitCode
    period: Month
    assessed_on: Day
    checked: Count | None = None
    right: Count | None = None
    score: Points | None = None
    evidence: Annotated[list[SignedEvidence], Field(min_length=1, max_length=MOST_EVIDENCE)]

    @model_validator(mode="after")
    def goes_together(self) -> "FindingFacts":
        """Raise FindingUnfit for counts that do not belong to the kind, or contradict each other."""
        if faults := unfit(self.model_dump()):
            raise FindingUnfit(errors=[FieldError(f"/finding{place}", *said) for place, *said in faults])
        return self


class FindingBody(Body):
    """一份评估结果与机构对其规范 JSON(RFC 8785,不含空值)的分离签名(JWS,Ed25519,typ 为 yiwang-finding+jws)。"""

    model_config = Body.model_config | shown(finding=EXAMPLE, signature="eyJhbGciOiJFZDI1NTE5In0..c2lnbmF0dXJl")

    finding: FindingFacts
    signature: Signature


class FindingWithdrawalFacts(Body):
    """评估机构签名的撤回:撤回哪一份、为何。"""

    model_config = Body.model_config | shown(statement_id=STATEMENT, assessor="TPA", reason="MISCOUNTED")

    statement_id: Id
    assessor: UnitCode
    reason: Annotated[WithdrawalReason, Field(strict=False)]


class FindingWithdrawalBody(Body):
    """撤回与机构的分离签名(typ 为 yiwang-finding-withdrawal+jws)。"""

    model_config = Body.model_config | shown(
        withdrawal={"statement_id": STATEMENT, "assessor": "TPA", "reason": "MISCOUNTED"},
        signature="eyJhbGciOiJFZDI1NTE5In0..c2lnbmF0dXJl",
    )

    withdrawal: FindingWithdrawalFacts
    signature: Signature


class FindingSummary(View):
    """一份评估结果:哪个机构、评估哪个单位、属于哪个月、结果与状态。"""

    finding_id: Id
    statement_id: Id
    assessor: UnitCode
    assessor_name: Text
    kind: FindingKind
    kind_name: Text
    unit: UnitCode
    unit_name: Text
    period: Month
    assessed_on: Day
    checked: Count | None
    right: Count | None
    score: Points | None
    state: FindingState
    state_name: Text
    submitted_at: Moment
    entered_at: Moment | None
    withdrawn_at: Moment | None


class FindingEvidenceView(View):
    """一份证据;`given_at` 为空时文件尚未上传。"""

    sha256: Sha256
    media_type: MediaType
    size: Count | None
    given_at: Moment | None


class FindingView(FindingSummary):
    """一份评估结果及其签名:`statement` 是被签名的原文,任何人都可以用 `public_key`(Ed25519 公钥)核对。"""

    statement: LongText
    signature: Signature
    public_key: Text
    submitted_by: CallerId
    evidence: Annotated[list[FindingEvidenceView], Field(max_length=MOST_EVIDENCE)]
    withdrawal_reason: WithdrawalReason | None
    withdrawal: LongText
    withdrawal_signature: LongText
