"""What workflow's use cases work with."""

from dataclasses import dataclass

from chassis.base.clock import Clock
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database

SELF = "workflow"
"""The actor of what no person did: opened on acceptance, reckoned anew with a new calendar."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """Workflow's collaborators."""

    database: Database
    clock: Clock
    cipher: FieldCipher
    yellow_workdays: int = 1
