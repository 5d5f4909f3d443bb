"""Appeals (申诉) of assessed units before a ranking is published, and their decision by the authority."""

from collections.abc import Mapping
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page

from evaluation_svc.domain.assessing import DECISION_CLOCK, OBJECTION_CLOCK, AssessmentAppealState, AssessmentState
from evaluation_svc.domain.letters import AUTHORITY
from evaluation_svc.domain.periods import Period
from evaluation_svc.errors import (
    AssessmentAppealDecided,
    AssessmentAppealNotFound,
    AssessmentAppealOpen,
    AssessmentAppealTooLate,
    AssessmentNotFound,
    OwnAssessmentAppeal,
)
from evaluation_svc.handlers.assessed import assessed
from evaluation_svc.handlers.collaborators import SELF, Evaluation
from evaluation_svc.handlers.timers import start_timer, stop_timer
from evaluation_svc.handlers.whose import leads, require_lead, units_of
from evaluation_svc.schemas.assessments import AssessmentAppealBody, AssessmentAppealDecisionBody, AssessmentAppealView
from evaluation_svc.store import assessing, clocks
from evaluation_svc.store import assessment_appeals as store
from evaluation_svc.store.assessing import Record

TABLE = "assessment_appeal"
SHOWN = tuple(name for name in AssessmentAppealView.model_fields if name not in {"unit_name", "grounds", "decision"})


async def file_assessment_appeal(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, assessment_id: str, body: AssessmentAppealBody
) -> AssessmentAppealView:
    """Appeal against how the caller's unit stands, while the clock of appeals runs.

    Raises AssessmentNotFound for a unit that is not assessed, AssessmentAppealTooLate, AssessmentAppealOpen.
    """
    row = await assessing.lock_assessment(work.connection, assessment_id)
    mine = await units_of(work.connection, caller, work.clock.now())
    theirs = await assessing.standings_kept(work.connection, assessment_id, mine)
    own = next((one for one in theirs if one["unit"] in mine), None)
    if row is None or own is None:
        raise AssessmentNotFound
    now = work.clock.now()
    timer = await clocks.running_timer(work.connection, OBJECTION_CLOCK, assessment_id)
    is_over = timer is None or (timer["due_at"] is not None and timer["due_at"] <= now)
    if row["state"] != AssessmentState.OBJECTION or is_over:
        raise AssessmentAppealTooLate
    appeal_id = work.ids()
    appeal = {
        "appeal_id": appeal_id,
        "assessment_id": assessment_id,
        "unit": own["unit"],
        "indicator": body.indicator or "",
        "state": AssessmentAppealState.OPEN.value,
        "grounds": _sealed(evaluation, body.grounds, "grounds", appeal_id),
        "filed_by": caller.subject,
        "filed_at": now,
        "decision": "",
    }
    if not await store.add_appeal(work.connection, appeal):
        raise AssessmentAppealOpen
    found = await assessed(work.connection, row["group_name"], Period.named(row["period"]))
    await start_timer(work, DECISION_CLOCK, appeal_id, unit=AUTHORITY, at=now, term=found.decision)
    await _record(work, caller.subject, "assessment.appealed", appeal)
    return await _shown(evaluation, work, appeal_id, own["name"])


