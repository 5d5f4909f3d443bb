"""An application's timeline, its steps, and its stream of changes."""

from typing import Annotated

from chassis.base.fields import (
    Code,
    Count,
    Id,
    LongText,
    MaybeCode,
    MaybeUnitCode,
    Moment,
    Name,
    Number,
    Text,
    UnitCode,
    View,
)
from pydantic import Field

from intake_svc.domain.progress import ApplicationState, Happening
from intake_svc.domain.stages import StageState


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


class SealedDocumentView(View):
    """一份已签章的文书;文件见 GET /applications/{application_id}/documents/{document_id}。"""

    document_id: Id
    kind: Code
    title: Name
    number: Text
    unit: UnitCode
    task_id: Id | None
    sealed_at: Moment


class NoticeView(View):
    """一条与数据来源有关的消息:恢复后的核验结果、对异议的答复。"""

    at: Moment
    text: LongText


Documents = Annotated[list[SealedDocumentView], Field(max_length=1000)]


class TimelineView(View):
    """申请的时间轴、环节、文书、进度与预计办结时间;`reasons_missing` 说明不予办理的理由暂时取不到。

    `notices` 是提交之后与数据来源有关的消息:恢复后的核验结果、对异议的答复。
    """

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
    documents: Documents
    reasons_missing: Text
    notices: Annotated[list[NoticeView], Field(max_length=400)]


class ChangeView(View):
    """变更推送中的一条变更(event: change):时间轴新增的一条;`place` 是递增编号,可以不连续。"""

    place: Count
    at: Moment
    kind: Happening
    text: LongText
    unit: MaybeUnitCode
    task_key: MaybeCode


class StateView(View):
    """变更推送中的当前状态(event: state,以及办结且没有待本人完成的环节时的 event: closed):截至编号 place 的变更。"""

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
