"""Disputes (校核纠错) and their evidence, as intake files them, as the applicant and the source unit see them."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Count,
    Id,
    LongText,
    Moment,
    Number,
    Sha256,
    Text,
    UnitCode,
    View,
    WrittenLongText,
    WrittenText,
    shown,
    text,
)
from pydantic import Field

from datashare_svc.domain.disputes import DisputeOutcome, DisputePlace, DisputeState
from datashare_svc.domain.evidence import MOST
from datashare_svc.schemas.prefills import Key

MediaType = Annotated[str, text(40, min_length=1, example="application/pdf")]
DISPUTE = "01900000-0000-7000-8000-0000000000b1"
EVIDENCE = "01900000-0000-7000-8000-0000000000b2"


class FilingBody(Body):
    """对一个共享值提出异议:哪份申请的哪一处、来源给出的值、申请人主张的值及理由;同一标识只登记一次。"""

    model_config = Body.model_config | shown(
        dispute_id=DISPUTE,
        application_id="01900000-0000-7000-8000-00000000000a",
        application_number="410100U232026030220000019",
        applicant_id="f3b0c2",
        draft_id="01900000-0000-7000-8000-000000000001",
        resource="population_register",
        network="population",
        unit="U09",
        place="form",
        key="residence_address",
        label="户籍地址",
        query_id="01900000-0000-7000-8000-0000000000a1",
        shared_value="金水区一号",
        claimed_value="二七区二号",
        reason="上月已迁入二七区,户口簿首页可证",
    )

    dispute_id: Id
    application_id: Id
    application_number: Number
    applicant_id: CallerId
    draft_id: Id | None = None
    resource: Code
    network: Code
    unit: UnitCode
    place: Annotated[DisputePlace, Field(strict=False)]
    key: Key
    label: Annotated[Text, Field(min_length=1)]
    query_id: Id | None = None
    shared_value: LongText
    claimed_value: LongText
    reason: LongText


class DisputeSummary(View):
    """一件异议:哪份申请的哪一处、由哪个单位校核、到哪一步;`due_at` 为空时工作日历尚未到达,随后补算。"""

    dispute_id: Id
    application_id: Id
    application_number: Number
    resource: Code
    resource_name: Text
    network: Code
    network_name: Text
    unit: UnitCode
    unit_name: Text
    place: DisputePlace
    key: Key
    label: Text
    state: DisputeState
    state_name: Text
    filed_at: Moment
    due_at: Moment | None
    overdue: bool
    ended_at: Moment | None


class EvidenceView(View):
    """一份证明材料;`given_at` 为空的只是预留,文件还没有上传。"""

    evidence_id: Id
    dispute_id: Id
    name: Text
    media_type: MediaType
    reserved_at: Moment
    given_at: Moment | None
    size: Count | None
    sha256: Sha256 | None


class DisputeView(DisputeSummary):
    """一件异议的全部:来源给出的值、申请人主张的值与理由、单位的答复与更正后的值、证明材料。"""

    query_id: Id | None
    shared_value: LongText
    claimed_value: LongText
    reason: LongText
    answer: LongText
    corrected_value: LongText
    evidence: Annotated[list[EvidenceView], Field(max_length=MOST)]


class EvidenceBody(Body):
    """预留一份证明材料:文件名与类型;随后以 PUT 上传文件本身。"""

    model_config = Body.model_config | shown(name="户口簿首页.pdf", media_type="application/pdf")

    name: Annotated[WrittenText, Field(min_length=1)]
    media_type: Literal["application/pdf", "image/jpeg", "image/png", "image/heic"]


class AnswerBody(Body):
    """单位的答复:更正(可附更正后的值)或经校核无误;无误的须写明理由。"""

    model_config = Body.model_config | shown(outcome="corrected", reason="迁入登记漏录,已补录", corrected_value="")

    outcome: Annotated[DisputeOutcome, Field(strict=False)]
    reason: WrittenLongText = ""
    corrected_value: WrittenLongText = ""
