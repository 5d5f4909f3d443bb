"""Intake's HTTP edge."""

from typing import Annotated

from chassis.base.fields import Id, TypedNumber
from chassis.base.problems import PreconditionRequired
from chassis.base.shapes import CODE, maybe, whole
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy, services_only
from chassis.http.paging import After, Page, Size
from chassis.http.preconditions import IfMatch, version_tag
from chassis.http.routing import Caller, Vouched, collaborators, declare, router
from chassis.http.streams import EventStream
from fastapi import Depends, Header, Path, Query, Response

from intake_svc import handlers
from intake_svc.domain.progress import ApplicationState
from intake_svc.errors import (
    AlreadySubmitted,
    AnswersWrong,
    ApplicationNotFound,
    CatalogUnavailable,
    DraftChanged,
    DraftNotFound,
    FormIncomplete,
    HandledAtWindow,
    MaterialsUnchecked,
    MatterNotFound,
    MatterVersionChanged,
    MatterWithdrawn,
    NotSubmitted,
    NotToBeSeen,
    OwnApplication,
    PurposeServed,
    SituationOpen,
    TaskNotFound,
    TooManyDrafts,
)
from intake_svc.handlers import Intake, Wanted
from intake_svc.schemas import (
    ELEMENTS,
    AcceptanceBody,
    ApplicationCountsView,
    ApplicationSummary,
    ApplicationView,
    ChangeView,
    DisclosureBody,
    DisclosureView,
    DossierView,
    DraftBody,
    DraftChangeBody,
    DraftSummary,
    DraftView,
    FactsPurpose,
    FactsView,
    FoundView,
    LedgerView,
    SearchBody,
    StateView,
    SubmissionBody,
    TimelineView,
)
from intake_svc.schemas.matches import MatchBody, MatchesView

routes = router()
Here = Annotated[Intake, Depends(collaborators)]
DRAFTING = policy(Kind.CITIZEN, scope="draft:write", level=1)
SUBMITTING = policy(Kind.CITIZEN, scope="application:write", level=1)
READING = policy(Kind.CITIZEN, Kind.STAFF, scope="application:read", roles=["window_clerk", "reviewer"], level=1)
CLERKS = policy(Kind.STAFF, scope="application:accept", roles=["window_clerk"])
GUIDED = (MatterNotFound, MatterWithdrawn, AnswersWrong, HandledAtWindow, CatalogUnavailable)
REVIEWERS = policy(Kind.STAFF, scope="task:read", roles=["reviewer"])
OPENING = policy(Kind.STAFF, scope="personal:read", roles=["reviewer"])
OPENING_AT_THE_WINDOW = policy(Kind.STAFF, scope="personal:read", roles=["window_clerk"])
MAKERS_OF_PAPERS = services_only("esign")
TAKER_OF_RATINGS = services_only("evaluation")
NO_STORE = {"Cache-Control": "no-store"}
TaskId = Annotated[Id, Path(description="环节的标识")]
CHANGING = (DraftNotFound, AlreadySubmitted, DraftChanged, PreconditionRequired)
MatterFilter = Annotated[str, Query(description="一件事编码", max_length=64, pattern=whole(maybe(CODE)))]
Expiring = Annotated[bool, Query(description="只列将要过期删除的草稿")]
DraftId = Annotated[Id, Path(description="草稿的标识")]
ApplicationId = Annotated[Id, Path(description="申请的标识(不是办件编号)")]
NumberFilter = Annotated[TypedNumber, Query(description="办件编号;空格和大小写不影响查找")]
LastEventId = Annotated[
    str | None, Header(description="已收到的最后一个 id;缺省则只推送此后的变更", max_length=9, pattern=r"^[0-9]+$")
]
Purpose = Annotated[FactsPurpose, Query(description="用途:letter 制作文书,licence 制作证照")]
ElementKeys = Annotated[str, Query(description="所需的数据元,以逗号分隔", max_length=4000, pattern=whole(ELEMENTS))]
StateFilter = Annotated[ApplicationState | None, Query(description="申请状态")]


