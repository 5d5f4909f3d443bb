"""The facts of an application that another service prints: only what it asks for, for a purpose of a short list."""

from typing import Annotated, Literal

from chassis.base.fields import Code, Id, LongText, MaybeCode, Moment, Name, Number, Text, UnitCode, View
from chassis.base.shapes import KEY, REGION, whole
from pydantic import Field

from intake_svc.schemas.drafts import Key

FactsPurpose = Literal["letter", "licence"]
"""制作文书、制作证照。"""


class FactMaterialView(View):
    """一份材料,及其取得方式。"""

    material: Code
    name: Name
    how: Code


class FactItemView(View):
    """一个由单位办理的环节及其事项。"""

    task_key: Code
    name: Text
    item: MaybeCode
    unit: UnitCode
    unit_name: Text


class FactsView(View):
    """一份申请的事实,供制作文书与证照;`fields` 只含所问的数据元,选项以文字表示,未填的不列。"""

    application_id: Id
    application_number: Number
    matter_code: Code
    matter_name: Name
    region: Annotated[str, Field(max_length=6, pattern=whole(REGION))]
    applicant_name: Text
    unit: UnitCode
    unit_name: Name
    lead_unit: UnitCode
    lead_unit_name: Name
    submitted_at: Moment
    accepted_at: Moment | None
    accept_doc_no: Text
    promised_due: Moment | None
    materials: Annotated[list[FactMaterialView], Field(max_length=200)]
    items: Annotated[list[FactItemView], Field(max_length=200)]
    fields: Annotated[dict[Key, LongText], Field(max_length=300)]


ELEMENTS = f"({KEY}(,{KEY})*)?"
"""Keys of elements, each after a comma but the first."""
