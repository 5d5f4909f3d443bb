"""Figures: values and courses of indicators for everybody, what they count for those who may see it."""

from typing import Annotated

from chassis.base.fields import Code, MaybeCode
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query

from evaluation_svc import handlers
from evaluation_svc.domain.letters import HEAD, OFFICER
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.errors.figures import FigureConfidential, IndicatorNotFound, MeasureNotFound
from evaluation_svc.handlers import Evaluation
from evaluation_svc.handlers.figure_cases import LEADER
from evaluation_svc.routes.indicators import EVERYONE
from evaluation_svc.schemas.figures import (
    CountedView,
    Dimension,
    LateNoteView,
    MeasuresView,
    PeriodName,
    SeriesView,
    ValuesView,
)
from evaluation_svc.schemas.months import MaybeMonth, Month
from evaluation_svc.store.opened_figures import FigureFilter

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
READING = policy(Kind.STAFF, scope="evaluation:read", roles=[OFFICER, HEAD, LEADER])
Indicator = Annotated[Code, Path(description="指标代码,见 /indicators")]
By = Annotated[Dimension, Query(description="按什么分列")]
OfPeriod = Annotated[PeriodName, Query(description="月份、季度或半年,如 2026-03、2026-Q1、2026-H1")]
OfMonth = Annotated[Month, Query(description="月份,如 2026-03")]
OfLastMonth = Annotated[MaybeMonth, Query(alias="period", description="月份,如 2026-03;缺省为上个月")]
OfKey = Annotated[MaybeCode, Query(description="单位、区划、事项等的代码;全市为空")]


@routes.get("/measures", summary="计数目录", **declare(EVERYONE, rate="120/minute"))
async def list_measures() -> MeasuresView:
    """公式中可用的全部计数:计什么、按哪个时间归入月份、是否为期末存量。"""
    return handlers.list_measures()


@routes.get(
    "/indicators/{indicator}/values",
    summary="指标值",
    **declare(EVERYONE, problems=(PackIncomplete, IndicatorNotFound), rate="120/minute"),
)
async def show_values(  # noqa: PLR0913, PLR0917  one parameter per filter
    indicator: Indicator,
    evaluation: Here,
    caller: Caller,
    period: OfPeriod,
    by: By = "city",
    after: After = "",
    size: Size = 50,
) -> ValuesView:
    """一项指标在一个时期的数值:精确分数、两位小数和所用的计数。

    公式除以零时没有数值;人数少于规定数的不公开。`counted_until` 之前收到的都已计入,`late` 为期后补计的条数。
    """
    return await handlers.show_values(evaluation, caller, indicator, period=period, by=by, after=after, size=size)


@routes.get(
    "/indicators/{indicator}/series",
    summary="指标逐月数值",
    **declare(EVERYONE, problems=(PackIncomplete, IndicatorNotFound), rate="120/minute"),
)
async def show_series(  # noqa: PLR0913, PLR0917  one parameter per filter
    indicator: Indicator,
    evaluation: Here,
    caller: Caller,
    first: Annotated[Month, Query(alias="from", description="起始月份")],
    last: Annotated[Month, Query(alias="to", description="截止月份,至多 60 个月")],
    by: By = "city",
    key: OfKey = "",
) -> SeriesView:
    """一项指标逐月的数值,全市或一个单位、区划、事项等。"""
    return await handlers.show_series(evaluation, caller, indicator, by=by, key=key, first=first, last=last)


@routes.get(
    "/figures/{measure}/cases",
    summary="计数所计的办件",
    **declare(READING, problems=(MeasureNotFound, FigureConfidential), rate="60/minute"),
)
async def list_counted(  # noqa: PLR0913, PLR0917  one parameter per filter
    measure: Annotated[Code, Path(description="计数名称,见 /measures")],
    evaluation: Here,
    caller: Caller,
    period: OfMonth,
    dimension: By = "city",
    key: OfKey = "",
    after: After = "",
    size: Size = 50,
) -> Page[CountedView]:
    """一个月的数字所计的办件、事项或网络的编号;单位负责人只看到本单位的,涉及评价人的只对主管评价的单位开放。

    存量列出该月的增减。查看留痕。
    """
    wanted = FigureFilter(measure, period, dimension, key)
    return await handlers.list_counted(evaluation, caller, wanted, after=after, size=size)


@routes.get("/indicators/late-notes", summary="期后补计", **declare(READING, rate="60/minute"))
async def list_late_notes(
    evaluation: Here,
    caller: Caller,
    period: OfLastMonth = "",
    after: After = "",
    size: Size = 50,
) -> Page[LateNoteView]:
    """月份结束后才收到、仍计入该月的变动:哪个计数、多少、何时收到、因何事件;单位负责人只看到本单位的。查看留痕。"""
    return await handlers.list_late_notes(evaluation, caller, period, after=after, size=size)
