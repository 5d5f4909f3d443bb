"""Bodies on letters."""

from typing import Annotated

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Id,
    LongText,
    Moment,
    Name,
    Sha256,
    Text,
    UnitCode,
    Version,
    View,
    WrittenLongText,
    WrittenText,
    shown,
)
from pydantic import Field

from evaluation_svc.domain.letters import MOST_PARAGRAPHS, LetterKind, LetterState

Title = Annotated[WrittenText, Field(min_length=1, max_length=100)]
Paragraph = Annotated[WrittenLongText, Field(min_length=1)]


class LetterSummary(View):
    """一份文书:种类、发往哪个单位、到哪一步;`number` 为文号,用印后才有。"""

    letter_id: Id
    kind: LetterKind
    kind_name: Text
    unit: UnitCode
    unit_name: Text
    subject: Code
    title: Name
    state: LetterState
    state_name: Text
    version: Version
    drafted_at: Moment
    approved_at: Moment | None
    number: Text | None
    document_id: Id | None
    sha256: Sha256 | None
    sealed_at: Moment | None


class LetterView(LetterSummary):
    """一份文书的全文;`document_id` 是盖章件的标识,可在 `/notices/{document_id}` 下载。"""

    paragraphs: Annotated[list[LongText], Field(max_length=MOST_PARAGRAPHS)]
    drafted_by: CallerId
    edited_by: CallerId | None
    approved_by: CallerId | None
    reason: LongText


class LetterBody(Body):
    """修改后的标题与正文,一段一条。"""

    model_config = Body.model_config | shown(
        title="关于“出生登记”逾期的督办函", paragraphs=["你单位承办的“出生登记”已逾期,请于三个工作日内书面答复。"]
    )

    title: Title
    paragraphs: Annotated[list[Paragraph], Field(min_length=1, max_length=MOST_PARAGRAPHS)]


class LetterApprovalBody(Body):
    """批准的是哪一稿:所查看的 `version`。"""

    model_config = Body.model_config | shown(version=1)

    version: Version


class LetterWithdrawalBody(Body):
    """为何撤销。"""

    model_config = Body.model_config | shown(reason="办件已于督办前办结")

    reason: Annotated[WrittenLongText, Field(min_length=1)]
