"""Signed heads of the evidence log, told as events: whoever keeps them elsewhere can verify the log against them."""

from datetime import datetime

from chassis.data.database import UnitOfWork
from chassis.data.heads import SignedHead
from chassis.events.outbox import append

from datashare_svc.events import HeadSigned

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
