"""Which unit works on which item of an application: the tasks that were opened, as workflow tells."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import Happening
from intake_svc.store import APPLICATION, applications, tasks, timeline


async def open_task(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a task that was opened; one that is told again is now of the unit that is told."""
    await connection.execute(_OPEN, {**row, "needed": True})


_OPENED = insert(tasks)
_OPEN = _OPENED.on_conflict_do_update(index_elements=["task_id"], set_={"unit": _OPENED.excluded.unit})


async def hand_task_over(connection: AsyncConnection, task_id: str, unit: str) -> None:
    """Let a task be another unit's; one that was never opened is not known."""
    await connection.execute(_HAND_OVER, {"opened": task_id, "unit": unit})


_HAND_OVER = tasks.update().where(tasks.c.task_id == sa.bindparam("opened"))


async def close_tasks(connection: AsyncConnection, application_id: str, task_keys: Sequence[str]) -> None:
    """Mark an application's tasks as not needed; those that were never opened are not known."""
    await connection.execute(_CLOSE, {"of": application_id, "keys": list(task_keys), "needed": False})


_CLOSE = tasks.update().where(
    tasks.c.application_id == sa.bindparam("of"), tasks.c.task_key.in_(sa.bindparam("keys", expanding=True))
)


async def find_task(connection: AsyncConnection, task_id: str, unit: str) -> Any | None:
    """Return a unit's task that was opened and is needed, with its application; None for another unit's.

    `is_decided` tells whether the timeline tells of a decision on it.
    """
    return (await connection.execute(_FIND, {"wanted": task_id, "by": unit})).first()


_DECIDED = sa.exists().where(
    timeline.c.application_id == tasks.c.application_id,
    timeline.c.task_key == tasks.c.task_key,
    timeline.c.kind.in_((Happening.TASK_GRANTED.value, Happening.TASK_REFUSED.value)),
)
_FIND = (
    sa.select(
        *(tasks.c[name] for name in ("task_id", "task_key", "item")),
        tasks.c.unit.label("task_unit"),
        _DECIDED.label("is_decided"),
        *APPLICATION,
    )
    .join_from(tasks, applications)
    .where(tasks.c.task_id == sa.bindparam("wanted"), tasks.c.unit == sa.bindparam("by"), tasks.c.needed)
)


async def items_of_unit(connection: AsyncConnection, application_id: str, unit: str) -> frozenset[str]:
    """Return the items of an application on which a unit works, so far as it has been told to."""
    chosen = {"wanted": application_id, "of_unit": unit}
    return frozenset(row.item for row in await connection.execute(_ITEMS, chosen) if row.item)


_ITEMS = sa.select(tasks.c.item).where(
    tasks.c.application_id == sa.bindparam("wanted"), tasks.c.unit == sa.bindparam("of_unit"), tasks.c.needed
)


async def find_worked_on(connection: AsyncConnection, application_id: str, unit: str) -> Any | None:
    """Return an application to a unit that works on one of its tasks."""
    return (await connection.execute(_WORKED_ON, {"wanted": application_id, "of_unit": unit})).first()


_WORKED_ON = sa.select(*APPLICATION).where(
    applications.c.application_id == sa.bindparam("wanted"),
    sa.exists().where(
        tasks.c.application_id == applications.c.application_id, tasks.c.unit == sa.bindparam("of_unit"), tasks.c.needed
    ),
)
