"""Signed heads of the evidence log, told as events: whoever keeps them elsewhere can verify the log against them."""

from datetime import datetime
from pathlib import Path

from chassis.data import handing
from chassis.data.database import UnitOfWork
from chassis.data.handing import Signing
from chassis.data.heads import SignedHead
from chassis.events.outbox import append
from joserfc.jwk import OKPKey

from datashare_svc.events import HeadSigned
from datashare_svc.handlers.collaborators import Datashare

LOG = "datashare"
"""The subject of all heads: one log, whose versions are the heads' numbers."""


async def tell_head(work: UnitOfWork, signed: SignedHead) -> None:
    """Tell a head in the transaction that keeps it."""
    head = signed.head
    told = HeadSigned(
        number=head.number,
        sequence=head.sequence,
        digest=head.digest,
        signed_at=datetime.fromisoformat(head.at),
        jws=signed.jws,
    )
    await append(work, told, subject=LOG, version=head.number)


async def keep_heads(datashare: Datashare, key: OKPKey, *, seconds: float, file: Path | None) -> None:
    """Sign heads of the log and hand them outside until cancelled."""
    await handing.keep_heads(datashare.database, Signing(LOG, key, seconds, tell_head, file))
