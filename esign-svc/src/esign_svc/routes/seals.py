"""The registry of seals, for staff."""

from typing import Annotated

from chassis.base.fields import Id
from chassis.base.shapes import UNIT_CODE, maybe, whole
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from esign_svc import handlers
from esign_svc.domain.seals import APPLICANT, AUDITOR, EVERYWHERE, MAKER, SealKind, SealState
from esign_svc.errors import (
    CertificateUnfit,
    SameHands,
    SealExists,
    SealFaceUnfit,
    SealKeysMissing,
    SealNotFound,
    SealReasonMissing,
    SealStepNotPossible,
    StepNotYours,
    UnitUnknown,
)
from esign_svc.handlers import Esign, SealFilter
from esign_svc.schemas.seals import (
    ImageView,
    NationalBody,
    NationalView,
    RequestView,
    SealBody,
    SealDetail,
    SealView,
    StepBody,
    UseView,
)

routes = router()
Here = Annotated[Esign, Depends(collaborators)]
READERS = policy(Kind.STAFF, scope="seal:read", roles=[APPLICANT, MAKER, AUDITOR, EVERYWHERE])
APPLICANTS = policy(Kind.STAFF, scope="seal:manage", roles=[APPLICANT])
MAKERS = policy(Kind.STAFF, scope="seal:manage", roles=[MAKER])
HANDS = policy(Kind.STAFF, scope="seal:manage", roles=[APPLICANT, MAKER, AUDITOR])
SealId = Annotated[Id, Path(description="印章的标识")]
OfUnit = Annotated[
    str, Query(description="单位代码;只有全市印章管理员可看其他单位的", max_length=8, pattern=whole(maybe(UNIT_CODE)))
]
OfKind = Annotated[SealKind | None, Query(description="印章种类")]
InState = Annotated[SealState | None, Query(description="印章状态")]


@routes.get("/seals", summary="印章列表", **declare(READERS, rate="120/minute"))
async def list_seals(  # noqa: PLR0913, PLR0917  one parameter per filter
    esign: Here,
    caller: Caller,
    unit: OfUnit = "",
    kind: OfKind = None,
    state: InState = None,
    after: After = "",
    size: Size = 50,
) -> Page[SealView]:
    """本单位的印章,先申请的在前;全市印章管理员可看全部单位的。"""
    wanted = SealFilter(unit, kind.value if kind else "", state.value if state else "")
    return await handlers.list_seals(esign, caller, wanted, after=after, size=size)


@routes.get("/seals/{seal_id}", summary="查看印章", **declare(READERS, problems=(SealNotFound,), rate="120/minute"))
async def show_seal(seal_id: SealId, esign: Here, caller: Caller) -> SealDetail:
    """一枚印章及其一生:申请、制作、备案、启用、停用、恢复与注销。"""
    return await handlers.show_seal(esign, caller, seal_id)


@routes.get(
    "/seals/{seal_id}/image", summary="查看印模", **declare(READERS, problems=(SealNotFound,), rate="60/minute")
)
async def show_image(seal_id: SealId, esign: Here, caller: Caller) -> ImageView:
    """印模的矢量图,连同此刻的状态。图样不是证明:文书真伪以核验为准。"""
    return await handlers.show_image(esign, caller, seal_id)


@routes.get("/seals/{seal_id}/uses", summary="用印记录", **declare(READERS, problems=(SealNotFound,), rate="60/minute"))
async def list_uses(seal_id: SealId, esign: Here, caller: Caller, after: After = "", size: Size = 50) -> Page[UseView]:
    """每次用印一条,新的在前。"""
    return await handlers.list_uses(esign, caller, seal_id, after=after, size=size)


@routes.post(
    "/seals",
    status_code=201,
    response_model=SealDetail,
    summary="申请印章",
    **declare(APPLICANTS, problems=(UnitUnknown, SealExists, SealFaceUnfit), rate="30/minute", once=True),
)
async def apply_seal(body: SealBody, esign: Here, caller: Caller, once: Once) -> Response:
    """为本单位申请一枚印章;印文中有字库所缺的字时指出是哪个字。"""
    return await once(
        lambda work: handlers.apply_seal(esign, work, caller, body),
        location=lambda view: f"/api/v1/seals/{view.seal_id}",
    )


