"""All that a dashboard shows, in one body: courses, not only totals."""

from typing import Annotated, Literal

from chassis.base.fields import Code, LongText, MaybeCode, Moment, Name, Text, UnitCode, Version, View
from pydantic import Field

from evaluation_svc.schemas.assessments import GroupName, PeriodName, RankedFigureView
from evaluation_svc.schemas.figures import CountView, Rounded, UnitOfValue, Whole
from evaluation_svc.schemas.months import Month
from evaluation_svc.schemas.supervision import LightsView
from evaluation_svc.schemas.targets import TargetView


class CourseView(View):
    """一个计数逐月多少,全市;存量为月末数。"""

    measure: Code
    title: Text
    is_stock: bool
    counts: Annotated[list[Whole], Field(max_length=60)]


class BoardKeyView(View):
    """本月一个单位或一件事的各个计数;没有列出的为 0。"""

    key: MaybeCode
    name: Text
    counts: Annotated[list[CountView], Field(max_length=500)]


class BoardIndicatorView(View):
    """一个指标逐月的数值,全市;除以零的月份为空。"""

    indicator: Code
    name: Name
    unit: UnitOfValue
    direction: Literal["up", "down"]
    target: Text
    formula: LongText
    rounded: Annotated[list[Rounded], Field(max_length=60)]


class BoardPlaceView(View):
    """前列或后列的一个单位。"""

    unit: UnitCode
    name: Name
    place: Version
    end: Text
    score: RankedFigureView | None


class BoardRankingView(View):
    """最近公布的一次排名的前列与后列。"""

    group: GroupName
    period: PeriodName
    published_at: Moment
    ends: Annotated[list[BoardPlaceView], Field(max_length=100)]


class DashboardView(View):
    """看板所需的全部:`months` 为各序列的月份,末位为本月;`counted_until` 之前收到的都已计入。"""

    as_of: Moment
    counted_until: Moment
    months: Annotated[list[Month], Field(max_length=60)]
    courses: Annotated[list[CourseView], Field(max_length=500)]
    units: Annotated[list[BoardKeyView], Field(max_length=500)]
    matters: Annotated[list[BoardKeyView], Field(max_length=500)]
    channels: Annotated[list[BoardKeyView], Field(max_length=100)]
    indicators: Annotated[list[BoardIndicatorView], Field(max_length=500)]
    targets: Annotated[list[TargetView], Field(max_length=100)]
    lights: LightsView
    rankings: Annotated[list[BoardRankingView], Field(max_length=10)]
