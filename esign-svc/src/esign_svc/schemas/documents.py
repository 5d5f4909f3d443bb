"""Documents as they are listed and checked."""

from typing import Literal

from chassis.base.fields import Code, Count, Id, LongText, MaybeCode, Moment, Name, Text, UnitCode, View

from esign_svc.domain.documents import DocumentKind, DocumentState


class DocumentView(View):
    """一份文书;`state` 为 sealed 的可以下载,`number` 为文号。"""

    document_id: Id
    kind: DocumentKind
    title: Name
    number: Text | None
    application_id: Id
    case_id: Id | None
    task_id: Id | None
    matter_code: MaybeCode
    unit: UnitCode
    unit_name: Text
    state: DocumentState
    label: Text
    dated: Moment
    sealed_at: Moment | None
    sha256: MaybeCode
    size: Count | None


class UnitDocumentView(DocumentView):
    """本单位的一份文书;还在制作的,`attempts` 为没有做成的次数,`last_error` 为上次没有做成的原因,`stuck` 表示已停下。"""

    attempts: Count
    last_error: LongText
    stuck: bool


class DocumentStatusView(View):
    """扫码核对的一份文书:截至 `as_of` 的状态;请核对手中文件的 SHA-256,或上传原文件核验。"""

    document_id: Id
    state: Literal["sealed", "void"]
    label: Text
    kind: DocumentKind
    title: Name
    number: Text | None
    unit: UnitCode
    unit_name: Text
    dated: Moment
    sealed_at: Moment
    sha256: Code
    as_of: Moment


class SealedNoticeView(View):
    """一份单位之间的文书(督办函、通报、约谈通知);`letter_id` 是起草它的文书,已签章的可以下载。"""

    document_id: Id
    letter_id: Id
    letter_kind: Code
    title: Name
    number: Text | None
    unit: UnitCode
    unit_name: Text
    to_unit: UnitCode
    to_unit_name: Text
    state: DocumentState
    label: Text
    dated: Moment
    sealed_at: Moment | None
    sha256: MaybeCode
    size: Count | None
