"""What is under way at units' windows, until when the units work, and how their papers are called."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import ApplicationState
from intake_svc.store import applications, units


async def unit_terms(connection: AsyncConnection) -> dict[str, Term]:
    """Return until when each unit works and who follows it."""
    rows = await connection.execute(sa.select(units.c.unit_code, units.c.valid_to, units.c.successor))
    return {row.unit_code: Term(row.valid_to, row.successor) for row in rows}


async def under_way_at(
    connection: AsyncConnection, found: Sequence[str], *, size: int, locked: bool = False
) -> list[Any]:
    """Return some applications at some units' windows that are not closed; locked, those that nobody holds."""
    query = sa.select(applications.c.application_id, applications.c.unit)
    under_way = [state.value for state in ApplicationState if state is not ApplicationState.CLOSED]
    query = query.where(applications.c.unit.in_(found), applications.c.state.in_(under_way)).limit(size)
    return list(await connection.execute(query.with_for_update(skip_locked=True) if locked else query))


async def acceptance_word(connection: AsyncConnection, unit: str) -> str:
    """Return the word that a unit's acceptance papers begin with; empty while the catalogue has not told it."""
    query = sa.select(units.c.acceptance_word).where(units.c.unit_code == unit)
    return (await connection.execute(query)).scalar() or ""
