"""Asking the networks for a new draft's values: bounded, and never in the way of the draft (empty opens the field)."""

from chassis.base.problems import Problem
from chassis.http.identity import Principal

from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.shared import Shared, usable
from intake_svc.siblings import Guide, fetch_prefill


async def prefill(intake: Intake, caller: Principal, guide: Guide, draft_id: str) -> Shared:
    """Return what the networks gave for a draft that is to be; that they were out, where no answer came in time."""
    body = {
        "draft_id": draft_id,
        "applicant_id": caller.subject,
        "matter_code": guide.matter_code,
        "answers": guide.answers,
        "items": [one.task_code for one in guide.items if one.task_code],
    }
    try:
        told = await fetch_prefill(intake, body, within=intake.patience.prefill)
    except Problem:
        return Shared(is_out=True)
    return usable(intake, guide, told)
