"""Following what became of disputes: the ledger says it, the applicant reads it, what was corrected is asked again."""

from chassis.data import audit, outgoing
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from intake_svc.domain.booking import Outcome, Place
from intake_svc.errors import ApplicationUnknown
from intake_svc.events import DisputeAnswered
from intake_svc.handlers.booking import VERIFYING
from intake_svc.handlers.reverify import SELF
from intake_svc.store.booking import answer_line
from intake_svc.store.timelines import hold_application


async def follow_dispute_answered(work: UnitOfWork, received: Received[DisputeAnswered]) -> None:
    """Book how a dispute ended, and have a corrected source asked again. Raises ApplicationUnknown."""
    told, application_id = received.data, received.data.application_id
    place, outcome = Place(told.place), Outcome(told.outcome)
    if outcome is Outcome.CORRECTED:
        await outgoing.ask_again(work, VERIFYING, application_id)
    if await hold_application(work.connection, application_id) is None:
        raise ApplicationUnknown(application_id)
    if await answer_line(work.connection, application_id, place, told.key, outcome, told.answered_at):
        details = {"place": place.value, "key": told.key, "outcome": outcome.value}
        await audit.record(work, actor=SELF, action="dispute.answered", subject=application_id, details=details)
