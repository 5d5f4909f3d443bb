"""The dashboard (看板), for those who lead."""

from typing import Annotated

from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends

from evaluation_svc import handlers
from evaluation_svc.handlers import Evaluation
from evaluation_svc.routes.figures import READING
from evaluation_svc.routes.targets import Months
from evaluation_svc.schemas.dashboard import DashboardView

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]


@routes.get("/evaluation/dashboard", summary="看板", **declare(READING, rate="60/minute"))
async def show_dashboard(evaluation: Here, caller: Caller, months: Months = 12) -> DashboardView:
    """一次取得看板所需的全部:各计数与指标逐月的序列、各单位与各件事本月的计数、改革目标、红黄灯、最近公布的排名。

    单位负责人看到全市的序列和本单位的计数;能推出单个评价人的计数只给主管评价的单位和市领导看。
    """
    return await handlers.show_dashboard(evaluation, caller, months=months)
