"""Ratings (好差评) at the HTTP edge: given and seen by the applicant."""

from typing import Annotated

from chassis.base.fields import Id
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Response

from evaluation_svc import handlers
from evaluation_svc.errors.ratings import (
    AlreadyRated,
    NotFinished,
    NothingToRate,
    OwnWork,
    RatingNotFound,
    RatingTooLate,
    RatingUnfit,
)
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.ratings import RatingBody, RatingView, SecondRatingBody

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
RATING = policy(Kind.CITIZEN, scope="rating:write", level=1)
RatingId = Annotated[Id, Path(description="评价的标识")]
REFUSALS = (NothingToRate, NotFinished, AlreadyRated, RatingTooLate, OwnWork, RatingUnfit)


@routes.post(
    "/ratings",
    status_code=201,
    response_model=RatingView,
    summary="评价一件事项或一次到访",
    **declare(RATING, problems=REFUSALS, rate="30/minute", once=True),
)
async def submit_rating(body: RatingBody, evaluation: Here, caller: Caller, once: Once) -> Response:
    """一事一评、一次一评:本人对已办结的事项或一次到访评价一次;被评价的单位看不到是谁评价的。"""
    await handlers.require_unrated(evaluation, caller, body)
    return await once(
        lambda work: handlers.submit_rating(evaluation, work, caller, body),
        location=lambda view: f"/api/v1/me/ratings/{view.rating_id}",
    )


@routes.post(
    "/ratings/{rating_id}/second",
    status_code=201,
    response_model=RatingView,
    summary="追评",
    **declare(RATING, problems=(RatingNotFound, AlreadyRated, RatingTooLate, RatingUnfit), rate="30/minute", once=True),
)
async def submit_second_rating(
    rating_id: RatingId, body: SecondRatingBody, evaluation: Here, caller: Caller, once: Once
) -> Response:
    """对本人的首次评价追评一次,须在追评期限内;首次评价不改动。"""
    return await once(
        lambda work: handlers.submit_second_rating(evaluation, work, caller, rating_id, body),
        location=lambda view: f"/api/v1/me/ratings/{view.rating_id}",
    )


@routes.get("/me/ratings", summary="我的评价", **declare(RATING, rate="120/minute"))
async def list_own_ratings(evaluation: Here, caller: Caller, after: After = "", size: Size = 50) -> Page[RatingView]:
    """本人作出的评价,新的在前。"""
    return await handlers.list_own_ratings(evaluation, caller, after=after, size=size)


@routes.get(
    "/me/ratings/{rating_id}",
    summary="查看我的评价",
    **declare(RATING, problems=(RatingNotFound,), rate="120/minute"),
)
async def show_own_rating(rating_id: RatingId, evaluation: Here, caller: Caller) -> RatingView:
    """本人作出的一次评价。"""
    return await handlers.show_own_rating(evaluation, caller, rating_id)
