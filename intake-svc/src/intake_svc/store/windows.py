"""What is under way at units' windows, until when the units work, and how their papers are called."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import ApplicationState
from intake_svc.store import APPLICATION, applications, units


async def unit_terms(connection: AsyncConnection) -> dict[str, Term]:
    """Return until when each unit works and who follows it."""
    return {row.unit_code: Term(row.valid_to, row.successor) for row in await connection.execute(_TERMS)}


_TERMS = sa.select(units.c.unit_code, units.c.valid_to, units.c.successor)


async def under_way_at(
    connection: AsyncConnection, found: Sequence[str], *, size: int, locked: bool = False
) -> list[Any]:
    """Return some applications at some units' windows that are not closed; locked, those that nobody holds."""
    chosen = {"at": list(found), "size": size}
    return list(await connection.execute(_UNDER_WAY_FREE if locked else _UNDER_WAY, chosen))


_UNDER_WAY = (
    sa.select(applications.c.application_id, applications.c.unit)
    .where(
        applications.c.unit.in_(sa.bindparam("at", expanding=True)),
        applications.c.state.in_([state.value for state in ApplicationState if state is not ApplicationState.CLOSED]),
    )
    .limit(sa.bindparam("size"))
)
_UNDER_WAY_FREE = _UNDER_WAY.with_for_update(skip_locked=True)


async def find_at_window(connection: AsyncConnection, application_id: str, unit: str) -> Any | None:
    """Return an application at a unit's window, with the word that the unit's acceptance papers begin with.

    `acceptance_word` is empty, or none, while the catalogue has not told it.
    """
    return (await connection.execute(_AT_WINDOW, {"wanted": application_id, "by": unit})).first()


_WORD = sa.select(units.c.acceptance_word).where(units.c.unit_code == applications.c.unit).scalar_subquery()
_AT_WINDOW = sa.select(*APPLICATION, _WORD.label("acceptance_word")).where(
    applications.c.application_id == sa.bindparam("wanted"), applications.c.unit == sa.bindparam("by")
)
