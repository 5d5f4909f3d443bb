"""Replies that show units, items and matters."""

from typing import Annotated, Generic, Literal

from chassis.base.fields import Code, Count, Day, LongText, MaybeCode, Moment, Name, Text, UnitCode, Version, View
from chassis.http.paging import Item, Page
from chassis.worktime import LimitUnit

from catalog_svc.domain.model import ClockStart
from catalog_svc.schemas.fields import AnswerKey, AnswerValue, Label, Many, When


class UnitView(View):
    """单位:有效期、继任单位,及对其决定不服时的救济;未载明的为空。"""

    unit_code: UnitCode
    name: Name
    short_name: Name
    kind: Code
    valid_from: Day
    valid_to: Day | None
    successor: UnitCode | None
    acceptance_word: Text
    review_basis: Label
    review_authority: Text
    court: Text
    authority_address: Text
    authority_phone: Text
    complaint_way: Text


class LimitView(View):
    """时限。"""

    amount: Count
    unit: LimitUnit


class LawView(View):
    """设定依据。"""

    law_name: Text
    clause: Text
    confirmed: bool


class ItemSummary(View):
    """事项摘要。"""

    task_code: Code
    task_version: Version
    task_name: Name
    unit: UnitCode
    unit_name: Name


class FeeView(View):
    """收费项目。"""

    fee_name: Text
    fee_stand: Text
    by_law: Text


class NeedView(View):
    """事项所需的一个数据元或材料;`when` 全部满足时才需要。"""

    code: Code
    required: bool
    when: When


class ItemView(ItemSummary):
    """事项(实施清单);`withdrawn_from` 为停办日期,未定停办的为空。"""

    withdrawn_from: Day | None

    common_name: Annotated[list[Name], Many]
    catalog_code: Code
    task_type: Code
    use_level: Code
    project_type: Code
    server_type: Annotated[list[Code], Many]
    user_topic_type: Annotated[list[Name], Many]
    corp_topic_type: Annotated[list[Name], Many]
    handle_type: Annotated[list[Code], Many]
    accept_condition: LongText
    promise: LimitView
    anticipate: LimitView | None
    anticipate_explain: Text
    clock_start: ClockStart
    limit_scene_num: Count
    limit_scene_explain: Text
    online_handle_depth: Label
    is_fee: bool
    fee_basis: Text
    fee_project: Annotated[list[FeeView], Many]
    is_pay_online: bool
    consult_phone: Text
    complain_phone: Text
    local_catalog_code: MaybeCode
    local_task_code: MaybeCode
    task_handle_item: Annotated[list[Code], Many]
    result_name: Text
    result_type: Label
    by_law: Annotated[list[LawView], Many]
    elements: Annotated[list[NeedView], Many]
    materials: Annotated[list[NeedView], Many]
    status: Code
    source: LongText


class OptionView(View):
    """选项。"""

    value: AnswerValue
    label: Label


class AnswerOptionView(OptionView):
    """情形问题的选项;`window` 不为空的不能在线办理,其文字说明到哪里办。"""

    window: LongText


class QuestionView(View):
    """情形问题;`when` 全部满足时才需回答。"""

    key: AnswerKey
    text: Text
    options: Annotated[list[AnswerOptionView], Many]
    when: When
    help: LongText


class MatterSummary(View):
    """一件事摘要。"""

    matter_code: Code
    matter_version: Version
    name: Name
    stage: Code
    lead_unit: UnitCode
    lead_unit_name: Name
    summary: LongText


class SearchPage(Page[Item], Generic[Item]):
    """检索结果的一页;`unmatched` 是没有查到的词,`suggestions` 是读音或字形相近的名称(您是不是要找)。"""

    unmatched: Annotated[list[Text], Many]
    suggestions: Annotated[list[Name], Many]


class StageView(View):
    """一个生命周期阶段,及其中的一件事数。"""

    stage: Code
    name: Name
    audience: Literal["person", "company"]
    matters: Count


class StagesView(View):
    """全部生命周期阶段,按顺序。"""

    items: Annotated[list[StageView], Many]


class MatterView(MatterSummary):
    """一件事的一个已发布版本;`is_withdrawn` 表示已停办,自 `withdrawn_from` 起不再受理新的申请。"""

    cooperating_units: Annotated[list[UnitCode], Many]
    cooperating_unit_names: Annotated[list[Name], Many]
    aliases: Annotated[list[Name], Many]
    questions: Annotated[list[QuestionView], Many]
    status: Code
    source: LongText
    published_at: Moment
    withdrawn_from: Day | None
    is_withdrawn: bool
