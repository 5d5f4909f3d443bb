"""Finds the open cases with work of some units, for when these have ended."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.domain import FINAL, TaskState
from workflow_svc.store import CASE, Record, cases, rows_of, tasks

_FOUND: sa.BindParameter[str] = sa.bindparam("found", expanding=True)
_LED = (cases.c.state == "open", cases.c.lead_unit.in_(_FOUND))
_HELD = (
    sa.select(tasks.c.case_id)
    .join(cases, cases.c.case_id == tasks.c.case_id)
    .where(
        tasks.c.unit.in_(_FOUND),
        tasks.c.by_applicant.in_((False, True)),  # both, said for the index
        tasks.c.state.in_([state.value for state in TaskState if state not in FINAL]),
        cases.c.state == "open",
    )
)
_ANY = sa.select(sa.or_(sa.exists().where(*_LED), sa.exists(_HELD.limit(1))))


async def any_case_with(connection: AsyncConnection, found: Sequence[str]) -> bool:
    """Tell whether some units have open work: a case that they lead, or a task in one that is not final."""
    return bool((await connection.execute(_ANY, {"found": found})).scalar())


def _locked(*chosen: sa.ColumnElement[bool]) -> sa.Select[Any]:
    query = sa.select(*CASE).where(*chosen).limit(sa.bindparam("size", type_=sa.Integer))
    return query.with_for_update(of=cases, skip_locked=True)


_LOCK_LED = _locked(*_LED)
_LOCK_HELD = _locked(
    cases.c.state != "closed",  # as it is, not how it is found
    cases.c.lead_unit.not_in(_FOUND),
    cases.c.case_id.in_(_HELD.limit(sa.bindparam("looked", type_=sa.Integer))),
)
LOOKED_AT = 40
"""So many tasks for each case that is wanted: some are of one case, some cases are held by others just now."""


async def lock_cases_with(connection: AsyncConnection, found: Sequence[str], *, size: int) -> list[Record]:
    """Return some open cases with work of some units, locked, those that they lead first; none that another holds."""
    led = await rows_of(connection, _LOCK_LED, {"found": found, "size": size})
    if left := size - len(led):
        given = {"found": found, "size": left, "looked": left * LOOKED_AT}
        led += await rows_of(connection, _LOCK_HELD, given)
    return led
