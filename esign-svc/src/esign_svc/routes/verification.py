"""Verification of sealed files, for anyone."""

from typing import Annotated

from chassis.http.files import BEGINS_PDF, PDF, Upload, Uploaded
from chassis.http.identity import Kind, policy
from chassis.http.routing import collaborators, declare, router
from fastapi import Depends

from esign_svc import handlers
from esign_svc.errors import VerifierBusy
from esign_svc.handlers import Esign
from esign_svc.schemas.verification import VerdictView

routes = router()
Here = Annotated[Esign, Depends(collaborators)]
EVERYONE = policy(Kind.ANONYMOUS, Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER, scope="file:verify")
SEALED = Upload(media_types=(PDF, "application/ofd", "application/octet-stream"), at_most=20 * 2**20, begins=BEGINS_PDF)


@routes.post(
    "/verifications",
    response_model=VerdictView,
    summary="核验盖章的文件",
    **declare(EVERYONE, problems=(VerifierBusy,), rate="20/minute", upload=SEALED),
)
async def verify_file(esign: Here, uploaded: Uploaded) -> VerdictView:
    """核验 PDF、OFD 文件或电子签章数据(GB/T 38540):是否盖章之后未被改动、谁盖的、何时盖的。

    不论文件是否有效都答 200,以 `verdict` 为准:只有 `valid` 可以采信。本系统出具的文件另对照登记:是否本系统出具、
    证照现在的状态。文件不留存。
    """
    return await handlers.verify_file(esign, uploaded)
