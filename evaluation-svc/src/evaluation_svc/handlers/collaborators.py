"""What evaluation's use cases work with."""

from dataclasses import dataclass

from chassis.base.clock import Clock
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.storage.files import Storage

SELF = "evaluation"
"""The actor of what no person did."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Evaluation's collaborators."""

    database: Database
    clock: Clock
    cipher: FieldCipher
    storage: Storage
