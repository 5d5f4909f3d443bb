"""Bodies on assessments, rankings and appeals."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Count,
    Id,
    LongText,
    MaybeCode,
    Moment,
    Name,
    Text,
    UnitCode,
    Version,
    View,
    WrittenLongText,
    shown,
    text,
)
from chassis.base.shapes import LONG, whole
from pydantic import Field

from evaluation_svc.domain.assessing import AssessmentAppealState, AssessmentState
from evaluation_svc.domain.periods import PERIOD
from evaluation_svc.domain.ranking import MissingPoints
from evaluation_svc.domain.scoring import RankingEnd, Unranked

GroupName = Literal["regions", "departments", "companies"]
PeriodName = Annotated[str, text(7, min_length=7, pattern=whole(PERIOD), example="2026-03")]
Weight = Annotated[int, Field(ge=1, le=1000, json_schema_extra={"format": "int32"})]
ExactText = Annotated[str, text(LONG, min_length=1, pattern="^-?[0-9]+(/[0-9]+)?$", example="125/3")]
RoundedText = Annotated[str, text(LONG, min_length=1, pattern="^-?[0-9]+[.][0-9]{2}$", example="41.67")]
Reason = Annotated[WrittenLongText, Field(min_length=1)]


class AssessmentBody(Body):
    """哪个分组、哪个周期(月、季、半年);更正已公布的排名须写明理由。"""

    model_config = Body.model_config | shown(group="departments", period="2026-03")

    group: GroupName
    period: PeriodName
    reason: WrittenLongText | None = None


class AssessmentAppealBody(Body):
    """对哪个指标(缺省为整个考评结果)、为何不服。"""

    model_config = Body.model_config | shown(
        indicator="online_handling_rate", grounds="三月份有四件网上申请因系统故障计为窗口受理,明细见附件"
    )

    indicator: Code | None = None
    grounds: Reason


class AssessmentAppealDecisionBody(Body):
    """申诉是否成立及理由;成立的,考评退回重新计算,再次告知各单位。"""

    model_config = Body.model_config | shown(outcome="UPHELD", reason="经核对,四件应计为网上受理,已更正")

    outcome: Literal["UPHELD", "DISMISSED"]
    reason: Reason


class RankedFigureView(View):
    """一个数:`exact` 为准确的分数(如 125/3),`rounded` 为保留两位小数的读法。"""

    exact: ExactText
    rounded: RoundedText


class RankedCountView(View):
    """一个计数。"""

    measure: Code
    count: RankedFigureView


class CriterionView(View):
    """一个指标在考评中的算法:公式、计分公式、权重、目标、最低业务量。"""

    indicator: Code
    name: Name
    formula: LongText
    direction: Literal["up", "down"]
    unit: Literal["percent", "number", "workdays", "points"]
    weight: Weight
    target: Count
    points: LongText
    volume: Code
    minimum: Count


class StandingLineView(View):
    """一个单位在一个指标上的计数、数值、得分与权重;没有得分的说明原因,业务量不足的不列计数。"""

    indicator: Code
    weight: Weight
    value: RankedFigureView | None
    points: RankedFigureView | None
    missing: MissingPoints | None
    counts: Annotated[list[RankedCountView], Field(max_length=200)]


class StandingView(View):
    """一个单位的名次:同分同名次;`end` 为前列或后列,`unranked` 为不排名的原因;`share` 为得分所依据的权重占比。"""

    unit: UnitCode
    name: Name
    place: Version | None
    end: RankingEnd | None
    unranked: Unranked | None
    score: RankedFigureView | None
    share: RankedFigureView
    lines: Annotated[list[StandingLineView], Field(max_length=200)]


class AssessmentSummary(View):
    """一次考评:到哪一步;`revision` 大于 1 的是更正,`reason` 为更正的理由;`counted_until` 之前收到的都已计入。"""

    assessment_id: Id
    group: GroupName
    period: PeriodName
    revision: Version
    reason: LongText
    state: AssessmentState
    computed_at: Moment
    counted_until: Moment
    told_at: Moment | None
    published_at: Moment | None


class RankingRulesView(View):
    """一个分组怎样排名:前列、后列各几名,最低业务量,得分至少须依据百分之几的权重。"""

    name: Name
    top: Count
    bottom: Count
    volume: Code
    minimum: Count
    minimum_share: Count
    criteria: Annotated[list[CriterionView], Field(max_length=200)]


class AssessmentView(AssessmentSummary):
    """一次考评的全部:算法与各单位的名次;公布之前,被考评单位只看到自己的一行。

    `appeals_due_at` 为申诉期限届满的时刻,日历尚未公布的为空;`computed_by` 只给主管评价的单位看。
    """

    rules: RankingRulesView
    ranking: Annotated[list[StandingView], Field(max_length=100)]
    appeals_due_at: Moment | None
    computed_by: CallerId | None
    published_by: CallerId | None


class RankingView(View):
    """公布的排名:计数、公式、权重、得分与名次,任何人都可以重新计算。"""

    group: GroupName
    period: PeriodName
    revision: Version
    reason: LongText
    computed_at: Moment
    counted_until: Moment
    published_at: Moment
    rules: RankingRulesView
    ranking: Annotated[list[StandingView], Field(max_length=100)]


class ChangedCountView(View):
    """一个单位的一个计数:计算时是多少、现在是多少。"""

    unit: UnitCode
    measure: Code
    kept: RankedFigureView
    now: RankedFigureView


class ChangesView(View):
    """计算以来(`computed_at`)迟到的事实使哪些计数变了;`moves` 为名次或前后列会因此变动的单位。已公布的不随之改变。"""

    assessment_id: Id
    computed_at: Moment
    as_of: Moment
    changed_since: Annotated[list[ChangedCountView], Field(max_length=20_000)]
    moves: Annotated[list[UnitCode], Field(max_length=100)]


class AssessmentAppealView(View):
    """一份申诉:理由、决定;`overdue_at` 为逾期未作决定的时刻。"""

    appeal_id: Id
    assessment_id: Id
    unit: UnitCode
    unit_name: Text
    indicator: MaybeCode
    state: AssessmentAppealState
    grounds: LongText
    filed_by: CallerId
    filed_at: Moment
    overdue_at: Moment | None
    decision: LongText
    decided_at: Moment | None
