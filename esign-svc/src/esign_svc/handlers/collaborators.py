"""What esign's use cases work with."""

from dataclasses import dataclass

from chassis.base.clock import Clock
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.http.asgi import App
from chassis.storage.files import Storage


@dataclass(frozen=True, slots=True)
class Esign:
    """Esign's collaborators: `intake` answers for what a paper prints, `workflow` for the reason of a refusal."""

    database: Database
    clock: Clock
    cipher: FieldCipher
    storage: Storage
    intake: App
    workflow: App
