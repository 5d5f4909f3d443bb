"""Assessments (考核) at the HTTP edge: the authority's steps, how a unit stands, appeals, and published rankings."""

from typing import Annotated, Literal

from chassis.base.fields import Id, text
from chassis.base.shapes import maybe, whole
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from evaluation_svc import handlers
from evaluation_svc.domain.letters import HEAD, OFFICER
from evaluation_svc.domain.periods import PERIOD
from evaluation_svc.errors import (
    AssessmentAppealClockRunning,
    AssessmentAppealDecided,
    AssessmentAppealNotFound,
    AssessmentAppealOpen,
    AssessmentAppealsUndecided,
    AssessmentAppealTooLate,
    AssessmentNotFound,
    AssessmentOutdated,
    AssessmentStepNotPossible,
    AssessmentUnderWay,
    NotAuthority,
    OwnAssessmentAppeal,
    OwnComputation,
    PackIncomplete,
    PeriodNotOver,
    RankingNotFound,
    RevisionUnfounded,
)
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.assessments import (
    AssessmentAppealBody,
    AssessmentAppealDecisionBody,
    AssessmentAppealView,
    AssessmentBody,
    AssessmentSummary,
    AssessmentView,
    ChangesView,
    GroupName,
    RankingView,
)

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
READING = policy(Kind.STAFF, scope="evaluation:read", roles=[OFFICER, HEAD])
MANAGING = policy(Kind.STAFF, scope="evaluation:manage", roles=[OFFICER])
APPEALING = policy(Kind.STAFF, scope="evaluation:read", roles=[HEAD])
EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER, scope="matter:read")
AssessmentId = Annotated[Id, Path(description="考评的标识")]
AppealId = Annotated[Id, Path(description="申诉的标识")]
OfGroup = Annotated[
    Literal["", "regions", "departments", "companies"], Query(alias="group", description="分组,缺省为全部")
]
Ranked = Annotated[GroupName, Query(alias="group", description="县(市、区)和开发区、市级部门,或者公共服务企业")]
OfPeriod = Annotated[
    str,
    Query(alias="period", description="周期:月 2026-03、季 2026-Q1、半年 2026-H1;缺省为最近公布的"),
    text(7, pattern=whole(maybe(PERIOD)), example="2026-03"),
]
STEP = (NotAuthority, AssessmentNotFound, AssessmentStepNotPossible)


@routes.get("/assessments", summary="考评列表", **declare(READING, rate="120/minute"))
async def list_assessments(
    evaluation: Here, caller: Caller, group: OfGroup = "", after: After = "", size: Size = 50
) -> Page[AssessmentSummary]:
    """各分组各周期的考评,新的在前;主管评价的单位看到全部,其他单位只看到已告知本单位的(筛选条件不起作用)。"""
    return await handlers.list_assessments(evaluation, caller, group, after=after, size=size)


@routes.post(
    "/assessments",
    status_code=201,
    response_model=AssessmentView,
    summary="计算考评",
    **declare(
        MANAGING,
        problems=(NotAuthority, AssessmentUnderWay, RevisionUnfounded, PackIncomplete),
        rate="30/minute",
        once=True,
    ),
)
async def compute_assessment(body: AssessmentBody, caller: Caller, once: Once) -> Response:
    """按现行规则和计数计算一个分组一个周期的排名(草稿);已公布的须说明理由,作为更正重新计算,原排名保留。"""
    return await once(
        lambda work: handlers.compute_assessment(work, caller, body),
        location=lambda view: f"/api/v1/assessments/{view.assessment_id}",
    )


@routes.get(
    "/assessments/{assessment_id}",
    summary="查看考评",
    **declare(READING, problems=(AssessmentNotFound,), rate="120/minute"),
)
async def show_assessment(assessment_id: AssessmentId, evaluation: Here, caller: Caller) -> AssessmentView:
    """一次考评:规则、公式、每个单位每个指标的计数、数值、得分和权重;公布之前,被考评单位只看到自己的一行。"""
    return await handlers.show_assessment(evaluation, caller, assessment_id)


@routes.get(
    "/assessments/{assessment_id}/changes",
    summary="计算以来的变化",
    **declare(MANAGING, problems=(NotAuthority, AssessmentNotFound), rate="30/minute"),
)
async def show_assessment_changes(assessment_id: AssessmentId, evaluation: Here, caller: Caller) -> ChangesView:
    """计算以来迟到的事实改变了哪些计数、会使谁的名次变动;已公布的排名不随之改变,需要时以更正公布。"""
    return await handlers.show_assessment_changes(evaluation, caller, assessment_id)


