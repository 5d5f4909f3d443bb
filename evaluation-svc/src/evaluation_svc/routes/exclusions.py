"""What is left out of the figures, at the HTTP edge: the rules for everybody, the cases for the authority."""

from typing import Annotated, Literal

from chassis.base.fields import Id
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from evaluation_svc import handlers
from evaluation_svc.domain.letters import OFFICER
from evaluation_svc.errors import NotAuthority
from evaluation_svc.errors.ratings import ExclusionLifted, ExclusionNotFound
from evaluation_svc.handlers import Evaluation
from evaluation_svc.routes.indicators import EVERYONE
from evaluation_svc.schemas.exclusions import ExclusionRulesView, ExclusionView, LiftBody

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
READING = policy(Kind.STAFF, scope="evaluation:read", roles=[OFFICER])
MANAGING = policy(Kind.STAFF, scope="evaluation:manage", roles=[OFFICER])
ExclusionId = Annotated[Id, Path(description="不计入记录的标识")]
OfRule = Annotated[
    Literal["", "default_rating", "own_staff", "burst_of_device", "burst_at_window", "splitting", "no_work"],
    Query(alias="rule", description="只看一条规则"),
]


@routes.get("/exclusion-rules", summary="不计入指标的规则", **declare(EVERYONE, rate="120/minute"))
async def list_exclusion_rules(evaluation: Here) -> ExclusionRulesView:
    """哪些办件和评价不计入指标,按哪些数值判断。"""
    return await handlers.list_exclusion_rules(evaluation)


@routes.get(
    "/exclusions", summary="不计入指标的办件和评价", **declare(READING, problems=(NotAuthority,), rate="120/minute")
)
async def list_exclusions(
    evaluation: Here, caller: Caller, rule: OfRule = "", after: After = "", size: Size = 50
) -> Page[ExclusionView]:
    """不计入指标的办件和评价,新的在前,逐件写明规则和理由;每次查看都留有记录。"""
    return await handlers.list_exclusions(evaluation, caller, rule=rule, after=after, size=size)


@routes.post(
    "/exclusions/{exclusion_id}/lift",
    response_model=ExclusionView,
    summary="解除不计入",
    **declare(MANAGING, problems=(ExclusionNotFound, ExclusionLifted, NotAuthority), rate="60/minute", once=True),
)
async def lift_exclusion(
    exclusion_id: ExclusionId, body: LiftBody, evaluation: Here, caller: Caller, once: Once
) -> Response:
    """写明理由,把一件办件或一条评价重新计入指标。"""
    return await once(lambda work: handlers.lift_exclusion(evaluation, work, caller, exclusion_id, body))
