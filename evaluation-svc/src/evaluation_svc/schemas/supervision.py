"""Bodies on lights and supervision."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Count,
    Id,
    LongText,
    Moment,
    Name,
    Text,
    UnitCode,
    View,
    WrittenLongText,
    shown,
)
from pydantic import Field

from evaluation_svc.domain.supervision import LightColour, SupervisionState, SupervisionStep
from evaluation_svc.schemas.months import Month


class LightCounts(View):
    """各灯的件数:`green`、`yellow`、`red`、`purple` 为现在的;`turned_…` 为当月曾经变为该灯的。"""

    green: Count
    yellow: Count
    red: Count
    purple: Count
    turned_yellow: Count
    turned_red: Count
    turned_purple: Count


class UnitLights(LightCounts):
    """一个单位的灯。"""

    unit: UnitCode
    unit_name: Text


class LightsView(View):
    """截至 `as_of` 的灯:在办环节按承诺时限为绿、黄、红,逾期未答复是否受理的申请为紫;`city` 为所列单位之和。"""

    as_of: Moment
    month: Month
    city: LightCounts
    units: Annotated[list[UnitLights], Field(max_length=1000)]


class LightView(View):
    """一个亮灯的在办环节,或一件逾期未答复是否受理的申请(紫灯,`subject` 为申请)。"""

    subject: Id
    application_id: Id
    application_number: Text
    name: Text
    unit: UnitCode
    unit_name: Text
    light: LightColour
    due_at: Moment


class SupervisionSummary(View):
    """一件督办(GB/T 39046 表 11):办件、内容、发出与状态时间、规则、预警类型、责任单位。

    `due_at` 为答复期限,`is_done` 表示所督办的事已经办了。
    """

    supervision_id: Id
    number: Text | None
    application_id: Id
    application_number: Text
    content: Name
    authority: UnitCode
    unit: UnitCode
    unit_name: Text
    rule: Code
    light: LightColour
    is_done: bool
    state: SupervisionState
    state_name: Text
    state_at: Moment
    sent_at: Moment | None
    due_at: Moment | None
    warned_at: Moment | None
    escalated_at: Moment | None
    letter_id: Id


class SupervisionStepView(View):
    """督办的一步:何时由谁所为,写了什么。"""

    number: Count
    action: SupervisionStep
    by: CallerId
    at: Moment
    words: LongText


class SupervisionView(SupervisionSummary):
    """一件督办及其各步;`result` 为办结时写明的结果。"""

    subject: Id
    result: LongText
    steps: Annotated[list[SupervisionStepView], Field(max_length=1000)]


class SupervisionAnswerBody(Body):
    """单位的答复:逾期原因、办理情况和整改措施。"""

    model_config = Body.model_config | shown(words="因系统对接未完成而逾期,已于3月11日办结,并安排专人每日核对。")

    words: Annotated[WrittenLongText, Field(min_length=1)]


class SupervisionConclusionBody(Body):
    """办结(CLOSE)并写明结果,或退回(SEND_BACK)并写明要补充什么。"""

    model_config = Body.model_config | shown(action="CLOSE", words="已办结,整改措施可行。")

    action: Literal["CLOSE", "SEND_BACK"]
    words: Annotated[WrittenLongText, Field(min_length=1)]
