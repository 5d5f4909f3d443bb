"""The networks of the city's list, and the life of their connections, for staff."""

from typing import Annotated

from chassis.base.fields import Code, Id
from chassis.base.shapes import UNIT_CODE, maybe, whole
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from datashare_svc import handlers
from datashare_svc.domain.connecting import MANAGER, STEWARD
from datashare_svc.domain.model import Connection, NetworkLevel
from datashare_svc.errors import (
    AcceptanceCasesMissing,
    AcceptanceNotFound,
    AcceptanceNotSignable,
    NetworkNotFound,
    NetworkNotYours,
    NetworkOut,
    NetworkStepNotPossible,
    NetworkWithoutAddress,
    SameSigner,
    StepNotYours,
    StepReasonMissing,
)
from datashare_svc.handlers import Datashare
from datashare_svc.schemas.connections import ConnectionStepBody, RunDetail, RunView, SignatureBody
from datashare_svc.schemas.networks import NetworkDetail, NetworkView, ProbeView, UnconnectedReport

routes = router()
Here = Annotated[Datashare, Depends(collaborators)]
READERS = policy(Kind.STAFF, scope="data:share", roles=[STEWARD, MANAGER])
NetworkKey = Annotated[Code, Path(description="专网的代码")]
RunId = Annotated[Id, Path(description="验收的标识")]
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


@routes.get("/unconnected-networks", summary="未接入的市级专网", **declare(READERS, rate="60/minute"))
async def report_unconnected(datashare: Here) -> UnconnectedReport:
    """未接入的市级专网,依单位:自何时起、尚缺哪些事项。实施方案第 9 项:未接入的停拨运维费用。"""
    return await handlers.report_unconnected(datashare)


@routes.get(
    "/networks/{network}", summary="查看专网", **declare(READERS, problems=(NetworkNotFound,), rate="30/minute")
)
async def show_network(network: NetworkKey, datashare: Here) -> NetworkDetail:
    """一个专网:谁的、由哪个单位对接、对接到哪一步、探测情况如何。"""
    return await handlers.show_network(datashare, network)


@routes.get(
    "/networks/{network}/probes", summary="探测记录", **declare(READERS, problems=(NetworkNotFound,), rate="60/minute")
)
async def list_probes(network: NetworkKey, datashare: Here, after: After = "", size: Size = 50) -> Page[ProbeView]:
    """每次探测一条,新的在前。"""
    return await handlers.list_probes(datashare, network, after=after, size=size)


@routes.post(
    "/networks/{network}/steps",
    status_code=201,
    response_model=NetworkView,
    summary="办理对接的一步",
    **declare(
        READERS,
        problems=(
            NetworkNotFound,
            NetworkNotYours,
            StepNotYours,
            NetworkStepNotPossible,
            NetworkWithoutAddress,
            StepReasonMissing,
            NetworkOut,
        ),
        rate="30/minute",
        once=True,
    ),
)
async def take_network_step(
    network: NetworkKey, body: ConnectionStepBody, datashare: Here, caller: Caller, once: Once
) -> Response:
    """登记联系、接通、停用。接通时先探测一次;停用只由共享主管办理。"""
    await handlers.plan_step(datashare, caller, network, body)
    return await once(
        lambda work: handlers.take_step(datashare, work, caller, network, body),
        location=lambda view: f"/api/v1/networks/{view.network}",
    )


@routes.get(
    "/networks/{network}/acceptances",
    summary="验收列表",
    **declare(READERS, problems=(NetworkNotFound,), rate="60/minute"),
)
async def list_acceptances(network: NetworkKey, datashare: Here, after: After = "", size: Size = 50) -> Page[RunView]:
    """一个专网的各次验收,新的在前。"""
    return await handlers.list_acceptances(datashare, network, after=after, size=size)


@routes.get(
    "/networks/{network}/acceptances/{run_id}",
    summary="查看验收",
    **declare(READERS, problems=(AcceptanceNotFound,), rate="60/minute"),
)
async def show_acceptance(network: NetworkKey, run_id: RunId, datashare: Here) -> RunDetail:
    """一次验收及各用例的结果。"""
    return await handlers.show_acceptance(datashare, network, run_id)


@routes.post(
    "/networks/{network}/acceptances",
    status_code=201,
    response_model=RunDetail,
    summary="执行验收",
    **declare(
        READERS,
        problems=(
            NetworkNotFound,
            NetworkNotYours,
            NetworkStepNotPossible,
            NetworkWithoutAddress,
            AcceptanceCasesMissing,
        ),
        rate="10/minute",
        once=True,
    ),
)
async def run_acceptance(network: NetworkKey, datashare: Here, caller: Caller, once: Once) -> Response:
    """以测试人员逐一执行该专网的验收用例并留存结果;结果不含任何值。"""
    ran = await handlers.plan_run(datashare, caller, network)
    return await once(
        lambda work: handlers.store_run(work, caller, network, ran),
        location=lambda view: f"/api/v1/networks/{network}/acceptances/{view.run_id}",
    )


@routes.post(
    "/networks/{network}/acceptances/{run_id}/signatures",
    status_code=201,
    response_model=RunDetail,
    summary="签署验收",
    **declare(
        READERS,
        problems=(
            NetworkNotFound,
            AcceptanceNotFound,
            StepNotYours,
            NetworkNotYours,
            NetworkStepNotPossible,
            SameSigner,
            AcceptanceNotSignable,
        ),
        rate="30/minute",
        once=True,
    ),
)
async def sign_acceptance(
    network: NetworkKey, run_id: RunId, body: SignatureBody, caller: Caller, once: Once
) -> Response:
    """双方各一人签署最近一次全部通过的验收;第二方签署后专网投入使用。"""
    return await once(
        lambda work: handlers.sign_acceptance(work, caller, network, run_id, body),
        location=lambda view: f"/api/v1/networks/{network}/acceptances/{view.run_id}",
    )
