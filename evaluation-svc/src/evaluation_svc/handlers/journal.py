"""Writing into the journal what an event told, or what a use case of this service did: the figures are a fold of it.

It is kept for good and counts no persons: who applied, accepted or decided is left out of it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from evaluation_svc.store.journalling import append_entry

PERSONS = frozenset({"applicant_id", "accepted_by", "decided_by"})
"""What events tell of persons: kept with the case as long as it is needed, and nowhere counted."""


class About(StrEnum):
    """What an entry is about; entries of one key are folded together."""

    CASE = "case"
    ITEM = "item"
    MATTER = "matter"
    NETWORK = "network"
    UNIT = "unit"


def note(
    work: UnitOfWork, received: Received[Any], about: About, key: str, *, only: frozenset[str] | None = None
) -> None:
    """Write down an event that was read, with what its reader's class keeps of it, or of that some members only."""
    append_entry(
        work,
        entry_id=received.id,
        kind=about.value,
        key=key,
        type_=received.type,
        version=received.version,
        at=received.time,
        data=received.data.model_dump(mode="json", include=set(only) if only else None, exclude=set(PERSONS)),
    )


def note_own(  # noqa: PLR0913  what an entry says
    work: UnitOfWork, about: About, key: str, *, type_: str, version: int, at: datetime, data: Mapping[str, Any]
) -> None:
    """Write down what this service did; `version` orders what entries of this type tell of the key."""
    append_entry(work, entry_id=work.ids(), kind=about.value, key=key, type_=type_, version=version, at=at, data=data)
