"""Disputes (校核纠错) at the HTTP edge: filed by intake, the applicant's own, the source unit's inbox."""

from typing import Annotated

from chassis.base.fields import Id, MaybeUnitCode
from chassis.http.files import FileAnswer, Upload, Uploaded
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy, services_only
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from chassis.storage.files import FileDamaged, StorageUnavailable
from fastapi import Depends, Path, Query, Response

from datashare_svc import handlers
from datashare_svc.domain.disputes import DisputeState
from datashare_svc.domain.evidence import BEGINS, LARGEST, TYPES
from datashare_svc.errors import (
    AnswerUnfit,
    DisputeEnded,
    DisputeNotFound,
    DisputeOtherwise,
    EvidenceGiven,
    EvidenceNotFound,
    OwnDispute,
    TooMuchEvidence,
)
from datashare_svc.handlers import Datashare, EvidenceFile, EvidencePlace
from datashare_svc.schemas.disputes import (
    AnswerBody,
    DisputeSummary,
    DisputeView,
    EvidenceBody,
    EvidenceView,
    FilingBody,
)
from datashare_svc.store.disputed import DisputeFilter

routes = router()
Here = Annotated[Datashare, Depends(collaborators)]
FILING = services_only("intake")
READING = policy(Kind.CITIZEN, scope="data:read", level=1)
DISPUTING = policy(Kind.CITIZEN, scope="data:dispute", level=1)
ANSWERING = policy(Kind.STAFF, scope="data:share", roles=["data_steward"])
EVIDENCE = Upload(media_types=TYPES, at_most=LARGEST, begins=BEGINS)
FILE = (DisputeNotFound, EvidenceNotFound, StorageUnavailable, FileDamaged)
DisputeId = Annotated[Id, Path(description="异议的标识")]
EvidenceId = Annotated[Id, Path(description="证明材料的标识")]
OfUnit = Annotated[MaybeUnitCode, Query(description="已撤并、由本单位承接的单位,缺省为本单位")]
InState = Annotated[DisputeState, Query(alias="state", description="异议的状态")]
IsOverdue = Annotated[bool, Query(alias="overdue", description="只看逾期的:到期仍未答复,或逾期才答复")]


@routes.post(
    "/data-disputes",
    status_code=200,
    summary="登记异议",
    **declare(FILING, problems=(DisputeOtherwise,)),
)
async def file_data_dispute(body: FilingBody, datashare: Here) -> DisputeView:
    """供申请受理服务登记申请人对一个共享值的异议,交来源单位校核;同一标识再次登记,答复已登记的那一件。"""
    async with datashare.database.unit_of_work() as work:
        return await handlers.file_dispute(datashare, work, body)


@routes.get("/me/data-disputes", summary="我的数据异议", **declare(READING, rate="120/minute"))
async def list_own_data_disputes(
    datashare: Here, caller: Caller, after: After = "", size: Size = 50
) -> Page[DisputeSummary]:
    """本人对共享数据提出的异议及其进展,新的在前。"""
    return await handlers.list_own_disputes(datashare, caller, after=after, size=size)


@routes.get(
    "/me/data-disputes/{dispute_id}",
    summary="查看我的数据异议",
    **declare(READING, problems=(DisputeNotFound,), rate="120/minute"),
)
async def show_own_data_dispute(dispute_id: DisputeId, datashare: Here, caller: Caller) -> DisputeView:
    """本人的一件异议:来源给出的值、本人的主张与证明材料、由哪个单位何时之前校核、答复。"""
    return await handlers.show_own_dispute(datashare, caller, dispute_id)


@routes.delete(
    "/me/data-disputes/{dispute_id}",
    status_code=204,
    summary="撤回数据异议",
    **declare(DISPUTING, problems=(DisputeNotFound, DisputeEnded), rate="30/minute"),
)
async def withdraw_data_dispute(dispute_id: DisputeId, datashare: Here, caller: Caller) -> None:
    """撤回一件尚未答复的异议;已撤回的再次撤回没有变化。"""
    async with datashare.database.unit_of_work() as work:
        await handlers.withdraw_dispute(work, caller, dispute_id)


@routes.post(
    "/me/data-disputes/{dispute_id}/evidence",
    status_code=201,
    response_model=EvidenceView,
    summary="预留证明材料",
    **declare(DISPUTING, problems=(DisputeNotFound, DisputeEnded, TooMuchEvidence), rate="30/minute", once=True),
)
async def reserve_dispute_evidence(
    dispute_id: DisputeId, body: EvidenceBody, datashare: Here, caller: Caller, once: Once
) -> Response:
    """为一件尚未答复的异议预留一份证明材料,随后以 PUT 上传文件(PDF、JPEG、PNG、HEIC,每份不超过 10 MB)。"""
    return await once(
        lambda work: handlers.reserve_evidence(datashare, work, caller, dispute_id, body),
        location=lambda view: f"/api/v1/me/data-disputes/{view.dispute_id}/evidence/{view.evidence_id}",
    )


