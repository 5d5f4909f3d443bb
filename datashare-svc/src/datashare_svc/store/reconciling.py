"""What the evidence log and the table of queries say of the same queries."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.schema import audit, audit_unchained
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.access_log import accesses

ASKED, ANSWERED = "data.asked", "data.answered"
"""The actions under which the log has a query and its outcome."""


def _evidence(table: sa.Table, place: sa.Column[Any]) -> sa.Select[Any]:
    return (
        sa.select(place.label("place"), table.c.action, table.c.subject, table.c.details)
        .where(place > sa.bindparam("after", type_=sa.BigInteger), table.c.action.in_((ASKED, ANSWERED)))
        .order_by(place)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


_CHAINED = _evidence(audit, audit.c.sequence)
_WAITING = _evidence(audit_unchained, audit_unchained.c.position)
_OF = sa.select(accesses).where(accesses.c.query_id.in_(sa.bindparam("wanted", expanding=True)))
_COUNTS = sa.select(
    sa.func.count(), sa.func.count(sa.case((accesses.c.state != sa.bindparam("open", type_=sa.String), 1)))
).select_from(accesses)


async def evidence_after(connection: AsyncConnection, after: int, *, waiting: bool, size: int) -> Sequence[Any]:
    """Return a page of what the log has of queries, in its order; of what is chained, or of what waits for that."""
    given = {"after": after, "size": size}
    return list(await connection.execute(_WAITING if waiting else _CHAINED, given))


async def accesses_of(connection: AsyncConnection, query_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return queries by their ids, each by column name."""
    rows = await connection.execute(_OF, {"wanted": list(set(query_ids))})
    return {row["query_id"]: dict(row) for row in rows.mappings()}


async def count_accesses(connection: AsyncConnection, still_open: str) -> tuple[int, int]:
    """Return how many queries there are, and how many of them have ended."""
    kept, ended = (await connection.execute(_COUNTS, {"open": still_open})).one()
    return kept, ended
