"""Silence: when the term of an invitation runs out, a rating by default is written down, which nobody chose.

It has no level, is never active and never counts as satisfied (domain: 默认好评 is no rating); what comes later is
refused as too late, so that a period's figures do not change after their term (decision 61).
"""

from chassis.base.clock import local
from chassis.data.database import UnitOfWork

from evaluation_svc.domain.ratings import Channel
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.rate import about, note_rating
from evaluation_svc.store import cases
from evaluation_svc.store import rated as store
from evaluation_svc.store.clocks import Record


async def rate_by_default(evaluation: Evaluation, work: UnitOfWork, row: Record) -> None:
    """Write down that an applicant said nothing of a finished matter; of a visit nothing is written."""
    key = row["subject"]
    invitation = await store.find_invitation(work.connection, key)
    if invitation is None or not await store.end_invitation(work.connection, key, work.clock.now()):
        return
    case = await cases.find_case(work.connection, invitation.application_id)
    if invitation.visit_id is not None or case is None:
        return
    rated_at = row["due_at"]
    rating = {
        "rating_id": evaluation.random_id(),
        "rated_key": key,
        "number": 1,
        **about(case),
        "visit_id": None,
        "rater_id": invitation.applicant_id,
        "unit": case.lead_unit or case.unit or row["unit"],
        "item": "",
        "level": "",
        "tags": [],
        "text": "",
        "channel": Channel.DEFAULT.value,
        "wants_call": None,
        "is_default": True,
        "device": "",
        "window_code": "",
        "period": local(rated_at).strftime("%Y-%m"),
        "rated_at": rated_at,
    }
    version = 1 + await store.ratings_in(work.connection, case.application_id)
    if await store.add_rating(work.connection, rating):
        note_rating(work, rating, version)
        await store.leave_to_judge(work.connection, rating["rating_id"], "rating", at=work.clock.now())


async def end_second(evaluation: Evaluation, work: UnitOfWork, row: Record) -> None:
    """Let the term of a second rating end: nothing follows but that it is over."""
    _ = evaluation, work, row
