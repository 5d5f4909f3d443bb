"""The loop of a bad rating (差评整改) at the HTTP edge: the unit's inbox, appeals, the rater's view, what is public."""

from typing import Annotated, Literal

from chassis.base.fields import Id, MaybeUnitCode
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from evaluation_svc import handlers
from evaluation_svc.domain.letters import HEAD, OFFICER, RECTIFIER
from evaluation_svc.domain.rectifications import REVIEWER, RectificationState
from evaluation_svc.errors import (
    CallBackFirst,
    CallNotWanted,
    OfficerWasRated,
    RatingAppealedBefore,
    RatingAppealNotFound,
    RectificationNotFound,
    RectificationNotYours,
    RectificationStepNotPossible,
    RectificationStepUnfit,
)
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.rectifications import (
    AppealBody,
    AppealDecisionBody,
    AppealSummary,
    AppealView,
    OwnRectificationView,
    PublishedRectificationView,
    RectificationSummary,
    RectificationView,
    RectifyingBody,
)
from evaluation_svc.store.rectification_lists import InboxFilter

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
HANDLING = policy(Kind.STAFF, scope="rectification:handle", roles=[HEAD, RECTIFIER, OFFICER])
REVIEWING = policy(Kind.STAFF, scope="rectification:handle", roles=[REVIEWER, OFFICER])
HERSELF = policy(Kind.CITIZEN, scope="rating:write")
EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER, scope="matter:read")
RectificationId = Annotated[Id, Path(description="差评整改的标识")]
AppealId = Annotated[Id, Path(description="差评申诉的标识")]
InState = Annotated[RectificationState | None, Query(alias="state", description="整改到哪一步")]
IsOverdue = Annotated[bool, Query(alias="overdue", description="只看逾期的")]
OfUnit = Annotated[MaybeUnitCode, Query(description="单位;缺省为本单位,市政务办缺省为全部")]
OfPublished = Annotated[MaybeUnitCode, Query(alias="unit", description="单位;缺省为全部")]
Appealed = Annotated[
    Literal["FILED", "ESCALATED", "UPHELD", "VOIDED"],
    Query(alias="state", description="申诉到哪一步:待复核、逾期转市政务办、维持差评、差评无效"),
]
STEP = (RectificationNotFound, RectificationStepNotPossible, RectificationNotYours)


