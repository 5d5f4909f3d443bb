"""Licences at the HTTP edge: the holder's wallet, the issuing unit's side, the public check."""

from typing import Annotated

from chassis.base.fields import Id, MaybeCode, MaybeUnitCode
from chassis.base.shapes import CODE, LICENCE_IDENTIFIER, maybe, whole
from chassis.http.files import FileAnswer
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from chassis.storage.files import FileDamaged, StorageUnavailable
from fastapi import Depends, Path, Query, Response

from esign_svc import handlers
from esign_svc.domain.licences import LicenceState
from esign_svc.errors import (
    CheckedTooOften,
    CopyNotFound,
    CopyPurposeUnfit,
    CopyUntilWrong,
    CorrectionUnfit,
    DocumentNotFound,
    DocumentNotReady,
    LicenceNotFound,
    LicenceStateWrong,
    NotExported,
    OwnLicence,
    SamePerson,
    StepEnded,
    StepNotFound,
    StepOpen,
    TooManyCopies,
)
from esign_svc.handlers import Esign, StepPlace
from esign_svc.handlers.read_documents import DocumentFile
from esign_svc.schemas.licences import (
    IssuedLicenceView,
    LicenceCopyBody,
    LicenceCopyView,
    LicenceStatus,
    LicenceStepBody,
    LicenceStepDecisionBody,
    LicenceStepView,
    LicenceSummary,
    LicenceView,
)
from esign_svc.store.licences import LicenceFilter

routes = router()
PDF, OFD = "application/pdf", "application/ofd"
FILE = (DocumentNotFound, DocumentNotReady, StorageUnavailable, FileDamaged)
Here = Annotated[Esign, Depends(collaborators)]
HOLDERS = policy(Kind.CITIZEN, scope="licence:read", level=1)
COPYING = policy(Kind.CITIZEN, scope="licence:copy", level=2)
ISSUERS = policy(Kind.STAFF, scope="licence:read", roles=["reviewer", "licence_officer"])
OFFICERS = policy(Kind.STAFF, scope="licence:change", roles=["licence_officer"])
ANYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER)
LicenceId = Annotated[Id, Path(description="证照在本系统的标识(不是电子证照标识)")]
CopyId = Annotated[Id, Path(description="加注件的标识")]
StepId = Annotated[Id, Path(description="办理的标识")]
Identifier = Annotated[
    str, Path(description="电子证照标识(GB/T 36904)", max_length=100, pattern=whole(LICENCE_IDENTIFIER))
]
CheckCode = Annotated[str, Query(description="二维码中的核验码", max_length=64, pattern=whole(maybe(CODE)))]
OfType = Annotated[MaybeCode, Query(alias="type", description="证照类型,缺省为全部")]
OfUnit = Annotated[MaybeUnitCode, Query(description="已撤并、由本单位承接的单位,缺省为本单位")]
InState = Annotated[LicenceState | None, Query(alias="state", description="证照状态,缺省为全部")]


@routes.get("/me/licences", summary="我的电子证照", **declare(HOLDERS, rate="120/minute"))
async def list_own_licences(esign: Here, caller: Caller, after: After = "", size: Size = 50) -> Page[LicenceSummary]:
    """本人名下(含代孩子办理)的电子证照,新的在前。"""
    return await handlers.list_own(esign, caller, after=after, size=size)


@routes.get(
    "/me/licences/{licence_id}",
    summary="查看我的证照",
    **declare(HOLDERS, problems=(LicenceNotFound,), rate="120/minute"),
)
async def show_own_licence(licence_id: LicenceId, esign: Here, caller: Caller) -> LicenceView:
    """本人的一份电子证照:照面、元数据、核验二维码的内容。"""
    return await handlers.show_own(esign, caller, licence_id)


@routes.post(
    "/me/licences/{licence_id}/copies",
    status_code=201,
    response_model=LicenceCopyView,
    summary="制作加注件",
    **declare(
        COPYING,
        problems=(LicenceNotFound, LicenceStateWrong, CopyUntilWrong, CopyPurposeUnfit, TooManyCopies),
        rate="30/minute",
        once=True,
    ),
)
async def ask_licence_copy(
    licence_id: LicenceId, body: LicenceCopyBody, esign: Here, caller: Caller, once: Once
) -> Response:
    """为一个用途制作加注件:带水印、用途和截止日期,另行签章;随后在后台制作,`state` 为 making 时尚不能下载。"""
    await handlers.require_purpose(body)
    return await once(
        lambda work: handlers.ask_copy(esign, work, caller, licence_id, body),
        location=lambda view: f"/api/v1/me/licences/{view.licence_id}/copies/{view.copy_id}",
    )


@routes.get(
    "/me/licences/{licence_id}/copies",
    summary="加注件列表",
    **declare(HOLDERS, problems=(LicenceNotFound,), rate="120/minute"),
)
async def list_licence_copies(
    licence_id: LicenceId, esign: Here, caller: Caller, after: After = "", size: Size = 50
) -> Page[LicenceCopyView]:
    """本人一份证照的全部加注件:何时、为何制作,用到哪一天。"""
    return await handlers.list_copies(esign, caller, licence_id, after=after, size=size)


