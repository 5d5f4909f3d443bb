"""Lights and supervision at the HTTP edge: each unit's own, and all to the office that leads evaluation."""

from typing import Annotated, Literal

from chassis.base.fields import Id, MaybeUnitCode
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from evaluation_svc import handlers
from evaluation_svc.domain.letters import HEAD, OFFICER, RECTIFIER
from evaluation_svc.domain.supervision import LightColour
from evaluation_svc.errors import HeadAnswers, NotAuthority, SupervisionNotFound, SupervisionStateWrong
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.months import MaybeMonth
from evaluation_svc.schemas.supervision import (
    LightsView,
    LightView,
    SupervisionAnswerBody,
    SupervisionConclusionBody,
    SupervisionSummary,
    SupervisionView,
)
from evaluation_svc.store.supervising import SupervisionFilter

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
READING = policy(Kind.STAFF, scope="evaluation:read", roles=[OFFICER, HEAD, RECTIFIER])
MANAGING = policy(Kind.STAFF, scope="evaluation:manage", roles=[OFFICER])
ANSWERING = policy(Kind.STAFF, scope="supervision:answer", roles=[HEAD, RECTIFIER])
SupervisionId = Annotated[Id, Path(description="督办的标识")]
OfMonth = Annotated[MaybeMonth, Query(alias="month", description="月份,缺省为本月")]
OfLight = Annotated[LightColour, Query(alias="light", description="灯")]
OfUnit = Annotated[MaybeUnitCode, Query(description="单位")]
InState = Annotated[
    Literal["", "DRAFTED", "SENT", "ANSWERED", "ESCALATED", "CLOSED", "CANCELLED"],
    Query(alias="state", description="状态"),
]


@routes.get("/lights", summary="红黄灯", **declare(READING, rate="60/minute"))
async def show_lights(evaluation: Here, caller: Caller, month: OfMonth = "") -> LightsView:
    """各单位在办环节的绿、黄、红灯和逾期未答复是否受理的紫灯,以及当月曾经亮过的;其他单位只看到本单位的。"""
    return await handlers.show_lights(evaluation, caller, month)


@routes.get("/lights/tasks", summary="亮灯的办件", **declare(READING, rate="120/minute"))
async def list_lights(  # noqa: PLR0913, PLR0917  one parameter per filter
    evaluation: Here,
    caller: Caller,
    light: OfLight = LightColour.RED,
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[LightView]:
    """亮某种灯的在办环节(紫灯为申请),先到期的在前;不含申请人信息。"""
    return await handlers.list_lights(evaluation, caller, light, unit, after=after, size=size)


@routes.get("/supervisions", summary="督办", **declare(READING, rate="120/minute"))
async def list_supervisions(  # noqa: PLR0913, PLR0917  one parameter per filter
    evaluation: Here,
    caller: Caller,
    state: InState = "",
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[SupervisionSummary]:
    """督办一览,已报单位负责人的在前;主管评价的单位看到全部,其他单位看到发给本单位的。"""
    return await handlers.list_supervisions(evaluation, caller, SupervisionFilter(state, unit), after=after, size=size)


@routes.get(
    "/supervisions/{supervision_id}",
    summary="查看督办",
    **declare(READING, problems=(SupervisionNotFound,), rate="120/minute"),
)
async def show_supervision(supervision_id: SupervisionId, evaluation: Here, caller: Caller) -> SupervisionView:
    """一件督办的各步:起草、印发、答复、退回、上报、办结;每次查看都留有记录。"""
    return await handlers.show_supervision(evaluation, caller, supervision_id)


@routes.post(
    "/supervisions/{supervision_id}/answers",
    status_code=201,
    response_model=SupervisionView,
    summary="答复督办",
    **declare(
        ANSWERING,
        problems=(SupervisionNotFound, SupervisionStateWrong, HeadAnswers),
        rate="60/minute",
        once=True,
    ),
)
async def answer_supervision(
    supervision_id: SupervisionId, body: SupervisionAnswerBody, once: Once, evaluation: Here, caller: Caller
) -> Response:
    """责任单位的书面答复;已报单位负责人的,由负责人答复。"""
    return await once(lambda work: handlers.answer_supervision(evaluation, work, caller, supervision_id, body))


@routes.post(
    "/supervisions/{supervision_id}/conclusions",
    status_code=201,
    response_model=SupervisionView,
    summary="办结或退回督办",
    **declare(
        MANAGING,
        problems=(SupervisionNotFound, SupervisionStateWrong, NotAuthority),
        rate="60/minute",
        once=True,
    ),
)
async def conclude_supervision(
    supervision_id: SupervisionId, body: SupervisionConclusionBody, once: Once, evaluation: Here, caller: Caller
) -> Response:
    """办结并写明结果,或将答复退回、重新计算答复期限。"""
    return await once(lambda work: handlers.conclude_supervision(evaluation, work, caller, supervision_id, body))
