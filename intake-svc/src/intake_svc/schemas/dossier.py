"""What a unit's work rests on: the situation, elements and materials in words, and opening them on purpose."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    Code,
    Id,
    LongText,
    MaybeCode,
    Moment,
    Name,
    Number,
    Text,
    UnitCode,
    Version,
    View,
    WrittenText,
    shown,
)
from pydantic import Field

from intake_svc.domain.booking import How
from intake_svc.schemas.drafts import Key

Purpose = Literal["check", "decide", "answer", "file"]
"""核对材料、作出决定、答复咨询、归档。"""


class DisclosureBody(Body):
    """调阅:要看哪些项、哪些证照号码,出于什么目的(check 核对材料、decide 作出决定、answer 答复咨询、file 归档)。"""

    model_config = shown(fields=["child_name"], materials=["parent_id_card"], purpose="check", note="核对出生信息")

    fields: Annotated[list[Key], Field(max_length=300)] = Field(default_factory=list)
    materials: Annotated[list[Key], Field(max_length=100)] = Field(default_factory=list)
    purpose: Purpose
    note: WrittenText = ""


class SituationView(View):
    """一项情形:问题与所选选项的文字。"""

    key: Code
    text: Text
    value: Code
    label: Text


class ElementView(View):
    """填写的一项,用文字表示;`personal` 为个人信息,未经调阅时脱敏;`disputed` 为申请人对来源提出了异议。"""

    element: Key
    label: Text
    value: LongText
    personal: bool
    disputed: bool = False


Elements = Annotated[list[ElementView], Field(max_length=300)]


class ReferenceView(View):
    """一份材料的证照号码。"""

    material: Key
    name: Name
    reference: Text


class DisclosureView(View):
    """调阅到的内容,原样显示;每次调阅都留有记录。"""

    application_id: Id
    elements: Elements
    materials: Annotated[list[ReferenceView], Field(max_length=100)]


class CheckedView(View):
    """一份材料由来源核验的情况:已核验一致、不一致、有异议、待核验或由窗口核对;何时、哪个单位的哪项数据。"""

    how: How
    text: Text
    unit_name: Text
    resource_name: Text
    at: Moment


class DossierMaterialView(ReferenceView):
    """本环节事项要的一份材料、怎样取得、按什么标准核对、来源核验的情况(没有来源的为空);证照号码脱敏。"""

    required: bool
    obtain_mode: Code
    accept_standard: LongText
    checked: CheckedView | None = None


class DossierView(View):
    """一个环节的办理依据:本事项要的情形、填写项与材料,个人信息脱敏;不知是哪个事项的,`item` 为空,什么也不列。"""

    task_id: Id
    task_key: Code
    task_name: Text
    unit: UnitCode
    item: MaybeCode
    item_name: Text
    application_id: Id
    application_number: Number
    matter_code: Code
    matter_version: Version
    name: Name
    situation: Annotated[list[SituationView], Field(max_length=50)]
    elements: Elements
    materials: Annotated[list[DossierMaterialView], Field(max_length=200)]
