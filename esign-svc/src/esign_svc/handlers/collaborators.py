"""What esign's use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chassis.base.clock import Clock
from chassis.base.ids import new_code
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.http.asgi import App
from chassis.http.identity import Vouch
from chassis.storage.files import Storage
from sealing.limits import Judges

from esign_svc.domain.guessing import Guesses
from esign_svc.domain.held import Held
from esign_svc.outside.authorities import Authorities
from esign_svc.outside.certifier import Certifier
from esign_svc.outside.press import Press
from esign_svc.outside.seal_keys import SealKeys


@dataclass(frozen=True, slots=True)
class Esign:
    """Esign's collaborators: `intake` answers for what a paper prints, `workflow` for the reason of a refusal.

    Both are asked in esign's own name: `vouch` gives the header value for the sibling that it is told.
    `keys` hold the keys of seals. `certifier` certifies them at once; without one, whoever makes a seal hands its
    certificate in. `authorities` stamp the time, `press` sets papers.
    `judges` judge files that anybody sends, by the roots (DER) that are `trusted`; `held` is what is in memory of them.
    """

    database: Database
    clock: Clock
    cipher: FieldCipher
    storage: Storage
    intake: App
    workflow: App
    vouch: Vouch
    keys: SealKeys
    certifier: Certifier | None = None
    authorities: Authorities = field(default_factory=Authorities)
    judges: Judges = field(default_factory=Judges)
    held: Held = field(default_factory=Held)
    trusted: tuple[bytes, ...] = ()
    public_url: str = ""
    new_code: Callable[[], str] = field(default=new_code, repr=False)
    guesses: Guesses = field(default_factory=Guesses, repr=False)
    press: Press = field(default_factory=Press)
