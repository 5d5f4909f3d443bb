"""The catalogue's event edge: what it reads and what each event does."""

from collections.abc import Sequence

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from catalog_svc import handlers
from catalog_svc.events import SharingChanged


def readers() -> Sequence[Reader]:
    """Return the events that the catalogue reads."""
    return [on(SharingChanged, handlers.store_served, joins=Joins.ANY_VERSION)]
