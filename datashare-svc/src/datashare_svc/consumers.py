"""Datashare's event edge: what it reads and what each event does."""

from collections.abc import Sequence

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from datashare_svc import handlers
from datashare_svc.events import CalendarPublished, MatterPublished, UnitPublished


def readers() -> Sequence[Reader]:
    """Return the events that datashare reads."""
    return [
        on(UnitPublished, handlers.store_unit, joins=Joins.ANY_VERSION),
        on(MatterPublished, handlers.store_matter, joins=Joins.ANY_VERSION),
        on(CalendarPublished, handlers.store_calendar, joins=Joins.ANY_VERSION),
    ]
