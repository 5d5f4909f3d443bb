"""Notices (督办函、通报、约谈通知) at the HTTP edge: of the unit that sent them and of their addressee."""

from typing import Annotated, Literal

from chassis.base.fields import Id
from chassis.http.files import FileAnswer
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from chassis.storage.files import FileDamaged, StorageUnavailable
from fastapi import Depends, Path, Query

from esign_svc import handlers
from esign_svc.errors import DocumentNotReady, NotExported, NoticeNotFound
from esign_svc.handlers import Esign
from esign_svc.schemas.documents import SealedNoticeView

routes = router()
PDF, OFD = "application/pdf", "application/ofd"
FILE = (NoticeNotFound, DocumentNotReady, StorageUnavailable, FileDamaged)
Here = Annotated[Esign, Depends(collaborators)]
READING = policy(Kind.STAFF, scope="document:read", roles=["evaluation_officer", "unit_head", "rectification_officer"])
DocumentId = Annotated[Id, Path(description="文书的标识")]
Way = Annotated[Literal["received", "sent"], Query(description="本单位收到的,或本单位发出的")]


@routes.get("/notices", summary="单位之间的文书", **declare(READING, rate="60/minute"))
async def list_notices(
    esign: Here, caller: Caller, way: Way = "received", after: After = "", size: Size = 50
) -> Page[SealedNoticeView]:
    """本单位收到或发出的督办函、通报与约谈通知,新的在前;收到的只有已签章的。"""
    return await handlers.list_notices(esign, caller, way, after=after, size=size)


@routes.get(
    "/notices/{document_id}",
    summary="下载单位之间的文书",
    **declare(READING, problems=FILE, rate="60/minute", file=(PDF,)),
)
async def read_notice(document_id: DocumentId, esign: Here, caller: Caller) -> FileAnswer:
    """已签章的 PDF 原文件;只给发文单位和收文单位,每次下载都留有记录。"""
    file = await handlers.read_notice(esign, caller, document_id)
    return FileAnswer(file.chunks, media_type=PDF, name=file.name, size=file.size, sha256=file.sha256)


@routes.get(
    "/notices/{document_id}/ofd",
    summary="下载单位之间的文书(OFD)",
    **declare(READING, problems=(*FILE, NotExported), rate="60/minute", file=(OFD,)),
)
async def read_notice_export(document_id: DocumentId, esign: Here, caller: Caller) -> FileAnswer:
    """同一文书的 OFD 版式文件(GB/T 33190);谁可下载与 PDF 相同。"""
    file = await handlers.read_notice_export(esign, caller, document_id)
    return FileAnswer(file.chunks, media_type=OFD, name=file.name, size=file.size, sha256=file.sha256)