@routes.post(
    "/drafts",
    status_code=201,
    response_model=DraftView,
    summary="新建草稿",
    **declare(DRAFTING, problems=(*GUIDED, TooManyDrafts), rate="30/minute", once=True),
)
async def create_draft(body: DraftBody, intake: Here, caller: Caller, vouched: Vouched, once: Once) -> Response:
    """选定一件事和情形,得到一份草稿,能从各专网取得的已经填入;`missing` 列出还须填写之处。"""
    if body.is_filled_in:
        await once.require_new()
    begun = await handlers.plan_draft(intake, caller, vouched, body)
    return await once(
        lambda work: handlers.create_draft(intake, work, caller, begun),
        location=lambda view: f"/api/v1/drafts/{view.draft_id}",
    )


@routes.get("/drafts", summary="我的草稿", **declare(DRAFTING, rate="120/minute"))
async def list_drafts(  # noqa: PLR0913, PLR0917  one parameter per filter
    intake: Here,
    caller: Caller,
    matter_code: MatterFilter = "",
    expiring: Expiring = False,  # noqa: FBT002  as it stands in the address
    after: After = "",
    size: Size = 50,
) -> Page[DraftSummary]:
    """本人的草稿,新的在前;可只列一件事的,或只列将要过期的。"""
    return await handlers.list_drafts(
        intake, caller, matter_code=matter_code, expiring=expiring, after=after, size=size
    )


@routes.get(
    "/drafts/{draft_id}",
    summary="查看草稿",
    **declare(DRAFTING, problems=(DraftNotFound, AlreadySubmitted), rate="120/minute", headers=["ETag"]),
)
async def show_draft(draft_id: DraftId, intake: Here, caller: Caller, response: Response) -> DraftView:
    """本人的一份草稿。"""
    view = await handlers.show_draft(intake, caller, draft_id)
    response.headers["ETag"] = version_tag(view.version)
    return view


@routes.put(
    "/drafts/{draft_id}",
    summary="保存草稿",
    **declare(DRAFTING, problems=CHANGING, rate="60/minute", headers=["ETag"]),
)
async def change_draft(  # noqa: PLR0913, PLR0917  one parameter per thing asked for
    draft_id: DraftId,
    body: DraftChangeBody,
    intake: Here,
    caller: Caller,
    vouched: Vouched,
    seen: IfMatch,
    response: Response,
) -> DraftView:
    """整体替换表单和证照号码,可同时改变情形;可以不完整。情形不再适用时照样保存,并在 `faults` 中说明。"""
    change = await handlers.guide_draft(intake, caller, vouched, draft_id, body.answers)
    async with intake.database.unit_of_work() as work:
        view = await handlers.change_draft(intake, work, change, body, seen)
    response.headers["ETag"] = version_tag(view.version)
    return view


@routes.delete(
    "/drafts/{draft_id}",
    status_code=204,
    summary="删除草稿",
    **declare(DRAFTING, problems=CHANGING, rate="60/minute"),
)
async def discard_draft(draft_id: DraftId, intake: Here, caller: Caller, seen: IfMatch) -> None:
    """删除本人的一份草稿。"""
    async with intake.database.unit_of_work() as work:
        await handlers.discard_draft(work, caller, draft_id, seen)


@routes.post(
    "/applications",
    status_code=201,
    response_model=ApplicationView,
    summary="提交申请",
    **declare(
        SUBMITTING,
        problems=(
            DraftNotFound,
            AlreadySubmitted,
            DraftChanged,
            AnswersWrong,
            SituationOpen,
            MatterNotFound,
            MatterVersionChanged,
            MatterWithdrawn,
            FormIncomplete,
            CatalogUnavailable,
        ),
        rate="20/minute",
        once=True,
    ),
)
async def submit_application(
    body: SubmissionBody, intake: Here, caller: Caller, vouched: Vouched, once: Once
) -> Response:
    """提交一份草稿,得到办件编号。内容有误时,errors 逐处指明,一次告知。"""
    planned = await handlers.plan_submission(intake, caller, vouched, body)
    return await once(
        lambda work: handlers.submit_application(intake, work, caller, planned),
        location=lambda view: f"/api/v1/applications/{view.application_id}",
    )


