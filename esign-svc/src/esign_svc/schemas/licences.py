"""Licences: their views, what is done to them, use copies, the public check."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Day,
    Id,
    LicenceIdentifierText,
    LongText,
    MaybeCode,
    Moment,
    Name,
    Text,
    UnitCode,
    Until,
    Version,
    View,
    WrittenLongText,
    WrittenText,
    shown,
    text,
)
from chassis.base.problems import FieldError, Malformed
from chassis.base.shapes import KEY, whole
from pydantic import Field, model_validator

from esign_svc.domain.licences import Answer, LicenceAction, LicenceState

Lines = Field(max_length=100)
Element = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="child_name")]
Corrections = Annotated[dict[Element, WrittenLongText], Field(max_length=50)]


class FaceLine(View):
    """照面的一栏。"""

    label: Text
    value: LongText


class LicenceMetadata(View):
    """电子证照元数据(GB/T 36903-2018);`certificate_expiring_date` 为日期或“长期”。"""

    certificate_identifier: LicenceIdentifierText
    certificate_type_name: Name
    certificate_type_code: Code
    certificate_number: Text
    certificate_name: Name
    certificate_version: Code
    certificate_issued_date: Day | None
    certificate_issuing_authority_name: Name
    certificate_issuing_authority_code: Code
    certificate_define_authority_name: Name
    certificate_define_authority_code: Code
    certificate_effective_date: Day
    certificate_expiring_date: Until
    certificate_area_code: MaybeCode
    certificate_holder_name: Text
    certificate_holder_code: Text
    certificate_holder_type_code: MaybeCode
    related_item_name: Name
    related_item_code: Code
    certificate_status: MaybeCode


class LicenceSummary(View):
    """一份电子证照,`state` 为 `as_of` 时的状态;`valid_until` 为截止日期(当日有效)或“长期”。"""

    licence_id: Id
    identifier: LicenceIdentifierText
    number: Text
    type: Code
    name: Name
    edition: Version
    state: LicenceState
    state_name: Text
    unit: UnitCode
    unit_name: Name
    holder_name: Text
    valid_from: Day
    valid_until: Until
    issued_at: Moment | None
    as_of: Moment


class LicenceView(LicenceSummary):
    """持证者本人的一份电子证照;`check_url` 是二维码的内容,出示给他人即可核验。"""

    holder_number: Text
    fields: Annotated[list[FaceLine], Lines]
    application_id: Id
    case_id: Id
    supersedes: Id | None
    superseded_by: LicenceIdentifierText | None
    metadata: LicenceMetadata
    document_id: Id | None
    check_url: LongText


class LicenceStepView(View):
    """对一份证照的一项办理:谁提出、谁复核;`status` 为 proposed(待复核)、confirmed(已办)或 rejected(不予办理)。

    `corrections` 是更正的要素及其正确的值,复核人据以核对。
    """

    step_id: Id
    licence_id: Id
    action: LicenceAction
    status: Literal["proposed", "confirmed", "rejected"]
    reason: LongText
    basis: LongText
    corrections: Annotated[dict[Element, LongText], Field(max_length=50)]
    proposed_by: CallerId
    proposed_at: Moment
    ended_by: CallerId | None
    ended_at: Moment | None


class IssuedLicenceView(LicenceSummary):
    """颁发单位所见的一份电子证照:持证者脱敏,附全部办理。"""

    holder_number: Text
    fields: Annotated[list[FaceLine], Lines]
    application_id: Id
    case_id: Id
    supersedes: Id | None
    superseded_by: LicenceIdentifierText | None
    metadata: LicenceMetadata
    steps: Annotated[list[LicenceStepView], Field(max_length=1000)]


class LicenceStepBody(Body):
    """提出一项办理:暂扣、恢复、撤销、吊销、注销、转出、更正;须说明理由并注明依据。

    更正(correct)在 `corrections` 中写明要更正的要素及其正确的值,其余照面向申请系统重新取得;其他办理不写。
    """

    model_config = shown(action="revoke", reason="申请人隐瞒有关情况", basis="行政许可法第六十九条第二款")

    action: Annotated[LicenceAction, Field(strict=False)]
    reason: WrittenLongText
    basis: WrittenText
    corrections: Corrections = Field(default_factory=dict)

    @model_validator(mode="after")
    def corrects_something(self) -> "LicenceStepBody":
        """Raise Malformed for a correction of nothing, and for another step that corrects something."""
        is_right = bool(self.corrections) == (self.action is LicenceAction.CORRECT)
        if not is_right or not all(self.corrections.values()):
            raise Malformed(
                "更正须写明要更正的要素及其正确的值,其他办理不写",
                errors=[FieldError("/corrections", "required", "更正时必填,其他办理不填")],
            )
        return self

    @model_validator(mode="after")
    def says_why(self) -> "LicenceStepBody":
        """Raise Malformed for a step without reason or basis."""
        missing = [name for name in ("reason", "basis") if not getattr(self, name)]
        if missing:
            raise Malformed(
                "应当说明理由并注明依据", errors=[FieldError(f"/{one}", "required", "必填") for one in missing]
            )
        return self


class LicenceStepDecisionBody(Body):
    """复核:同意(confirm)或不同意(reject);同意者不得是提出者本人。"""

    model_config = shown(decision="confirm")

    decision: Literal["confirm", "reject"]


class LicenceCopyBody(Body):
    """制作加注件:写明用途和截止日期(最长 180 日,不晚于证照有效期)。"""

    model_config = shown(purpose="用于办理入学登记", until="2026-06-30")

    purpose: WrittenText
    until: Day

    @model_validator(mode="after")
    def says_what_for(self) -> "LicenceCopyBody":
        """Raise Malformed for a copy without a purpose."""
        if not self.purpose:
            raise Malformed("请写明用途", errors=[FieldError("/purpose", "required", "必填")])
        return self


class LicenceCopyView(View):
    """一份加注件;`state` 为 making(制作中)、valid 或 expired(已过截止日期)。"""

    copy_id: Id
    licence_id: Id
    purpose: Text
    until: Day
    state: Literal["making", "valid", "expired"]
    asked_at: Moment
    made_at: Moment | None
    document_id: Id | None
    check_url: LongText
    as_of: Moment


class LicenceCopyStatus(View):
    """所核验的是加注件:它的用途、截止日期,以及是否已过期。"""

    purpose: Text
    until: Day
    is_expired: bool


class LicenceStatus(View):
    """核验结果,以 `as_of` 时为准。

    `answer`:valid 有效;not_valid 无效;unknown 本系统不掌握(如已转出),须向颁发机构核实,不能当作有效或者无效。
    """

    identifier: LicenceIdentifierText
    answer: Answer
    state: LicenceState
    state_name: Text
    detail: LongText
    name: Name
    number: Text
    unit_name: Name
    holder_name: Text
    valid_from: Day
    valid_until: Until
    as_of: Moment
    use_copy: LicenceCopyStatus | None
    superseded_by: LicenceIdentifierText | None