async def decide_assessment_appeal(  # noqa: PLR0913, PLR0917  where it is, and what is decided
    evaluation: Evaluation,
    work: UnitOfWork,
    caller: Principal,
    assessment_id: str,
    appeal_id: str,
    body: AssessmentAppealDecisionBody,
) -> AssessmentAppealView:
    """Decide an appeal with its reason; one that is upheld returns the ranking to be computed and told again.

    Raises NotAuthority, AssessmentAppealNotFound, OwnAssessmentAppeal, AssessmentAppealDecided.
    """
    require_lead(caller)
    assessment = await assessing.lock_assessment(work.connection, assessment_id)
    row = await store.find_appeal(work.connection, appeal_id)
    if assessment is None or row is None or row["assessment_id"] != assessment_id:
        raise AssessmentAppealNotFound
    if row["filed_by"] == caller.subject:
        raise OwnAssessmentAppeal
    changed = {
        "state": body.outcome,
        "decision": _sealed(evaluation, body.reason, "decision", appeal_id),
        "decided_by": caller.subject,
        "decided_at": work.clock.now(),
    }
    if not await store.change_open_appeal(work.connection, appeal_id, changed):
        raise AssessmentAppealDecided
    await stop_timer(work, DECISION_CLOCK, appeal_id)
    if body.outcome == AssessmentAppealState.UPHELD:
        back = {"state": AssessmentState.DRAFT.value, "version": assessment["version"] + 1}
        if await assessing.change_assessment(work.connection, assessment_id, AssessmentState.OBJECTION, back):
            await stop_timer(work, OBJECTION_CLOCK, assessment_id)
    await _record(work, caller.subject, "assessment.appeal_decided", row, outcome=body.outcome)
    kept = await assessing.standings_kept(work.connection, assessment_id, None)
    return await _shown(evaluation, work, appeal_id, next(one["name"] for one in kept if one["unit"] == row["unit"]))


async def assessment_appeal_overdue(_evaluation: Evaluation, work: UnitOfWork, timer: Mapping[str, Any]) -> None:
    """Mark an appeal that was not decided in time; it still blocks publication."""
    if await store.change_open_appeal(work.connection, timer["subject"], {"overdue_at": work.clock.now()}):
        await audit.record(work, actor=SELF, action="assessment.appeal_overdue", subject=timer["subject"])


async def list_assessment_appeals(
    evaluation: Evaluation, caller: Principal, assessment_id: str, *, after: str, size: int
) -> Page[AssessmentAppealView]:
    """Return a page of the appeals against an assessment, the newest first: all to the authority, to a unit its own.

    Raises AssessmentNotFound.
    """
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with evaluation.database.reading() as connection:
        mine = None if leads(caller) else await units_of(connection, caller, evaluation.clock.now())
        rows = await store.list_assessment_appeals(connection, assessment_id, mine, after=last, size=size)
        if not rows and not after and await assessing.find_assessment(connection, assessment_id, mine) is None:
            raise AssessmentNotFound
    if rows:
        await audit.record_look(
            evaluation.database,
            actor=caller.subject,
            action="assessment.appeals_read",
            subject=assessment_id,
            details={"appeals": [row["appeal_id"] for row in rows[:size]]},
        )
    return page([_view(evaluation, row, row["name"]) for row in rows], size, key=lambda view: (view.appeal_id,))


async def _shown(evaluation: Evaluation, work: UnitOfWork, appeal_id: str, name: str) -> AssessmentAppealView:
    row = await store.find_appeal(work.connection, appeal_id)
    if row is None:
        raise AssessmentAppealNotFound
    return _view(evaluation, row, name)


def _view(evaluation: Evaluation, row: Record, name: str) -> AssessmentAppealView:
    opened = {
        column: evaluation.cipher.decrypt(row[column], table=TABLE, column=column, row=row["appeal_id"])
        if row[column]
        else ""
        for column in ("grounds", "decision")
    }
    return AssessmentAppealView(**{column: row[column] for column in SHOWN}, unit_name=name, **opened)


def _sealed(evaluation: Evaluation, words: str, column: str, appeal_id: str) -> str:
    return evaluation.cipher.encrypt(words, table=TABLE, column=column, row=appeal_id)


async def _record(work: UnitOfWork, actor: str, action: str, appeal: Mapping[str, Any], **more: Any) -> None:
    details = {"assessment": appeal["assessment_id"], "unit": appeal["unit"], **more}
    await audit.record(work, actor=actor, action=action, subject=appeal["appeal_id"], details=details)