@routes.get("/applications", summary="申请列表", **declare(READING, rate="120/minute"))
async def list_applications(  # noqa: PLR0913, PLR0917  one parameter per filter
    intake: Here,
    caller: Caller,
    state: StateFilter = None,
    application_number: NumberFilter = "",
    after: After = "",
    size: Size = 50,
) -> Page[ApplicationSummary]:
    """申请人看到自己的申请,工作人员看到本单位牵头的申请。"""
    wanted = Wanted(state, application_number)
    return await handlers.list_applications(intake, caller, wanted, after=after, size=size)


@routes.get("/applications/counts", summary="申请计数", **declare(READING, rate="120/minute"))
async def count_applications(intake: Here, caller: Caller) -> ApplicationCountsView:
    """各状态有多少份申请:申请人数自己的,工作人员数本单位牵头的。"""
    return await handlers.count_applications(intake, caller)


@routes.post("/applications/searches", summary="查找申请", **declare(CLERKS, rate="30/minute"))
async def search_applications(body: SearchBody, intake: Here, caller: Caller) -> FoundView:
    """窗口工作人员按身份证号、手机号、姓名(可加出生日期)或办件编号查找本单位牵头的申请,最多 200 份,均有记录。"""
    async with intake.database.unit_of_work() as work:
        return await handlers.search_applications(intake, work, caller, body)


@routes.get(
    "/applications/{application_id}",
    summary="查看申请",
    **declare(READING, problems=(ApplicationNotFound,), rate="120/minute"),
)
async def show_application(application_id: ApplicationId, intake: Here, caller: Caller) -> ApplicationView:
    """申请的全部内容;工作人员看到的个人信息是脱敏的。"""
    return await handlers.show_application(intake, caller, application_id)


@routes.post(
    "/applications/{application_id}/acceptances",
    status_code=201,
    response_model=ApplicationView,
    summary="受理申请",
    **declare(
        CLERKS,
        problems=(ApplicationNotFound, OwnApplication, MaterialsUnchecked, NotSubmitted),
        rate="120/minute",
        once=True,
    ),
)
async def accept_application(
    application_id: ApplicationId, body: AcceptanceBody, intake: Here, caller: Caller, once: Once
) -> Response:
    """牵头单位窗口核对材料后受理(行政许可法第三十二条),法定时限由此起算。"""
    planned = await handlers.plan_acceptance(intake, caller, application_id, body)
    return await once(
        lambda work: handlers.accept_application(intake, work, caller, planned),
        location=lambda view: f"/api/v1/applications/{view.application_id}",
    )


@routes.get(
    "/applications/{application_id}/timeline",
    summary="办理进度",
    **declare(READING, problems=(ApplicationNotFound,), rate="240/minute", stored=handlers.timeline_version),
)
async def show_timeline(application_id: ApplicationId, intake: Here, caller: Caller, vouched: Vouched) -> TimelineView:
    """时间轴、环节、进度与预计办结时间;不予办理的附理由与救济途径。"""
    return await handlers.show_timeline(intake, caller, vouched, application_id)


@routes.get(
    "/applications/{application_id}/ledger",
    summary="申请的账本",
    **declare(READING, problems=(ApplicationNotFound,), rate="120/minute"),
)
async def show_ledger(application_id: ApplicationId, intake: Here, caller: Caller) -> LedgerView:
    """每一项内容、每一份材料是怎样来的:由哪个单位的哪项数据共享或核验、由电子证照或承诺代替,还是由申请人填写、提交。

    申请人和受理窗口看到全部,其他单位看到本单位事项所要的。
    """
    return await handlers.show_ledger(intake, caller, application_id)


