"""What datashare's use cases work with."""

from dataclasses import dataclass, field

from chassis.base.clock import Clock
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.storage.files import Storage

from datashare_svc.domain.grants import Terms
from datashare_svc.outside.networks import Networks


@dataclass(frozen=True, slots=True)
class Datashare:
    """Datashare's collaborators: `networks` are those that have an address, `terms` the time limits of grants.

    `dispute_workdays` is within how many working days a unit answers a dispute.
    """

    database: Database
    clock: Clock
    cipher: FieldCipher
    storage: Storage
    networks: Networks = field(default_factory=Networks)
    terms: Terms = field(default_factory=Terms)
    dispute_workdays: int = 10
