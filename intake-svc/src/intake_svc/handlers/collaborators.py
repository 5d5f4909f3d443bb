"""What intake's use cases work with."""

from dataclasses import dataclass

from chassis.data.cipher import FieldCipher, LookupKeys
from chassis.data.database import Database
from chassis.http.asgi import App
from chassis.http.identity import Vouch

from intake_svc.domain.keeping import Keeping
from intake_svc.handlers.guides import Guides
from intake_svc.handlers.numbers import Numbers
from intake_svc.handlers.watch import Watch


@dataclass(frozen=True, slots=True)
class Patience:
    """How long datashare is waited for while somebody waits, in seconds: for a draft's values, for verifications."""

    prefill: float
    verify: float


@dataclass(frozen=True, slots=True)
class Intake:
    """Intake's collaborators and the city's words.

    `catalog` answers for the guide, `workflow` for refusals; `datashare` is asked in intake's own name, by `vouch`.
    """

    database: Database
    cipher: FieldCipher
    lookup: LookupKeys
    catalog: App
    workflow: App
    datashare: App
    vouch: Vouch
    patience: Patience
    region_code: str
    acceptance_word: str
    numbers: Numbers
    guides: Guides
    keeping: Keeping
    watch: Watch