@routes.post(
    "/applications/{application_id}/disclosures",
    summary="窗口调阅",
    **declare(
        OPENING_AT_THE_WINDOW,
        problems=(ApplicationNotFound, OwnApplication, PurposeServed, NotToBeSeen),
        rate="60/minute",
    ),
)
async def disclose_application(
    application_id: ApplicationId, body: DisclosureBody, intake: Here, caller: Caller, response: Response
) -> DisclosureView:
    """牵头单位窗口为核对而原样查看所选的填写项和证照号码;每次调阅都留有记录(个人信息保护法第五十一条)。"""
    response.headers.update(NO_STORE)
    async with intake.database.unit_of_work() as work:
        return await handlers.disclose_application(intake, work, caller, application_id, body)


@routes.get(
    "/tasks/{task_id}/dossier",
    summary="办理依据",
    **declare(REVIEWERS, problems=(TaskNotFound,), rate="240/minute"),
)
async def show_dossier(task_id: TaskId, intake: Here, caller: Caller) -> DossierView:
    """本单位环节所办事项要的情形、填写项与材料,个人信息脱敏;不含其他事项的内容。"""
    return await handlers.show_dossier(intake, caller, task_id)


@routes.post(
    "/tasks/{task_id}/disclosures",
    summary="部门调阅",
    **declare(OPENING, problems=(TaskNotFound, OwnApplication, PurposeServed, NotToBeSeen), rate="60/minute"),
)
async def disclose_task(
    task_id: TaskId, body: DisclosureBody, intake: Here, caller: Caller, response: Response
) -> DisclosureView:
    """为办理本环节而原样查看所选的填写项和证照号码;每次调阅都留有记录(个人信息保护法第五十一条)。"""
    response.headers.update(NO_STORE)
    async with intake.database.unit_of_work() as work:
        return await handlers.disclose_task(intake, work, caller, task_id, body)


@routes.get(
    "/applications/{application_id}/facts",
    summary="申请的事实",
    **declare(MAKERS_OF_PAPERS, problems=(ApplicationNotFound,)),
)
async def show_facts(
    application_id: ApplicationId, intake: Here, caller: Caller, purpose: Purpose, elements: ElementKeys = ""
) -> FactsView:
    """供电子印章服务制作文书和证照:当事人、单位、时间、材料与所问的数据元;每次读取都留有记录,注明用途。"""
    asked = frozenset(one for one in elements.split(",") if one)
    return await handlers.show_facts(intake, caller, application_id, purpose=purpose, elements=asked)


@routes.post("/rating-matches", status_code=200, summary="核对来访", **declare(TAKER_OF_RATINGS))
async def match_ratings(body: MatchBody, intake: Here, caller: Caller) -> MatchesView:
    """供综合评价服务核对窗口扫码评价:在其所列的申请中,哪些留有这个手机号;每次核对都留有记录。"""
    return await handlers.match_ratings(intake, caller, body)


@routes.get(
    "/applications/{application_id}/changes",
    status_code=200,
    summary="变更推送",
    response_class=EventStream,
    responses={
        200: {"model": StateView | ChangeView},
        204: {"description": "已办结,且变更均已收到:不必再来"},
    },
    **declare(READING, problems=(ApplicationNotFound,), rate="30/minute", stream=True),
)
async def stream_changes(
    application_id: ApplicationId, intake: Here, caller: Caller, last_event_id: LastEventId = None
) -> Response:
    """申请的变更,随发生随推送(server-sent events):先推送当前状态,此后每有变更即推送变更与新的状态,办结后结束。

    每次最长 5 分钟,其间每 15 秒有一行注释;结束后请按 retry 所示时间,带 Last-Event-ID 重新连接,不会遗漏。
    同一用户同时最多 6 个;登录凭证到期时结束。
    """
    after = None if last_event_id is None else int(last_event_id)
    frames = await handlers.stream_changes(intake, caller, application_id, after)
    return Response(status_code=204) if frames is None else EventStream(frames)
