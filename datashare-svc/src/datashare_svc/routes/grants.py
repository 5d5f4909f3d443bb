"""Requests for grants and grants at the HTTP edge, for stewards of units and the sharing authority."""

from typing import Annotated, Literal

from chassis.base.fields import Id, MaybeCode, MaybeUnitCode
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from datashare_svc import handlers
from datashare_svc.domain.grants import RequestState
from datashare_svc.errors import (
    DecisionNotYours,
    GrantDecisionUnfit,
    GrantEnded,
    GrantNotFound,
    GrantRequestNotFound,
    GrantRequestUnfit,
    GrantStepNotPossible,
    NotForThisUnit,
    OwnRequest,
    RefusalUnfounded,
    ResourceNotFound,
    ResourceWithheld,
)
from datashare_svc.handlers import Datashare
from datashare_svc.schemas.grants import (
    GrantCheckBody,
    GrantDecisionBody,
    GrantRequestBody,
    GrantRequestSummary,
    GrantRequestView,
    GrantSupplementBody,
    GrantView,
    WithdrawalBody,
)
from datashare_svc.store.grant_requests import RequestFilter
from datashare_svc.store.grants import GrantFilter

routes = router()
Here = Annotated[Datashare, Depends(collaborators)]
STEWARDS = policy(Kind.STAFF, scope="data:share", roles=["data_steward", "data_manager"])
RequestId = Annotated[Id, Path(description="共享申请的标识")]
GrantId = Annotated[Id, Path(description="授权的标识,与其申请相同")]
Side = Annotated[
    Literal["provider", "asker"], Query(alias="as", description="作为提供单位(provider)或者申请单位(asker)")
]
OfUnit = Annotated[
    MaybeUnitCode, Query(description="哪个单位的:缺省为本单位,也可为由本单位承接的单位;主管部门缺省为全部")
]
InState = Annotated[RequestState | None, Query(alias="state", description="申请的状态,缺省为全部")]
Overdue = Annotated[bool, Query(description="只列逾期未答复的,先到期的在前")]
OfResource = Annotated[MaybeCode, Query(description="数据资源,缺省为全部")]
OfGrantee = Annotated[MaybeCode, Query(description="授权对象:单位、一件事或事项的编码,缺省为全部")]
InForce = Annotated[bool, Query(description="只列现在有效的")]
STEP = (GrantRequestNotFound, DecisionNotYours, GrantStepNotPossible, GrantRequestUnfit)


def _location(view: GrantRequestView) -> str:
    return f"/api/v1/grant-requests/{view.request_id}"


@routes.post(
    "/grant-requests",
    status_code=201,
    response_model=GrantRequestView,
    summary="申请共享",
    **declare(
        STEWARDS,
        problems=(ResourceNotFound, ResourceWithheld, NotForThisUnit, GrantRequestUnfit),
        rate="60/minute",
        once=True,
    ),
)
async def request_grant(body: GrantRequestBody, datashare: Here, caller: Caller, once: Once) -> Response:
    """本单位(或共享主管部门代某单位)申请使用一项数据资源的若干信息项;无条件共享的和本单位自己的,当即依规则同意;不予共享的不得申请。"""
    return await once(lambda work: handlers.request_grant(datashare, work, caller, body), location=_location)


@routes.get("/grant-requests", summary="共享申请列表", **declare(STEWARDS, rate="120/minute"))
async def list_grant_requests(  # noqa: PLR0913, PLR0917  one parameter per filter
    datashare: Here,
    caller: Caller,
    side: Side = "provider",
    unit: OfUnit = "",
    state: InState = None,
    overdue: Overdue = False,  # noqa: FBT002  a filter of the query
    after: After = "",
    size: Size = 50,
) -> Page[GrantRequestSummary]:
    """向本单位提出的、或者本单位提出的共享申请,新的在前;主管部门可看全部。"""
    wanted = RequestFilter(unit, side == "provider", state.value if state else "", overdue)
    return await handlers.list_grant_requests(datashare, caller, wanted, after=after, size=size)


@routes.get(
    "/grant-requests/{request_id}",
    summary="查看共享申请",
    **declare(STEWARDS, problems=(GrantRequestNotFound,), rate="120/minute"),
)
async def show_grant_request(request_id: RequestId, datashare: Here, caller: Caller) -> GrantRequestView:
    """一份共享申请:逐项的理由与答复、时限、全部步骤。"""
    return await handlers.show_grant_request(datashare, caller, request_id)


