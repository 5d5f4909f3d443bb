"""Letters (文书) at the HTTP edge: the authority's drafts and approvals, and what a unit was sent."""

from typing import Annotated, Literal

from chassis.base.fields import Id, MaybeUnitCode
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from evaluation_svc import handlers
from evaluation_svc.domain.letters import HEAD, OFFICER, RECTIFIER
from evaluation_svc.errors import LetterChanged, LetterEnded, LetterNotFound, NotAuthority, OwnLetter
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.letters import (
    LetterApprovalBody,
    LetterBody,
    LetterSummary,
    LetterView,
    LetterWithdrawalBody,
)
from evaluation_svc.store.lettering import LetterFilter

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
READING = policy(Kind.STAFF, scope="evaluation:read", roles=[OFFICER, HEAD, RECTIFIER])
MANAGING = policy(Kind.STAFF, scope="evaluation:manage", roles=[OFFICER])
LetterId = Annotated[Id, Path(description="文书的标识")]
OfKind = Annotated[
    Literal["", "SUPERVISION", "COMMENDATION", "CRITICISM", "INTERVIEW"], Query(alias="kind", description="种类")
]
InState = Annotated[Literal["", "DRAFT", "APPROVED", "SEALED", "WITHDRAWN"], Query(alias="state", description="状态")]
OfUnit = Annotated[MaybeUnitCode, Query(description="发往的单位")]
DRAFTS = (LetterNotFound, LetterEnded, NotAuthority)


@routes.get("/evaluation-letters", summary="评价文书", **declare(READING, rate="120/minute"))
async def list_letters(  # noqa: PLR0913, PLR0917  one parameter per filter
    evaluation: Here,
    caller: Caller,
    kind: OfKind = "",
    state: InState = "",
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[LetterSummary]:
    """督办函、通报和约谈通知,新的在前;主管评价的单位看到全部,其他单位只看到已印发给本单位的(筛选条件不起作用)。"""
    return await handlers.list_letters(evaluation, caller, LetterFilter(kind, state, unit), after=after, size=size)


@routes.get(
    "/evaluation-letters/{letter_id}",
    summary="查看评价文书",
    **declare(READING, problems=(LetterNotFound,), rate="120/minute"),
)
async def show_letter(letter_id: LetterId, evaluation: Here, caller: Caller) -> LetterView:
    """一份文书的全文与经办情况;盖章件在电子印章服务中下载。"""
    return await handlers.show_letter(evaluation, caller, letter_id)


@routes.put(
    "/evaluation-letters/{letter_id}",
    summary="修改评价文书",
    **declare(MANAGING, problems=DRAFTS, rate="60/minute"),
)
async def edit_letter(letter_id: LetterId, body: LetterBody, evaluation: Here, caller: Caller) -> LetterView:
    """修改起草中的标题与正文;修改人不能再批准同一份文书。"""
    async with evaluation.database.unit_of_work() as work:
        return await handlers.edit_letter(work, caller, letter_id, body)


@routes.post(
    "/evaluation-letters/{letter_id}/approvals",
    status_code=201,
    response_model=LetterView,
    summary="批准评价文书",
    **declare(MANAGING, problems=(*DRAFTS, OwnLetter, LetterChanged), rate="60/minute", once=True),
)
async def approve_letter(letter_id: LetterId, body: LetterApprovalBody, once: Once, caller: Caller) -> Response:
    """批准所查看的那一稿,随后加盖本单位电子印章并送达;起草人和修改人不得批准。"""
    return await once(lambda work: handlers.approve_letter(work, caller, letter_id, body))


@routes.post(
    "/evaluation-letters/{letter_id}/withdrawals",
    status_code=201,
    response_model=LetterView,
    summary="撤销评价文书",
    **declare(MANAGING, problems=DRAFTS, rate="60/minute", once=True),
)
async def withdraw_letter(letter_id: LetterId, body: LetterWithdrawalBody, once: Once, caller: Caller) -> Response:
    """撤销起草中的文书并写明理由;已批准的不能撤销。"""
    return await once(lambda work: handlers.withdraw_letter(work, caller, letter_id, body))
