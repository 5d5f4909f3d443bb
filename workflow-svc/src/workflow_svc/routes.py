"""Workflow's HTTP edge."""

from typing import Annotated

from chassis.base.fields import Id, IdFilter, TypedNumber
from chassis.base.shapes import CODE, maybe, whole
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy, services_only
from chassis.http.paging import After, Page, Size
from chassis.http.routing import Caller, collaborators, declare, router
from fastapi import Depends, Path, Query, Response

from workflow_svc import handlers
from workflow_svc.domain import TaskState
from workflow_svc.errors import (
    CaseAlreadyClosed,
    CaseNotFound,
    DecisionNotFound,
    OwnCase,
    ReasonMissing,
    TaskNotFound,
    TaskNotOpen,
)
from workflow_svc.handlers import TaskFilter, Workflow
from workflow_svc.schemas import (
    CaseSummary,
    CaseView,
    CompletionBody,
    DecisionBody,
    DecisionPurpose,
    DecisionView,
    TaskCountsView,
    TaskSummary,
    TaskView,
)

routes = router()
Here = Annotated[Workflow, Depends(collaborators)]
REVIEWERS = policy(Kind.STAFF, scope="task:read", roles=["reviewer"])
DECIDERS = policy(Kind.STAFF, scope="task:decide", roles=["reviewer"])
APPLICANTS = policy(Kind.CITIZEN, scope="task:complete", level=1)
CONCERNED = policy(Kind.CITIZEN, Kind.STAFF, scope="case:read", roles=["reviewer", "window_clerk"], level=1)
TaskId = Annotated[Id, Path(description="环节的标识")]
CaseId = Annotated[Id, Path(description="办件的标识(不是办件编号)")]
ApplicationNumber = Annotated[TypedNumber, Query(description="申请编号;空格和大小写不影响查找")]
ApplicationId = Annotated[IdFilter, Query(description="申请标识")]
MatterCode = Annotated[str, Query(description="一件事编码", max_length=64, pattern=whole(maybe(CODE)))]
MAKERS_OF_PAPERS = services_only("esign")
Purpose = Annotated[DecisionPurpose, Query(description="用途:letter 制作文书,licence 制作证照")]
InState = Annotated[TaskState, Query(description="环节状态")]


@routes.get("/tasks", summary="部门待办", **declare(REVIEWERS, rate="240/minute"))
async def list_tasks(  # noqa: PLR0913, PLR0917  one parameter per filter
    workflow: Here,
    caller: Caller,
    state: InState = TaskState.OPEN,
    matter_code: MatterCode = "",
    application_number: ApplicationNumber = "",
    after: After = "",
    size: Size = 50,
) -> Page[TaskSummary]:
    """本单位的环节,先到期的在前;未起算时限的按编号。"""
    wanted = TaskFilter(state, matter_code, application_number)
    return await handlers.list_tasks(workflow, caller, wanted, after=after, size=size)


@routes.get("/tasks/counts", summary="待办计数", **declare(REVIEWERS, rate="120/minute"))
async def count_tasks(workflow: Here, caller: Caller) -> TaskCountsView:
    """本单位各状态的环节数,及办理中环节的红黄灯:红灯已过承诺时限,黄灯将在一个工作日内到期(可配置)。"""
    return await handlers.count_tasks(workflow, caller)


@routes.get("/tasks/{task_id}", summary="查看待办", **declare(REVIEWERS, problems=(TaskNotFound,), rate="240/minute"))
async def show_task(task_id: TaskId, workflow: Here, caller: Caller) -> TaskView:
    """本单位的一个环节,附时限推算。"""
    return await handlers.show_task(workflow, caller, task_id)


@routes.post(
    "/tasks/{task_id}/decisions",
    status_code=201,
    response_model=TaskView,
    summary="作出决定",
    **declare(
        DECIDERS,
        problems=(TaskNotFound, TaskNotOpen, CaseAlreadyClosed, OwnCase, ReasonMissing),
        rate="120/minute",
        once=True,
    ),
)
async def decide_task(task_id: TaskId, body: DecisionBody, workflow: Here, caller: Caller, once: Once) -> Response:
    """准予或不予;不予须说明理由并注明依据(行政许可法第三十八条)。决定一经作出不可更改。"""
    return await once(
        lambda work: handlers.decide_task(workflow, work, caller, task_id, body),
        location=lambda view: f"/api/v1/tasks/{view.task_id}",
    )


@routes.get("/tasks/{task_id}/decision", summary="决定", **declare(MAKERS_OF_PAPERS, problems=(DecisionNotFound,)))
async def show_decision(task_id: TaskId, workflow: Here, caller: Caller, purpose: Purpose) -> DecisionView:
    """供电子印章服务制作文书和证照:单位、措辞、理由、依据与救济途径;每次读取都留有记录,注明用途。"""
    return await handlers.show_decision(workflow, caller, task_id, purpose=purpose)


@routes.post(
    "/tasks/{task_id}/completions",
    status_code=201,
    response_model=TaskView,
    summary="完成本人的环节",
    **declare(APPLICANTS, problems=(TaskNotFound, TaskNotOpen), rate="30/minute", once=True),
)
async def complete_task(task_id: TaskId, body: CompletionBody, workflow: Here, caller: Caller, once: Once) -> Response:
    """申请人说明自己的环节(如缴费)已完成;可附凭证号码。整件事办结之后也可以说明。"""
    return await once(
        lambda work: handlers.complete_task(workflow, work, caller, task_id, body),
        location=lambda view: f"/api/v1/cases/{view.case_id}",
    )


@routes.get("/cases", summary="办件列表", **declare(CONCERNED, rate="120/minute"))
async def list_cases(
    workflow: Here, caller: Caller, application_id: ApplicationId = "", after: After = "", size: Size = 50
) -> Page[CaseSummary]:
    """申请人看到自己的办件,工作人员看到本单位参与的办件。"""
    return await handlers.list_cases(workflow, caller, application_id=application_id, after=after, size=size)


@routes.get("/cases/{case_id}", summary="查看办件", **declare(CONCERNED, problems=(CaseNotFound,), rate="120/minute"))
async def show_case(case_id: CaseId, workflow: Here, caller: Caller) -> CaseView:
    """一个办件的全部环节、时限推算与决定;不予办理的附理由、依据和救济途径。"""
    return await handlers.show_case(workflow, caller, case_id)
