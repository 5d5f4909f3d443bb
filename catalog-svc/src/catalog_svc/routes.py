"""The catalogue's HTTP edge."""

from typing import Annotated, Any

from chassis.base.fields import PRINTABLE, Code, UnitCode
from chassis.base.shapes import UNIT_CODE, maybe, whole
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import collaborators, declare, router
from fastapi import Depends, Path, Query

from catalog_svc import handlers
from catalog_svc.errors import (
    AnswersWrong,
    CalendarMissing,
    HandledAtWindow,
    ItemNotFound,
    MatterNotFound,
    MatterWithdrawn,
    UnitNotFound,
)
from catalog_svc.handlers import Catalog
from catalog_svc.schemas import (
    GuideBody,
    GuideView,
    ItemSummary,
    ItemView,
    MatterSummary,
    MatterView,
    SearchPage,
    StagesView,
    UnitView,
)

routes = router()
Here = Annotated[Catalog, Depends(collaborators)]
EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER, scope="matter:read")
READ = "120/minute"
Words = Annotated[str, Query(description="检索词,如 生孩子", max_length=100, pattern=PRINTABLE)]
UnitPath = Annotated[UnitCode, Path(description="单位代码")]
TaskCode = Annotated[
    Code, Path(description="实施编码,31 位", json_schema_extra={"example": "11410100MBXX0009494410709001000"})
]
MatterCode = Annotated[Code, Path(description="一件事的编码")]
MatterVersion = Annotated[int, Path(ge=1, le=1_000_000, description="版本号", json_schema_extra={"format": "int32"})]


def _read(*problems: Any, cache_seconds: int = 60) -> dict[str, Any]:
    return declare(
        EVERYONE, problems=problems, rate=READ, cache_seconds=cache_seconds, stored=handlers.published_version
    )


@routes.get("/units", summary="单位列表", **_read())
async def list_units(catalog: Here, after: After = "", size: Size = 50) -> Page[UnitView]:
    """进驻的部门与公共服务企业。"""
    return await handlers.list_units(catalog, after, size)


@routes.get("/units/{unit_code}", summary="查看单位", **_read(UnitNotFound))
async def show_unit(unit_code: UnitPath, catalog: Here) -> UnitView:
    """一个单位。"""
    return await handlers.show_unit(catalog, unit_code)


@routes.get("/items", summary="检索事项", **_read())
async def list_items(
    catalog: Here,
    q: Words = "",
    unit: Annotated[str, Query(description="单位代码", max_length=8, pattern=whole(maybe(UNIT_CODE)))] = "",
    after: After = "",
    size: Size = 50,
) -> SearchPage[ItemSummary]:
    """按词检索或按单位列出政务服务事项。"""
    return await handlers.list_items(catalog, q.strip(), unit, after, size)


@routes.get("/items/{task_code}", summary="查看事项", **_read(ItemNotFound))
async def show_item(task_code: TaskCode, catalog: Here) -> ItemView:
    """一个事项的实施清单。"""
    return await handlers.show_item(catalog, task_code)


@routes.get("/stages", summary="生命周期阶段", **_read())
async def list_stages(catalog: Here) -> StagesView:
    """个人十个、企业六个生命周期阶段(国办发〔2025〕24号),及各阶段的一件事数。"""
    return await handlers.list_stages(catalog)


@routes.get("/matters", summary="检索一件事", **_read())
async def list_matters(
    catalog: Here,
    q: Words = "",
    stage: Annotated[str, Query(description="生命周期阶段,如 BIRTH", max_length=20, pattern=r"^[A-Z]*$")] = "",
    after: After = "",
    size: Size = 50,
) -> SearchPage[MatterSummary]:
    """用日常说法检索一件事,如“生孩子”。"""
    return await handlers.list_matters(catalog, q.strip(), stage, after, size)


@routes.get("/matters/{matter_code}", summary="查看一件事", **_read(MatterNotFound))
async def show_matter(matter_code: MatterCode, catalog: Here) -> MatterView:
    """一件事的现行版本及其情形问题。"""
    return await handlers.show_matter(catalog, matter_code)


@routes.get(
    "/matters/{matter_code}/versions/{matter_version}",
    summary="查看一件事的某一版本",
    **_read(MatterNotFound, cache_seconds=3600),
)
async def show_matter_version(matter_code: MatterCode, matter_version: MatterVersion, catalog: Here) -> MatterView:
    """已发布的版本永不更改,在办件始终沿用其受理时的版本。"""
    return await handlers.show_matter_version(catalog, matter_code, matter_version)


@routes.post(
    "/matters/{matter_code}/guide",
    summary="情形引导",
    **declare(
        EVERYONE,
        problems=(MatterNotFound, MatterWithdrawn, AnswersWrong, HandledAtWindow, CalendarMissing),
        rate=READ,
    ),
)
async def guide_matter(matter_code: MatterCode, body: GuideBody, catalog: Here) -> GuideView:
    """按所选情形给出事项、一张表单、一套材料(及省下的材料与原因)、环节和承诺办结时间。不产生任何记录。"""
    return await handlers.guide_matter(catalog, matter_code, body.answers)
