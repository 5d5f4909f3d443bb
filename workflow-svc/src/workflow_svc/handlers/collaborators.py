"""What workflow's use cases work with."""

from dataclasses import dataclass, field
from typing import Any

from chassis.base.clock import Clock
from chassis.base.recent import Recent
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.worktime import WorkTime

from workflow_svc.domain.near import Near

SELF = "workflow"
"""The actor of what no person did: opened on acceptance, reckoned anew with a new calendar."""
CALENDARS, DEFINITIONS = 8, 32


@dataclass(frozen=True, slots=True)
class Workflow:
    """Workflow's collaborators, and what was read of the catalogue's words, each version parsed once.

    A version never changes, so what is kept is right; which one counts is asked in each transaction.
    """

    database: Database
    clock: Clock
    cipher: FieldCipher
    near: Near
    calendars: Recent[int, WorkTime] = field(default_factory=lambda: Recent(CALENDARS), repr=False)
    definitions: Recent[tuple[str, int, int], Any] = field(default_factory=lambda: Recent(DEFINITIONS), repr=False)
