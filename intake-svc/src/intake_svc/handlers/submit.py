"""Submitting a draft: checked against the present guide, numbered, and told, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal

from intake_svc import store
from intake_svc.domain.form import Fault
from intake_svc.domain.numbers import ApplicationNumber, Channel
from intake_svc.domain.progress import ApplicationState, Happening, line
from intake_svc.errors import FormIncomplete, MatterVersionChanged, SituationOpen
from intake_svc.events import ApplicationSubmitted
from intake_svc.handlers import verify
from intake_svc.handlers.booking import Sourced, book_submission, counted
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.draft import TABLE, changed, changed_meanwhile, find_draft
from intake_svc.handlers.duplicates import hold_others, others_before, tell_duplicates
from intake_svc.handlers.find import digests_of
from intake_svc.handlers.given import Given, asked_of, faults_of, seal, tidy, unseal
from intake_svc.handlers.offered import Offered, hold_offered, offered
from intake_svc.handlers.read import Whole, application_view
from intake_svc.handlers.shared import NOTHING, Shared, differing, open_shared
from intake_svc.handlers.shown import open_answers
from intake_svc.handlers.verify import Checked
from intake_svc.schemas import ApplicationView, SubmissionBody
from intake_svc.siblings import Guide, current_version, fetch_guide
from intake_svc.store import drafting, licences
from intake_svc.store.timelines import tell

NOT_YET = dict.fromkeys(column.name for column in store.applications.columns)
"""What an application has not yet when it is submitted."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked submission, ready to be written."""

    draft_id: str
    draft_version: int
    guide: Guide
    offered: Offered
    number: ApplicationNumber
    shared: Shared = NOTHING
    checked: Checked = verify.NOTHING

    @property
    def given(self) -> Given:
        """What was given, as it is kept."""
        return self.offered.given

    @property
    def sourced(self) -> Sourced:
        """What is submitted, with its sources."""
        return Sourced(self.guide, self.given, self.offered.licences, self.shared, self.checked)


async def plan_submission(intake: Intake, caller: Principal, vouched: str, body: SubmissionBody) -> Submission:
    """Check the draft that the caller saw against its guide, if that is still in force; before any transaction.

    Raises DraftNotFound, AlreadySubmitted, DraftChanged, MatterVersionChanged, AnswersWrong or SituationOpen for a
    situation without its guide, and FormIncomplete with a pointer to each fault, also of licences that are offered and
    of what sources do not agree with. What is no longer asked is left out. Sources are asked for a complete form only.
    """
    draft_id = body.draft_id
    draft, guide = await find_draft(intake, caller, draft_id)
    if draft.version != body.draft_version:
        raise changed(draft)
    unguided = open_answers(draft._asdict())
    if unguided is not None:
        await fetch_guide(intake.catalog, vouched, draft.matter_code, unguided)
        raise SituationOpen
    if not _is_in_force(intake, draft):
        version = await current_version(intake.catalog, vouched, draft.matter_code)
        if version != draft.matter_version:
            raise MatterVersionChanged(f"草稿按第 {draft.matter_version} 版填写,现行版本为第 {version} 版")
    given = tidy(guide, asked_of(guide, unseal(intake, draft.given, table=TABLE, row=draft_id)))
    named = await offered(intake, caller, guide, given)
    shared = open_shared(intake, draft.shared, row=draft_id)
    _refuse([*faults_of(intake, guide, given), *named.faults, *differing(guide, named.given, shared)])
    materials = verify.verifiable(guide, but=named.licences)
    case = verify.InCase(draft_id, caller.subject)
    checked = await verify.verify(intake, case, guide, named.given, materials)
    _refuse(verify.faults_of_sources(guide, checked, shared.disputes))
    await intake.guides.keep(guide)
    number = await _number(intake, guide.lead_unit)
    return Submission(draft_id, draft.version, guide, named, number, shared, checked)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        errors = [FieldError(fault.pointer, fault.code, fault.detail) for fault in faults]
        raise FormIncomplete("请按提示补正后提交", errors=errors)


def _is_in_force(intake: Intake, draft: Any) -> bool:
    """Tell whether the catalogue told that a draft's version of its matter is in force; else it is to be asked."""
    today = local(intake.database.clock.now()).date()
    is_offered = draft.withdrawn_from is None or draft.withdrawn_from > today
    return bool(draft.version_in_force == draft.matter_version and is_offered)


