"""Indicators, for everybody."""

from typing import Annotated

from chassis.http.identity import Kind, policy
from chassis.http.routing import collaborators, declare, router
from fastapi import Depends

from evaluation_svc import handlers
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.indicators import IndicatorsView

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER, scope="matter:read")


@routes.get("/indicators", summary="指标目录", **declare(EVERYONE, problems=(PackIncomplete,), rate="120/minute"))
async def list_indicators(evaluation: Here) -> IndicatorsView:
    """本市的评价指标:公式、单位、方向、来源与依据;方案只给出名称的标为 proposed。"""
    return await handlers.list_indicators(evaluation)
