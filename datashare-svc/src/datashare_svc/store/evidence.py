"""The evidence of disputes as rows: reserved first, given once as a file."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.keyring import Sealed
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.disputed import OPEN, disputes
from datashare_svc.store.tables import metadata

dispute_evidence = sa.Table(
    "dispute_evidence",
    metadata,
    sa.Column("evidence_id", sa.String(36), primary_key=True),
    sa.Column("dispute_id", sa.String(36), sa.ForeignKey("dispute.dispute_id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("reserved_at", UtcDateTime, nullable=False),
    sa.Column("given_at", UtcDateTime),
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.String(64)),
    sa.Column("file_name", sa.String(100), unique=True),
)
"""The name that its owner gave it may be personal and is sealed; `file_name` is what the storage calls it."""
SEALED = (Sealed(dispute_evidence.c.name, (dispute_evidence.c.evidence_id,), dispute_evidence.c.evidence_id),)

_OF_DISPUTE = dispute_evidence.c.dispute_id == sa.bindparam("of_dispute")
_OF_ID = dispute_evidence.c.evidence_id == sa.bindparam("of_evidence")
_ALL = sa.select(dispute_evidence).where(_OF_DISPUTE).order_by(dispute_evidence.c.evidence_id)
_COUNT = sa.select(sa.func.count()).select_from(dispute_evidence).where(_OF_DISPUTE)
_ONE = sa.select(dispute_evidence).where(_OF_DISPUTE, _OF_ID)
_STILL_OPEN = sa.exists().where(disputes.c.dispute_id == dispute_evidence.c.dispute_id, OPEN)
_GIVE = dispute_evidence.update().where(_OF_ID, dispute_evidence.c.file_name.is_(None), _STILL_OPEN)
_KNOWN = sa.select(dispute_evidence.c.file_name).where(
    dispute_evidence.c.file_name.in_(sa.bindparam("names", expanding=True))
)


async def evidence_of(connection: AsyncConnection, dispute_id: str) -> Sequence[Any]:
    """Return all of a dispute's evidence, also what was only reserved."""
    return (await connection.execute(_ALL, {"of_dispute": dispute_id})).all()


async def count_evidence(connection: AsyncConnection, dispute_id: str) -> int:
    """Return how much evidence a dispute has or has reserved."""
    return int((await connection.execute(_COUNT, {"of_dispute": dispute_id})).scalar_one())


async def find_evidence(connection: AsyncConnection, dispute_id: str, evidence_id: str) -> Any | None:
    """Return one piece of a dispute's evidence."""
    return (await connection.execute(_ONE, {"of_dispute": dispute_id, "of_evidence": evidence_id})).first()


async def give_evidence(connection: AsyncConnection, evidence_id: str, values: Mapping[str, Any]) -> bool:
    """Note the file of what was reserved; tell whether it had none and its dispute is still open."""
    return bool((await connection.execute(_GIVE, {"of_evidence": evidence_id, **values})).rowcount)


async def files_known(connection: AsyncConnection, names: Sequence[str]) -> Collection[str]:
    """Return those of some files that are evidence."""
    return set((await connection.execute(_KNOWN, {"names": list(names)})).scalars())
