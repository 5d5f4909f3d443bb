"""Appeals against assessments as rows: a unit's one at a time, decided once."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.keyring import Sealed
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.assessing import AssessmentAppealState
from evaluation_svc.store.assessing import Record
from evaluation_svc.store.assessing_tables import appealed, standings

SEALED = tuple(
    Sealed(appealed.c[name], (appealed.c.appeal_id,), appealed.c.appeal_id) for name in ("grounds", "decision")
)
_OPEN = appealed.c.state == AssessmentAppealState.OPEN.value
_OF_ID = appealed.c.appeal_id == sa.bindparam("of_appeal")
_ADD = insert(appealed).on_conflict_do_nothing().returning(appealed.c.appeal_id)
_ONE = sa.select(appealed).where(_OF_ID)
_DECIDE = appealed.update().where(_OF_ID, _OPEN)
_ANY_OPEN = (
    sa.select(appealed.c.appeal_id).where(appealed.c.assessment_id == sa.bindparam("of_assessment"), _OPEN).limit(1)
)
_SHOWN = (
    sa.select(appealed, standings.c.name)
    .join(
        standings,
        sa.and_(standings.c.assessment_id == appealed.c.assessment_id, standings.c.unit == appealed.c.unit),
    )
    .where(appealed.c.assessment_id == sa.bindparam("of_assessment"))
    .order_by(appealed.c.appeal_id.desc())
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_BEFORE = appealed.c.appeal_id < sa.bindparam("before")
_OF_UNITS = appealed.c.unit.in_(sa.bindparam("mine", expanding=True))
_LISTS = {
    (False, False): _SHOWN,
    (False, True): _SHOWN.where(_BEFORE),
    (True, False): _SHOWN.where(_OF_UNITS),
    (True, True): _SHOWN.where(_OF_UNITS, _BEFORE),
}


async def add_appeal(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Add an appeal; tell whether the unit had none that is open."""
    return (await connection.execute(_ADD, row)).first() is not None


async def find_appeal(connection: AsyncConnection, appeal_id: str) -> Record | None:
    """Return an appeal."""
    row = (await connection.execute(_ONE, {"of_appeal": appeal_id})).mappings().first()
    return None if row is None else dict(row)


async def change_open_appeal(connection: AsyncConnection, appeal_id: str, changed: Mapping[str, Any]) -> bool:
    """Decide an appeal, or mark it as late; tell whether it was open."""
    return bool((await connection.execute(_DECIDE, {"of_appeal": appeal_id, **changed})).rowcount)


async def is_any_open(connection: AsyncConnection, assessment_id: str) -> bool:
    """Tell whether an appeal against an assessment waits for its decision."""
    return (await connection.execute(_ANY_OPEN, {"of_assessment": assessment_id})).first() is not None


async def list_assessment_appeals(
    connection: AsyncConnection, assessment_id: str, mine: list[str] | None, *, after: str, size: int
) -> list[Record]:
    """Return a page and one more of the appeals against an assessment, all or these units', the newest first."""
    given: dict[str, Any] = {"of_assessment": assessment_id, "size": size + 1}
    given |= {"mine": mine} if mine is not None else {}
    given |= {"before": after} if after else {}
    return [dict(row) for row in (await connection.execute(_LISTS[mine is not None, bool(after)], given)).mappings()]
