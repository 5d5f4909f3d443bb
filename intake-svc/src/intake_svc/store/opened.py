"""Which unit works on which item of an application: the tasks that were opened, as workflow tells."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import Happening
from intake_svc.store import tasks, timeline


async def open_task(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a task that was opened; one that is told again is now of the unit that is told."""
    change = insert(tasks, connection).values(**row, needed=True)
    await connection.execute(change.on_conflict_do_update(index_elements=["task_id"], set_={"unit": row["unit"]}))


async def hand_task_over(connection: AsyncConnection, task_id: str, unit: str) -> None:
    """Let a task be another unit's; one that was never opened is not known."""
    await connection.execute(tasks.update().where(tasks.c.task_id == task_id).values(unit=unit))


async def drop_tasks(connection: AsyncConnection, application_id: str, task_keys: Sequence[str]) -> None:
    """Mark an application's tasks as not needed; those that were never opened are not known."""
    if task_keys:
        chosen = (tasks.c.application_id == application_id, tasks.c.task_key.in_(task_keys))
        await connection.execute(tasks.update().where(*chosen).values(needed=False))


async def find_task(connection: AsyncConnection, task_id: str, unit: str) -> Any | None:
    """Return a unit's task that was opened and is needed; None for another unit's."""
    chosen = (tasks.c.task_id == task_id, tasks.c.unit == unit, tasks.c.needed)
    return (await connection.execute(sa.select(tasks).where(*chosen))).first()


async def is_decided(connection: AsyncConnection, application_id: str, task_key: str) -> bool:
    """Tell whether the timeline tells of a decision on a task."""
    told = (timeline.c.application_id == application_id, timeline.c.task_key == task_key)
    decided = timeline.c.kind.in_((Happening.TASK_GRANTED.value, Happening.TASK_REFUSED.value))
    return (await connection.execute(sa.select(timeline.c.place).where(*told, decided).limit(1))).first() is not None
