"""What intake asks in its own name for a draft and for an application."""

from typing import Annotated

from chassis.http.identity import services_only
from chassis.http.routing import collaborators, declare, router
from fastapi import Depends

from datashare_svc import handlers
from datashare_svc.handlers import Datashare
from datashare_svc.schemas.prefills import PrefillBody, PrefillView, VerificationBody, VerificationView

routes = router()
Here = Annotated[Datashare, Depends(collaborators)]
INTAKE = services_only("intake")


@routes.post("/prefills", summary="预填草稿", **declare(INTAKE))
async def prefill_draft(body: PrefillBody, datashare: Here) -> PrefillView:
    """由各专网为一份新草稿取得可填的值,每个值带有来源;取不到的说明原因。每次查询都先留痕。"""
    return await handlers.prefill_draft(datashare, body)


@routes.post("/data-verifications", summary="核验所填内容", **declare(INTAKE))
async def verify_given(body: VerificationBody, datashare: Here) -> VerificationView:
    """以各专网核验所填内容是否一致,只得到一致与否,不得到对方的值。每次查询都先留痕。"""
    return await handlers.verify_given(datashare, body)
