"""Submitting a draft: checked against the present guide, numbered, and told, in one transaction."""

from dataclasses import dataclass
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import Conflict, FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal

from intake_svc import store
from intake_svc.domain.numbers import ApplicationNumber, Channel
from intake_svc.domain.progress import ApplicationState, Happening, line
from intake_svc.errors import DraftNotFound, FormIncomplete, MatterVersionChanged
from intake_svc.events import ApplicationSubmitted
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.draft import TABLE, find_draft
from intake_svc.handlers.find import digests_of
from intake_svc.handlers.given import Given, faults_of, seal, tidy, unseal
from intake_svc.handlers.read import application_view
from intake_svc.schemas import ApplicationView
from intake_svc.siblings import Guide, current_version


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked submission, ready to be written."""

    draft_id: str
    draft_version: int
    guide: Guide
    given: Given
    number: ApplicationNumber


async def plan_submission(intake: Intake, caller: Principal, vouched: str, draft_id: str) -> Submission:
    """Check the caller's draft against its guide, if that is still of the version in force; before any transaction.

    Raises DraftNotFound, MatterVersionChanged, and FormIncomplete with a pointer to each fault.
    """
    draft = await find_draft(intake, caller, draft_id)
    version = await current_version(intake.catalog, vouched, draft.matter_code)
    if version != draft.matter_version:
        raise MatterVersionChanged(f"草稿按第 {draft.matter_version} 版填写,现行版本为第 {version} 版")
    guide = Guide.model_validate(draft.guide)
    given = tidy(guide, unseal(intake, draft.given, table=TABLE, row=draft_id))
    faults = faults_of(intake, guide, given)
    if faults:
        errors = [FieldError(fault.pointer, fault.code, fault.detail) for fault in faults]
        raise FormIncomplete("请按提示补正后提交", errors=errors)
    return Submission(draft_id, draft.version, guide, given, await _number(intake, guide.lead_unit))


async def submit_application(
    intake: Intake, work: UnitOfWork, caller: Principal, submission: Submission
) -> ApplicationView:
    """Turn the draft into a numbered application.

    Raises DraftNotFound when it was submitted or discarded meanwhile, Conflict when it was changed.
    """
    await _take_draft(work, caller, submission)
    row = _row(intake, work, caller, submission)
    await store.add_application(work.connection, row, digests_of(intake, submission.guide, submission.given))
    application_id, now = row["application_id"], row["submitted_at"]
    text = line(Happening.SUBMITTED)
    await store.tell(work.connection, application_id, at=now, kind=Happening.SUBMITTED, text=text)
    kept = ("application_id", "application_number", "matter_code", "matter_version", "unit", "submitted_at")
    event = ApplicationSubmitted(
        **{name: row[name] for name in kept}, applicant_id=caller.subject, **told_of(intake, submission.guide)
    )
    await append(work, event, subject=application_id, version=1)
    details = {"application_number": row["application_number"], "matter_version": row["matter_version"]}
    await audit.record(
        work, actor=caller.subject, action="application.submitted", subject=application_id, details=details
    )
    stored = await store.find_application(work.connection, application_id, subject=caller.subject)
    return application_view(intake, stored, staff=False)


async def _number(intake: Intake, unit: str) -> ApplicationNumber:
    """Return the next number of a unit's day (in Shanghai)."""
    day, channel = local(intake.database.clock.now()).date(), Channel.ONLINE
    sequence = await intake.numbers.next(f"{intake.region_code}{unit}{day:%Y%m%d}{channel.value}")
    return ApplicationNumber(intake.region_code, unit, day, channel, sequence)


async def _take_draft(work: UnitOfWork, caller: Principal, submission: Submission) -> None:
    draft_id = submission.draft_id
    if await store.remove_draft(work.connection, draft_id, caller.subject, submission.draft_version):
        return
    if await store.find_draft(work.connection, draft_id, caller.subject):
        raise Conflict("草稿刚被修改,请重新提交")
    raise DraftNotFound(draft_id)


def told_of(intake: Intake, guide: Guide) -> dict[str, Any]:
    """Return what an application's events tell of its situation: tasks, region, and units, the leading one first."""
    return {
        "tasks": guide.task_keys,
        "region": intake.region_code,
        "lead_unit": guide.lead_unit,
        "units": guide.units,
    }


def _row(intake: Intake, work: UnitOfWork, caller: Principal, submission: Submission) -> dict[str, Any]:
    guide, now, application_id = submission.guide, work.clock.now(), work.ids()
    return {
        "application_id": application_id,
        "application_number": str(submission.number),
        "owner": caller.subject,
        **{name: getattr(guide, name) for name in ("matter_code", "matter_version", "name")},
        "unit": guide.lead_unit,
        "unit_name": guide.lead_unit_name,
        "state": ApplicationState.SUBMITTED.value,
        "version": 1,
        "guide": guide.model_dump(mode="json"),
        "given": seal(intake, submission.given, table="application", row=application_id),
        "submitted_at": now,
        "provisional": False,
        "tasks_total": len(guide.tasks),
        "tasks_done": 0,
    }
