"""What intake asks of workflow, on the caller's behalf: why tasks were refused."""

from chassis.http.asgi import App
from chassis.http.identity import HEADER
from chassis.http.upstream import UpstreamUnavailable, call

from intake_svc.siblings.answers import Answer


class CaseTask(Answer):
    """A task of a case; of a refused one why, on what basis, and what can be done (行政许可法 art. 38)."""

    task_key: str
    reason: str
    basis: str
    remedies: str


class Case(Answer):
    """A case as its applicant may see it."""

    tasks: list[CaseTask]


async def fetch_refusals(workflow: App, vouched: str, case_id: str) -> dict[str, CaseTask]:
    """Ask workflow for a case's refused tasks, by their keys, within a second.

    Raises UpstreamUnavailable, or DeadlineExceeded, when no answer comes that can be read.
    """
    headers = {HEADER: vouched}
    reply = await call(workflow, "GET", f"/api/v1/cases/{case_id}", headers=headers, within=1.0)
    if reply.status != 200:
        raise UpstreamUnavailable("workflow")
    try:
        case = Case.model_validate_json(reply.body)
    except ValueError:
        raise UpstreamUnavailable("workflow") from None  # the answer itself is not for the log
    return {task.task_key: task for task in case.tasks if task.reason}