@routes.post(
    "/seals/{seal_id}/key",
    status_code=201,
    response_model=SealDetail,
    summary="生成印章密钥",
    **declare(
        MAKERS, problems=(SealNotFound, SealStepNotPossible, SameHands, SealKeysMissing), rate="30/minute", once=True
    ),
)
async def make_key(seal_id: SealId, esign: Here, caller: Caller, once: Once) -> Response:
    """生成印章的密钥,以便向签发机构请求证书;已有的不再生成。私钥不离开密码设备。"""
    return await once(
        lambda work: handlers.make_key(esign, work, caller, seal_id),
        location=lambda view: f"/api/v1/seals/{view.seal_id}",
    )


@routes.get(
    "/seals/{seal_id}/certificate-request",
    summary="证书请求",
    **declare(MAKERS, problems=(SealNotFound, SealStepNotPossible), rate="30/minute"),
)
async def show_request(seal_id: SealId, esign: Here, caller: Caller) -> RequestView:
    """证书请求(PKCS#10,PEM),交给签发机构;取得的证书随“制作”一步交回。"""
    return await handlers.show_request(esign, caller, seal_id)


@routes.post(
    "/seals/{seal_id}/national/key",
    status_code=201,
    response_model=NationalView,
    summary="生成国密密钥",
    **declare(
        MAKERS, problems=(SealNotFound, SealStepNotPossible, SameHands, SealKeysMissing), rate="30/minute", once=True
    ),
)
async def make_national_key(seal_id: SealId, esign: Here, caller: Caller, once: Once) -> Response:
    """为已制作的印章另生成一对 SM2 密钥,以便取得国密证书与电子印章(GB/T 38540);已有的不再生成。"""
    return await once(
        lambda work: handlers.make_national_key(esign, work, caller, seal_id),
        location=lambda view: f"/api/v1/seals/{view.seal_id}",
    )


@routes.get(
    "/seals/{seal_id}/national/certificate-request",
    summary="国密证书请求",
    **declare(MAKERS, problems=(SealNotFound, SealStepNotPossible), rate="30/minute"),
)
async def show_national_request(seal_id: SealId, esign: Here, caller: Caller) -> RequestView:
    """SM2 密钥的证书请求(PKCS#10,PEM),交给签发机构。"""
    return await handlers.show_national_request(esign, caller, seal_id)


@routes.post(
    "/seals/{seal_id}/national",
    status_code=201,
    response_model=NationalView,
    summary="交回国密电子印章",
    **declare(
        MAKERS, problems=(SealNotFound, SealStepNotPossible, SameHands, CertificateUnfit), rate="30/minute", once=True
    ),
)
async def bring_national(seal_id: SealId, body: NationalBody, esign: Here, caller: Caller, once: Once) -> Response:
    """交回签发机构的 SM2 证书与制章者制作的电子印章(SESeal);此后该印章签章的文书另有 OFD 格式。"""
    return await once(
        lambda work: handlers.bring_national(esign, work, caller, seal_id, body),
        location=lambda view: f"/api/v1/seals/{view.seal_id}",
    )


@routes.post(
    "/seals/{seal_id}/steps",
    status_code=201,
    response_model=SealDetail,
    summary="办理印章的一步",
    **declare(
        HANDS,
        problems=(
            SealNotFound,
            StepNotYours,
            SealStepNotPossible,
            SameHands,
            SealReasonMissing,
            CertificateUnfit,
            SealKeysMissing,
        ),
        rate="60/minute",
        once=True,
    ),
)
async def take_step(seal_id: SealId, body: StepBody, esign: Here, caller: Caller, once: Once) -> Response:
    """制作、备案、启用、停用、恢复使用、注销(国办发〔2025〕33号)。申请、制作与备案须由三人分别办理。"""
    return await once(
        lambda work: handlers.take_step(esign, work, caller, seal_id, body),
        location=lambda view: f"/api/v1/seals/{view.seal_id}",
    )
