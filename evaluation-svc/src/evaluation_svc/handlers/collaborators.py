"""What evaluation's use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chassis.base.clock import Clock
from chassis.base.ids import uuid4
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.http.asgi import App
from chassis.http.identity import Vouch
from chassis.storage.files import Storage

SELF = "evaluation"
"""The actor of what no person did."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Evaluation's collaborators; `random_id` makes ids that do not tell when they were made.

    `device_mark` is a keyed digest by which one device's ratings are told from another's for some minutes.
    """

    database: Database
    clock: Clock
    cipher: FieldCipher
    storage: Storage
    device_mark: Callable[[str], str] = field(kw_only=True)
    intake: App = field(kw_only=True)
    vouch: Vouch = field(kw_only=True)
    random_id: Callable[[], str] = uuid4
