"""Workflow's requests and replies."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Count,
    Day,
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
    WrittenLongText,
    WrittenText,
    read_by,
    shown,
    text,
)
from chassis.base.problems import FieldError
from chassis.base.typed import compact
from chassis.worktime import LimitUnit
from pydantic import Field, model_validator

from workflow_svc.domain import Outcome, TaskState
from workflow_svc.domain.light import Light
from workflow_svc.errors import ReasonMissing

Many = Field(max_length=500)


class DecisionBody(Body):
    """决定:准予(grant)或不予(refuse);不予时须有理由和依据。"""

    model_config = shown(outcome="refuse", reason="出生信息与医院上报不一致", basis="户口登记条例第七条")

    outcome: Literal["grant", "refuse"]
    reason: WrittenLongText = ""
    basis: WrittenText = ""

    @model_validator(mode="after")
    def reasons_for_a_refusal(self) -> "DecisionBody":
        """Raise ReasonMissing for a refusal without reason or basis (行政许可法 art. 38)."""
        if self.outcome == "grant":
            return self
        missing = [name for name in ("reason", "basis") if not getattr(self, name)]
        if missing:
            errors = [FieldError(f"/{name}", "required", "不予办理时必填") for name in missing]
            raise ReasonMissing("不予办理的,应当说明理由并注明依据", errors=errors)
        return self


class CompletionBody(Body):
    """完成:申请人说明自己的环节已做完;可附缴款凭证号码,加密保存,只给本人看。"""

    model_config = shown(receipt="341000000000000000")

    receipt: Annotated[str, text(64, example="341000000000000000"), read_by(compact, 64)] = ""


class StepView(View):
    """时限推算的一段。"""

    first: Day
    last: Day
    counted: bool
    why: Text
    used: Text


class LimitView(View):
    """时限。"""

    amount: Count
    unit: LimitUnit


class DueView(View):
    """到期时间及其推算。"""

    at: Moment
    start: Moment
    limit: LimitView
    provisional: bool
    calendar_version: Text
    start_why: Text = ""
    steps: Annotated[list[StepView], Many]


class TaskSummary(View):
    """一个环节。"""

    task_id: Id
    case_id: Id
    application_id: Id
    application_number: Number
    matter_code: Code
    task_key: Code
    name: Name
    unit: UnitCode
    unit_name: Text
    state: TaskState
    opened_at: Moment | None
    promised_due: Moment | None
    statutory_due: Moment | None
    provisional: bool
    decided_at: Moment | None


class TaskCountView(View):
    """一个状态的环节数。"""

    state: TaskState
    label: Text
    count: Count


class LightCountView(View):
    """办理中的环节里一种灯的数目:绿灯正常,黄灯临近承诺时限,红灯已过承诺时限。"""

    light: Light
    label: Text
    count: Count


class TaskCountsView(View):
    """本单位各状态的环节数,及办理中环节的红黄灯。"""

    unit: UnitCode
    at: Moment
    states: Annotated[list[TaskCountView], Many]
    lights: Annotated[list[LightCountView], Many]


class TaskView(TaskSummary):
    """一个环节及其时限推算;已决定的附按事项类型的说法(准予许可、予以确认……),不予办理的附理由、依据与救济途径。

    `by` 为 APPLICANT 的由申请人自己完成;`receipt` 是其所填的凭证号码,只给本人看。
    """

    item: Code
    by: Literal["UNIT", "APPLICANT"]
    receipt: Text
    promised: DueView | None
    statutory: DueView | None
    decision: Text
    reason: LongText
    basis: Text
    remedies: LongText


DecisionPurpose = Literal["letter", "licence"]
"""制作文书、制作证照。"""


class ResultView(View):
    """办理结果:证照或文书的名称与类型。"""

    name: Text
    type: Text


class DecisionView(View):
    """一个单位对一个环节的决定,供制作文书与证照;`decision` 按事项类型措辞,不予的附理由、依据与救济途径。"""

    task_id: Id
    case_id: Id
    application_id: Id
    application_number: Number
    matter_code: Code
    task_key: Code
    name: Name
    item: Code
    task_type: MaybeCode
    unit: UnitCode
    unit_name: Text
    outcome: Literal["granted", "refused"]
    decision: Text
    reason: LongText
    basis: Text
    remedies: LongText
    decided_at: Moment
    decided_by: CallerId
    result: ResultView | None


class CaseSummary(View):
    """一个办件。"""

    case_id: Id
    application_id: Id
    application_number: Number
    matter_code: Code
    matter_version: Version
    name: Name
    lead_unit: UnitCode
    lead_unit_name: Text
    state: Literal["open", "closed"]
    outcome: Outcome | None
    opened_at: Moment
    promised_due: Moment
    statutory_due: Moment | None
    provisional: bool
    closed_at: Moment | None
    elapsed_working_minutes: Count | None


class CaseView(CaseSummary):
    """一个办件及其全部环节。"""

    tasks: Annotated[list[TaskView], Many]
