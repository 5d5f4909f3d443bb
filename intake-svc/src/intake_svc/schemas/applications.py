"""Applications: accepting, finding, counting and showing them."""

from typing import Annotated

from chassis.base.fields import (
    Body,
    Code,
    Count,
    Id,
    LongText,
    Moment,
    Name,
    Number,
    Text,
    UnitCode,
    Version,
    View,
    WrittenLongText,
    shown,
)
from pydantic import Field

from intake_svc.domain.progress import ApplicationState
from intake_svc.schemas.dossier import CheckedView, Elements, SituationView
from intake_svc.schemas.drafts import Answers, Faults, Form, Key
from intake_svc.schemas.timeline import Documents


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


class FoundView(View):
    """找到的申请,新的在前;`more` 表示还有更多,请再填一项以缩小范围。"""

    items: Annotated[list[ApplicationSummary], Field(max_length=200)]
    more: bool


class ApplicationCountView(View):
    """一个状态的申请数。"""

    state: ApplicationState
    label: Text
    count: Count


class ApplicationCountsView(View):
    """各状态的申请数。"""

    states: Annotated[list[ApplicationCountView], Field(max_length=20)]


class MaterialCheckView(View):
    """受理时须核对的一份材料、怎样取得、按什么标准核对;由本件事的环节产生的不在其中。

    `licence_id` 是提交时已与证照库核对一致的电子证照(证照编号、持证者、状态),没有则为空;`checked` 是来源核验的情况。
    """

    material: Code
    name: Name
    required: bool
    obtain_mode: Code
    accept_standard: LongText
    why: LongText
    reference: Text
    licence_id: Id | None = None
    checked: CheckedView | None = None


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
    documents: Documents
