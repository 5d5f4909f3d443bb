"""Ratings at the HTTP edge as the rated unit sees them."""

from typing import Annotated, Literal

from chassis.base.fields import Id, MaybeCode, MaybeUnitCode
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query

from evaluation_svc import handlers
from evaluation_svc.domain.letters import HEAD, OFFICER, RECTIFIER
from evaluation_svc.errors import NotAuthority
from evaluation_svc.errors.ratings import RatingNotFound
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.months import MaybeMonth
from evaluation_svc.schemas.unit_ratings import RatingTextView, UnitRatingCountsView, UnitRatingView
from evaluation_svc.store.unit_ratings import UnitRatingFilter

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
OF_UNIT = policy(Kind.STAFF, scope="rating:read", roles=[RECTIFIER, HEAD])
READING = policy(Kind.STAFF, scope="evaluation:read", roles=[OFFICER])
InPeriod = Annotated[MaybeMonth, Query(description="哪个月,如 2026-03;缺省为上个月")]
OfUnit = Annotated[MaybeUnitCode, Query(description="已撤并、由本单位承接的单位,缺省为本单位")]
OfMatter = Annotated[MaybeCode, Query(alias="matter", description="只看一件事项")]
OfLevel = Annotated[
    Literal["", "VERY_SATISFIED", "SATISFIED", "BASICALLY_SATISFIED", "DISSATISFIED", "VERY_DISSATISFIED"],
    Query(alias="level", description="只看一个等级"),
]
RatingId = Annotated[Id, Path(description="评价的标识")]


@routes.get("/unit-ratings", summary="本单位的评价", **declare(OF_UNIT, rate="60/minute"))
async def list_unit_ratings(  # noqa: PLR0913, PLR0917  one parameter per filter
    evaluation: Here,
    caller: Caller,
    period: InPeriod = "",
    level: OfLevel = "",
    matter: OfMatter = "",
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[UnitRatingView]:
    """本单位一个月的评价:只列已结束的月份中评价人达到规定人数的事项,以及希望回访的;其余只计数。

    不给出评价人、日期、渠道与办件编号(国办发〔2019〕51号,保护评价人);每次查看都留有记录。
    """
    wanted = UnitRatingFilter(unit, period, level, matter)
    return await handlers.list_unit_ratings(evaluation, caller, wanted, after=after, size=size)


@routes.get("/unit-rating-counts", summary="本单位的评价条数", **declare(OF_UNIT, rate="60/minute"))
async def count_unit_ratings(
    evaluation: Here, caller: Caller, period: InPeriod = "", unit: OfUnit = ""
) -> UnitRatingCountsView:
    """本单位一个月各等级的条数、逾期未评的条数,以及不逐条列出的条数。"""
    return await handlers.count_unit_ratings(evaluation, caller, unit=unit, period=period)


@routes.get(
    "/ratings/{rating_id}/text",
    summary="查看评价原文",
    **declare(READING, problems=(RatingNotFound, NotAuthority), rate="60/minute"),
)
async def show_rating_text(rating_id: RatingId, evaluation: Here, caller: Caller) -> RatingTextView:
    """主管评价的单位复核时查看一条评价的原文;每次查看都留有记录(个人信息保护法第五十一条)。"""
    return await handlers.show_rating_text(evaluation, caller, rating_id)