@routes.post(
    "/grant-requests/{request_id}/checks",
    status_code=201,
    response_model=GrantRequestView,
    summary="核对共享申请",
    **declare(STEWARDS, problems=(*STEP, OwnRequest), rate="60/minute", once=True),
)
async def check_grant_request(
    request_id: RequestId, body: GrantCheckBody, datashare: Here, caller: Caller, once: Once
) -> Response:
    """提供单位核对是否完整:完整的开始计算答复时限,不完整的退回补充(只能退回一次);逾期未核对的视为完整。"""
    return await once(
        lambda work: handlers.check_grant_request(datashare, work, caller, request_id, body), location=_location
    )


@routes.post(
    "/grant-requests/{request_id}/supplements",
    status_code=201,
    response_model=GrantRequestView,
    summary="补充共享申请",
    **declare(STEWARDS, problems=STEP, rate="60/minute", once=True),
)
async def supplement_grant_request(
    request_id: RequestId, body: GrantSupplementBody, datashare: Here, caller: Caller, once: Once
) -> Response:
    """申请单位补充退回时所说的内容,自此计算答复时限。"""
    return await once(
        lambda work: handlers.supplement_grant_request(datashare, work, caller, request_id, body), location=_location
    )


@routes.post(
    "/grant-requests/{request_id}/withdrawals",
    status_code=201,
    response_model=GrantRequestView,
    summary="撤回共享申请",
    **declare(STEWARDS, problems=STEP, rate="60/minute", once=True),
)
async def withdraw_grant_request(request_id: RequestId, body: WithdrawalBody, caller: Caller, once: Once) -> Response:
    """申请单位在答复之前撤回。"""
    return await once(lambda work: handlers.withdraw_grant_request(work, caller, request_id, body), location=_location)


@routes.post(
    "/grant-requests/{request_id}/decisions",
    status_code=201,
    response_model=GrantRequestView,
    summary="答复共享申请",
    **declare(
        STEWARDS,
        problems=(
            GrantRequestNotFound,
            OwnRequest,
            DecisionNotYours,
            GrantStepNotPossible,
            GrantDecisionUnfit,
            RefusalUnfounded,
        ),
        rate="60/minute",
        once=True,
    ),
)
async def decide_grant_request(request_id: RequestId, body: GrantDecisionBody, caller: Caller, once: Once) -> Response:
    """逐项同意或者不同意;不同意的须说明理由并注明法律依据。由提供单位答复,逾期的由共享主管部门代为决定;不得答复本人或本单位的申请。"""
    return await once(lambda work: handlers.decide_grant_request(work, caller, request_id, body), location=_location)


@routes.get("/grants", summary="共享授权列表", **declare(STEWARDS, rate="120/minute"))
async def list_grants(  # noqa: PLR0913, PLR0917  one parameter per filter
    datashare: Here,
    caller: Caller,
    side: Side = "provider",
    unit: OfUnit = "",
    resource: OfResource = "",
    grantee: OfGrantee = "",
    in_force: InForce = False,  # noqa: FBT002  a filter of the query
    after: After = "",
    size: Size = 50,
) -> Page[GrantView]:
    """本单位给出的、或者本单位取得的授权,新的在前;主管部门可看全部。"""
    wanted = GrantFilter(unit, side == "provider", resource, grantee, in_force)
    return await handlers.list_grants(datashare, caller, wanted, after=after, size=size)


@routes.get(
    "/grants/{grant_id}", summary="查看共享授权", **declare(STEWARDS, problems=(GrantNotFound,), rate="120/minute")
)
async def show_grant(grant_id: GrantId, datashare: Here, caller: Caller) -> GrantView:
    """一项授权:谁可以把哪些信息项用于什么、用到何时、现在是否有效。"""
    return await handlers.show_grant(datashare, caller, grant_id)


@routes.post(
    "/grants/{grant_id}/withdrawals",
    status_code=201,
    response_model=GrantView,
    summary="终止共享授权",
    **declare(
        STEWARDS, problems=(GrantNotFound, DecisionNotYours, GrantEnded, GrantRequestUnfit), rate="60/minute", once=True
    ),
)
async def withdraw_grant(grant_id: GrantId, body: WithdrawalBody, caller: Caller, once: Once) -> Response:
    """提供单位或者共享主管部门终止授权,即时生效。"""
    return await once(
        lambda work: handlers.withdraw_grant(work, caller, grant_id, body),
        location=lambda view: f"/api/v1/grants/{view.grant_id}",
    )
