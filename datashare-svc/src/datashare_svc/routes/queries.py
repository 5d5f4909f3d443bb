"""Queries in running cases, whom cases concern, and who looked."""

from typing import Annotated

from chassis.base.fields import DAY, Id, IdFilter
from chassis.base.problems import Problem
from chassis.base.shapes import UNIT_CODE, maybe, whole
from chassis.http.idempotency import Once, Replayed
from chassis.http.identity import Kind, policy, services_only
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from datashare_svc import handlers
from datashare_svc.errors import (
    BasisUnfit,
    FieldNotGranted,
    IdentityUnresolved,
    ItemNotInCase,
    ItemNotYours,
    KeyNotOfPerson,
    NetworkNotConnected,
    NetworkOut,
    NotGranted,
    OwnCaseAsked,
    PersonNotInCase,
    QueryCaseNotFound,
    QueryCaseOver,
    QueryResourceNotFound,
    QuotaSpent,
)
from datashare_svc.handlers import Datashare
from datashare_svc.handlers.accesses import Wanted
from datashare_svc.schemas.accesses import AccessView
from datashare_svc.schemas.prefills import PersonsBody
from datashare_svc.schemas.queries import QueryBody, QueryView

routes = router()
Here = Annotated[Datashare, Depends(collaborators)]
OFFICIALS = policy(Kind.STAFF, scope="data:query", roles=["reviewer", "window_clerk"])
OF_THE_CASE = policy(Kind.CITIZEN, Kind.STAFF, scope="application:read", roles=["reviewer", "window_clerk"])
HERSELF = policy(Kind.CITIZEN, scope="data:read")
MAYBE_DAY = f"^({DAY[1:-1]})?$"
KEEPER_OF_APPLICATIONS = services_only("intake")
REFUSALS = (
    QueryCaseNotFound,
    QueryResourceNotFound,
    QueryCaseOver,
    NetworkNotConnected,
    ItemNotInCase,
    ItemNotYours,
    OwnCaseAsked,
    PersonNotInCase,
    NotGranted,
    FieldNotGranted,
    KeyNotOfPerson,
    BasisUnfit,
    QuotaSpent,
)
ApplicationId = Annotated[Id, Path(description="申请的标识(不是办件编号)")]
InApplication = Annotated[IdFilter, Query(description="只看一份申请或草稿中的查询")]
ByUnit = Annotated[str, Query(description="只看一个单位的查询", max_length=8, pattern=whole(maybe(UNIT_CODE)))]
FromDay = Annotated[str, Query(alias="from", description="从哪一天起,如 2026-03-02", max_length=10, pattern=MAYBE_DAY)]
ToDay = Annotated[str, Query(alias="to", description="到哪一天止,含当天", max_length=10, pattern=MAYBE_DAY)]


@routes.post(
    "/data-queries",
    status_code=201,
    response_model=QueryView,
    summary="查询数据",
    **declare(OFFICIALS, problems=(*REFUSALS, NetworkOut), rate="60/minute", once=True),
)
async def query_data(body: QueryBody, datashare: Here, caller: Caller, once: Once) -> Response:
    """在一个正在办理的办件中查询一个人的数据:先留痕,后查询;缺省脱敏。被拒绝的查询同样留痕。"""
    try:
        await once.look()
    except Replayed:
        try:
            await handlers.tell_again(datashare, caller, body)
        except Problem:
            await once.forget()
            raise
        raise
    asked, outcome = await handlers.plan_query(datashare, caller, body)
    return await once(lambda work: handlers.tell_query(datashare, work, body, asked, outcome))


@routes.put(
    "/applications/{application_id}/persons",
    status_code=204,
    summary="登记申请涉及的人",
    **declare(KEEPER_OF_APPLICATIONS),
)
async def register_persons(application_id: ApplicationId, body: PersonsBody, datashare: Here) -> None:
    """登记一份申请涉及的人,整体替换:查询只能针对这些人。"""
    async with datashare.database.unit_of_work() as work:
        await handlers.register_persons(datashare, work, application_id, body)


@routes.get(
    "/me/data-accesses",
    summary="谁查了我的数据",
    **declare(HERSELF, problems=(IdentityUnresolved,), rate="60/minute"),
)
async def list_own_accesses(  # noqa: PLR0913, PLR0917  one parameter per filter
    datashare: Here,
    caller: Caller,
    application: InApplication = "",
    unit: ByUnit = "",
    from_day: FromDay = "",
    to_day: ToDay = "",
    after: After = "",
    size: Size = 50,
) -> Page[AccessView]:
    """每一次对本人数据的查询:哪个单位的谁、为了什么、依据什么、在哪个办件中、查了什么、何时,最近的在前。"""
    days = (from_day, to_day)
    wanted = Wanted(application_id=application, unit=unit, days=days, after=after, size=size)
    return await handlers.list_own_accesses(datashare, caller, wanted)


@routes.get(
    "/applications/{application_id}/data-accesses",
    summary="申请中的数据查询",
    **declare(OF_THE_CASE, problems=(QueryCaseNotFound,), rate="60/minute"),
)
async def list_case_accesses(
    application_id: ApplicationId, datashare: Here, caller: Caller, after: After = "", size: Size = 50
) -> Page[AccessView]:
    """一份申请及其草稿中的每一次数据查询(含预填与提交时的核验),供申请人和办理单位查看,最近的在前。"""
    wanted = Wanted(after=after, size=size)
    return await handlers.list_case_accesses(datashare, caller, application_id, wanted)
