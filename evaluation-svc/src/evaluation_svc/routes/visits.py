"""Visits and tags at the HTTP edge: what may be rated, and by which words."""

from typing import Annotated

from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Response

from evaluation_svc import handlers
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.errors.ratings import (
    CaseOfVisitNotFound,
    MatchingOut,
    RatingUnfit,
    VisitNotMatched,
    VisitRegistered,
)
from evaluation_svc.handlers import Evaluation
from evaluation_svc.routes.indicators import EVERYONE
from evaluation_svc.routes.ratings import RATING
from evaluation_svc.schemas.rating_tags import RatingTagsView
from evaluation_svc.schemas.visits import OpenRatingView, ReceivedView, VisitBody, VisitView, WindowRatingBody

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
AT_WINDOW = policy(Kind.ANONYMOUS, Kind.CITIZEN, scope="rating:write")
REGISTERING = policy(Kind.STAFF, scope="visit:write", roles=["window_clerk"])


@routes.post(
    "/visits",
    status_code=201,
    response_model=VisitView,
    summary="登记来访",
    **declare(REGISTERING, problems=(CaseOfVisitNotFound, VisitRegistered), rate="120/minute", once=True),
)
async def register_visit(body: VisitBody, evaluation: Here, caller: Caller, once: Once) -> Response:
    """窗口登记一次来访:计入该办件的跑动次数,来访人随后可对这一次评价(一次一评)。同一办件同一窗口一天只登记一次。"""
    return await once(lambda work: handlers.register_visit(evaluation, work, caller, body))


@routes.post(
    "/ratings/at-window",
    status_code=200,
    summary="在窗口评价",
    **declare(AT_WINDOW, problems=(VisitNotMatched, MatchingOut, RatingUnfit), rate="6/minute"),
)
async def rate_at_window(body: WindowRatingBody, evaluation: Here, caller: Caller) -> ReceivedView:
    """不登录,凭窗口静态二维码与办件中留的手机号,对近期在该窗口的一次来访评价。

    手机号不保存;不相符时的答复都一样,不透露手机号是否登记过。工作人员的账号不能评价。
    """
    return await handlers.rate_at_window(evaluation, caller, body)


@routes.get("/me/ratings/open", summary="待我评价", **declare(RATING, rate="120/minute"))
async def list_open_ratings(
    evaluation: Here, caller: Caller, after: After = "", size: Size = 50
) -> Page[OpenRatingView]:
    """本人可以评价的事项与来访,早的在前;事项办结后隔一段时间才邀请评价,不在窗口当面索取。"""
    return await handlers.list_open_ratings(evaluation, caller, after=after, size=size)


@routes.get("/rating-tags", summary="评价标签", **declare(EVERYONE, problems=(PackIncomplete,), rate="120/minute"))
async def list_rating_tags(evaluation: Here) -> RatingTagsView:
    """五个评价等级及各自的标签(国家现行标签)。"""
    return await handlers.list_rating_tags(evaluation)