async def submit_application(
    intake: Intake, work: UnitOfWork, caller: Principal, submission: Submission
) -> ApplicationView:
    """Turn the draft into a numbered application.

    Raises AlreadySubmitted, DraftNotFound or DraftChanged when the draft was taken, discarded or changed meanwhile,
    FormIncomplete where something happened meanwhile to a licence that it offers.
    """
    guide, given = submission.guide, submission.given
    unit_name = await _take_draft(work, caller, submission)
    await hold_offered(work, guide, submission.offered)
    row = _row(intake, work, caller, submission)
    application_id, now = row["application_id"], row["submitted_at"]
    others = await others_before(intake, work, application_id, guide, given)
    places = await hold_others(work, others)
    row["place"] = 1 + len(others)
    store.add_application(work, row, digests_of(intake, guide, given))
    licences.add_used(work, application_id, submission.offered.licences)
    lines = book_submission(intake, work, submission.sourced, application_id, now)
    kind = Happening.SUBMITTED
    tell(work, application_id, 1, at=now, kind=kind, text=line(kind))
    tell_duplicates(work, row, others, places)
    kept = ("application_id", "application_number", "matter_code", "matter_version", "unit", "submitted_at")
    told = told_of(intake, guide, row["unit"]) | {"channel": submission.number.channel.name}
    event = ApplicationSubmitted(**{name: row[name] for name in kept}, applicant_id=caller.subject, **told)
    await append(work, event, subject=application_id, version=1)
    details = {name: row[name] for name in ("application_number", "matter_version")}
    details |= {"possible_duplicates": [other.application_id for other in others], **counted(lines)}
    await audit.record(
        work, actor=caller.subject, action="application.submitted", subject=application_id, details=details
    )
    shown = {**NOT_YET, **row, "unit_name": unit_name or row["unit_name"]}
    whole = Whole(shown, guide, given, others, submission.offered.licences, booked=lines)
    return application_view(intake, whole, unit="")


async def _number(intake: Intake, unit: str) -> ApplicationNumber:
    """Return the next number of a unit's day (in Shanghai)."""
    day, channel = local(intake.database.clock.now()).date(), Channel.ONLINE
    sequence = await intake.numbers.next(f"{intake.region_code}{unit}{day:%Y%m%d}{channel.value}")
    return ApplicationNumber(intake.region_code, unit, day, channel, sequence)


async def _take_draft(work: UnitOfWork, caller: Principal, submission: Submission) -> str | None:
    """Take the draft away; return today's name of the unit that leads, if it was told."""
    draft_id, owner = submission.draft_id, caller.subject
    unit = submission.guide.lead_unit
    taken = await drafting.remove_draft(work.connection, draft_id, owner, submission.draft_version, unit=unit)
    if taken is None:
        raise await changed_meanwhile(work, draft_id, owner)
    name: str | None = taken.unit_name
    return name


def told_of(intake: Intake, guide: Guide, unit: str) -> dict[str, Any]:
    """Return what an application's events tell of its situation: tasks, region, and units, the leading one first.

    The leading one is that at whose window the application is: it may have taken over from the guide's.
    """
    return {
        "tasks": guide.task_keys,
        "region": intake.region_code,
        "lead_unit": unit,
        "units": list(dict.fromkeys([unit, *(one for one in guide.units if one != guide.lead_unit)])),
    }


def _row(intake: Intake, work: UnitOfWork, caller: Principal, submission: Submission) -> dict[str, Any]:
    guide, now, application_id = submission.guide, work.clock.now(), work.ids()
    return {
        "application_id": application_id,
        "application_number": str(submission.number),
        "draft_id": submission.draft_id,
        "owner": caller.subject,
        **{name: getattr(guide, name) for name in ("matter_code", "matter_version", "name")},
        "unit": guide.lead_unit,
        "unit_name": guide.lead_unit_name,
        "state": ApplicationState.SUBMITTED.value,
        "version": 1,
        "guide": guide.text,
        "guide_digest": guide.digest,
        "given": seal(intake, submission.given, table="application", row=application_id),
        "submitted_at": now,
        "provisional": False,
        "tasks_total": sum(task.by == "UNIT" for task in guide.tasks),
        "tasks_done": 0,
    }
