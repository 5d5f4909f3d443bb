"""Bodies on the loop of a bad rating (差评整改): as units work in it, as raters follow it, as everybody reads of it."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Count,
    Day,
    Id,
    LongText,
    MaybeCode,
    Moment,
    Name,
    Text,
    UnitCode,
    View,
    WrittenLongText,
    read_by,
    shown,
    text,
)
from pydantic import Field

from evaluation_svc.domain.ratings import Level
from evaluation_svc.domain.rectifications import (
    Action,
    Ground,
    RectificationClock,
    RectificationOutcome,
    RectificationState,
)
from evaluation_svc.domain.tag_checks import Finding
from evaluation_svc.schemas.months import Month
from evaluation_svc.schemas.rating_types import TagCode

Tags = Annotated[list[TagCode], Field(max_length=20)]
MaybeItem = Annotated[str, text(64, example="11410100MBXX0030XE3412036001003")]
OfficerId = Annotated[str, text(100, min_length=1, example="f3b0c2"), read_by(str.strip, 100)]
Workdays = Annotated[int, Field(ge=1, le=60, json_schema_extra={"format": "int32"})]
AppealState = Literal["FILED", "ESCALATED", "UPHELD", "VOIDED"]


class TagFindingView(View):
    """系统对一个评价标签的核对:属实、不属实或无法核对,及所依据的数字。"""

    tag: TagCode
    finding: Finding
    finding_name: Text
    text: Text


class DueStepView(View):
    """时限推算的一段。"""

    first: Day
    last: Day
    counted: bool
    why: Text
    used: Text


class RectificationSummary(View):
    """一件差评整改:不含评价人,可能由事项推出评价人的,事项为空。

    `due_at` 是正在计的时限,为空的是没有在计,或者工作日历尚未到达。
    """

    rectification_id: Id
    unit: UnitCode
    unit_name: Text
    matter_code: MaybeCode
    matter_name: Text
    item: MaybeItem
    level: Level
    level_name: Text
    tags: Tags
    is_named: bool
    state: RectificationState
    state_name: Text
    round: Count
    outcome: RectificationOutcome | None
    officer: CallerId | None
    clock: RectificationClock | None
    due_at: Moment | None
    is_overdue: bool
    overdue_count: Count
    opened_at: Moment
    closed_at: Moment | None


class RectificationStepView(View):
    """整改的一步:谁、何时、做了什么、说了什么。"""

    number: Count
    action: Action
    action_name: Text
    state: RectificationState
    actor: CallerId
    unit: Annotated[str, text(8, example="U23")]
    at: Moment
    words: LongText
    reached: bool | None


class AppealSummary(View):
    """一件差评申诉:哪个单位、为何、到哪一步;由另一单位复核。"""

    appeal_id: Id
    unit: UnitCode
    unit_name: Text
    matter_name: Text
    level: Level
    tags: Tags
    ground: Ground
    state: AppealState
    filed_at: Moment
    decided_at: Moment | None


class AppealView(AppealSummary):
    """一件差评申诉的全部:申诉理由、系统核对、评价文字(已隐去个人信息)、复核意见。"""

    words: LongText
    text: LongText
    findings: Annotated[list[TagFindingView], Field(max_length=20)]
    reason: LongText


class RectificationView(RectificationSummary):
    """一件差评整改的全部:系统核对、评价文字(已隐去个人信息)、步骤、时限推算;`possible` 是您现在可以办理的。"""

    application_number: Annotated[str, text(40, example="410100U232026030220000019")]
    text: LongText
    answer: LongText
    done: LongText
    called_back_at: Moment | None
    findings: Annotated[list[TagFindingView], Field(max_length=20)]
    derivation: Annotated[list[DueStepView], Field(max_length=500)]
    steps: Annotated[list[RectificationStepView], Field(max_length=1000)]
    appeal_id: Id | None
    possible: Annotated[list[Action], Field(max_length=20)]


class OwnStepView(View):
    """您的差评走到的一步。"""

    action_name: Text
    at: Moment
    words: LongText


class OwnRectificationView(View):
    """您的差评办到哪一步:由哪个单位办理、系统核对的结果、对您的答复。"""

    rectification_id: Id
    rating_id: Id
    unit: UnitCode
    unit_name: Text
    matter_name: Text
    level: Level
    tags: Tags
    state: RectificationState
    state_name: Text
    outcome: RectificationOutcome | None
    due_at: Moment | None
    is_overdue: bool
    answer: LongText
    findings: Annotated[list[TagFindingView], Field(max_length=20)]
    steps: Annotated[list[OwnStepView], Field(max_length=1000)]
    opened_at: Moment
    closed_at: Moment | None


class PublishedRectificationView(View):
    """一件公开的整改:哪个单位、哪件事、什么问题、怎样整改;不含评价人,日期只到月。"""

    publication_id: Id
    unit: UnitCode
    unit_name: Name
    matter_name: Text
    tags: Tags
    outcome: RectificationOutcome
    done: LongText
    month: Month


class RectifyingBody(Body):
    """办理一步:指派(`officer`,缺省为本人)、联系或回访(`reached`)、立行立改、列入台账(`workdays`)、说明解释(`basis`)、整改完成、答复、办结;除指派、联系成功和办结外须写明 `words`。"""  # noqa: E501  one sentence

    model_config = Body.model_config | shown(action="FIXED", words="已补发材料样本并更新办事指南")

    action: Literal["ASSIGN", "CONTACT", "FIX_NOW", "LEDGER", "EXPLAIN", "FIXED", "ANSWER", "CALL_BACK", "CLOSE"]
    words: WrittenLongText = ""
    officer: OfficerId | None = None
    reached: bool | None = None
    workdays: Workdays | None = None
    basis: WrittenLongText = ""


class AppealBody(Body):
    """申诉:误评或恶意差评,并写明理由与所依据的事实;以文字说明,不收附件。"""

    model_config = Body.model_config | shown(ground="MISTAKEN", words="评价所说的材料属另一事项,本单位未要求提交")

    ground: Annotated[Ground, Field(strict=False)]
    words: Annotated[WrittenLongText, Field(min_length=1)]


class AppealDecisionBody(Body):
    """复核:差评无效(`VOID`)或维持(`UPHOLD`),理由会答复评价人。"""

    model_config = Body.model_config | shown(decision="UPHOLD", reason="台账显示申请人确曾提交两次,差评成立")

    decision: Literal["VOID", "UPHOLD"]
    reason: Annotated[WrittenLongText, Field(min_length=1)]
