"""Documents over HTTP: of an application, of a unit, and the public check of one by its code."""

from typing import Annotated

from chassis.base.fields import Id, MaybeUnitCode
from chassis.http.files import FileAnswer
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from chassis.storage.files import FileDamaged, StorageUnavailable
from fastapi import Depends, Path, Query

from esign_svc import handlers
from esign_svc.domain.documents import DocumentState
from esign_svc.errors import DocumentNotFound, DocumentNotReady, NotExported
from esign_svc.handlers import DocumentFilter, Esign
from esign_svc.schemas.documents import DocumentStatusView, DocumentView, UnitDocumentView

routes = router()
PDF, OFD = "application/pdf", "application/ofd"
FILE = (DocumentNotFound, DocumentNotReady, StorageUnavailable, FileDamaged)
Here = Annotated[Esign, Depends(collaborators)]
READING = policy(Kind.CITIZEN, Kind.STAFF, scope="application:read", roles=["window_clerk", "reviewer"], level=1)
STAFF = policy(Kind.STAFF, scope="document:read", roles=["window_clerk", "reviewer"])
EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER)
ApplicationId = Annotated[Id, Path(description="申请的标识(不是办件编号)")]
DocumentId = Annotated[Id, Path(description="文书的标识")]
Code = Annotated[str, Query(description="文书上二维码中的核对码", max_length=64, pattern=r"^[0-9A-Za-z_-]*$")]
OfUnit = Annotated[MaybeUnitCode, Query(description="已撤并、由本单位承接的单位,缺省为本单位")]
StateFilter = Annotated[DocumentState, Query(description="文书状态")]


@routes.get(
    "/applications/{application_id}/documents",
    summary="申请的文书",
    **declare(READING, problems=(DocumentNotFound,), rate="120/minute"),
)
async def list_application_documents(
    application_id: ApplicationId, esign: Here, caller: Caller, after: After = "", size: Size = 50
) -> Page[DocumentView]:
    """一份申请的收件凭证、受理通知书、决定书和证照,先出的在前;本人和参与办理的单位可见。"""
    return await handlers.list_application_documents(esign, caller, application_id, after=after, size=size)


@routes.get(
    "/applications/{application_id}/documents/{document_id}",
    summary="下载文书",
    **declare(READING, problems=FILE, rate="60/minute", file=(PDF,)),
)
async def read_document(
    application_id: ApplicationId, document_id: DocumentId, esign: Here, caller: Caller
) -> FileAnswer:
    """已签章的 PDF 原文件;决定书只给本人、作出决定的单位和牵头单位。"""
    file = await handlers.read_document(esign, caller, application_id, document_id)
    return FileAnswer(file.chunks, media_type=PDF, name=file.name, size=file.size, sha256=file.sha256)


@routes.get(
    "/applications/{application_id}/documents/{document_id}/ofd",
    summary="下载文书(OFD)",
    **declare(READING, problems=(*FILE, NotExported), rate="60/minute", file=(OFD,)),
)
async def read_export(
    application_id: ApplicationId, document_id: DocumentId, esign: Here, caller: Caller
) -> FileAnswer:
    """同一文书的 OFD 版式文件(GB/T 33190),由同一枚印章按 GB/T 38540 以国密算法签章;谁可下载与 PDF 相同。"""
    file = await handlers.read_export(esign, caller, application_id, document_id)
    return FileAnswer(file.chunks, media_type=OFD, name=file.name, size=file.size, sha256=file.sha256)


@routes.get("/documents", summary="本单位的文书", **declare(STAFF, rate="60/minute"))
async def list_documents(  # noqa: PLR0913, PLR0917  one parameter per filter
    esign: Here,
    caller: Caller,
    state: StateFilter = DocumentState.WANTED,
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[UnitDocumentView]:
    """本单位出具的文书,新的在前;制作中的附上次没有做成的原因。"""
    return await handlers.list_documents(esign, caller, DocumentFilter(state, unit), after=after, size=size)


@routes.get(
    "/documents/{document_id}/status",
    summary="扫码核对文书",
    **declare(EVERYONE, problems=(DocumentNotFound,), rate="30/minute"),
)
async def show_document_status(document_id: DocumentId, esign: Here, code: Code = "") -> DocumentStatusView:
    """凭文书上二维码中的核对码查看其状态,不含个人信息;核对码不对的,与没有此文书同样答复。"""
    return await handlers.show_document_status(esign, document_id, code)
