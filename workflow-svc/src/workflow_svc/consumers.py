"""Workflow's event edge: what it reads and what each event does."""

from collections.abc import Sequence
from functools import partial

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from workflow_svc import handlers
from workflow_svc.events import ApplicationAccepted, CalendarPublished, MatterPublished, UnitPublished
from workflow_svc.handlers import Workflow


def readers(workflow: Workflow) -> Sequence[Reader]:
    """Return the events that workflow reads."""
    return [
        on(MatterPublished, handlers.store_definition, joins=Joins.ANY_VERSION),
        on(CalendarPublished, handlers.store_calendar, joins=Joins.ANY_VERSION),
        on(UnitPublished, handlers.store_unit, joins=Joins.ANY_VERSION),
        on(ApplicationAccepted, partial(handlers.open_case, workflow), joins=Joins.FIRST_SEEN),
    ]
