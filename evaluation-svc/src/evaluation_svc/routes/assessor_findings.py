"""What third-party assessors (第三方评估机构) found, at the HTTP edge: entered with a signature, read, withdrawn."""

from typing import Annotated

from chassis.base.fields import Id, MaybeUnitCode, Sha256
from chassis.base.fields import text as bounded
from chassis.base.shapes import maybe, whole
from chassis.http.files import FileAnswer, Upload, Uploaded
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from chassis.storage.files import FileDamaged, StorageUnavailable
from fastapi import Depends, Path, Query, Response

from evaluation_svc import handlers
from evaluation_svc.domain.assessor_findings import ASSESSOR, EVIDENCE_BEGINS, EVIDENCE_TYPES, LARGEST_EVIDENCE
from evaluation_svc.domain.letters import HEAD, OFFICER, RECTIFIER
from evaluation_svc.errors import (
    AssessorUnknown,
    FindingEnded,
    FindingEvidenceDiffers,
    FindingEvidenceNotFound,
    FindingForged,
    FindingKnown,
    FindingNotFound,
    FindingOfAnother,
    FindingUnfit,
)
from evaluation_svc.handlers import Evaluation
from evaluation_svc.schemas.assessor_findings import (
    FindingBody,
    FindingEvidenceView,
    FindingSummary,
    FindingView,
    FindingWithdrawalBody,
)
from evaluation_svc.store.statements import FindingFilter

routes = router()
Here = Annotated[Evaluation, Depends(collaborators)]
READING = policy(Kind.STAFF, scope="evaluation:read", roles=[OFFICER, HEAD, RECTIFIER, ASSESSOR])
ASSESSING = policy(Kind.STAFF, scope="evaluation:assess", roles=[ASSESSOR])
EVIDENCE = Upload(media_types=EVIDENCE_TYPES, at_most=LARGEST_EVIDENCE, begins=EVIDENCE_BEGINS)
SIGNED = (FindingOfAnother, AssessorUnknown, FindingForged)
FindingId = Annotated[Id, Path(description="评估结果的标识")]
Digest = Annotated[Sha256, Path(description="证据文件的 SHA-256,十六进制小写")]
OfUnit = Annotated[MaybeUnitCode, Query(description="被评估的单位")]
InPeriod = Annotated[
    str, bounded(7, pattern=whole(maybe("[0-9]{4}-[0-9]{2}")), example="2026-03"), Query(description="所属月份")
]


@routes.get("/findings", summary="第三方评估结果", **declare(READING, rate="120/minute"))
async def list_findings(  # noqa: PLR0913, PLR0917  one parameter per filter
    evaluation: Here, caller: Caller, unit: OfUnit = "", period: InPeriod = "", after: After = "", size: Size = 50
) -> Page[FindingSummary]:
    """抽查与暗访的结果,新的在前:主管评价的单位看到全部,评估机构看到本机构的,各单位看到已登记的对本单位的评估。"""
    wanted = FindingFilter(unit, period)
    return await handlers.list_findings(evaluation, caller, wanted, after=after, size=size)


@routes.post(
    "/findings",
    status_code=201,
    response_model=FindingView,
    summary="提交评估结果",
    **declare(ASSESSING, problems=(*SIGNED, FindingUnfit, FindingKnown), rate="60/minute", once=True),
)
async def enter_finding(body: FindingBody, once: Once, caller: Caller) -> Response:
    """评估机构提交一份签名的评估结果:签名须是本机构登记的密钥对所提交内容的签名;列明的证据全部上传后才计入指标。"""
    return await once(
        lambda work: handlers.enter_finding(work, caller, body),
        location=lambda view: f"/api/v1/findings/{view.finding_id}",
    )


@routes.get(
    "/findings/{finding_id}",
    summary="查看评估结果",
    **declare(READING, problems=(FindingNotFound,), rate="120/minute"),
)
async def show_finding(finding_id: FindingId, evaluation: Here, caller: Caller) -> FindingView:
    """一份评估结果的全部内容,附被签名的原文、签名与公钥,任何人都可以自行核对。"""
    return await handlers.show_finding(evaluation, caller, finding_id)


@routes.put(
    "/findings/{finding_id}/evidence/{sha256}",
    summary="上传证据",
    **declare(
        ASSESSING,
        problems=(
            FindingNotFound,
            FindingEvidenceNotFound,
            FindingEvidenceDiffers,
            FindingEnded,
            StorageUnavailable,
        ),
        rate="60/minute",
        upload=EVIDENCE,
    ),
)
async def give_finding_evidence(
    finding_id: FindingId, sha256: Digest, evaluation: Here, caller: Caller, uploaded: Uploaded
) -> FindingEvidenceView:
    """上传签名中列明的一份证据(PDF、JPEG、PNG,每份不超过 10 MB):内容须与签名的摘要一致;同一文件可以重传。

    本系统只核对文件的类型、大小与摘要,不查杀病毒。
    """
    return await handlers.give_finding_evidence(evaluation, caller, finding_id, sha256, uploaded)


@routes.get(
    "/findings/{finding_id}/evidence/{sha256}",
    summary="下载证据",
    **declare(
        READING,
        problems=(FindingNotFound, FindingEvidenceNotFound, StorageUnavailable, FileDamaged),
        rate="60/minute",
        file=EVIDENCE_TYPES,
    ),
)
async def read_finding_evidence(finding_id: FindingId, sha256: Digest, evaluation: Here, caller: Caller) -> FileAnswer:
    """一份证据,原样下载;本系统不查杀病毒,请在有防护的电脑上打开。每次下载都留有记录。"""
    file = await handlers.read_finding_evidence(evaluation, caller, finding_id, sha256)
    return FileAnswer(file.chunks, media_type=file.media_type, name=file.name, size=file.size, sha256=file.sha256)


@routes.post(
    "/findings/{finding_id}/withdrawals",
    status_code=201,
    response_model=FindingView,
    summary="撤回评估结果",
    **declare(ASSESSING, problems=(FindingNotFound, *SIGNED, FindingEnded), rate="30/minute", once=True),
)
async def withdraw_finding(finding_id: FindingId, body: FindingWithdrawalBody, once: Once, caller: Caller) -> Response:
    """评估机构以签名撤回自己的一份评估结果:不再计入指标,原件与撤回都保留可查;更正须另行提交一份。"""
    return await once(lambda work: handlers.withdraw_finding(work, caller, finding_id, body))
