"""Esign's event edge: what it reads and what each event does."""

from collections.abc import Sequence

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from esign_svc import handlers
from esign_svc.events import UnitPublished


def readers() -> Sequence[Reader]:
    """Return the events that esign reads."""
    return [on(UnitPublished, handlers.store_unit, joins=Joins.ANY_VERSION)]