@routes.put(
    "/me/data-disputes/{dispute_id}/evidence/{evidence_id}",
    summary="上传证明材料",
    **declare(
        DISPUTING,
        problems=(DisputeNotFound, EvidenceNotFound, DisputeEnded, EvidenceGiven, StorageUnavailable),
        rate="30/minute",
        upload=EVIDENCE,
    ),
)
async def give_dispute_evidence(
    dispute_id: DisputeId, evidence_id: EvidenceId, datashare: Here, caller: Caller, uploaded: Uploaded
) -> EvidenceView:
    """上传所预留的证明材料:类型须与预留的一致,内容须真是该类型;同一文件可以重传,不能换成另一个文件。

    本系统只核对文件的类型与大小,不查杀病毒。
    """
    return await handlers.give_evidence(datashare, caller, EvidencePlace(dispute_id, evidence_id), uploaded)


@routes.get(
    "/me/data-disputes/{dispute_id}/evidence/{evidence_id}",
    summary="下载我的证明材料",
    **declare(READING, problems=FILE, rate="60/minute", file=TYPES),
)
async def read_own_dispute_evidence(
    dispute_id: DisputeId, evidence_id: EvidenceId, datashare: Here, caller: Caller
) -> FileAnswer:
    """本人上传的一份证明材料。"""
    return _answer(await handlers.read_own_evidence(datashare, caller, EvidencePlace(dispute_id, evidence_id)))


@routes.get("/data-disputes", summary="本单位的数据异议", **declare(ANSWERING, rate="120/minute"))
async def list_data_disputes(  # noqa: PLR0913, PLR0917  one parameter per filter
    datashare: Here,
    caller: Caller,
    state: InState = DisputeState.OPEN,
    overdue: IsOverdue = False,  # noqa: FBT002  a filter
    unit: OfUnit = "",
    after: After = "",
    size: Size = 50,
) -> Page[DisputeSummary]:
    """由本单位校核的异议,先到期的在前;不含当事人的数据,查看时逐件打开。每次查看都留有记录。"""
    wanted = DisputeFilter(unit, state.value, overdue=overdue)
    return await handlers.list_unit_disputes(datashare, caller, wanted, after=after, size=size)


@routes.get(
    "/data-disputes/{dispute_id}",
    summary="查看数据异议",
    **declare(ANSWERING, problems=(DisputeNotFound, OwnDispute), rate="120/minute"),
)
async def show_data_dispute(dispute_id: DisputeId, datashare: Here, caller: Caller) -> DisputeView:
    """一件由本单位校核的异议的全部内容,个人信息不脱敏;每次打开都留有记录(个人信息保护法第五十一条)。"""
    return await handlers.show_unit_dispute(datashare, caller, dispute_id)


@routes.get(
    "/data-disputes/{dispute_id}/evidence/{evidence_id}",
    summary="下载证明材料",
    **declare(ANSWERING, problems=(*FILE, OwnDispute), rate="60/minute", file=TYPES),
)
async def read_dispute_evidence(
    dispute_id: DisputeId, evidence_id: EvidenceId, datashare: Here, caller: Caller
) -> FileAnswer:
    """申请人上传的一份证明材料,原样下载;本系统不查杀病毒,请在有防护的电脑上打开。每次下载都留有记录。"""
    return _answer(await handlers.read_unit_evidence(datashare, caller, EvidencePlace(dispute_id, evidence_id)))


@routes.post(
    "/data-disputes/{dispute_id}/answers",
    status_code=201,
    response_model=DisputeView,
    summary="答复数据异议",
    **declare(
        ANSWERING, problems=(DisputeNotFound, OwnDispute, DisputeEnded, AnswerUnfit), rate="60/minute", once=True
    ),
)
async def answer_data_dispute(
    dispute_id: DisputeId, body: AnswerBody, datashare: Here, caller: Caller, once: Once
) -> Response:
    """答复一件异议:已在源头更正,或经校核无误并写明理由;答复后不能再改。"""
    return await once(lambda work: handlers.answer_dispute(datashare, work, caller, dispute_id, body))


def _answer(file: EvidenceFile) -> FileAnswer:
    return FileAnswer(file.chunks, media_type=file.media_type, name=file.name, size=file.size, sha256=file.sha256)
