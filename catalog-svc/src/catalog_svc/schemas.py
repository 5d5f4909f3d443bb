"""Bodies: the city pack's documents as they are read, and the catalogue's requests and replies."""

from typing import Annotated, Any

from chassis.fields import Body, Code, Count, LongText, Moment, Name, Text, UnitCode, Version, View, text
from chassis.worktime import LimitUnit
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from catalog_svc.domain.model import (
    Element,
    ElementType,
    Item,
    Material,
    Matter,
    ObtainMode,
    OnRefusal,
    Pack,
    PublishedMatter,
    Section,
    Unit,
)

PUBLISHED: TypeAdapter[PublishedMatter] = TypeAdapter(PublishedMatter)
ITEM: TypeAdapter[Item] = TypeAdapter(Item)
Label = Annotated[str, text(200)]
AnswerKey = Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_]+$")]
AnswerValue = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Answers = Annotated[dict[AnswerKey, AnswerValue], Field(max_length=50)]
Many = Field(max_length=500)


class PackDocument(BaseModel):
    """A city pack as its files say it; unknown keys are refused, also inside."""

    model_config = ConfigDict(extra="forbid")

    units: tuple[Unit, ...]
    items: tuple[Item, ...]
    elements: tuple[Element, ...]
    sections: tuple[Section, ...]
    materials: tuple[Material, ...]
    matters: tuple[Matter, ...]
    synonyms: dict[str, tuple[str, ...]]

    def pack(self) -> Pack:
        """Return the pack."""
        return Pack(**{name: getattr(self, name) for name in PackDocument.model_fields})


class CalendarDocument(BaseModel):
    """A region's working calendar and office hours as the pack says them."""

    model_config = ConfigDict(extra="forbid")

    region: Annotated[str, Field(pattern=r"^\d{6}$")]
    calendar_version: str
    years: list[int]
    off: dict[str, str]
    work: dict[str, str]
    office_hours: dict[str, Any]


class UnitView(View):
    """单位。"""

    unit_code: UnitCode
    name: Name
    short_name: Name
    kind: Code


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


class NeedView(View):
    """事项所需的一个数据元或材料。"""

    code: Code
    required: bool


class ItemView(ItemSummary):
    """事项(实施清单)。"""

    catalog_code: Code
    task_type: Code
    use_level: Code
    project_type: Code
    server_type: Annotated[list[Code], Many]
    promise: LimitView
    anticipate: LimitView | None
    limit_scene_num: Count
    limit_scene_explain: Text
    online_handle_depth: Label
    is_fee: bool
    result_name: Text
    by_law: Annotated[list[LawView], Many]
    elements: Annotated[list[NeedView], Many]
    materials: Annotated[list[NeedView], Many]
    status: Code
    source: LongText


class OptionView(View):
    """选项。"""

    value: AnswerValue
    label: Label


class QuestionView(View):
    """情形问题;`when` 全部满足时才需回答。"""

    key: AnswerKey
    text: Text
    options: Annotated[list[OptionView], Many]
    when: Annotated[dict[AnswerKey, Annotated[list[AnswerValue], Many]], Field(max_length=50)]
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


class MatterView(MatterSummary):
    """一件事的一个已发布版本。"""

    aliases: Annotated[list[Name], Many]
    questions: Annotated[list[QuestionView], Many]
    status: Code
    source: LongText
    published_at: Moment


class GuideBody(Body):
    """情形选择:问题 → 选项。"""

    answers: Answers


class FieldView(View):
    """一表中的一个字段。"""

    element: Code
    label: Label
    type: ElementType
    required: bool
    max_length: Count
    pattern: Label
    options: Annotated[list[OptionView], Many]
    help: LongText
    used_by: Annotated[list[Code], Many]


class SectionView(View):
    """一表的一个分区。"""

    key: Code
    title: Label
    fields: Annotated[list[FieldView], Many]


class FormView(View):
    """一张表单。"""

    sections: Annotated[list[SectionView], Many]


class MaterialView(View):
    """一套材料中的一份,及其获取方式。"""

    material: Code
    name: Name
    required: bool
    obtain_mode: ObtainMode
    holder: UnitCode
    needs_reference: bool
    accept_standard: LongText
    used_by: Annotated[list[Code], Many]
    why: LongText


class SavedView(View):
    """省下的一份材料及原因。"""

    material: Code
    name: Name
    reason: Code
    by: Text
    copies: Count


class GuideItemView(View):
    """本情形涉及的事项。"""

    task_code: Code
    task_version: Version
    task_name: Name
    unit: UnitCode
    unit_name: Name


class TaskView(View):
    """本情形的一个环节。"""

    task_key: Code
    name: Name
    item: Code
    unit: UnitCode
    after: Annotated[list[Code], Many]
    promise: LimitView
    statutory: LimitView | None
    on_refusal: OnRefusal


class StepView(View):
    """时限推算的一段。"""

    first: Annotated[str, Field(max_length=10, pattern=r"^\d{4}-\d{2}-\d{2}$")]
    last: Annotated[str, Field(max_length=10, pattern=r"^\d{4}-\d{2}-\d{2}$")]
    counted: bool
    why: Text
    used: Label


class DerivationView(View):
    """关键路径上一个环节的时限推算。"""

    task_key: Code
    due: Moment
    steps: Annotated[list[StepView], Many]


class PromiseView(View):
    """若现在受理,承诺的办结时间;`provisional` 表示所跨年度的放假通知尚未发布。"""

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
    items: Annotated[list[GuideItemView], Many]
    form: FormView
    materials: Annotated[list[MaterialView], Many]
    saved: Annotated[list[SavedView], Many]
    tasks: Annotated[list[TaskView], Many]
    promise: PromiseView
