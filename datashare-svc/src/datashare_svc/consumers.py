"""Datashare's event edge: what it reads and what each event does."""

from collections.abc import Sequence

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from datashare_svc import handlers
from datashare_svc.events import (
    ApplicationAccepted,
    ApplicationSubmitted,
    CalendarPublished,
    CaseClosed,
    CaseTransferred,
    MatterPublished,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
    UnitPublished,
)


def readers() -> Sequence[Reader]:
    """Return the events that datashare reads.

    A late reader learns of applications what the bus still holds: in a case that it was never told of, nobody asks.
    """
    return [
        on(UnitPublished, handlers.store_unit, joins=Joins.ANY_VERSION),
        on(MatterPublished, handlers.store_matter, joins=Joins.ANY_VERSION),
        on(CalendarPublished, handlers.store_calendar, joins=Joins.ANY_VERSION),
        on(ApplicationSubmitted, handlers.follow_submitted, joins=Joins.FIRST_SEEN),
        on(ApplicationAccepted, handlers.follow_accepted, joins=Joins.FIRST_SEEN),
        on(TaskOpened, handlers.follow_task_opened, joins=Joins.REPUBLISHED),
        on(TaskDecided, handlers.follow_task_decided, joins=Joins.REPUBLISHED),
        on(TaskTransferred, handlers.follow_task_transferred, joins=Joins.REPUBLISHED),
        on(CaseTransferred, handlers.follow_case_transferred, joins=Joins.REPUBLISHED),
        on(CaseClosed, handlers.follow_case_closed, joins=Joins.REPUBLISHED),
    ]
