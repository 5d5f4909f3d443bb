"""What datashare's use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chassis.base.clock import Clock
from chassis.base.ids import new_code
from chassis.data.cipher import FieldCipher, LookupKeys
from chassis.data.database import Database
from chassis.storage.files import Storage

from datashare_svc.domain.grants import Terms
from datashare_svc.domain.quotas import Quotas
from datashare_svc.outside.kept import KeptAnswers
from datashare_svc.outside.networks import Networks


@dataclass(frozen=True, slots=True)
class Datashare:
    """Datashare's collaborators: `networks` are those that have an address, `terms` the time limits of grants.

    `dispute_workdays` is within how many working days a unit answers a dispute.
    `kept` is what networks told a moment ago.
    """

    database: Database
    clock: Clock
    cipher: FieldCipher
    storage: Storage
    networks: Networks = field(default_factory=Networks)
    terms: Terms = field(default_factory=Terms)
    dispute_workdays: int = 10
    lookup: LookupKeys = field(kw_only=True)
    kept: KeptAnswers = field(kw_only=True)
    quotas: Quotas = field(kw_only=True)
    secrets: Callable[[], str] = new_code