@routes.post(
    "/assessments/{assessment_id}/computations",
    status_code=201,
    response_model=AssessmentView,
    summary="重新计算考评",
    **declare(MANAGING, problems=(*STEP, PackIncomplete), rate="30/minute", once=True),
)
async def recompute_assessment(assessment_id: AssessmentId, caller: Caller, once: Once) -> Response:
    """草稿按现在的规则和计数重新计算。"""
    return await once(lambda work: handlers.recompute_assessment(work, caller, assessment_id))


@routes.post(
    "/assessments/{assessment_id}/announcements",
    status_code=201,
    response_model=AssessmentView,
    summary="告知被考评单位",
    **declare(
        MANAGING, problems=(*STEP, PeriodNotOver, AssessmentOutdated, PackIncomplete), rate="30/minute", once=True
    ),
)
async def tell_assessment(assessment_id: AssessmentId, caller: Caller, once: Once) -> Response:
    """周期结束后,把草稿告知被考评单位,开始计算申诉期限;周期结束前、申诉成立前算出的草稿须先重新计算。"""
    return await once(lambda work: handlers.tell_assessment(work, caller, assessment_id))


@routes.post(
    "/assessments/{assessment_id}/publications",
    status_code=201,
    response_model=AssessmentView,
    summary="公布排名",
    **declare(
        MANAGING,
        problems=(*STEP, OwnComputation, AssessmentAppealClockRunning, AssessmentAppealsUndecided),
        rate="30/minute",
        once=True,
    ),
)
async def publish_assessment(assessment_id: AssessmentId, caller: Caller, once: Once) -> Response:
    """申诉期满、申诉均有决定后公布,由计算人以外的人办理;公布后不再改变,并起草通报和约谈文书。"""
    return await once(lambda work: handlers.publish_assessment(work, caller, assessment_id))


@routes.post(
    "/assessments/{assessment_id}/appeals",
    status_code=201,
    response_model=AssessmentAppealView,
    summary="提出申诉",
    **declare(
        APPEALING,
        problems=(AssessmentNotFound, AssessmentAppealTooLate, AssessmentAppealOpen, PackIncomplete),
        rate="30/minute",
        once=True,
    ),
)
async def file_assessment_appeal(
    assessment_id: AssessmentId, body: AssessmentAppealBody, evaluation: Here, caller: Caller, once: Once
) -> Response:
    """被考评单位的负责人在申诉期限内对本单位的结果提出申诉;前一份有决定之后才能再提。"""
    return await once(lambda work: handlers.file_assessment_appeal(evaluation, work, caller, assessment_id, body))


@routes.get(
    "/assessments/{assessment_id}/appeals",
    summary="申诉列表",
    **declare(READING, problems=(AssessmentNotFound,), rate="120/minute"),
)
async def list_assessment_appeals(
    assessment_id: AssessmentId, evaluation: Here, caller: Caller, after: After = "", size: Size = 50
) -> Page[AssessmentAppealView]:
    """对一次考评的申诉,新的在前;被考评单位只看到自己的。"""
    return await handlers.list_assessment_appeals(evaluation, caller, assessment_id, after=after, size=size)


@routes.post(
    "/assessments/{assessment_id}/appeals/{appeal_id}/decisions",
    status_code=201,
    response_model=AssessmentAppealView,
    summary="决定申诉",
    **declare(
        MANAGING,
        problems=(NotAuthority, AssessmentAppealNotFound, OwnAssessmentAppeal, AssessmentAppealDecided),
        rate="30/minute",
        once=True,
    ),
)
async def decide_assessment_appeal(  # noqa: PLR0913, PLR0917  where it is, and what is decided
    assessment_id: AssessmentId,
    appeal_id: AppealId,
    body: AssessmentAppealDecisionBody,
    evaluation: Here,
    caller: Caller,
    once: Once,
) -> Response:
    """写明理由作出决定;成立的,考评退回草稿,重新计算并再次告知。"""
    return await once(
        lambda work: handlers.decide_assessment_appeal(evaluation, work, caller, assessment_id, appeal_id, body)
    )


@routes.get("/rankings", summary="公布的排名", **declare(EVERYONE, problems=(RankingNotFound,), rate="60/minute"))
async def show_ranking(evaluation: Here, group: Ranked, period: OfPeriod = "") -> RankingView:
    """已公布的排名及其计数、公式、权重;业务量低于最低要求的不列计数。更正的附理由。"""
    return await handlers.show_ranking(evaluation, group, period)