@routes.get("/rectifications", summary="差评整改列表", **declare(HANDLING, rate="120/minute"))
async def list_rectifications(  # noqa: PLR0913, PLR0917  one parameter per filter
    evaluation: Here,
    caller: Caller,
    state: InState = None,
    overdue: IsOverdue = False,  # noqa: FBT002  a filter
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[RectificationSummary]:
    """由本单位整改的差评,逾期的在前,其次临期的;被评价的人员看不到对自己的差评。每次查看都留有记录。"""
    wanted = InboxFilter(unit, state.value if state else "", overdue)
    return await handlers.list_rectifications(evaluation, caller, wanted, after=after, size=size)


@routes.get(
    "/rectifications/{rectification_id}",
    summary="查看差评整改",
    **declare(HANDLING, problems=(RectificationNotFound,), rate="120/minute"),
)
async def show_rectification(rectification_id: RectificationId, evaluation: Here, caller: Caller) -> RectificationView:
    """一件差评整改的评价、系统核对、步骤和时限,不含评价人;每次查看都留有记录。"""
    return await handlers.show_rectification(evaluation, caller, rectification_id)


@routes.post(
    "/rectifications/{rectification_id}/steps",
    status_code=201,
    response_model=RectificationView,
    summary="办理差评整改的一步",
    **declare(
        HANDLING,
        problems=(*STEP, OfficerWasRated, CallBackFirst, CallNotWanted, RectificationStepUnfit),
        rate="60/minute",
        once=True,
    ),
)
async def take_rectification_step(
    rectification_id: RectificationId, body: RectifyingBody, evaluation: Here, caller: Caller, once: Once
) -> Response:
    """指派、联系核实、立行立改或列入台账、说明解释、整改完成、答复、回访、办结;指派后由被指派的人员或单位负责人办理。

    评价人要求回访的,回访之后才能办结。
    """
    return await once(
        lambda work: handlers.take_rectification_step(evaluation, work, caller, rectification_id, body),
        location=lambda view: f"/api/v1/rectifications/{view.rectification_id}",
    )


@routes.post(
    "/rectifications/{rectification_id}/appeals",
    status_code=201,
    response_model=AppealView,
    summary="对差评提出申诉",
    **declare(HANDLING, problems=(*STEP, RatingAppealedBefore), rate="30/minute", once=True),
)
async def file_rating_appeal(
    rectification_id: RectificationId, body: AppealBody, evaluation: Here, caller: Caller, once: Once
) -> Response:
    """认为是误评或恶意差评的,联系核实之后申诉一次,由另一单位的复核人员决定;以文字说明,不收附件。"""
    return await once(
        lambda work: handlers.file_rating_appeal(evaluation, work, caller, rectification_id, body),
        location=lambda view: f"/api/v1/rating-appeals/{view.appeal_id}",
    )


@routes.get("/rating-appeals", summary="差评申诉列表", **declare(REVIEWING, rate="120/minute"))
async def list_rating_appeals(
    evaluation: Here, caller: Caller, state: Appealed = "FILED", after: After = "", size: Size = 50
) -> Page[AppealSummary]:
    """其他单位的差评申诉,先提出的在前;本单位的不在其中。每次查看都留有记录。"""
    return await handlers.list_rating_appeals(evaluation, caller, state=state, after=after, size=size)


@routes.get(
    "/rating-appeals/{appeal_id}",
    summary="查看差评申诉",
    **declare(REVIEWING, problems=(RatingAppealNotFound,), rate="120/minute"),
)
async def show_rating_appeal(appeal_id: AppealId, evaluation: Here, caller: Caller) -> AppealView:
    """其他单位的一件差评申诉:评价、系统核对、申诉理由;每次查看都留有记录。"""
    return await handlers.show_rating_appeal(evaluation, caller, appeal_id)


@routes.post(
    "/rating-appeals/{appeal_id}/decisions",
    status_code=201,
    response_model=AppealView,
    summary="复核差评申诉",
    **declare(
        REVIEWING,
        problems=(RatingAppealNotFound, RectificationStepNotPossible, RectificationNotYours),
        rate="60/minute",
        once=True,
    ),
)
async def decide_rating_appeal(
    appeal_id: AppealId, body: AppealDecisionBody, evaluation: Here, caller: Caller, once: Once
) -> Response:
    """复核另一单位的申诉:差评无效的不计入评价,维持的退回该单位整改;逾期未复核的由市政务办决定。理由会答复评价人。"""
    return await once(
        lambda work: handlers.decide_rating_appeal(evaluation, work, caller, appeal_id, body),
        location=lambda view: f"/api/v1/rating-appeals/{view.appeal_id}",
    )


@routes.get("/me/rectifications", summary="我的差评办理情况", **declare(HERSELF, rate="120/minute"))
async def list_own_rectifications(
    evaluation: Here, caller: Caller, after: After = "", size: Size = 50
) -> Page[OwnRectificationView]:
    """本人的差评由哪个单位办理、办到哪一步、系统核对的结果和对本人的答复,新的在前。"""
    return await handlers.list_own_rectifications(evaluation, caller, after=after, size=size)


@routes.get("/published-rectifications", summary="公开的差评整改", **declare(EVERYONE, rate="120/minute"))
async def list_published_rectifications(
    evaluation: Here, unit: OfPublished = "", after: After = "", size: Size = 50
) -> Page[PublishedRectificationView]:
    """已办结的差评整改:单位、事项、问题标签和整改情况;不含评价人与评价文字,一个单位满一定件数才一并公开。"""
    return await handlers.list_published_rectifications(evaluation, unit=unit, after=after, size=size)
