"""Intake's requests and replies."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    Code,
    Count,
    Day,
    Id,
    LongText,
    MaybeCode,
    MaybeUnitCode,
    Moment,
    Name,
    Number,
    Text,
    UnitCode,
    Version,
    View,
    WrittenLongText,
    WrittenText,
    shown,
    text,
)
from chassis.base.shapes import KEY, OPTION, whole
from pydantic import Field

from intake_svc.domain.progress import ApplicationState, Happening
from intake_svc.domain.stages import StageState

Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="parent_id_card")]
Answer = Annotated[str, text(64, min_length=1, pattern=whole(OPTION), example="yes")]
Answers = Annotated[dict[Key, Answer], Field(max_length=50)]
Form = Annotated[dict[Key, LongText], Field(max_length=300)]
References = Annotated[dict[Key, Text], Field(max_length=100)]


class DraftBody(Body):
    """新建草稿:哪件事、什么情形。"""

    model_config = shown(
        matter_code="newborn",
        answers={
            "parents_nationality": "both",
            "birth_place": "zhengzhou",
            "in_wedlock": "yes",
            "residence": "hukou",
            "hukou_follow": "mother",
            "insurance": "yes",
            "card": "no",
            "maternity": "none",
        },
    )

    matter_code: Code
    answers: Answers


class DraftChangeBody(Body):
    """保存草稿:整体替换表单与证照号码;改变情形则按新情形重新引导。"""

    model_config = shown(
        form={"child_name": "测小宝", "child_sex": "1", "child_birth_date": "2026-02-26"},
        materials={"birth_certificate": "Z000000001"},
    )

    form: Form
    materials: References = Field(default_factory=dict)
    answers: Answers | None = None


class FaultView(View):
    """一处缺漏或错误。"""

    pointer: Text
    code: Code
    detail: LongText


class AskedOption(View):
    """一个选项。"""

    value: Text
    label: Text


class AskedField(View):
    """表单中的一项。"""

    element: Code
    label: Text
    type: Code
    required: bool
    max_length: Count
    pattern: LongText
    options: Annotated[list[AskedOption], Field(max_length=500)]
    help: LongText


class AskedSection(View):
    """表单的一部分。"""

    title: Text
    fields: Annotated[list[AskedField], Field(max_length=300)]


class AskedMaterial(View):
    """一份材料;`needs_reference` 的须填写证照号码。"""

    material: Code
    name: Text
    required: bool
    needs_reference: bool
    obtain_mode: Code
    accept_standard: LongText
    why: LongText


Faults = Annotated[list[FaultView], Field(max_length=1000)]


class DraftSummary(View):
    """草稿摘要:`newer_version` 是这件事更新的版本,`withdrawn_from` 是停办之日。

    `expires_at` 之后删除,临近时有 `warning`。
    """

    draft_id: Id
    matter_code: Code
    matter_version: Version
    name: Name
    version: Version
    created_at: Moment
    updated_at: Moment
    newer_version: Version | None
    withdrawn_from: Day | None
    expires_at: Moment
    warning: Text


class DraftView(DraftSummary):
    """草稿;`missing` 列出提交前还须补正之处,`unused` 列出所选情形不再需要、留作备用的内容。

    `warnings` 列出请再核对之处,不影响提交。

    `sections` 和 `materials_asked` 是所选情形的表单与材料。`faults` 是所选情形的问题;有问题时填写的内容照样保存。
    """

    answers: Answers
    form: Form
    materials: References
    unused: Annotated[list[LongText], Field(max_length=400)]
    sections: Annotated[list[AskedSection], Field(max_length=100)]
    materials_asked: Annotated[list[AskedMaterial], Field(max_length=100)]
    missing: Faults
    warnings: Faults
    faults: Faults


class SubmissionBody(Body):
    """提交:把一份草稿作为申请提交;`draft_version` 是申请人所见的草稿版本,别处改过则拒绝。"""

    model_config = shown(draft_id="01900000-0000-7000-8000-00000000000d", draft_version=2)

    draft_id: Id
    draft_version: Version


class AcceptanceBody(Body):
    """受理:确认已核对的材料;备注只供工作人员查看。"""

    model_config = shown(materials_checked=["parent_id_card", "household_register"], note="原件已核对")

    materials_checked: Annotated[list[Key], Field(max_length=200)]
    note: WrittenLongText = ""


class SearchBody(Body):
    """在窗口查找申请:至少填一项,填多项的须同时相符;空格、全角字符和大小写不影响查找。

    姓名可以是申请人、父母或孩子的;出生日期与姓名同用,如孩子的姓名和出生日期。这些内容不得出现在网址中。
    """

    model_config = shown(name="测小宝", birth_date="2026-02-26")

    id_number: Text = ""
    phone: Text = ""
    name: Text = ""
    birth_date: Text = ""
    application_number: Text = ""


Purpose = Literal["check", "decide", "answer", "file"]
"""核对材料、作出决定、答复咨询、归档。"""


class DisclosureBody(Body):
    """调阅:要看哪些项、哪些证照号码,出于什么目的(check 核对材料、decide 作出决定、answer 答复咨询、file 归档)。"""

    model_config = shown(fields=["child_name"], materials=["parent_id_card"], purpose="check", note="核对出生信息")

    fields: Annotated[list[Key], Field(max_length=300)] = Field(default_factory=list)
    materials: Annotated[list[Key], Field(max_length=100)] = Field(default_factory=list)
    purpose: Purpose
    note: WrittenText = ""


class ApplicationSummary(View):
    """一份申请。"""

    application_id: Id
    application_number: Number
    matter_code: Code
    matter_version: Version
    name: Name
    unit: UnitCode
    unit_name: Name
    state: ApplicationState
    outcome: Text | None
    submitted_at: Moment
    accepted_at: Moment | None
    accept_doc_no: Text | None
    case_id: Id | None
    expected_finish: Moment | None
    provisional: bool
    tasks_total: Count
    tasks_done: Count
    closed_at: Moment | None
    elapsed_working_minutes: Count | None
    what_next: Text


class SituationView(View):
    """一项情形:问题与所选选项的文字。"""

    key: Code
    text: Text
    value: Code
    label: Text


class ElementView(View):
    """填写的一项,用文字表示;`personal` 为个人信息,未经调阅时脱敏。"""

    element: Key
    label: Text
    value: LongText
    personal: bool


Elements = Annotated[list[ElementView], Field(max_length=300)]


class FoundView(View):
    """找到的申请,新的在前;`more` 表示还有更多,请再填一项以缩小范围。"""

    items: Annotated[list[ApplicationSummary], Field(max_length=200)]
    more: bool


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


class DossierMaterialView(ReferenceView):
    """本环节事项要的一份材料、怎样取得、按什么标准核对;证照号码脱敏。"""

    required: bool
    obtain_mode: Code
    accept_standard: LongText


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


class ApplicationCountView(View):
    """一个状态的申请数。"""

    state: ApplicationState
    label: Text
    count: Count


class ApplicationCountsView(View):
    """各状态的申请数。"""

    states: Annotated[list[ApplicationCountView], Field(max_length=20)]


class MaterialCheckView(View):
    """受理时须核对的一份材料、怎样取得、按什么标准核对;由本件事的环节产生的不在其中。"""

    material: Code
    name: Name
    required: bool
    obtain_mode: Code
    accept_standard: LongText
    why: LongText
    reference: Text


class DuplicateView(View):
    """为同一对象的另一份申请;他人的只说有,不说是谁的。"""

    application_number: Number | None
    text: Text


class ApplicationView(ApplicationSummary):
    """一份申请的全部内容;工作人员看到的个人信息是脱敏的;`warnings` 为须留意核对之处。"""

    answers: Answers
    situation: Annotated[list[SituationView], Field(max_length=50)]
    form: Form
    elements: Elements
    materials: Annotated[list[MaterialCheckView], Field(max_length=200)]
    warnings: Faults
    accept_note: LongText
    possible_duplicates: Annotated[list[DuplicateView], Field(max_length=20)]


class RefusalView(View):
    """不予办理的理由、依据与救济途径(行政许可法第三十八条)。"""

    reason: LongText
    basis: Text
    remedies: LongText


class TimelineStage(View):
    """一个环节:`since` 起办理,`until` 止。"""

    task_key: Code
    name: Name
    unit: MaybeUnitCode
    unit_name: Text
    state: StageState
    since: Moment | None
    until: Moment | None


class EntryView(View):
    """时间轴上的一条;不予办理的,申请人可见 `refusal`。"""

    at: Moment
    kind: Happening
    text: LongText
    unit: MaybeUnitCode
    task_key: MaybeCode
    unit_name: Text
    refusal: RefusalView | None


class TimelineView(View):
    """申请的时间轴、环节、进度与预计办结时间;`reasons_missing` 说明不予办理的理由暂时取不到。"""

    application_id: Id
    application_number: Number
    case_id: Id | None
    matter_code: Code
    name: Name
    unit: UnitCode
    unit_name: Name
    submitted_at: Moment
    accepted_at: Moment | None
    accept_doc_no: Text | None
    state: ApplicationState
    outcome: Text | None
    expected_finish: Moment | None
    provisional: bool
    tasks_total: Count
    tasks_done: Count
    elapsed_working_minutes: Count | None
    what_next: Text
    stages: Annotated[list[TimelineStage], Field(max_length=500)]
    entries: Annotated[list[EntryView], Field(max_length=1000)]
    reasons_missing: Text


class ChangeView(View):
    """变更推送中的一条变更(event: change):时间轴新增的一条及其序号。"""

    place: Count
    at: Moment
    kind: Happening
    text: LongText
    unit: MaybeUnitCode
    task_key: MaybeCode


class StateView(View):
    """变更推送中的当前状态(event: state,以及办结且没有待本人完成的环节时的 event: closed):截至第 place 条变更。"""

    place: Count
    application_id: Id
    application_number: Number
    state: ApplicationState
    outcome: Text | None
    expected_finish: Moment | None
    provisional: bool
    tasks_total: Count
    tasks_done: Count
    what_next: Text
