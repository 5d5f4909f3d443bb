"""The tasks of a day, as they are reported upward; read once a day, by operators, whatever else is asked."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.domain import TaskState
from workflow_svc.store import cases, tasks

_REPORTED = (
    sa.select(
        *(tasks.c[name] for name in ("task_id", "place", "name", "item", "unit_name", "promise", "promised_due")),
        *(tasks.c[name] for name in ("state", "opened_at", "decided_at", "decided_by", "result", "by_applicant")),
        cases.c.application_number,
        cases.c.name.label("matter_name"),
        cases.c.submitted_at,
        cases.c.opened_at.label("case_opened_at"),
    )
    .join(cases, cases.c.case_id == tasks.c.case_id)
    .where(tasks.c.state != TaskState.NOT_NEEDED.value, tasks.c.by_applicant.is_(sa.false()))
    .order_by(cases.c.application_number, tasks.c.place)
)
_OPENED = _REPORTED.where(cases.c.opened_at >= sa.bindparam("since"), cases.c.opened_at < sa.bindparam("until"))
_DECIDED = _REPORTED.where(tasks.c.decided_at >= sa.bindparam("since"), tasks.c.decided_at < sa.bindparam("until"))


async def opened_within(connection: AsyncConnection, since: datetime, until: datetime) -> list[Any]:
    """Return the units' tasks of the cases that were opened in a time, case by case."""
    return list(await connection.execute(_OPENED, {"since": since, "until": until}))


async def decided_within(connection: AsyncConnection, since: datetime, until: datetime) -> list[Any]:
    """Return the units' tasks that were decided in a time, case by case."""
    return list(await connection.execute(_DECIDED, {"since": since, "until": until}))
