"""Esign's event edge: what it reads and what each event does."""

from collections.abc import Sequence
from functools import partial

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from esign_svc import handlers
from esign_svc.events import ApplicationAccepted, ApplicationSubmitted, LetterApproved, TaskDecided, UnitPublished
from esign_svc.handlers import Esign


def readers(esign: Esign) -> Sequence[Reader]:
    """Return the events that esign reads.

    A late reader makes receipts of what the bus still holds, and no paper of what was accepted or decided before.
    """
    return [
        on(UnitPublished, handlers.store_unit, joins=Joins.ANY_VERSION),
        on(ApplicationSubmitted, handlers.want_receipt, joins=Joins.FIRST_SEEN),
        on(ApplicationAccepted, handlers.want_acceptance_notice, joins=Joins.FIRST_SEEN),
        on(LetterApproved, handlers.want_notice, joins=Joins.FIRST_SEEN),
        on(TaskDecided, partial(handlers.follow_decision, esign), joins=Joins.FIRST_SEEN),
    ]
