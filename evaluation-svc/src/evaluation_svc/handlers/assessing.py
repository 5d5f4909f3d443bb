"""Assessing a group for a period: computed, computed again while it is a draft, told, published by another person."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal

from evaluation_svc.domain.assessing import OBJECTION_CLOCK, AssessmentState
from evaluation_svc.domain.letters import AUTHORITY
from evaluation_svc.domain.periods import Period
from evaluation_svc.domain.scoring import Rules, Standing, standings_of
from evaluation_svc.errors import (
    AssessmentAppealClockRunning,
    AssessmentAppealsUndecided,
    AssessmentNotFound,
    AssessmentOutdated,
    AssessmentStepNotPossible,
    AssessmentUnderWay,
    OwnComputation,
    PeriodNotOver,
    RevisionUnfounded,
)
from evaluation_svc.events.rankings import RankingPublished
from evaluation_svc.handlers.assessed import Assessed, assessed
from evaluation_svc.handlers.assessment_views import shown_to_authority
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.notices import draft_notices
from evaluation_svc.handlers.timers import start_timer
from evaluation_svc.handlers.whose import require_lead
from evaluation_svc.schemas.assessments import AssessmentBody, AssessmentView
from evaluation_svc.store import assessing as store
from evaluation_svc.store import assessment_appeals
from evaluation_svc.store.assessing import Record


async def compute_assessment(work: UnitOfWork, caller: Principal, body: AssessmentBody) -> AssessmentView:
    """Compute a group's ranking for a period as a draft; of what is published a new revision, with its reason.

    Raises NotAuthority, AssessmentUnderWay, RevisionUnfounded, PackIncomplete.
    """
    require_lead(caller)
    newest = await store.newest_assessment(work.connection, body.group, body.period)
    if newest is not None and newest["state"] != AssessmentState.PUBLISHED:
        raise AssessmentUnderWay
    reason = body.reason or ""
    if newest is not None and not reason:
        raise RevisionUnfounded(errors=[FieldError("/reason", "required", "须说明更正的理由")])
    found = await assessed(work.connection, body.group, Period.named(body.period))
    row = {
        "assessment_id": work.ids(),
        "group_name": body.group,
        "period": body.period,
        "revision": 1 if newest is None else newest["revision"] + 1,
        "reason": reason if newest is not None else "",
        "state": AssessmentState.DRAFT.value,
        "version": 1,
        **_computed(found, caller, work.clock.now()),
    }
    if not await store.add_assessment(work.connection, row):
        raise AssessmentUnderWay
    return await _keep(work, caller, row, found, "assessment.computed")


async def recompute_assessment(work: UnitOfWork, caller: Principal, assessment_id: str) -> AssessmentView:
    """Compute a draft again, by the rules and counts of now. Raises as `_held` does, PackIncomplete."""
    row = await _held(work, caller, assessment_id, AssessmentState.DRAFT)
    found = await assessed(work.connection, row["group_name"], Period.named(row["period"]))
    changed = {"version": row["version"] + 1, **_computed(found, caller, work.clock.now())}
    changed |= {"told_by": None, "told_at": None}
    await store.change_assessment(work.connection, assessment_id, AssessmentState.DRAFT, changed)
    return await _keep(work, caller, {**row, **changed}, found, "assessment.recomputed")


async def tell_assessment(work: UnitOfWork, caller: Principal, assessment_id: str) -> AssessmentView:
    """Tell a draft to its units, which may appeal from now on until the clock runs out.

    Its figures are those of the whole period: all that came until its end was counted when it was computed; and what
    an upheld appeal put right is in it. Raises as `_held` does,
    PeriodNotOver, AssessmentOutdated, PackIncomplete.
    """
    row = await _held(work, caller, assessment_id, AssessmentState.DRAFT)
    now, ends_at = work.clock.now(), Period.named(row["period"]).ends_at
    if now < ends_at:
        raise PeriodNotOver
    if row["counted_until"] < ends_at or row["told_at"] is not None:
        raise AssessmentOutdated
    terms = (await assessed(work.connection, row["group_name"], Period.named(row["period"]))).objection
    changed = {
        "state": AssessmentState.OBJECTION.value,
        "version": row["version"] + 1,
        "told_by": caller.subject,
        "told_at": now,
        "objections_over_at": None,
    }
    await store.change_assessment(work.connection, assessment_id, AssessmentState.DRAFT, changed)
    await start_timer(work, OBJECTION_CLOCK, assessment_id, unit=AUTHORITY, at=now, term=terms)
    await _record(work, caller, row, "assessment.told")
    return await shown_to_authority(work.connection, assessment_id)


async def end_objections(_evaluation: Evaluation, work: UnitOfWork, timer: Mapping[str, Any]) -> None:
    """Note that the clock of appeals has run out."""
    over = {"objections_over_at": work.clock.now()}
    await store.change_assessment(work.connection, timer["subject"], AssessmentState.OBJECTION, over)


async def publish_assessment(work: UnitOfWork, caller: Principal, assessment_id: str) -> AssessmentView:
    """Publish a ranking, which from now on nothing changes, and draft the notices that follow from it.

    Raises as `_held` does, OwnComputation, AssessmentAppealClockRunning, AssessmentAppealsUndecided.
    """
    row = await _held(work, caller, assessment_id, AssessmentState.OBJECTION)
    now = work.clock.now()
    if not await store.publish_assessment(work.connection, assessment_id, caller.subject, now):
        raise await _why_not(work, caller, row)
    event = RankingPublished(
        assessment_id=assessment_id,
        group=row["group_name"],
        period=row["period"],
        revision=row["revision"],
        published_at=now,
    )
    await append(work, event, subject=assessment_id, version=1)
    lapsed = await draft_notices(work, row)
    await _record(work, caller, row, "assessment.published", lapsed=lapsed)
    return await shown_to_authority(work.connection, assessment_id)


async def _why_not(work: UnitOfWork, caller: Principal, row: Record) -> Exception:
    if row["computed_by"] == caller.subject:
        return OwnComputation()
    if row["objections_over_at"] is None:
        return AssessmentAppealClockRunning()
    if await assessment_appeals.is_any_open(work.connection, row["assessment_id"]):
        return AssessmentAppealsUndecided()
    return AssessmentStepNotPossible()


async def _held(work: UnitOfWork, caller: Principal, assessment_id: str, state: AssessmentState) -> Record:
    """Hold an assessment that is in a state. Raises NotAuthority, AssessmentNotFound, AssessmentStepNotPossible."""
    require_lead(caller)
    row = await store.lock_assessment(work.connection, assessment_id)
    if row is None:
        raise AssessmentNotFound
    if row["state"] != state:
        raise AssessmentStepNotPossible
    return row


def _computed(found: Assessed, caller: Principal, now: datetime) -> dict[str, Any]:
    return {
        "rules": as_kept(found.rules),
        "documents": dict(found.documents),
        "computed_by": caller.subject,
        "computed_at": now,
        "counted_until": found.uncounted_since or now,
    }


async def _keep(work: UnitOfWork, caller: Principal, row: Record, found: Assessed, action: str) -> AssessmentView:
    rows = standing_rows(row["assessment_id"], found.rules, found)
    await store.put_standings(work.connection, row["assessment_id"], rows)
    await _record(work, caller, row, action)
    return await shown_to_authority(work.connection, row["assessment_id"])


def as_kept(rules: Rules) -> dict[str, Any]:
    """Return rules as they are kept with a ranking."""
    return asdict(rules)


def standing_rows(assessment_id: str, rules: Rules, found: Assessed) -> Sequence[dict[str, Any]]:
    """Return the rows of how units stand, with all that they were computed from."""
    return [
        {
            "assessment_id": assessment_id,
            "position": position,
            "key": found.members[one.unit].key,
            "name": found.members[one.unit].name,
            "counts": {name: str(found.counts[one.unit].get(name, 0)) for name in sorted(rules.measures)},
            **_kept(one),
        }
        for position, one in enumerate(standings_of(rules, found.counts), start=1)
    ]


def _kept(one: Standing) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "place": one.place,
        "ending": one.end,
        "unranked": one.unranked,
        "score": None if one.score is None or one.place is None else str(one.score),
        "share": str(one.share),
        "lines": [
            {
                "indicator": line.indicator,
                "weight": line.weight,
                "value": None if line.value is None else str(line.value),
                "points": None if line.points is None else str(line.points),
                "missing": line.missing,
            }
            for line in one.lines
        ],
    }


async def _record(work: UnitOfWork, caller: Principal, row: Record, action: str, **more: Any) -> None:
    details = {"group": row["group_name"], "period": row["period"], "revision": row["revision"], **more}
    await audit.record(work, actor=caller.subject, action=action, subject=row["assessment_id"], details=details)
