"""How applications were accepted, as it is reported upward."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.store import applications

_ACCEPTED = sa.select(
    *(applications.c[name] for name in ("application_number", "accepted_at", "accepted_by", "accept_doc_no"))
).where(applications.c.application_number.in_(sa.bindparam("numbers", expanding=True)))


async def accepted_of(connection: AsyncConnection, numbers: Sequence[str]) -> dict[str, Any]:
    """Return who accepted which of these applications when, under which number, by application number."""
    rows = await connection.execute(_ACCEPTED, {"numbers": list(numbers)})
    return {row.application_number: row for row in rows}
