"""The guide: what is asked, and what is answered."""

from typing import Annotated

from chassis.base.fields import Body, Code, Count, Day, LongText, Moment, Name, Text, UnitCode, Version, View, shown

from catalog_svc.domain.model import Actor, ClockStart, ElementType, IdKind, ObtainMode, OnRefusal, RuleKind
from catalog_svc.schemas.catalogue import LimitView, OptionView
from catalog_svc.schemas.fields import Answers, Label, Many, When


class GuideBody(Body):
    """情形选择:问题 → 选项。"""

    model_config = shown(
        answers={
            "parents_nationality": "both",
            "birth_place": "zhengzhou",
            "in_wedlock": "yes",
            "residence": "hukou",
            "hukou_follow": "mother",
            "insurance": "yes",
            "card": "no",
            "maternity": "none",
        }
    )

    answers: Answers


class FieldView(View):
    """一表中的一个字段;`personal` 为个人信息,默认脱敏显示;`accepts` 为可填的身份证件号码种类,空则不限。"""

    element: Code
    label: Label
    type: ElementType
    required: bool
    max_length: Count
    pattern: Label
    options: Annotated[list[OptionView], Many]
    help: LongText
    personal: bool
    accepts: Annotated[list[IdKind], Many]
    used_by: Annotated[list[Code], Many]


class ChosenView(View):
    """情形引导中已选的一项:问题与所选选项的文字,以及因它而定要求的事项。"""

    key: Code
    text: Label
    value: Code
    label: Label
    used_by: Annotated[list[Code], Many]


class SectionView(View):
    """一表的一个分区。"""

    key: Code
    title: Label
    fields: Annotated[list[FieldView], Many]


class RuleView(View):
    """几个字段之间的规则;`is_warning` 的只作提示,不影响提交。`when` 为 字段 → 值,值为空表示填写了即可。"""

    rule: Code
    kind: RuleKind
    elements: Annotated[list[Code], Many]
    years: Count
    sex: Label
    when: When
    is_warning: bool


class FormView(View):
    """一张表单;`rules` 为字段之间的规则。"""

    sections: Annotated[list[SectionView], Many]
    rules: Annotated[list[RuleView], Many]


class MaterialView(View):
    """一套材料中的一份,及其获取方式;`holder` 为 SELF 的由申请人本人持有或说明。

    证照号码为 `reference_type` 类型的值,须与 `reference_of` 中某一字段相同(空则不限)。
    `to_bring` 为真的本应由部门间核验,而数据尚未接通,仍须自带。
    """

    material: Code
    name: Name
    required: bool
    obtain_mode: ObtainMode
    holder: UnitCode
    holder_name: Name
    needs_reference: bool
    reference_type: ElementType
    reference_of: Annotated[list[Code], Many]
    accept_standard: LongText
    used_by: Annotated[list[Code], Many]
    to_bring: bool = False
    why: LongText


class SavedView(View):
    """省下的一份材料及原因;`basis` 是改革前要求提交它的依据。"""

    material: Code
    name: Name
    reason: Code
    by: Text
    copies: Count
    basis: Annotated[list[Text], Many]


class GuideItemView(View):
    """本情形涉及的事项。"""

    task_code: Code
    task_version: Version
    task_name: Name
    unit: UnitCode
    unit_name: Name


class GuideTaskView(View):
    """本情形的一个环节;`clock_start` 为时限起算:RECEIPT 收到申请、ACCEPTANCE 受理、GATE 前一环节办结。

    须等前一环节的,不论何种起算,自前一环节办结时起算:此前该单位未收到申请。
    `by` 为 APPLICANT 的由申请人自己完成,`help` 说明怎样完成,`promise` 是其可用的时间。
    """

    task_key: Code
    name: Name
    item: Code
    unit: UnitCode
    unit_name: Name
    after: Annotated[list[Code], Many]
    promise: LimitView
    statutory: LimitView | None
    clock_start: ClockStart
    on_refusal: OnRefusal
    by: Actor
    help: LongText


class StepView(View):
    """时限推算的一段。"""

    first: Day
    last: Day
    counted: bool
    why: Text
    used: Label


class DerivationView(View):
    """关键路径上一个环节的时限推算。"""

    task_key: Code
    due: Moment
    steps: Annotated[list[StepView], Many]


class PromiseView(View):
    """若现在受理,按承诺(或法定)时限的办结时间;`provisional` 表示所跨年度的放假通知尚未发布。"""

    finish: Moment
    provisional: bool
    calendar_version: Text
    critical_path: Annotated[list[Code], Many]
    derivation: Annotated[list[DerivationView], Many]


class GuideView(View):
    """办事指南:事项、一表、一套材料、环节与承诺。"""

    matter_code: Code
    matter_version: Version
    name: Name
    lead_unit: UnitCode
    lead_unit_name: Name
    answers: Answers
    situation: Annotated[list[ChosenView], Many]
    subjects: Annotated[list[Annotated[list[Code], Many]], Many]
    items: Annotated[list[GuideItemView], Many]
    form: FormView
    materials: Annotated[list[MaterialView], Many]
    saved: Annotated[list[SavedView], Many]
    tasks: Annotated[list[GuideTaskView], Many]
    promise: PromiseView
    statutory: PromiseView | None
