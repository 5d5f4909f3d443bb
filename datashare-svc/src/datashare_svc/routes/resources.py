"""The resources of the city, for staff of sharing; and each matter's sharing catalogue, for everybody."""

from typing import Annotated

from chassis.base.fields import Code, MaybeCode
from chassis.base.shapes import CODE, UNIT_CODE, maybe, whole
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import collaborators, declare, router
from fastapi import Depends, Path, Query

from datashare_svc import handlers
from datashare_svc.domain.model import SharingClass
from datashare_svc.errors import ResourceNotFound, SharingNotFound
from datashare_svc.handlers import Datashare
from datashare_svc.routes.networks import READERS
from datashare_svc.schemas.resources import ResourceSummary, ResourceView, SharingView

routes = router()
Here = Annotated[Datashare, Depends(collaborators)]
EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER, scope="matter:read")
OfNetwork = Annotated[MaybeCode, Query(description="专网的代码", max_length=64, pattern=whole(maybe(CODE)))]
OfUnit = Annotated[str, Query(description="提供单位的代码", max_length=8, pattern=whole(maybe(UNIT_CODE)))]
OfClass = Annotated[SharingClass | None, Query(alias="class", description="共享类型:1 无条件、2 有条件、3 不予共享")]


@routes.get("/resources", summary="数据资源列表", **declare(READERS, rate="120/minute"))
async def list_resources(  # noqa: PLR0913, PLR0917  one parameter per filter
    datashare: Here,
    network: OfNetwork = "",
    unit: OfUnit = "",
    sharing_class: OfClass = None,
    after: After = "",
    size: Size = 50,
) -> Page[ResourceSummary]:
    """城市包中的政务数据资源,依代码顺序。"""
    return await handlers.list_resources(
        datashare,
        network=network,
        unit=unit,
        sharing_class=sharing_class.value if sharing_class else "",
        after=after,
        size=size,
    )


@routes.get(
    "/resources/{resource}", summary="查看数据资源", **declare(READERS, problems=(ResourceNotFound,), rate="120/minute")
)
async def show_resource(resource: Annotated[Code, Path(description="数据资源的代码")], datashare: Here) -> ResourceView:
    """一项数据资源,依国家目录的各项:类型、依据、方式、周期、信息项与各自的共享条件。"""
    return await handlers.show_resource(datashare, resource)


@routes.get(
    "/matters/{matter_code}/sharing",
    summary="查看一件事的信息共享目录",
    **declare(EVERYONE, problems=(SharingNotFound,), rate="120/minute"),
)
async def show_sharing(matter_code: Annotated[Code, Path(description="一件事的编码")], datashare: Here) -> SharingView:
    """哪个单位经哪个系统、以何种方式与深度、何时提供什么;以及仍须申请人提交的材料。"""
    return await handlers.show_sharing(datashare, matter_code)
