"""The networks of the city's list, for staff."""

from typing import Annotated

from chassis.base.fields import Code
from chassis.base.shapes import UNIT_CODE, maybe, whole
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import collaborators, declare, router
from fastapi import Depends, Path, Query

from datashare_svc import handlers
from datashare_svc.domain.model import Connection, NetworkLevel
from datashare_svc.errors import NetworkNotFound
from datashare_svc.handlers import Datashare
from datashare_svc.schemas.networks import NetworkView

routes = router()
Here = Annotated[Datashare, Depends(collaborators)]
READERS = policy(Kind.STAFF, scope="data:share", roles=["data_steward", "data_manager"])
NetworkKey = Annotated[Code, Path(description="专网的代码")]
OfLevel = Annotated[NetworkLevel | None, Query(description="国家级、省级或市级")]
InState = Annotated[Connection | None, Query(description="对接状态")]
OfUnit = Annotated[str, Query(description="对接单位的代码", max_length=8, pattern=whole(maybe(UNIT_CODE)))]


@routes.get("/networks", summary="专网列表", **declare(READERS, rate="120/minute"))
async def list_networks(  # noqa: PLR0913, PLR0917  one parameter per filter
    datashare: Here,
    level: OfLevel = None,
    state: InState = None,
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[NetworkView]:
    """全市清单中的专网及其对接状态,依清单顺序。"""
    return await handlers.list_networks(
        datashare,
        level=level.value if level else "",
        state=state.value if state else "",
        unit=unit,
        after=after,
        size=size,
    )


@routes.get(
    "/networks/{network}", summary="查看专网", **declare(READERS, problems=(NetworkNotFound,), rate="120/minute")
)
async def show_network(network: NetworkKey, datashare: Here) -> NetworkView:
    """一个专网:谁的、由哪个单位对接、对接到哪一步。"""
    return await handlers.show_network(datashare, network)
