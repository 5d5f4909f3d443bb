"""The reform's targets, for everybody."""

from typing import Annotated

from chassis.http.routing import collaborators, declare, router
from fastapi import Depends, Query

from evaluation_svc import handlers
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.handlers import Evaluation
from evaluation_svc.routes.indicators import EVERYONE
from evaluation_svc.schemas.targets import TargetsView

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
Months = Annotated[int, Query(description="给出几个月的历史", ge=1, le=60, json_schema_extra={"format": "int32"})]


@routes.get("/targets", summary="改革目标", **declare(EVERYONE, problems=(PackIncomplete,), rate="120/minute"))
async def list_targets(evaluation: Here, months: Months = 12) -> TargetsView:
    """方案写明的目标:300 件事、85%、Ⅲ/Ⅳ 级、8 小时、5 个工作日、100 个工作日、80%;各附公式、当前值与逐月历史。"""
    return await handlers.list_targets(evaluation, months=months)
