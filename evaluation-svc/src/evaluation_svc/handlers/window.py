"""Rating at the window: by its static code and the telephone number left in the case, for whoever has no account.

Who was there is intake's to say: it is asked which of the cases that were at this window lately have the number, and
every mismatch has the same answer. A member of staff's session cannot rate.
"""

from datetime import timedelta

from chassis.data import audit
from chassis.http.identity import Principal

from evaluation_svc.errors.ratings import AlreadyRated, RatingTooLate, RatingUnfit, VisitNotMatched
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.invitations import rules_of
from evaluation_svc.handlers.rate import Target, write_rating, wrong_tags
from evaluation_svc.schemas.visits import ReceivedView, WindowRatingBody
from evaluation_svc.siblings import rating_matches
from evaluation_svc.store import cases, visiting

MOST = 200
"""Visits at a window that are looked at."""
RECEIVED = ReceivedView(received=True)


async def rate_at_window(evaluation: Evaluation, caller: Principal, body: WindowRatingBody) -> ReceivedView:
    """Write down the rating of the newest visit that matches; one of them that was rated already stays as it was.

    Raises VisitNotMatched, MatchingOut, RatingUnfit.
    """
    target = await _matched(evaluation, body)
    if target is None:
        return RECEIVED
    try:
        async with evaluation.database.unit_of_work() as work:
            row = await write_rating(evaluation, work, target, body)
            details = {"visit_id": row["visit_id"], "unit": row["unit"], "window": body.window}
            await audit.record(
                work,
                actor=caller.subject,
                action="rating.submitted_at_window",
                subject=row["rating_id"],
                details=details,
            )
    except (AlreadyRated, RatingTooLate):
        return RECEIVED
    return RECEIVED


async def _matched(evaluation: Evaluation, body: WindowRatingBody) -> Target | None:
    """Return what is rated; None where it was already. Raises RatingUnfit, VisitNotMatched, MatchingOut.

    What is unfit is refused before anybody is matched: else numbers could be tried without a rating that stays.
    """
    async with evaluation.database.reading() as connection:
        if wrong := await wrong_tags(connection, body):
            raise RatingUnfit(errors=wrong)
        rules = await rules_of(connection)
        since = evaluation.clock.now() - timedelta(hours=rules.visit_hours)
        recent = await visiting.recent_visits(connection, body.window, since, size=MOST)
    asked = sorted({visit.application_id for visit in recent})
    having = await rating_matches(evaluation.intake, evaluation.vouch, body.phone, asked)
    found = [visit for visit in recent if visit.application_id in having]
    if not found:
        raise VisitNotMatched
    visit = next((one for one in found if one.ended_at is None), None)
    if visit is None:
        return None
    async with evaluation.database.reading() as connection:
        case = await cases.find_case(connection, visit.application_id)
        tasks = await cases.tasks_of(connection, visit.application_id)
    if case is None or not case.applicant_id:
        raise VisitNotMatched
    target = Target(case, tasks, visit, case.applicant_id, body.window)
    if case.applicant_id in target.handlers:
        raise VisitNotMatched
    return target