@routes.get(
    "/me/licences/{licence_id}/copies/{copy_id}",
    summary="查看加注件",
    **declare(HOLDERS, problems=(LicenceNotFound, CopyNotFound), rate="240/minute"),
)
async def show_licence_copy(licence_id: LicenceId, copy_id: CopyId, esign: Here, caller: Caller) -> LicenceCopyView:
    """一份加注件的用途、截止日期和状态。"""
    return await handlers.show_copy(esign, caller, licence_id, copy_id)


@routes.get(
    "/me/licences/{licence_id}/file",
    summary="下载我的证照",
    **declare(HOLDERS, problems=(LicenceNotFound, *FILE), rate="60/minute", file=(PDF,)),
)
async def read_own_licence(licence_id: LicenceId, esign: Here, caller: Caller) -> FileAnswer:
    """已签章的 PDF 原文件。"""
    return _answer(await handlers.read_own_file(esign, caller, licence_id))


@routes.get(
    "/me/licences/{licence_id}/ofd",
    summary="下载我的证照(OFD)",
    **declare(HOLDERS, problems=(LicenceNotFound, *FILE, NotExported), rate="60/minute", file=(OFD,)),
)
async def read_own_export(licence_id: LicenceId, esign: Here, caller: Caller) -> FileAnswer:
    """同一证照的 OFD 版式文件(GB/T 33190),由同一枚印章按 GB/T 38540 以国密算法签章。"""
    return _answer(await handlers.read_own_export(esign, caller, licence_id), OFD)


@routes.get(
    "/me/licences/{licence_id}/copies/{copy_id}/file",
    summary="下载加注件",
    **declare(HOLDERS, problems=(LicenceNotFound, CopyNotFound, *FILE), rate="60/minute", file=(PDF,)),
)
async def read_licence_copy(licence_id: LicenceId, copy_id: CopyId, esign: Here, caller: Caller) -> FileAnswer:
    """带水印、另行签章的 PDF;制作中的稍后再取。"""
    return _answer(await handlers.read_copy_file(esign, caller, licence_id, copy_id))


def _answer(file: DocumentFile, media_type: str = PDF) -> FileAnswer:
    return FileAnswer(file.chunks, media_type=media_type, name=file.name, size=file.size, sha256=file.sha256)


@routes.get("/licences", summary="本单位颁发的证照", **declare(ISSUERS, rate="120/minute"))
async def list_issued_licences(  # noqa: PLR0913, PLR0917  one parameter per filter
    esign: Here,
    caller: Caller,
    of_type: OfType = "",
    in_state: InState = None,
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[LicenceSummary]:
    """本单位颁发的电子证照,新的在前;持证者脱敏。"""
    wanted = LicenceFilter(unit or caller.unit, of_type, in_state.value if in_state else "")
    return await handlers.list_issued(esign, caller, wanted, after=after, size=size)


@routes.get(
    "/licences/{licence_id}",
    summary="查看颁发的证照",
    **declare(ISSUERS, problems=(LicenceNotFound,), rate="120/minute"),
)
async def show_issued_licence(licence_id: LicenceId, esign: Here, caller: Caller) -> IssuedLicenceView:
    """本单位颁发的一份电子证照及其全部办理;持证者脱敏。"""
    return await handlers.show_issued(esign, caller, licence_id)


@routes.post(
    "/licences/{licence_id}/steps",
    status_code=201,
    response_model=LicenceStepView,
    summary="提出证照办理",
    **declare(
        OFFICERS,
        problems=(LicenceNotFound, LicenceStateWrong, StepOpen, OwnLicence, CorrectionUnfit),
        rate="60/minute",
        once=True,
    ),
)
async def propose_licence_step(
    licence_id: LicenceId, body: LicenceStepBody, esign: Here, caller: Caller, once: Once
) -> Response:
    """暂扣、撤销、吊销、注销、转出、更正须由另一人复核才生效;恢复即时生效。"""
    return await once(
        lambda work: handlers.propose_step(esign, work, caller, licence_id, body),
        location=lambda view: f"/api/v1/licences/{view.licence_id}",
    )


@routes.post(
    "/licences/{licence_id}/steps/{step_id}/decisions",
    status_code=201,
    response_model=LicenceStepView,
    summary="复核证照办理",
    **declare(
        OFFICERS,
        problems=(LicenceNotFound, StepNotFound, StepEnded, SamePerson, OwnLicence, LicenceStateWrong),
        rate="60/minute",
        once=True,
    ),
)
async def decide_licence_step(  # noqa: PLR0913, PLR0917  the step's place, who, and what
    licence_id: LicenceId, step_id: StepId, body: LicenceStepDecisionBody, esign: Here, caller: Caller, once: Once
) -> Response:
    """同意则立即生效并告知持证者一方的系统;不同意则作罢。提出者本人不得同意。"""
    return await once(
        lambda work: handlers.decide_step(esign, work, caller, StepPlace(licence_id, step_id), body),
        location=lambda view: f"/api/v1/licences/{view.licence_id}",
    )


@routes.get(
    "/licences/{identifier}/status",
    summary="核验证照状态",
    **declare(ANYONE, problems=(LicenceNotFound, CheckedTooOften), rate="30/minute"),
)
async def check_licence(identifier: Identifier, esign: Here, code: CheckCode = "") -> LicenceStatus:
    """任何人可凭证照(或加注件)二维码中的核验码查询其现时状态;没有核验码或核验码不符的,一律答复没有这份证照。"""
    return await handlers.check_licence(esign, identifier, code)
